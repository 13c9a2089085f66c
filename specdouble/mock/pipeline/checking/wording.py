"""Says what is wrong with a value in the words and types of FastAPI's 422."""

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
_PARSED = {
    "integer": ("unable to parse string as an integer", "int_parsing"),
    "number": ("unable to parse string as a number", "float_parsing"),
    "boolean": ("unable to interpret input", "bool_parsing"),
}
_FORMATS = {
    "email": ("value is not a valid email address", "value_error"),
    "date-time": ("Input should be a valid datetime", "datetime_parsing"),
    "date": ("Input should be a valid date", "date_parsing"),
    "uri": ("Input should be a valid URL", "url_parsing"),
    "uuid": ("Input should be a valid UUID", "uuid_parsing"),
}
TOO_LARGE = "Unable to parse input string as an integer, exceeded maximum size"

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
        closest: list[Any] = min(branches or kind.context, key=lambda branch: len(branch))
        if closest:
            yield from describe(closest, start)
        else:  # it fits more than one, and one is allowed
            yield loc, "Input should fit one alternative only", "value_error"
        return
    if name == "required":
        yield (*loc, kind.property), "Field required", "missing"
        return
    if name == "additionalProperties":
        for unknown in kind.unexpected:
            yield (*loc, unknown), "Extra inputs are not permitted", "extra_forbidden"
        return
    yield loc, *_say(error, name, kind, loc)


def _is_null(error: Any) -> bool:
    return error.kind.name == "type" and list(error.kind.types) == ["null"]


def _say(error: Any, name: str, kind: Any, loc: tuple[str | int, ...]) -> tuple[str, str]:
    value = error.instance
    if name == "type":
        return _wrong_type(value, next((one for one in kind.types if one != "null"), "null"), loc)
    if name in _BOUNDS:
        message, code = _BOUNDS[name]
        limit = int(kind.limit) if float(kind.limit).is_integer() else kind.limit
        if name in ("minItems", "maxItems"):
            message += f" after validation, not {len(value)}"
        return message.format(limit, "" if limit == 1 else "s"), code
    if name == "pattern":
        return f"String should match pattern '{kind.pattern}'", "string_pattern_mismatch"
    if name in ("enum", "const"):
        options = [repr(option) for option in (kind.options if name == "enum" else [kind.expected_value])]
        return f"Input should be {' or '.join(filter(None, [', '.join(options[:-1]), options[-1]]))}", "literal_error"
    if name == "format":
        return _FORMATS.get(kind.format, (f"value is not a valid {kind.format}", "value_error"))
    return error.message, "value_error"


def _wrong_type(value: Any, wanted: str, loc: tuple[str | int, ...]) -> tuple[str, str]:
    message, code = _TYPES.get(wanted, (f"Input should be {wanted}", "type_error"))
    if isinstance(value, str) and wanted in _PARSED:
        how, code = _PARSED[wanted]
        return f"{message}, {how}", code
    if wanted == "integer" and isinstance(value, float):
        return f"{message}, got a number with a fractional part", "int_from_float"
    if wanted == "object" and loc == ("body",):
        return f"{message} or object to extract fields from", "model_attributes_type"
    return message, code


_BOUNDS = {
    "minLength": ("String should have at least {} character{}", "string_too_short"),
    "maxLength": ("String should have at most {} character{}", "string_too_long"),
    "minItems": ("List should have at least {} item{}", "too_short"),
    "maxItems": ("List should have at most {} item{}", "too_long"),
    "minimum": ("Input should be greater than or equal to {}", "greater_than_equal"),
    "maximum": ("Input should be less than or equal to {}", "less_than_equal"),
    "exclusiveMinimum": ("Input should be greater than {}", "greater_than"),
    "exclusiveMaximum": ("Input should be less than {}", "less_than"),
}
