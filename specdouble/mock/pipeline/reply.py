"""What goes back through a transport."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from specdouble.mock.state.events import Listener


@dataclass(frozen=True, slots=True)
class Broken:
    """How a response ends badly on the wire.

    `kind` is `drop` (the connection is closed without a response), `truncate` (`number` bytes of the body come, half of
    it for -1; `chunked` without an announced length), `stall` (nothing more comes: after `number` events of a stream,
    or half of a body) or `cut` (the connection is closed after `number` events).
    """

    kind: str
    number: int = -1
    chunked: bool = False

    def part(self, body: bytes) -> bytes:
        """Return what comes of a body: never all of it."""
        size = len(body) // 2 if self.number < 0 else self.number
        return body[: min(size, len(body) - 1)] if body else b""


@dataclass(slots=True)
class Reply:
    """What goes back through the transport: a status, headers, and either bytes or an event stream."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    stream: Listener | None = None
    foreign: bool = False
    wait: float = 0.0  # seconds that it is held back
    broken: Broken | None = None

    def but(self, **changes: Any) -> Reply:
        """Return a copy with changes."""
        return replace(self, **changes)
