"""Reading and writing values by JSON pointer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from specdouble.digits import whole
from specdouble.openapi.values.make import MISSING


@lru_cache(4096)
def tokens(pointer: str) -> tuple[str, ...]:
    """Return the keys of a JSON pointer."""
    return tuple(one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:])


def read(value: Any, pointer: str) -> Any:
    """Return what stands at a pointer, MISSING where nothing does."""
    for name in tokens(pointer):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and (number := whole(name)) is not None and number < len(value):
            value = value[number]
        else:
            return MISSING
    return value


def every(value: Any, pointer: str) -> list[Any]:
    """Return all that stands at a pointer, where a list on the way means each of its elements."""
    found = [value]
    for name in tokens(pointer):
        following: list[Any] = []
        for one in found:
            parts = one if isinstance(one, list) else [one]
            following += [inner[name] for inner in parts if isinstance(inner, dict) and name in inner]
        found = following
    return found


def write(value: Any, pointer: str, new: Any) -> Any:
    """Return a value with something else at a pointer; objects on the way are made, and nothing is changed in place."""
    return _write(value, tokens(pointer), new)


def _write(value: Any, path: tuple[str, ...], new: Any) -> Any:
    if not path:
        return new
    name = path[0]
    if isinstance(value, list) and (number := whole(name)) is not None and number < len(value):
        return [_write(one, path[1:], new) if index == number else one for index, one in enumerate(value)]
    if name == "0" and not isinstance(value, dict):
        return [_write(None, path[1:], new)]
    held = value if isinstance(value, dict) else {}
    return {**held, name: _write(held.get(name), path[1:], new)}
