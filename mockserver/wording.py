"""Says what is wrong with a value in the words and types of FastAPI's 422 (gotcha E01)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

_TYPES = {
    "string": ("Input should be a valid string", "string_type"),
    "integer": ("Input should be a valid integer", "int_type"),
    "number": ("Input should be a valid number", "float_type"),
    "boolean": ("Input should be a valid boolean", "bool_type"),
    "object": ("Input should be a valid dictionary", "dict_type"),
    "array": ("Input should be a valid list", "list_type"),
}
_PARSED = {"integer": "int_parsing", "number": "float_parsing", "boolean": "bool_parsing"}

Error = tuple[tuple[str | int, ...], str, str]


def describe(errors: Iterable[Any], start: tuple[str | int, ...]) -> Iterator[Error]:
    """Turn validation errors into ``(loc, msg, type)``; ``start`` is where the value stands (body, query …)."""
    for error in errors:
        yield from _one(error, start)


def _one(error: Any, start: tuple[str | int, ...]) -> Iterator[Error]:
    kind, name = error.kind, error.kind.name
    loc = (*start, *error.instance_path)
    if name in ("anyOf", "oneOf") and getattr(kind, "context", None):
        branches = [branch for branch in kind.context if not any(_is_null(part) for part in branch)]
        yield from describe(min(branches or kind.context, key=len), start)
        return
    if name == "required":
        yield (*loc, kind.property), "Field required", "missing"
        return
    yield loc, *_say(error, name, kind, start[0])


def _is_null(error: Any) -> bool:
    return error.kind.name == "type" and list(error.kind.types) == ["null"]


def _say(error: Any, name: str, kind: Any, place: str | int) -> tuple[str, str]:
    if name == "type":
        wanted = next((one for one in kind.types if one != "null"), "null")
        message, code = _TYPES.get(wanted, (f"Input should be {wanted}", "type_error"))
        if place != "body" and isinstance(error.instance, str) and wanted in _PARSED:
            return f"{message}, unable to parse the text as one", _PARSED[wanted]
        return message, code
    if name in _BOUNDS:
        message, code = _BOUNDS[name]
        limit = kind.limit
        return message.format(int(limit) if float(limit).is_integer() else limit), code
    if name == "pattern":
        return f"String should match pattern '{kind.pattern}'", "string_pattern_mismatch"
    if name == "enum":
        options = [repr(option) for option in kind.options]
        return f"Input should be {' or '.join(filter(None, [', '.join(options[:-1]), options[-1]]))}", "literal_error"
    if name == "format":
        return f"value is not a valid {kind.format}", "value_error"
    return error.message, "value_error"


_BOUNDS = {
    "minLength": ("String should have at least {} characters", "string_too_short"),
    "maxLength": ("String should have at most {} characters", "string_too_long"),
    "minItems": ("List should have at least {} items", "too_short"),
    "maxItems": ("List should have at most {} items", "too_long"),
    "minimum": ("Input should be greater than or equal to {}", "greater_than_equal"),
    "maximum": ("Input should be less than or equal to {}", "less_than_equal"),
    "exclusiveMinimum": ("Input should be greater than {}", "greater_than"),
    "exclusiveMaximum": ("Input should be less than {}", "less_than"),
}
