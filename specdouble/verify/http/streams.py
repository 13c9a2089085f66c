"""Event streams: reading `text/event-stream` (server-sent events) with a deadline.

A stream never ends by itself. The one client reads its first words and goes; a `Stream` stays, gathers what comes in
a thread of its own, and lets a test wait for what it expects.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from specdouble import sse
from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential, Person
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.instants import one_spelling

if TYPE_CHECKING:
    from specdouble.verify.http.client import Reply
    from specdouble.verify.session.session import Session

PATIENCE = 3.0  # seconds that an event may take


def is_stream(op: Op, response: httpx.Response) -> bool:
    """Whether a response is an event stream, which must not be read to its end, whatever it calls itself."""
    kind = str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()
    return kind == sse.MEDIA_TYPE or (response.is_success and sse.MEDIA_TYPE in (op.spec.success.content or {}))


def whole(response: httpx.Response, seconds: float) -> bytes:
    """Read a response to its end.

    Raises:
        httpx.ReadTimeout: it has not ended within that time, though bytes may still come.

    """
    deadline, parts = time.monotonic() + seconds, []
    for chunk in response.iter_bytes():
        parts.append(chunk)
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the response does not end", request=response.request)
    return b"".join(parts)


def first_words(response: httpx.Response, seconds: float = 1.0) -> bytes:
    """Read an open stream to the end of its first block (an event or a comment), or for that long."""
    # The transport looks the limit up when the body is first read, so it can still be set here.
    response.request.extensions["timeout"] = {**response.request.extensions.get("timeout", {}), "read": seconds}
    deadline, content = time.monotonic() + seconds, b""
    with contextlib.suppress(httpx.TransportError):
        for chunk in response.iter_bytes():
            content += chunk
            if b"\n\n" in content or b"\r\n\r\n" in content or time.monotonic() > deadline:
                break
    return content


class Event(sse.Event):
    """One event, as a test looks at it."""

    __slots__ = ()

    @property
    def json(self) -> dict[str, Any]:
        """The data as a JSON object; {} when it is none."""
        try:
            found = one_spelling(orjson.loads(self.data), self.data.encode())
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


class Stream:
    """An open event stream. Use it as a context manager; `reply` is its head (and its body, where it was refused)."""

    def __init__(self, reply: Reply, response: httpx.Response) -> None:
        self.reply = reply
        self.response = response
        self.parser = sse.Parser()
        self.events: list[Event] = []
        self.ended = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        if reply.ok:
            self._thread.start()

    @property
    def open(self) -> bool:
        """Whether the stream was opened and has not ended."""
        return self.reply.ok and not self.ended

    def wait(self, wanted: Callable[[Event], bool], seconds: float = PATIENCE) -> Event | None:
        """Return the first event that is wanted, or None when none comes in time."""
        self.until(lambda: any(map(wanted, self.events)), seconds)
        with self._news:
            return next(filter(wanted, self.events), None)

    def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Wait until something holds that depends on what came; return whether it does."""
        deadline = time.monotonic() + seconds
        with self._news:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0 or self.ended:
                    return holds()
                self._news.wait(left)
            return True

    def _read(self) -> None:
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError):
            for told in self.parser.feed(self._told(sse.lines(self.response.iter_bytes()))):
                event = Event(told.id, told.name, told.data, told.lines)
                with self._news:
                    self.events.append(event)
                    self._news.notify_all()
        with self._news:
            self.ended = True
            self._news.notify_all()

    def _told(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            yield line
            with self._news:
                self._news.notify_all()

    def close(self) -> None:
        """End the stream; a thread that waits for more is woken by the end of the connection."""
        wire = self.response.extensions.get("network_stream")
        with contextlib.suppress(Exception):
            wire.get_extra_info("socket").shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
        if self._thread.is_alive():
            self._thread.join(2.0)
        with contextlib.suppress(Exception):
            self.response.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def listen(
    session: Session,
    who: Credential | Person,
    *,
    query: Mapping[str, Any] | None = None,
    last: str | None = None,
    headers: Mapping[str, str] | None = None,
    op: str = "",
) -> Stream:
    """Open the stream of a caller and wait until the server has begun it, so that nothing after this is missed.

    Args:
        session: the session.
        who: the credential, or the person.
        query: the query, such as `{"token": …}`.
        last: the id of the last event that was seen, for what was missed since (`Last-Event-ID`).
        headers: more headers.
        op: the operation, where the contract has several streams.

    Raises:
        Unmet: the contract has no stream.

    """
    credential = who.bearer if isinstance(who, Person) else who
    more = {**(headers or {}), **({"Last-Event-ID": last} if last is not None else {})}
    stream = Stream(*_open(session, op, {**credential.headers, **more}, {**(query or {}), **credential.query}))
    if stream.reply.ok:
        stream.until(lambda: bool(stream.parser.comments or stream.events or stream.parser.retry is not None), 0.5)
    return stream


def _open(
    session: Session, name: str, headers: dict[str, str], query: Mapping[str, Any]
) -> tuple[Reply, httpx.Response]:
    """Send the request of a stream; a refusal is read. The oracle looks at the head as at every response."""
    from specdouble.verify.http.client import Reply

    client = session.client
    streams = [session.contract[name]] if name else [one for one in session.contract.ops if session.api.is_stream(one)]
    if not streams:
        raise Unmet("the document has no event stream")
    op = streams[0]

    def ask(method: str, url: str, headers: dict[str, str], data: bytes) -> httpx.Response:
        response = client.ask(method, url, headers, data)
        if not is_stream(op, response):
            response.extensions["words"] = response.read()
        return response

    response = client.patiently(op, "GET", client.url(op, {}, query), headers, b"", ask)
    streaming = is_stream(op, response)
    reply = Reply(op, response.status_code, response.headers, b"" if streaming else response.content)
    client.served.need(client, op, reply)
    client.record.statuses[op.id][str(reply.status)] += 1
    client.oracle.check(op, reply, client.record)
    return reply, response
