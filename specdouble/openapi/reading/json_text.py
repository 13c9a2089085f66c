"""JSON text and data: exact integers of any size, duplicate keys noticed, half an emoji tolerated."""

import json
import math
from typing import Any

import orjson


def parse_json(text: str, duplicates: list[tuple[str, int]]) -> Any:
    """Return what the text says; of a key that stands twice the last value counts.

    `duplicates` receives each key that stands in its object a second time, with line 0: JSON readers tell no places.

    Raises:
        ValueError: no JSON; `json.JSONDecodeError` where a place is known.
        RecursionError: nested too deeply.

    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    duplicates.append((key, 0))
                seen.add(key)
        return value

    return json.loads(text, object_pairs_hook=members, parse_float=_float, parse_constant=_refuse)


def _float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number that can be kept")


def encode(value: Any, *, indent: bool = False) -> bytes:
    """Return the JSON text of data.

    orjson writes it where it can. Integers beyond 64 bits and lone surrogates take the slower way, and the text then
    begins with a space, by which `decode` knows it.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0)
    except TypeError:
        text = json.dumps(value, separators=None if indent else (",", ":"), indent=2 if indent else None)
        return b" " + text.encode()


def decode(text: bytes) -> Any:
    """Return the data that `encode` wrote, exactly."""
    return json.loads(text) if text[:1] == b" " else orjson.loads(text)


def without_surrogates(value: Any) -> Any:
    """Return a copy of data in which half an emoji is written as a question mark, for libraries that refuse it."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return [without_surrogates(item) for item in value] if isinstance(value, list) else value
