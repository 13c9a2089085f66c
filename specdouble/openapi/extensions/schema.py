"""The names of the extensions, where each may stand, and the JSON Schema of their values."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from specdouble.openapi.pointers import join

PREFIX = "x-specdouble-"
RESOURCE, ROLE = "x-specdouble-resource", "x-specdouble-role"
EFFECT, GREEDY = "x-specdouble-effect", "x-specdouble-greedy"
# The kind of object (see `specdouble.openapi.places`) at which each extension stands.
PLACES = {RESOURCE: "item", ROLE: "operation", EFFECT: "operation", GREEDY: "parameter"}
NAMES = tuple(PLACES)


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of documents and overlays as far as the extensions go; it is shared."""
    from importlib.resources import files

    from specdouble.openapi.reading.json_text import decode

    text = files("specdouble.openapi.extensions").joinpath("extensions.schema.json").read_bytes()
    found: dict[str, Any] = decode(text)
    return found


def mistakes(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the value of the extension `name`: a JSON pointer into it, and a phrase."""
    for error in _validator(name).iter_errors(value):
        yield from _told(error)


def _told(error: Any) -> Iterator[tuple[str, str]]:
    """Yield the mistakes behind an error: of alternatives, those of the one that the author meant."""
    branches = [list(one) for one in getattr(error.kind, "context", None) or () if one]
    fitting = [one for one in branches if not any(_is_type(inner, error) for inner in one)]
    where = join(map(str, error.instance_path))
    if isinstance(error.instance, str) and error.instance.startswith("$"):
        known = schema()["$defs"]["expression"]["description"]
        yield where, f"{error.instance} is no expression that is known: {known}"
    elif len(fitting) == 1:
        for inner in fitting[0]:
            yield from _told(inner)
    elif getattr(error.kind, "unexpected", None):
        for name in error.kind.unexpected:
            yield f"{where}{join((name,))}", f"the field {name} is not known here{_guess(name, _fields())}"
    elif getattr(error.kind, "options", None):
        known = [one for one in error.kind.options if one != ""]
        yield where, f"{error.instance!r} is not one of {', '.join(known)}{_guess(str(error.instance), known)}"
    elif branches and all(getattr(one[0].kind, "property", None) for one in branches):
        yield where, f"it needs {' or '.join(str(one[0].kind.property) for one in branches)}"
    else:
        yield where, (error.message.splitlines() or [""])[0][:200]


def _is_type(inner: Any, outer: Any) -> bool:
    """Tell whether an alternative was refused for the type of the whole value: it was not the one meant."""
    same = list(inner.instance_path) == list(outer.instance_path)
    kind = inner.kind.name
    return same and (kind == "type" or (kind == "enum" and isinstance(outer.instance, dict)))


def _guess(word: str, known: list[str]) -> str:
    from specdouble.openapi.errors import closest

    found = closest(word, known)
    return f"; did you mean {found}?" if found else ""


@cache
def _fields() -> list[str]:
    """Return the names of all fields inside of the extensions."""
    found: set[str] = set()
    todo: list[Any] = [schema()["$defs"]]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            given = node.get("properties")
            found |= set(given) - set(NAMES) if isinstance(given, dict) else set()
            todo += node.values()
        elif isinstance(node, list):
            todo += node
    return sorted(found)


@cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema()["$defs"]})
