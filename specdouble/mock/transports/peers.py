"""The sockets of this process by who is at their other end: granian keeps them to itself."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import stat
import sys
from collections.abc import Iterator

DESCRIPTORS = "/dev/fd"  # of this process; Windows has none


def known() -> bool:
    """Whether this machine lets a process see its sockets."""
    return os.path.isdir(DESCRIPTORS)


@contextlib.contextmanager
def socket_to(peer: str) -> Iterator[socket.socket | None]:
    """Give a second handle of the socket that is connected to a peer (`host:port`), None where there is none."""
    host, _, port = peer.rpartition(":")
    wanted = (host.strip("[]"), int(port)) if port.isdigit() else None
    for name in os.listdir(DESCRIPTORS) if known() else ():
        with contextlib.suppress(OSError, ValueError):
            number = int(name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            one = socket.socket(fileno=os.dup(number))
            try:
                found = one.getpeername()[:2] == wanted
            except OSError:
                found = False
            if found:
                with one:
                    yield one
                return
            one.close()
    yield None


def cut_connection(peer: str) -> bool:
    """Shut the connection to a peer; returns whether it was found."""
    with socket_to(peer) as found:
        if found is None:
            return False
        with contextlib.suppress(OSError):
            found.shutdown(socket.SHUT_RDWR)
        return True


def unread(connection: socket.socket) -> int:
    """Return how many bytes wait to be taken by the other end; 0 where this machine does not tell."""
    if sys.platform != "linux":
        return 0
    import fcntl
    import termios

    waiting = array.array("i", [0])
    try:
        fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, waiting)
    except OSError:
        return 0
    return waiting[0]
