"""JSON, whole or as a sequence of values (JSON Lines, RFC 7464), and JSON Patch (RFC 6902)."""

from typing import Any

import orjson

from specdouble.openapi.bodies.base import BodyError, Limits, check_depth
from specdouble.openapi.reading.json_text import encode

_NEEDS = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from", "remove": "path"}


def read(raw: bytes, limits: Limits) -> Any:
    """Return what JSON text says."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BodyError(f"not valid JSON: {error.msg}", place=(error.pos,)) from None
    if raw.count(b"[") + raw.count(b"{") > limits.depth:
        check_depth(value, limits.depth)
    return value


def write(value: Any) -> bytes:
    """Return JSON text; integers of any size are written."""
    try:
        return encode(value).lstrip()
    except (TypeError, ValueError) as error:
        raise BodyError(f"cannot be written as JSON ({error})", "value") from None


def read_sequence(raw: bytes, limits: Limits, separator: bytes) -> list[Any]:
    """Return the values of a text with one on each line, or each behind a record separator."""
    return [read(one, limits) for one in raw.split(separator) if one.strip()]


def write_sequence(value: Any, separator: bytes) -> bytes:
    """Return the items of a list, one on each line, after a record separator where there is one."""
    if not isinstance(value, list):
        raise BodyError("a sequence is a list of values", "value")
    before = b"" if separator == b"\n" else separator
    return b"".join(before + write(one) + b"\n" for one in value)


def check_patch(value: Any) -> None:
    """Refuse what is no JSON Patch: a list of operations, each with what it needs."""
    if not isinstance(value, list):
        raise BodyError("a JSON Patch is a list of operations")
    for index, one in enumerate(value):
        if not isinstance(one, dict) or not isinstance(one.get("op"), str) or one["op"] not in _NEEDS:
            raise BodyError(f"an operation of a JSON Patch has `op`: {', '.join(_NEEDS)}", place=(index,))
        for name in ("path", _NEEDS[one["op"]]):
            if name not in one:
                raise BodyError(f"the operation {one['op']} needs `{name}`", place=(index, name))
        for name in ("path", "from"):
            pointer = one.get(name, "")
            if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
                raise BodyError(f"`{name}` is a JSON pointer", place=(index, name))
