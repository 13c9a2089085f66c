"""What stands before several servers: HAProxy where there is one, else the clients take the servers in turn."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.ports import free_ports, wait_for
from tests.postgres import watching
from tests.soak.servers import Replica

CONFIG = """
global
  maxconn 4000
defaults
  mode http
  timeout connect 2s
  timeout client 120s
  timeout server 120s
  timeout http-keep-alive 60s
  retries 3
  option redispatch
"""
SIDE = """
frontend front-{name}
  bind 127.0.0.1:{port}
  default_backend back-{name}
backend back-{name}
  balance roundrobin
{servers}
"""


@contextlib.contextmanager
def front(servers: list[Replica], folder: Path) -> Iterator[tuple[list[int], list[int]]]:
    """Give the ports to ask for the first and for the second service of the servers."""
    sides = ([one.port for one in servers], [one.second for one in servers])
    program = shutil.which("haproxy")
    if program is None or len(servers) == 1:
        yield sides
        return
    ports, text = free_ports(2), CONFIG
    for number, (port, behind) in enumerate(zip(ports, sides, strict=True)):
        lines = [f"  server s{one} 127.0.0.1:{one} check inter 500ms fall 1 rise 1" for one in behind]
        text += SIDE.format(name=number, port=port, servers="\n".join(lines))
    config, log = folder / "haproxy.cfg", folder / "haproxy.log"
    config.write_text(text)
    with log.open("wb") as said:
        process = subprocess.Popen([program, "-db", "-f", str(config)], stdout=said, stderr=said)
    try:
        with watching(process.pid, signal.SIGTERM):
            for port in ports:
                wait_for(port)
            time.sleep(1)  # until it has checked the servers once
            yield [ports[0]], [ports[1]]
    finally:
        process.terminate()
        process.wait(10)
