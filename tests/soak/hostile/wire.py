"""Sending requests over several connections at a time, and judging what comes back."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from tests.soak.hostile.shot import Shot

HANG_SECONDS = 40.0  # after which a request without an answer is a finding: bodies are given up after 30
SILENT_SECONDS = 60.0  # the same, of one that comes slowly, or stops in the middle
NUDGE_SECONDS = 0.6  # after which nothing more is sent of what may wait for more
STREAM = re.compile(rb"\r\ncontent-type: *text/event-stream", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_PIECE = 1 << 20


class Answer:
    """What came back: the status (0: nothing, 1: what is no HTTP/1), the head and the body."""

    __slots__ = ("body", "closes", "end", "head", "status")

    def __init__(self, status: int, head: bytes, body: bytes, end: int, *, closes: bool) -> None:
        self.status, self.head, self.body, self.end, self.closes = status, head, body, end, closes


def parse(raw: bytes, *, over: bool, no_body: bool = False) -> Answer | None:
    """Return the first answer in what was received, None while it is not whole; `over` says that no more comes."""
    while raw.startswith((b"HTTP/1.1 100", b"HTTP/1.0 100")):
        end = raw.find(b"\r\n\r\n")
        if end < 0:
            return None
        rest = parse(raw[end + 4 :], over=over, no_body=no_body)
        if rest is not None:
            rest.end += end + 4
        return rest
    if raw and not raw.startswith(b"HTTP/1."[: len(raw)]):
        return Answer(1, b"", raw, len(raw), closes=True) if over or len(raw) > 64 else None
    at = raw.find(b"\r\n\r\n")
    if at < 0:
        return None
    head, start = raw[: at + 2], at + 4
    status = int(raw[9:12])
    closes = b"\r\nconnection: close" in head.lower()
    if no_body or status in (204, 304) or status < 200:
        return Answer(status, head, b"", start, closes=closes)
    if STREAM.search(head):
        return Answer(status, head, raw[start:], len(raw), closes=True)
    if _CHUNKED.search(head):
        found = _chunks(raw, start)
        if found is None:
            return Answer(status, head, raw[start:], len(raw), closes=True) if over else None
        return Answer(status, head, found[0], found[1], closes=closes)
    length = _LENGTH.search(head)
    if length is None:
        return Answer(status, head, raw[start:], len(raw), closes=True) if over else None
    end = start + int(length[1])
    if len(raw) < end and not over:
        return None
    return Answer(status, head, raw[start:end], end, closes=closes)


def _chunks(raw: bytes, at: int) -> tuple[bytes, int] | None:
    parts: list[bytes] = []
    while True:
        end = raw.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(raw[at:end].partition(b";")[0], 16)
        if size == 0:
            last = raw.find(b"\r\n\r\n", end)
            return (b"".join(parts), last + 4) if last >= 0 else None
        if len(raw) < end + 2 + size + 2:
            return None
        parts.append(raw[end + 2 : end + 2 + size])
        at = end + 2 + size + 2


class _Connection:
    __slots__ = ("again", "buffer", "fresh", "left", "next", "nudged", "shot", "since", "socket")

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.shot: Shot | None = None
        self.buffer = b""
        self.left: memoryview | bytes = b""
        self.since = self.next = 0.0
        self.fresh = self.again = self.nudged = False


Judge = Callable[[Shot, "Answer | None", str, float], None]


class Wire:
    """Connections to one address.

    `judge` is told of each request: what was sent, the first answer or None, why there is none (``closed``, ``hang``,
    ``refused``, ``reset``), and how many seconds it took. Further answers on a connection are told as well.
    """

    def __init__(self, address: tuple[str, int], judge: Judge, connections: int = 12, waiting: int = 24) -> None:
        self.address = address
        self.judge = judge
        self.counts: Counter[str] = Counter()
        self._selector = selectors.DefaultSelector()
        self._idle: deque[_Connection] = deque(_Connection() for _ in range(connections))
        self._busy: set[_Connection] = set()
        self._aside: set[_Connection] = set()  # slow and silent ones, on connections of their own
        self._most_aside = waiting
        self._looked = 0.0

    def send(self, shots: Iterable[Shot]) -> None:
        """Send all of them and wait for their answers; those that stop in the middle are waited for by `finish`."""
        source: Iterator[Shot] = iter(shots)
        over = False
        while not over or self._busy:
            while self._idle and not over:
                shot = next(source, None)
                if shot is None:
                    over = True
                elif shot.silent or shot.pause:
                    if len(self._aside) < self._most_aside:
                        one = _Connection()
                        self._aside.add(one)
                        self._begin(one, shot)
                else:
                    one = self._idle.popleft()
                    self._busy.add(one)
                    self._begin(one, shot)
            self._wait(0.05)

    def finish(self) -> None:
        """Wait for what is left, and close everything."""
        while self._aside:
            self._wait(0.2)
        for one in self._idle:
            self._close(one)

    def _wait(self, seconds: float) -> None:
        for key, events in self._selector.select(seconds):
            one = key.data
            if one.socket is None or one.shot is None:
                continue
            if events & selectors.EVENT_WRITE:
                self._write(one)
            if events & selectors.EVENT_READ and one.socket is not None:
                self._read(one)
        now = time.monotonic()
        if now - self._looked > 0.1:
            self._looked = now
            for one in [*self._busy, *self._aside]:
                self._look(one, now)

    def _look(self, one: _Connection, now: float) -> None:
        shot = one.shot
        if shot is None:
            return
        if shot.pause and one.left and now >= one.next:
            one.next = now + shot.pause
            self._write(one)
        elif (
            not shot.framed and not shot.silent and not one.nudged and not one.left and now - one.since > NUDGE_SECONDS
        ):
            one.nudged = True
            if one.socket is not None:
                with suppress(OSError):
                    one.socket.shutdown(socket.SHUT_WR)
        if now - one.since > (SILENT_SECONDS if shot.silent or shot.pause else HANG_SECONDS):
            self._done(one, None, "hang")

    def _begin(self, one: _Connection, shot: Shot, *, again: bool = False) -> None:
        one.shot, one.buffer, one.again, one.nudged = shot, b"", again, False
        one.since = one.next = time.monotonic()
        one.left = memoryview(shot.data)
        one.fresh = one.socket is None
        if one.socket is None:
            try:
                one.socket = socket.create_connection(self.address, 5)
            except OSError:
                self._done(one, None, "refused")
                return
            one.socket.setblocking(False)
            one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(one.socket, selectors.EVENT_READ, one)
        self._write(one)

    def _write(self, one: _Connection) -> None:
        shot, held = one.shot, one.socket
        assert shot is not None
        if held is None:
            return
        size = max(1, len(shot.data) // 8) if shot.pause else _PIECE
        try:
            while one.left:
                sent = held.send(one.left[:size])
                one.left = one.left[sent:]
                if shot.pause:
                    return
        except BlockingIOError:
            self._selector.modify(held, selectors.EVENT_READ | selectors.EVENT_WRITE, one)
            return
        except OSError:
            self._read(one)  # what came before it was closed
            if one.shot is shot and one.socket is held:
                self._done(one, None, "reset")
            return
        self._selector.modify(held, selectors.EVENT_READ, one)
        if shot.cut:
            with suppress(OSError):
                held.shutdown(socket.SHUT_WR)

    def _read(self, one: _Connection) -> None:
        shot, held = one.shot, one.socket
        assert shot is not None
        assert held is not None
        over = False
        try:
            got = held.recv(1 << 18)
            over = not got
            one.buffer += got
        except BlockingIOError:
            return
        except OSError:
            over = True
        answer = parse(one.buffer, over=over, no_body=shot.head)
        if answer is None:
            if over:
                self._done(one, None, "closed")
            return
        if answer.end < len(one.buffer) and not shot.framed:  # what was smuggled
            rest = one.buffer[answer.end :]
            while (more := parse(rest, over=True)) is not None and more.status > 1 and more.end:
                self.judge(shot, more, "more", 0.0)
                rest = rest[more.end :]
        self._done(one, answer, "")

    def _done(self, one: _Connection, answer: Answer | None, why: str) -> None:
        shot = one.shot
        assert shot is not None
        if why in ("closed", "reset") and not one.fresh and not one.again and shot.framed:
            self._close(one)  # it was closed before this came
            self._begin(one, shot, again=True)
            return
        self.judge(shot, answer, why, time.monotonic() - one.since)
        one.shot = None
        if answer is None or answer.closes or one.left or not shot.framed or shot.cut or answer.end < len(one.buffer):
            self._close(one)
        if one in self._aside:
            self._aside.discard(one)
            self._close(one)
        else:
            self._busy.discard(one)
            self._idle.append(one)

    def _close(self, one: _Connection) -> None:
        if one.socket is not None:
            self._selector.unregister(one.socket)
            one.socket.close()
            one.socket = None
