"""Stopping so that no request is lost, behind a load balancer too.

From the signal on the server is unready (`/__mock__/health/ready` is 503) and every response announces that its
connection closes, so that a balancer finds out and keeps no connection. For `--drain-seconds` it answers whatever comes
all the same. Half of that time on, when balancers know, it ends its streams and tells who reads to connect again: done
at once, they would come back to this server. Then no new connection comes in, and once all is answered it ends.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import random
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from specdouble import sse

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform

ENDING_SECONDS = 5.0  # at most, for requests after the time of draining; and as long again for those under way
QUIET_SECONDS = 0.1  # without a request, after which nobody asks any more
AGAIN_MILLISECONDS = (100, 1000)  # when readers are to connect again; not all of them in the same moment

# A socket filter in classic BPF: of what comes to a listening socket it takes all but the first packet of a connection.
_REFUSE_SYN = (
    (0x30, 0, 0, 13),  # the byte with the flags of TCP
    (0x54, 0, 0, 0x12),  # SYN and ACK of it
    (0x15, 0, 1, 0x02),  # SYN alone
    (0x06, 0, 0, 0),  # is dropped
    (0x06, 0, 0, 0xFFFFFFFF),  # the rest is taken
)
_SO_ATTACH_FILTER = 26


class Draining(Protocol):
    """A service that is asked: whether it closes connections, and how many requests it had."""

    draining: bool
    asked: int


class Gates:
    """Listening sockets that somebody else accepts from, to be closed to new connections before he lets go of them.

    Whatever has been accepted by the system and not yet by the server is lost with a listening socket. On Linux new
    connections are therefore turned away first: who connects tries again a second later, and is refused or elsewhere by
    then. On other systems nothing is done.
    """

    def __init__(self, sockets: Iterable[socket.socket]) -> None:
        self._held = [one.dup() for one in sockets] if sys.platform == "linux" else []

    def shut(self) -> None:
        """Let no new connection in; those that are being made come in still."""
        program = array.array("B", b"".join(struct.pack("HBBI", *one) for one in _REFUSE_SYN))
        filtering = struct.pack("HP", len(_REFUSE_SYN), program.buffer_info()[0])
        for one in self._held:
            with contextlib.suppress(OSError):  # a sandbox may not allow it
                one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filtering)

    def release(self) -> None:
        """Forget the sockets, which end with who accepts from them."""
        while self._held:
            self._held.pop().close()


async def drain(platform: Platform, services: Sequence[Draining], gates: Gates) -> None:
    """Answer for the time of draining and until nobody asks any more; end the streams meanwhile."""
    platform.draining = True
    for one in services:
        one.draining = True
    begun, lasts = time.monotonic(), platform.world.options.drain_seconds
    while (passed := time.monotonic() - begun) < lasts:
        if passed >= lasts / 2:
            _end_streams(platform)
        await asyncio.sleep(min(QUIET_SECONDS, lasts - passed))
    gates.shut()
    until = time.monotonic() + ENDING_SECONDS
    quiet = False
    while not quiet and (now := time.monotonic()) < until:
        asked = sum(one.asked for one in services)
        _end_streams(platform)
        await asyncio.sleep(QUIET_SECONDS)
        late = time.monotonic() - now > 2 * QUIET_SECONDS  # a busy machine: who wants to ask did not get a turn either
        quiet = not late and asked == sum(one.asked for one in services)
    gates.release()


def _farewell() -> bytes:
    return sse.comment("the server stops, connect again", retry=random.randint(*AGAIN_MILLISECONDS))


def ended(platform: Platform) -> None:
    """Forget that a server drained, once it has ended: its platform may be served again."""
    platform.draining = False
    _end_streams(platform, None)


def _end_streams(platform: Platform, farewell: Callable[[], bytes] | None = _farewell) -> None:
    for world in platform.worlds.alive():
        world.hub.part(farewell)
        world.watchers.part(farewell)
