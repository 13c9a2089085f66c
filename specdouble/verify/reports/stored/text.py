"""Text for people: a result made fit to show, counts with their nouns, long text on one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from specdouble.verify.reports.stored.schema import Result

# what moves a cursor, ends a line unseen, or reorders it
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def whole(result: Mapping[str, Any]) -> Result:
    """Return a copy in which every text can be written as UTF-8: half characters (lone surrogates) are replaced."""
    return cast(Result, _each(result, _encodable))


def shown(result: Mapping[str, Any]) -> Result:
    """Return a copy to make a report from: no control characters (line ends and tabs stay), all legal in XML."""
    return cast(Result, _each(result, lambda text: printable(_encodable(text))))


def printable(text: str) -> str:
    """Return text from a server without control characters, so that it cannot move a cursor or reorder a line."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 300) -> str:
    """Return text on one line of at most `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: "1 operation", "12,345 requests"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def counts(numbers: Mapping[str, int]) -> str:
    """Return counts by name as text: "201: 12, 401: 30"."""
    return ", ".join(f"{name}: {count:,}" for name, count in sorted(numbers.items()))


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_each(key, change): _each(item, change) for key, item in value.items()}
    return [_each(item, change) for item in value] if isinstance(value, list | tuple) else value
