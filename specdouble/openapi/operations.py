"""The operations of a document as plain data: what a server, a suite or a command line asks about a document.

A server calls `operations()` when it starts, so this module imports next to nothing and follows only the references
that stand directly in an operation. Schemas stay as the document has them, with their own references; `pointer` says
where each one stands, for tools that compile the document once and look schemas up by pointer. Operations that refer to
the same answer share it.
"""

from dataclasses import dataclass
from typing import Any

from specdouble.openapi.errors import SpecError
from specdouble.openapi.pointers import escape, follow

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Schema = dict[str, Any] | bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `example` and `default` are None when the document gives none (see `has_default`)."""

    name: str
    location: str
    required: bool
    schema: Schema
    pointer: str
    description: str = ""
    example: Any = None
    default: Any = None
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What a body or an answer looks like in one media type; `example` is None when the document shows none."""

    media_type: str
    schema: Schema
    pointer: str
    example: Any = None
    has_example: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A request body, with its media types in document order."""

    required: bool
    content: dict[str, Content]
    pointer: str


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `status` 0 stands for `default`, and 100, 200 … for `1XX`, `2XX` … (`wildcard` is then true).

    `media_type` is "" and `schema` True when the answer has no body; `content` holds every media type.
    """

    status: int
    media_type: str
    schema: Schema
    pointer: str
    description: str = ""
    example: Any = None
    has_example: bool = False
    headers: dict[str, Any] | None = None
    links: dict[str, Any] | None = None
    content: dict[str, Content] | None = None
    wildcard: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, named by `key`: the method and the path exactly as the document prints it.

    `security` holds the alternatives in document order, each the set of schemes that must be sent together: an empty
    set means that a call without credentials is fine too, and an empty tuple that the operation is public.
    """

    key: str
    method: str
    path: str
    operation_id: str
    tag: str
    summary: str
    description: str
    deprecated: bool
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: dict[int, Response]
    success: Response
    security: tuple[frozenset[str], ...]
    required_role: str | None
    pointer: str

    @property
    def public(self) -> bool:
        """Whether a call without any credential is allowed."""
        return not self.security or frozenset() in self.security


def operations(document: dict[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of a document in its own order.

    Raises:
        SpecError: a reference in an operation points at nothing, or a part has a form that OpenAPI does not know.

    """
    inherited = _security(document.get("security") or ())
    shared: dict[tuple[str, str], Response] = {}
    found = []
    for path, item in (document.get("paths") or {}).items():
        if path.startswith("x-"):
            continue
        at = f"/paths/{escape(path)}"
        try:
            item, at = follow(document, item, at)
            common = item.get("parameters") or ()
            found += [
                _operation(document, path, method, item[method], at, common, inherited, shared)
                for method in item
                if method in METHODS
            ]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise SpecError(
                f"not what OpenAPI asks for ({type(error).__name__}: {error})",
                where=at,
                next_step="`understudy spec lint` says more",
            ) from error
    return tuple(found)


def _operation(
    document: dict[str, Any],
    path: str,
    method: str,
    raw: dict[str, Any],
    item_pointer: str,
    common: list[Any] | tuple[()],
    inherited: tuple[frozenset[str], ...],
    shared: dict[tuple[str, str], Response],
) -> Operation:
    pointer = f"{item_pointer}/{method}"
    key = f"{method.upper()} {path}"
    responses = {}
    for status, response in (raw.get("responses") or {}).items():
        if str(status).startswith("x-"):
            continue
        made = _response(document, str(status), response, f"{pointer}/responses/{status}", shared)
        responses[made.status] = made
    tags = raw.get("tags")
    return Operation(
        key=key,
        method=method.upper(),
        path=path,
        operation_id=raw.get("operationId", ""),
        tag=tags[0] if tags else "",
        summary=raw.get("summary", ""),
        description=raw.get("description", ""),
        deprecated=raw.get("deprecated", False),
        parameters=_parameters(document, common, raw.get("parameters") or (), item_pointer, pointer),
        body=_body(document, raw["requestBody"], f"{pointer}/requestBody") if "requestBody" in raw else None,
        responses=responses,
        success=_success(responses, pointer),
        security=_security(raw["security"]) if "security" in raw else inherited,
        required_role=raw.get("x-required-role"),
        pointer=pointer,
    )


def _parameters(
    document: dict[str, Any], common: Any, own: Any, item_pointer: str, pointer: str
) -> tuple[Parameter, ...]:
    """Parameters of the path item first, each replaced by the operation's own of the same name and place."""
    found: dict[tuple[str, str], Parameter] = {}
    for parameters, at in ((common, item_pointer), (own, pointer)):
        for index, parameter in enumerate(parameters):
            made = _parameter(document, parameter, f"{at}/parameters/{index}")
            found[made.name, made.location] = made
    return tuple(found.values())


def _parameter(document: dict[str, Any], raw: dict[str, Any], pointer: str) -> Parameter:
    raw, pointer = follow(document, raw, pointer)
    schema: Schema = True
    if "schema" in raw:
        schema, pointer = raw["schema"], f"{pointer}/schema"
    elif raw.get("content"):
        media_type, content = next(iter(raw["content"].items()))
        schema = content.get("schema", True)
        pointer = f"{pointer}/content/{escape(media_type)}/schema"
    target = schema
    if isinstance(schema, dict) and "$ref" in schema and "default" not in schema:
        target, _ = follow(document, schema, pointer)
    has_default = isinstance(target, dict) and "default" in target
    example, _ = _example(document, raw)
    return Parameter(
        name=raw["name"],
        location=raw["in"],
        required=raw.get("required", False),
        schema=schema,
        pointer=pointer,
        description=raw.get("description", ""),
        example=example,
        default=target["default"] if isinstance(target, dict) and has_default else None,
        has_default=has_default,
    )


def _body(document: dict[str, Any], raw: dict[str, Any], pointer: str) -> Body:
    raw, pointer = follow(document, raw, pointer)
    return Body(raw.get("required", False), _content(document, raw, pointer), pointer)


def _response(
    document: dict[str, Any],
    status: str,
    raw: dict[str, Any],
    pointer: str,
    shared: dict[tuple[str, str], Response],
) -> Response:
    raw, target = follow(document, raw, pointer)
    if target == pointer:
        return _made_response(document, status, raw, pointer)
    if (status, target) not in shared:
        shared[status, target] = _made_response(document, status, raw, target)
    return shared[status, target]


def _made_response(document: dict[str, Any], status: str, raw: dict[str, Any], pointer: str) -> Response:
    wildcard = not status.isdigit()
    content = _content(document, raw, pointer)
    first = next(iter(content.values()), None)
    return Response(
        status=int(status[0] + "00") if wildcard and status[0].isdigit() else 0 if wildcard else int(status),
        media_type=first.media_type if first else "",
        schema=first.schema if first else True,
        pointer=first.pointer if first else pointer,
        description=raw.get("description", ""),
        example=first.example if first else None,
        has_example=first.has_example if first else False,
        headers=raw.get("headers"),
        links=raw.get("links"),
        content=content,
        wildcard=wildcard,
    )


def _content(document: dict[str, Any], raw: dict[str, Any], pointer: str) -> dict[str, Content]:
    found = {}
    for media_type, content in (raw.get("content") or {}).items():
        example, has_example = _example(document, content)
        at = f"{pointer}/content/{escape(media_type)}/schema"
        found[media_type] = Content(media_type, content.get("schema", True), at, example, has_example)
    return found


def _example(document: dict[str, Any], raw: dict[str, Any]) -> tuple[Any, bool]:
    if "example" in raw:
        return raw["example"], True
    for example in (raw.get("examples") or {}).values():
        example, _ = follow(document, example, "")
        if "value" in example:
            return example["value"], True
    return None, False


def _success(responses: dict[int, Response], pointer: str) -> Response:
    for low, high in ((200, 300), (300, 400), (0, 1), (100, 200)):
        for status, response in responses.items():
            if low <= status < high:
                return response
    if responses:
        return next(iter(responses.values()))
    return Response(200, "", True, pointer)  # 3.1 allows for operations without responses


def _security(raw: Any) -> tuple[frozenset[str], ...]:
    return tuple(map(frozenset, raw))
