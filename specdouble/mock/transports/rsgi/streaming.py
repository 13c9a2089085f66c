"""Sending an event stream, no faster than who reads it.

granian takes whatever it is given and keeps what cannot be sent yet, without an end. So the sender looks at the socket
now and then: when a reader takes nothing for long, the connection is cut, and what waited for it is let go.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World
from specdouble.mock.transports.breaking import MORE, frames_until, stall
from specdouble.mock.transports.paths import STREAMING
from specdouble.mock.transports.peers import cut_connection, socket_to, unread

log = logging.getLogger("specdouble")
AHEAD_BYTES = 256 * 1024  # that are sent between two looks at the socket
DEAF_SECONDS = 10.0  # without a byte taken, after which nobody reads
_LOOK_SECONDS = 0.05


async def send_stream(
    scope: Any, proto: Any, reply: Reply, listener: Listener, headers: list[tuple[str, str]], world: World
) -> None:
    """Send an event stream until the client goes or stops reading, the stream is closed, or the server stops."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    listener.wake = lambda: loop.call_soon_threadsafe(ready.set)
    broken, last = reply.broken, False
    cut = [("content-length", MORE)] if broken is not None and broken.kind == "cut" else []
    transport = proto.response_stream(reply.status, [*reply.headers, *STREAMING, *cut, *headers])
    gone = asyncio.ensure_future(proto.client_disconnect())

    def left(_done: object) -> None:
        listener.closed = True
        ready.set()

    gone.add_done_callback(left)
    heartbeat = world.options.heartbeat_seconds
    ahead, reads = 0, True
    try:
        while not listener.closed:
            ready.clear()
            if broken is None:
                waiting = listener.take()
            else:
                waiting, last = frames_until(listener, broken)
            if waiting:
                await transport.send_bytes(waiting)
                ahead += len(waiting)
            if last and broken is not None:
                if broken.kind == "stall":
                    await stall(proto, world.hub)
                break
            if ahead >= AHEAD_BYTES:
                reads, ahead = await _taken(scope.client, listener), 0
                if not reads:
                    break
            if waiting:
                continue
            try:
                await asyncio.wait_for(ready.wait(), heartbeat)
            except TimeoutError:
                await transport.send_bytes(listener.format.heartbeat)
                ahead += len(listener.format.heartbeat)
        if listener.farewell and broken is None:
            await transport.send_bytes(listener.take() + listener.farewell)
    except Exception as error:  # the transport's own errors all mean that the client has gone
        log.debug("event stream ended: %r", error)
    finally:
        world.hub.leave(listener)
        world.watchers.leave(listener)
        gone.cancel()
        if not reads:
            log.info("a stream was cut: its reader took nothing for %g seconds", DEAF_SECONDS)
            cut_connection(scope.client)


async def _taken(peer: str, listener: Listener) -> bool:
    """Wait until a peer has taken what was sent; returns whether it does."""
    with socket_to(peer) as connection:
        if connection is None:
            return True
        before, since = unread(connection), time.monotonic()
        while before:
            await asyncio.sleep(_LOOK_SECONDS)
            now = unread(connection)
            if now < before:
                since = time.monotonic()
            elif listener.closed or time.monotonic() - since > DEAF_SECONDS:
                return False
            before = now
        return True
