"""Event streams of a server, as a test reads them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx


@contextlib.contextmanager
def listening(url: str, **more: Any) -> Iterator[Iterator[str]]:
    """Open an event stream and give its lines; a line that does not come in five seconds is a failure."""
    with httpx.stream("GET", url, timeout=5, **more) as reply:
        assert reply.status_code == 200, reply.read()
        assert reply.headers["content-type"] == "text/event-stream"
        yield reply.iter_lines()


def next_event(lines: Iterator[str]) -> tuple[int, dict[str, Any]]:
    """Skip to the next event and return its id and data."""
    number = 0
    for line in lines:
        if line.startswith("id: "):
            number = int(line[4:])
        if line.startswith("data: "):
            return number, json.loads(line[6:])
    raise AssertionError("the stream ended")


def skip_to(lines: Iterator[str], wanted: str) -> None:
    assert wanted in lines
