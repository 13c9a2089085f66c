"""A response, as the suites look at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from specdouble.openapi import Op
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.instants import one_spelling


def stands_for_success(op: Op, status: int) -> bool:
    """Whether a status is that of a success, or stands for one where the document declares none.

    A redirection does where there is one, else any declared status: an operation that always refuses keeps its word.
    """
    declared = op.spec.responses
    if 200 <= status < 300:
        return True
    if status not in declared or any(one // 100 == 2 or one == 2 for one in declared):
        return False
    if status < 400:
        return True  # also beside a `default`, which is what errors are declared as
    return 0 not in declared and not any(one // 100 == 3 or one == 3 for one in declared)


@dataclass
class Reply:
    """A response. `json` is None when the body is no JSON; `asked` is the URL and the body of the request."""

    op: Op
    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float = 0.0
    sent: dict[str, Any] = field(default_factory=dict)
    asked: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def taken(self) -> bool:
        """Whether it is what the document has for a request that goes well (see `stands_for_success`)."""
        return stands_for_success(self.op, self.status)

    @cached_property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body as JSON with one spelling of its times, or None."""
        try:
            return one_spelling(orjson.loads(self.content), self.content)
        except orjson.JSONDecodeError:
            return _lenient(self.content)

    @property
    def detail(self) -> Any:
        """What a refusal says, or None."""
        return self.json.get("detail") if isinstance(self.json, dict) else None

    def need(self) -> Reply:
        """Return this response if it is a 2xx; else the check that needs it cannot be made.

        Raises:
            Unmet: the response is a refusal; the reason names the operation and the status.

        """
        if not self.ok:
            raise Unmet(f"{self.op.id} answered {self.status}")
        return self

    def __getitem__(self, name: Any) -> Any:
        """Return a field of the JSON body of a 2xx; what is not there keeps a check from being made."""
        self.need()
        try:
            return self.json[name]
        except (KeyError, IndexError, TypeError):
            raise Unmet(f"{self.op.id} answered without {name!r}") from None


def _lenient(content: bytes) -> Any:
    """Read JSON with numbers beyond 64 bits, which orjson does not take; None for what is no JSON."""
    try:
        return json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
