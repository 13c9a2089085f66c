"""Documents as JSON text and back, each as it was."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import orjson

from specdouble.mock.state.stores.declared import Collection

_BYTES = "base64"  # what stands in the place of bytes: an object with this one member


def text_of(value: Any) -> str:
    """Return a value as JSON, bytes as `doc_of` reads them; raises ``TypeError`` for what is no JSON."""
    try:
        return orjson.dumps(value, default=_written).decode()
    except TypeError:  # an integer of more than 64 bits, or a text that is no Unicode
        return json.dumps(value, separators=(",", ":"), default=_written)


def value_of(text: str) -> Any:
    """Return the value of a JSON text; raises ``ValueError`` for what is none."""
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return json.loads(text)


def doc_of(text: str, declared: Collection) -> Any:
    """Return a document of a collection from its text; raises ``ValueError`` for what is none."""
    doc = value_of(text)
    for name, kinds in declared.fields.items():
        if bytes in kinds and isinstance(doc.get(name), dict):
            doc[name] = b64decode(doc[name][_BYTES])
    return doc


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return {_BYTES: b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")
