"""One spelling for equal instants: `09:00:00.000000Z`, `09:00:00+00:00` and `09:00:00Z` are the same time (E10).

A response is read with its timestamps in one spelling, so that whoever compares two of them compares instants. To say
which of two is later they are still to be read as times: as texts, `…00.5Z` comes before `…00Z`.
"""

from __future__ import annotations

import re
from typing import Any

_OTHERWISE = re.compile(rb"T\d\d:\d\d:\d\d(?:\.\d+(?:Z|\+00:00)|\+00:00)")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)")


def is_time(name: str) -> bool:
    """Whether a field of this name holds a timestamp: `…_at`, `ts` or `last_login`."""
    return name.endswith("_at") or name in ("ts", "last_login")


def one_spelling(value: Any, content: bytes) -> Any:
    """Return a JSON value with its UTC timestamps as short as they can be; what is none of them stays as it is.

    `content` is the text that the value was read from: most servers spell all times alike, which is seen at a glance.
    """
    return _respelt(value) if _OTHERWISE.search(content) else value


def _respelt(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _short(one) if isinstance(one, str) and is_time(name) else _respelt(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_respelt(one) for one in value]
    return value


def _short(text: str) -> str:
    found = _STAMP.fullmatch(text)
    if found is None:
        return text
    fraction = (found[2] or "").rstrip("0")
    return f"{found[1]}{'.' if fraction else ''}{fraction}Z"
