"""Spoiled bodies: JSON that is broken, without a field, or with a field of another type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from specdouble.digits import whole
from specdouble.openapi.reading.json_text import encode

Container = dict[str, Any] | list[Any]


def broken(body: bytes) -> bytes:
    """Return a JSON text that no parser takes: its second half is missing, and something else stands there."""
    text = body.rstrip()
    return text[: len(text) // 2] + b"<garbage>"


def without(body: bytes, places: tuple[str, ...]) -> bytes | None:
    """Return a JSON body without the fields at these places, None where it has none of them."""

    def remove(holder: Container, key: Any) -> None:
        del holder[key]

    return _changed(body, places, remove)


def retyped(body: bytes, places: tuple[str, ...]) -> bytes | None:
    """Return a JSON body in which the fields at these places have another type, None where it has none of them."""

    def change(holder: Container, key: Any) -> None:
        holder[key] = other_type(holder[key])

    return _changed(body, places, change)


def other_type(value: Any) -> Any:
    """Return a value of another JSON type."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return 42
    if isinstance(value, int | float):
        return "forty-two"
    return {} if isinstance(value, list) else [] if isinstance(value, dict) else {}


def _changed(body: bytes, places: tuple[str, ...], change: Callable[[Container, Any], None]) -> bytes | None:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    found = [one for place in places for one in _find(value, place)]
    # Later elements of a list first, so that the places of the others stay what they are.
    for holder, key in sorted(found, key=lambda one: one[1] if isinstance(one[1], int) else -1, reverse=True):
        if isinstance(holder, list) or key in holder:
            change(holder, key)
    return encode(value) if found else None


def _find(value: Any, place: str) -> Iterator[tuple[Container, Any]]:
    """Yield where a place is: a JSON pointer, in which `*` is every element; or a name, wherever a member has it."""
    if not place.startswith("/"):
        yield from _named(value, place)
        return
    *above, last = (one.replace("~1", "/").replace("~0", "~") for one in place[1:].split("/"))
    holders = [value]
    for part in above:
        holders = [holder[key] for holder in holders for key in _keys(holder, part)]
    for holder in holders:
        for key in _keys(holder, last):
            yield holder, key


def _keys(holder: Any, part: str) -> list[Any]:
    if isinstance(holder, dict):
        return [part] if part in holder else list(holder) if part == "*" else []
    if isinstance(holder, list):
        if part == "*":
            return list(range(len(holder)))
        number = whole(part)
        return [number] if number is not None and number < len(holder) else []
    return []


def _named(value: Any, name: str) -> Iterator[tuple[Container, Any]]:
    if isinstance(value, dict):
        if name in value:
            yield value, name
        for inner in [one for key, one in value.items() if key != name]:
            yield from _named(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, name)
