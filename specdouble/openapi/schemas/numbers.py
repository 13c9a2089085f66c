"""Values as texts that are equal when JSON Schema holds the values equal: 1 and 1.0 are, 1 and true are not."""

import json
from fractions import Fraction
from typing import Any, TypeGuard


def text_of(value: Any) -> str:
    """Return the canonical JSON text of a value."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def type_of(value: Any) -> str:
    """Return the JSON type of a value; an integer is a number."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def fraction(value: Any) -> Fraction:
    """Return a number of JSON as it is written: 0.1 is a tenth."""
    return Fraction(str(value))


def is_number(value: Any) -> TypeGuard[int | float]:
    """Tell whether a value is a number of JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
