"""Responses that end badly on the wire: the connection breaks, half of a body comes, or nothing more does.

granian has no call for any of it. What it has is enough, because the HTTP library below refuses to go on after a
contradiction: a response that announces two lengths is not sent, and the connection is closed; one that announces more
than comes is closed where it ends. Only a body without an announced length has to be broken at its socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from specdouble.mock.pipeline.reply import Broken, Reply
from specdouble.mock.state.events import STALLED, EventFormat, Hub, Listener
from specdouble.mock.transports.peers import cut_connection, known

Headers = list[tuple[str, str]]
MORE = str(2**53 - 1)  # bytes that a stream announces which is going to be cut
_FLUSHED = 0.05  # seconds in which what was sent leaves the process


class BrokenConnectionError(ConnectionResetError):
    """What an application without a connection (WSGI) raises in the place of breaking one."""


class StalledError(TimeoutError):
    """What an application without a connection (WSGI) raises in the place of sending nothing more for ever."""


async def send_broken(scope: Any, proto: Any, reply: Reply, broken: Broken, headers: Headers, hub: Hub) -> None:
    """Send a response with a body, as far as it comes."""
    if broken.kind == "drop":
        await drop(proto)
        return
    part, plain = broken.part(reply.body), [one for one in headers if one[0].lower() != "content-length"]
    chunked = broken.chunked and known()
    length = [] if chunked else [("content-length", str(len(reply.body)))]
    transport = proto.response_stream(reply.status, plain + length)
    await transport.send_bytes(part)
    if chunked:
        await asyncio.sleep(_FLUSHED)
        cut_connection(scope.client)
    elif broken.kind == "stall":
        await stall(proto, hub)


async def drop(proto: Any) -> None:
    """Close the connection without a response."""
    transport = proto.response_stream(200, [("content-length", "1"), ("content-length", "2")])
    await transport.send_bytes(b"-")


async def stall(proto: Any, hub: Hub) -> None:
    """Send nothing more until the client goes, the world is reset, or the server stops."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    waiting = Listener(STALLED, [], EventFormat())
    waiting.wake = lambda: loop.call_soon_threadsafe(ready.set)
    hub.join(waiting)
    gone = asyncio.ensure_future(proto.client_disconnect())
    gone.add_done_callback(lambda _done: ready.set())
    try:
        await ready.wait()
    finally:
        hub.leave(waiting)
        gone.cancel()


def frames_until(listener: Listener, broken: Broken) -> tuple[bytes, bool]:
    """Take what waits of a stream that ends badly; returns it, and whether that was the last of it."""
    most = 1 + max(0, broken.number)  # the opening frame is no event
    return listener.take(most), listener.sent >= most


def broken_body(reply: Reply, broken: Broken) -> Iterator[bytes]:
    """Yield what comes of a body in an application without a connection (WSGI); then raise what stands for the rest."""
    if broken.kind == "truncate":
        yield broken.part(reply.body)
        raise BrokenConnectionError("the response was truncated by a fault")
    if broken.kind == "stall":
        raise StalledError("the response was stalled by a fault")
    raise BrokenConnectionError("the connection was dropped by a fault")
