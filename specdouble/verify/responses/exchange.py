"""A request: its body as bytes, and what was sent as a curl command that people can copy."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

import orjson

from specdouble.verify.responses.redact import Redactor

_LONGEST = 2000  # characters of a body


@dataclass
class Exchange:
    """A request and the status of its response."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int

    def curl(self, redactor: Redactor, credentials: frozenset[str]) -> str:
        """Write it as a curl command without secrets, and the status behind it.

        In headers that carry `credentials`, what merely resembles a secret is not shown either.
        """
        clean = redactor.clean
        words = ["curl", "-s", "-X", self.method, clean(self.url)]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {redactor.mask(value) if name.lower() in credentials else clean(value)}"]
        if self.body:
            text = clean(self.body.decode("utf-8", "replace"))
            words += ["-d", text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"]
        return f"{shlex.join(words)}  # {self.status}"


def encoded(body: Any) -> bytes:
    """Write a JSON body; numbers beyond 64 bits too, which orjson does not take."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body, ensure_ascii=False).encode()
