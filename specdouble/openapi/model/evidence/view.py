"""The operations of any document as the model reads them: tolerant, in document order, nothing copied.

One function makes them, so that another reader of operations can take its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from specdouble.openapi.dialects import current
from specdouble.openapi.pointers import escape
from specdouble.openapi.references import References
from specdouble.openapi.routing import spoken

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace", "query")
_BRACES = re.compile(r"\{([^{}]*)\}")
_EXTENSION = re.compile(r"[#?].*$|\.(json|xml|yaml)$")
_DEEP = 6  # levels of an example that are looked at
_TEXT = re.compile(r"json|xml|yaml|text/|form|\*/\*|javascript|graphql")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter with its schema as the document has it."""

    name: str
    place: str
    schema: Any
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One response: schemas by media type, names of headers, links."""

    status: str
    content: dict[str, Any]
    headers: tuple[str, ...]
    links: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `segments` are those of its path, without empty ones and without `.json` at the end."""

    key: str
    method: str
    path: str
    segments: tuple[str, ...]
    value: dict[str, Any]
    item: dict[str, Any]
    parameters: tuple[Parameter, ...]
    body: dict[str, Any]
    responses: tuple[Response, ...]
    example: Any = field(default=None, compare=False)

    @property
    def operation_id(self) -> str:
        """The operationId, "" where there is none."""
        return str(self.value.get("operationId") or "")

    @property
    def text(self) -> str:
        """The summary, or else the first sentence of the description."""
        summary = self.value.get("summary") or str(self.value.get("description") or "").partition(".")[0]
        return " ".join(str(summary).split())

    @property
    def query(self) -> tuple[Parameter, ...]:
        """The parameters of the query."""
        return tuple(one for one in self.parameters if one.place == "query")

    @property
    def success(self) -> Response | None:
        """The response of a request that went well: the first 2XX with content, else 2XX, 3XX, `default`."""
        good = [one for one in self.responses if one.status[:1] == "2"]
        with_content = [one for one in good if one.content]
        rest = [one for one in self.responses if one.status[:1] == "3"]
        default = [one for one in self.responses if one.status == "default"]
        return next(iter((*with_content, *good, *rest, *default)), None)

    def declares(self, status: str) -> bool:
        """Tell whether a status is among the declared ones."""
        return any(one.status == status for one in self.responses)

    @property
    def redirects(self) -> bool:
        """Whether every way to succeed is a redirect."""
        statuses = [one.status[:1] for one in self.responses]
        return "3" in statuses and "2" not in statuses


def operations(document: dict[str, Any]) -> tuple[tuple[Operation, ...], References]:
    """Return the operations of a document of any version, and its references; broken parts are left out."""
    adapted, _ = current(document)
    references = References(adapted)
    return tuple(_operations(adapted, references)), references


def _operations(document: dict[str, Any], references: References) -> Iterator[Operation]:
    paths = mapping(document.get("paths"))
    for written, raw in paths.items():
        item, _ = references.follow(raw)
        if not isinstance(written, str) or written.startswith("x-") or not isinstance(item, dict):
            continue
        path = written if written.startswith("/") else f"/{written}"  # as operations are read
        if path != written and path in paths:
            continue
        segments = tuple(one for one in _EXTENSION.sub("", path).split("/") if one)
        for method in METHODS:
            value = item.get(method)
            if isinstance(value, dict):
                key = f"{method.upper()} {path}"
                given = _parameters(references, item, value)
                body, _ = references.follow(value.get("requestBody"))
                content = _content(references, mapping(body))
                made = tuple(_responses(references, value))
                yield Operation(key, method.upper(), path, segments, value, item, given, content, made)


def _parameters(references: References, *sources: dict[str, Any]) -> tuple[Parameter, ...]:
    found: dict[tuple[str, str], Parameter] = {}
    for source in sources:
        given = source.get("parameters")
        for raw in given if isinstance(given, list) else ():
            one, _ = references.follow(raw)
            if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("in"), str):
                content: Any = next(iter(mapping(one.get("content")).values()), {})
                schema = one.get("schema", mapping(content).get("schema", {}))
                required = one.get("required") is True
                text = str(one.get("description") or "")
                found[one["name"], one["in"]] = Parameter(one["name"], one["in"], schema, required, text)
    return tuple(found.values())


def _responses(references: References, value: dict[str, Any]) -> Iterator[Response]:
    for status, raw in mapping(value.get("responses")).items():
        one, _ = references.follow(raw)
        if isinstance(one, dict) and not str(status).startswith("x-"):
            headers = tuple(str(name).lower() for name in mapping(one.get("headers")))
            yield Response(str(status), _content(references, one), headers, mapping(one.get("links")))


def _content(references: References, holder: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for kind, raw in mapping(holder.get("content")).items():
        media, _ = references.follow(raw)
        schema = mapping(media).get("schema", {})
        found[str(kind).lower()] = schema or _shown(references, mapping(media)) if "json" in str(kind) else schema
    return found


def _shown(references: References, media: dict[str, Any]) -> dict[str, Any]:
    """Return what an example says of content without a schema, as a schema; {} where there is none."""
    value = media.get("example")
    if value is None:
        named, _ = references.follow(next(iter(mapping(media.get("examples")).values()), None))
        value = mapping(named).get("value")
    return shown_as_schema(value) if isinstance(value, dict | list) else {}


def shown_as_schema(value: Any, depth: int = 0) -> dict[str, Any]:
    """Return a schema of the members and types of a value."""
    if isinstance(value, dict) and depth < _DEEP:
        return {"type": "object", "properties": {str(k): shown_as_schema(v, depth + 1) for k, v in value.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": shown_as_schema(value[0], depth + 1) if value else {}}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}
    return {"type": kinds[type(value)]} if type(value) in kinds else {}


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping, or {} for anything else."""
    return value if isinstance(value, dict) else {}


def main_schema(content: dict[str, Any]) -> Any:
    """Return the schema of the media type that says most about the data: JSON, else the first; None for no content."""
    for kind, schema in content.items():
        if "json" in kind and "json-patch" not in kind:
            return schema
    return next(iter(content.values()), None)


def is_text(kind: str) -> bool:
    """Tell whether a media type is one of data or text, in contrast to files."""
    return bool(_TEXT.search(kind))


def names(segment: str) -> tuple[str, ...]:
    """Return the names of the parameters in a segment of a path."""
    return tuple(spoken(inner)[0] for inner in _BRACES.findall(segment))


def template(segment: str) -> str:
    """Return a segment without the names of its parameters."""
    return _BRACES.sub("{}", segment)


def path_pointer(path: str) -> str:
    """Return the pointer to a path item."""
    return f"/paths/{escape(path)}"
