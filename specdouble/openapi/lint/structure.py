"""Whether a document follows the specification of its version, by the published schemas of the OpenAPI Initiative."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from specdouble.openapi.errors import closest
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.places import METHODS
from specdouble.openapi.pointers import join
from specdouble.openapi.reading import version_of

_MOST = 200


def check_structure(document: dict[str, Any]) -> Iterator[Finding]:
    """Yield what the published schema of the document's version refuses."""
    seen = set()
    references = list(_operation_references(document))
    for pointer, _, _ in references:
        yield Finding("operation-reference", pointer, "the operation is a reference")
    for error in _validator(version_of(document)).iter_errors(_without(document, references)):
        for finding in _findings(error):
            if finding.rule == "invalid-document" and finding.message.endswith('is not a "regex"'):
                continue  # patterns have a rule of their own, which reads them as browsers do
            if (finding.where, finding.message) not in seen:
                seen.add((finding.where, finding.message))
                yield finding
        if len(seen) >= _MOST:
            return


def _operation_references(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield operations that are references, as some tools write them: the pointer, the path, the method."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS if isinstance(item, dict) else ():
            if isinstance(item.get(method), dict) and isinstance(item[method].get("$ref"), str):
                yield join((path, method), "/paths"), path, method


def _without(document: dict[str, Any], references: list[tuple[str, str, str]]) -> dict[str, Any]:
    if not references:
        return document
    paths = dict(document["paths"])
    for _, path, method in references:
        paths[path] = {key: value for key, value in paths[path].items() if key != method}
    return {**document, "paths": paths}


@cache
def _validator(version: str) -> Any:
    import json
    from importlib.resources import files

    import jsonschema_rs

    schema = files("openapi_spec_validator") / "resources" / "schemas" / f"v{version}" / "schema.json"
    return jsonschema_rs.validator_for(json.loads(schema.read_text("utf-8")))


def _findings(error: Any) -> Iterator[Finding]:
    """Yield the mistakes behind an error: of alternatives, those of the one that was meant."""
    context = getattr(error.kind, "context", None)
    if context:
        branches = [list(branch) for branch in context if branch]
        meant = _meant(branches, error.instance)
        if meant:
            for inner in meant:
                yield from _findings(inner)
            return
    where = join(map(str, error.instance_path))
    unexpected = getattr(error.kind, "unexpected", None)
    if unexpected:
        for name in unexpected:
            yield Finding("unknown-field", f"{where}{join((name,))}", _unknown(where, name))
    else:
        yield Finding("invalid-document", where or "/", _line(error.message))


def _unknown(where: str, name: str) -> str:
    if where == "/paths":
        return f"a path begins with a slash: write /{name}"
    if where.endswith("/responses"):
        return f"{name} is no status: write one such as 200, a range such as 2XX, or default"
    guess = closest(name, _FIELDS)
    return f"the field {name} is not known here{f'; did you mean {guess}?' if guess else ''}"


def _meant(branches: list[list[Any]], instance: Any) -> list[Any]:
    """Return the errors of the alternative that the author meant: not the reference, unless one stands there."""
    is_reference = isinstance(instance, dict) and "$ref" in instance
    real = [errors for errors in branches if _wants_reference(errors) == is_reference] or branches
    return min(real, key=lambda errors: (min(-len(list(e.instance_path)) for e in errors), len(errors)), default=[])


def _wants_reference(errors: list[Any]) -> bool:
    return any("$ref" in error.message and "required" in error.message for error in errors)


_FIELDS = (
    *("parameters", "responses", "requestBody", "operationId", "description", "summary", "security", "servers", "tags"),
    *(
        "callbacks",
        "deprecated",
        "externalDocs",
        "content",
        "headers",
        "links",
        "schema",
        "examples",
        "example",
        "name",
    ),
    *("required", "style", "explode", "allowReserved", "allowEmptyValue", "components", "paths", "webhooks", "info"),
    *(
        "schemas",
        "securitySchemes",
        "requestBodies",
        "properties",
        "items",
        "additionalProperties",
        "consumes",
        "produces",
    ),
)


def _line(text: str) -> str:
    return (text.splitlines() or [""])[0][:200]
