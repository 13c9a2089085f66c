"""A pack served by the command, as whoever runs a client against it does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from tests.ports import free_ports, wait_for


@contextlib.contextmanager
def served(pack: str, **environment: str) -> Iterator[str]:
    """Run ``specdouble serve`` on a free port, with these variables of the environment; gives its URL."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "specdouble", "serve", pack, "--port", str(port)]
    null, variables = subprocess.DEVNULL, {**os.environ, **environment}
    server = subprocess.Popen(command, env=variables, stdout=null, stderr=null)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
