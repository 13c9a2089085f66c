"""Documents as JSON text and back, each as it was."""

from __future__ import annotations

import json
from typing import Any

import orjson


def text_of(value: Any) -> str:
    """Return a value as JSON; raises ``TypeError`` for what is no JSON."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer of more than 64 bits, or a text that is no Unicode
        return json.dumps(value, separators=(",", ":"))


def value_of(text: str) -> Any:
    """Return the value of a JSON text; raises ``ValueError`` for what is none."""
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return json.loads(text)
