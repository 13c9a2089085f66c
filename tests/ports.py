"""Free ports, and waiting for who listens there."""

from __future__ import annotations

import socket
import time

from specdouble.sockets import listen, port_of


def free_ports(count: int) -> list[int]:
    """Return that many ports of 127.0.0.1 on which nobody listens now."""
    held = [listen("127.0.0.1", 0) for _ in range(count)]
    ports = [port_of(sockets) for sockets in held]
    for sockets in held:
        for one in sockets:
            one.close()
    return ports


def wait_for(port: int, seconds: float = 20) -> None:
    """Wait until somebody listens on a port; raises ``OSError`` when nobody does in that time."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
