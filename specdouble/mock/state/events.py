"""The event hub: who listens to which of a user's streams, and how an event is written on the wire."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import Any, NamedTuple

import orjson

from specdouble import sse

EVENTS = ""  # the channel of a user's own events; other streams of theirs have names
STALLED = "a stalled response"  # in the place of a user: no stream, but ends like one
MOST_WAITING = 1000  # frames; a client that stopped reading is let go and may resume with Last-Event-ID


def write(event: dict[str, Any]) -> bytes:
    """Write an event under its type, with its payload as data."""
    return sse.write(orjson.dumps(event["payload"]), event_id=event["id"], name=event["type"])


@dataclass(frozen=True, slots=True)
class EventFormat:
    """How events stand on the wire.

    `write` writes one, which is a dict with `id`, `user_id`, `type`, `payload` and `ts`; `opening` is what a stream
    begins with; `heartbeat` is sent while nothing happens.
    """

    write: Callable[[dict[str, Any]], bytes] = write
    opening: bytes = sse.comment("connected", retry=3000)
    heartbeat: bytes = sse.comment("keep-alive")


@dataclass(frozen=True, slots=True)
class Ending:
    """The streams of a user, or those of one session of theirs, that end."""

    user_id: str
    session_id: str | None = None


class OpenStream(NamedTuple):
    """A stream that is open at a server, as others with the same worlds know of it.

    `server` is its number, and `number` that of the stream there; `shelf` is the world. The rest is as of a `Listener`.
    """

    server: int
    number: int
    shelf: int
    user_id: str
    channel: str
    caller: str


class Listener:
    """One open stream: the frames it has still to send, and how to wake its sender.

    ``user_id`` names whose events it carries, ``channel`` which of them, and ``format`` how they are written;
    ``session_id`` is the session that opened it, where it ends at once with that; ``admitted`` tells whether the
    credential that opened it is still good; ``caller`` is who opened it, as far as that is counted; ``wake`` must be
    safe to call from any thread; ``farewell`` is what is sent last, after the frames that still wait, where the server
    ends the stream and says so; ``left`` is called once it has left, from any thread.
    """

    __slots__ = (
        "admitted",
        "caller",
        "channel",
        "closed",
        "ended",
        "farewell",
        "format",
        "frames",
        "left",
        "sent",
        "session_id",
        "user_id",
        "wake",
    )

    def __init__(self, user_id: str, backlog: list[dict[str, Any]], wire: EventFormat, channel: str = EVENTS) -> None:
        self.user_id = user_id
        self.channel = channel
        self.format = wire
        self.frames: deque[bytes] = deque([wire.opening, *map(wire.write, backlog)])
        self.wake: Callable[[], object] = lambda: None
        self.left: Callable[[], object] | None = None
        self.session_id: str | None = None
        self.caller = ""
        self.admitted: Callable[[], bool] = lambda: True
        self.closed = False
        self.farewell = b""
        self.ended = 0.0  # when it left, of the performance counter
        self.sent = 0  # frames so far, the opening one included

    def take(self, most: int | None = None) -> bytes:
        """Remove and return what waits to be sent, in one piece; empty when nothing waits.

        With `most`, no more than so many frames are taken in all.
        """
        frames = self.frames
        if not frames:
            return b""
        parts = []
        while frames and (most is None or self.sent < most):
            parts.append(frames.popleft())
            self.sent += 1
        return b"".join(parts)


class Hub:
    """The open streams of a world by user.

    Streams come and go in threads of their own, so those of a user are a tuple that is never changed, only replaced.
    What is counted is counted at all servers that have the same world: `elsewhere` gives those of the others. All else
    is about the streams of this server.
    """

    __slots__ = ("_changing", "_expected", "_farewell", "_listeners", "elsewhere")

    def __init__(self) -> None:
        self.elsewhere: Callable[[], Iterable[OpenStream]] = tuple
        self._expected: set[Listener] = set()
        self._farewell: Callable[[], bytes] | None = None
        self._listeners: dict[str, tuple[Listener, ...]] = {}
        self._changing = Lock()

    def expect(self, listener: Listener) -> None:
        """Hear that a stream joins once what it rests on is kept."""
        with self._changing:
            self._expected.add(listener)

    def join(self, listener: Listener) -> None:
        """Add a stream, unless it has left already."""
        with self._changing:
            self._expected.discard(listener)
            if listener.ended:
                return
            self._listeners[listener.user_id] = (*self._listeners.get(listener.user_id, ()), listener)
        if self._farewell is not None:
            self._end(listener, self._farewell())

    def leave(self, listener: Listener) -> None:
        """Remove a stream; harmless when it has left already."""
        listener.closed = True
        listener.ended = listener.ended or perf_counter()
        with self._changing:
            self._expected.discard(listener)
            others = tuple(one for one in self._listeners.get(listener.user_id, ()) if one is not listener)
            if others:
                self._listeners[listener.user_id] = others
            else:
                self._listeners.pop(listener.user_id, None)
        left, listener.left = listener.left, None
        if left is not None:
            left()

    def has(self, user_id: str) -> bool:
        """Tell whether a user has an open stream at this server."""
        return user_id in self._listeners

    def publish(self, event: dict[str, Any]) -> None:
        """Hand an event to every stream of its user and channel."""
        mine = self._listeners.get(event["user_id"])
        if mine:
            channel, written = event.get("channel", EVENTS), b""
            for listener in mine:
                if listener.channel != channel:
                    continue
                written = written or listener.format.write(event)
                listener.frames.append(written)
                if len(listener.frames) > MOST_WAITING:
                    listener.closed = True
                listener.wake()

    def close(self, user_id: str | None = None, session_id: str | None = None) -> None:
        """End the streams of one user (those of one session, where it is named), or all of them."""
        for listener in self._listeners.get(user_id, ()) if user_id else self._all():
            if session_id is None or listener.session_id == session_id:
                listener.closed = True
                listener.wake()

    def part(self, farewell: Callable[[], bytes] | None) -> None:
        """End all streams and those that are opened from now on, each with a frame of its own that says so.

        What waits to be sent is sent before that. With None, streams that are opened stay.
        """
        self._farewell = farewell
        if farewell is not None:
            for listener in self._all():
                if not listener.closed:
                    self._end(listener, farewell())

    @staticmethod
    def _end(listener: Listener, farewell: bytes) -> None:
        listener.farewell = farewell
        listener.closed = True
        listener.wake()

    def review(self) -> None:
        """End the streams whose credential is no longer good: it has expired, or was revoked."""
        for listener in self._all():
            if not listener.closed and not listener.admitted():
                listener.closed = True
                listener.wake()

    def streams(self, channel: str | None = None) -> Counter[str]:
        """Return how many streams each user has open, at all servers; those of one channel, where it is named."""
        found: tuple[Listener | OpenStream, ...] = (*self._all(), *self.elsewhere())
        return Counter(
            one.user_id for one in found if one.user_id != STALLED and (channel is None or one.channel == channel)
        )

    @property
    def channels(self) -> int:
        """How many users have an open stream, at all servers."""
        return len(self.streams())

    @property
    def clients(self) -> int:
        """How many streams are open, at all servers."""
        return self.streams().total()

    @property
    def here(self) -> int:
        """How many streams are open at this server."""
        return sum(map(len, list(self._listeners.values())))

    def held(self) -> list[Listener]:
        """Return the streams that are open at this server or about to be."""
        with self._changing:
            return [*self._expected, *(one for mine in self._listeners.values() for one in mine)]

    def __iter__(self) -> Iterator[Listener]:
        """Yield the streams that are open at this server."""
        return iter(self._all())

    def _all(self) -> list[Listener]:
        with self._changing:
            return [one for mine in self._listeners.values() for one in mine]
