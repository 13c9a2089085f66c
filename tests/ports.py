"""Free ports, waiting for who listens there, and a folder on the web."""

from __future__ import annotations

import contextlib
import functools
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@contextlib.contextmanager
def web(folder: Path, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve the files of a folder on loopback; gives the URL."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{host}:{server.server_port}"
        server.shutdown()
        thread.join()
