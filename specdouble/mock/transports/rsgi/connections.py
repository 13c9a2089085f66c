"""How many connections there may be, and for how long one may do nothing.

granian takes a number of connections and lets further ones wait, whether anything is asked on those that it has or not;
it gives up one that begins a request and does not end it, and none on which nothing ever comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import stat
import struct
import sys
from collections import Counter
from collections.abc import Collection, Iterator

from specdouble.mock.transports.peers import DESCRIPTORS, known

log = logging.getLogger("specdouble")
RESERVED = 64  # descriptors that are for something else


LOOK_SECONDS = 5.0  # between two looks
_INFO = struct.Struct("=8B13I")  # how tcp_info of Linux begins
_SENT, _RECEIVED = 8 + 9, 8 + 11  # milliseconds since data was sent, and since some came
_AT_ONCE = 100  # descriptors that are looked at before others may go on


class Idle:
    """Closes connections on which nothing was asked for `seconds`: that is looked for while `watch` runs."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._busy: Counter[str] = Counter()

    @contextlib.contextmanager
    def busy(self, peer: str) -> Iterator[None]:
        """Leave the connection to a peer (`host:port`) alone, because a response is on its way that takes long."""
        self._busy[peer] += 1
        try:
            yield
        finally:
            self._busy[peer] -= 1
            if not self._busy[peer]:
                del self._busy[peer]

    async def watch(self, ports: Collection[int]) -> None:
        """Look at the connections of these ports now and then; only Linux tells how long they have been idle."""
        while sys.platform == "linux" and known():
            await asyncio.sleep(min(LOOK_SECONDS, self.seconds / 2))
            for number, name in enumerate(os.listdir(DESCRIPTORS)):
                if number % _AT_ONCE == _AT_ONCE - 1:
                    await asyncio.sleep(0)
                with contextlib.suppress(OSError, ValueError, struct.error):
                    self._look(int(name), ports)

    def _look(self, number: int, ports: Collection[int]) -> None:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return
        with socket.socket(fileno=os.dup(number)) as one:
            if one.family not in (socket.AF_INET, socket.AF_INET6) or one.getsockname()[1] not in ports:
                return
            host, port = one.getpeername()[:2]
            told = _INFO.unpack(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size))
            idle = min(told[_SENT], told[_RECEIVED]) / 1000
            if idle >= self.seconds and not {f"{host}:{port}", f"[{host}]:{port}"} & self._busy.keys():
                one.shutdown(socket.SHUT_RDWR)


def room(most: int, listening: int) -> int:
    """Return how many connections each listening socket may take, at most `most`.

    Where the process may not open as many files, its soft limit is raised as far as its hard one lets it.

    Args:
        most: of each socket.
        listening: how many sockets there are.

    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return most
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most * listening + RESERVED
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return most
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if raised > soft:
        with contextlib.suppress(ValueError, OSError):  # a system may say no all the same
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    fitting = max(1, (soft - RESERVED) // listening)
    if fitting < most:
        log.warning("as few files as %d may be open, so each port takes %d connections at a time", soft, fitting)
    return min(most, fitting)
