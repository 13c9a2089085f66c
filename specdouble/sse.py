"""Server-sent events (`text/event-stream`): writing them, and reading them from bytes; nothing of connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MEDIA_TYPE = "text/event-stream"

_LONGEST = 10  # digits of a retry


def write(data: bytes, *, event_id: str | int | None = None, name: str = "") -> bytes:
    """Write one event: its id and name where it has any, and a data line for each line of its data (UTF-8)."""
    head = b"" if event_id is None else b"id: %b\n" % str(event_id).encode()
    if name:
        head += b"event: %b\n" % name.encode()
    lines = data if b"\n" not in data else data.replace(b"\n", b"\ndata: ")
    return b"%bdata: %b\n\n" % (head, lines)


def comment(text: str, retry: int | None = None) -> bytes:
    """Write a comment, which clients ignore; `retry` tells them after how many milliseconds to come back."""
    head = b"" if retry is None else b"retry: %d\n" % retry
    return b"%b: %b\n\n" % (head, text.encode())


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its id and name if it has any, and the text of its data; `lines` is how many data lines it had."""

    id: str
    name: str
    data: str
    lines: int = 1


@dataclass(slots=True)
class Parser:
    """Turns lines into events, as the HTML standard has it; comments and unknown words are gathered too.

    `retry` is the last reconnection time that was sent, in milliseconds.
    """

    comments: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    retry: int | None = None
    _id: str = ""
    _name: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, lines: Iterable[str]) -> Iterator[Event]:
        """Read lines and yield each event at the empty line that ends it."""
        for line in lines:
            if line:
                self._line(line)
            else:
                if self._data:
                    yield Event(self._id, self._name, "\n".join(self._data), len(self._data))
                self._name, self._data = "", []

    def _line(self, line: str) -> None:
        word, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not word:
            self.comments.append(value)
        elif word == "data":
            self._data.append(value)
        elif word == "id":
            self._id = value
        elif word == "event":
            self._name = value
        elif word == "retry" and value.isascii() and value.isdigit() and len(value) < _LONGEST:
            self.retry = int(value)
        else:
            self.unknown.append(line)


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Split bytes into lines at line feeds only, as they come; other line ends of Python may stand in text."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
