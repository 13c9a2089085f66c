"""Durable writes and reads: memory against SQLite, side by side, over 16 connections.

    python -m benchmarks.durable                 # docs/examples/library.yaml: POST /books, GET /books
    python -m benchmarks.durable --seconds 10 --connections 64

The client is one process with one loop, so that it needs no tool; CPU time of the server is what to compare on a
machine that does other things too.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "examples" / "library.yaml"
BOOK = b'{"title": "Emma", "author": "Jane Austen"}'


@dataclass
class Seen:
    """What one round showed."""

    rps: float
    cpu_us: float
    p99_ms: float


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """Write one request."""
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\n"
    if body:
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def load(port: int, sent: bytes, status: bytes, seconds: float, connections: int) -> tuple[int, float, float]:
    """Send the same over and over; returns how many were answered, in how many seconds, and the 99th percentile."""
    held = [socket.create_connection((HOST, port)) for _ in range(connections)]
    chosen, times, began = selectors.DefaultSelector(), [], {}
    for one in held:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chosen.register(one, selectors.EVENT_READ)
        began[one.fileno()] = time.perf_counter()
        one.sendall(sent)
    start = time.perf_counter()
    while (now := time.perf_counter()) - start < seconds:
        for key, _ in chosen.select(1):
            got = key.fileobj.recv(65536)  # type: ignore[union-attr]
            if got[9:12] != status:
                raise SystemExit(f"it answered {got[:300]!r}")
            now = time.perf_counter()
            times.append(now - began[key.fd])
            began[key.fd] = now
            key.fileobj.sendall(sent)  # type: ignore[union-attr]
    spent = time.perf_counter() - start
    for one in held:
        one.close()
    return len(times), spent, sorted(times)[int(len(times) * 0.99)]


class Server:
    """A server in a process of its own."""

    def __init__(self, state: str) -> None:
        command = [sys.executable, "-m", "specdouble", "serve", str(DOCUMENT), "--port", "0", "--ready-json"]
        self._process = subprocess.Popen(
            [*command, "--state", state], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.port = next(iter(json.loads(self._process.stdout.readline())["ports"].values()))

    def cpu(self) -> float:
        """Return the seconds of CPU so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def seen(self, sent: bytes, status: bytes, seconds: float, connections: int) -> Seen:
        """Load it, and charge its CPU time to the requests."""
        before = self.cpu()
        count, spent, slow = load(self.port, sent, status, seconds, connections)
        return Seen(count / spent, (self.cpu() - before) / count * 1e6, slow * 1e3)

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)


def main() -> None:
    """Measure both, in turns, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        servers = {"memory": Server("memory"), "sqlite": Server(f"sqlite:{folder}/state.db")}
        try:
            works = {"POST /books": (request("POST", "/books", BOOK), b"201"),
                     "GET /books": (request("GET", "/books?per_page=3"), b"200")}  # fmt: skip
            print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {chosen.connections} connections")
            print("work         state   requests/s  CPU µs  p99 ms")
            for _ in range(chosen.rounds):
                for work, (sent, status) in works.items():
                    for name, server in servers.items():
                        one = server.seen(sent, status, chosen.seconds, chosen.connections)
                        print(f"{work:<12} {name:<7} {one.rps:>10,.0f} {one.cpu_us:>7.0f} {one.p99_ms:>7.1f}")
        finally:
            for server in servers.values():
                server.end()


if __name__ == "__main__":
    main()
