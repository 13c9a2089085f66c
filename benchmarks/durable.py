"""Durable writes and reads: memory, SQLite and PostgreSQL side by side, over 16 connections.

    python -m benchmarks.durable                 # docs/examples/library.yaml: POST /books, GET /books, GET /books/14
    python -m benchmarks.durable --seconds 10 --connections 64 --only memory sqlite

PostgreSQL is one of the tests' own. ``two`` are two servers of one database, each with half of the connections;
``bare`` is what the driver makes of the same document with as many connections, from threads of one process, without
any HTTP: ``INSERT`` alone, which commits itself (one round trip), and ``INSERT … COMMIT`` as a transaction (three).
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
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import Postgres

STATES = ("memory", "sqlite", "postgresql", "two", "bare")
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


def bare(url: str, seconds: float, connections: int, *, alone: bool) -> float:
    """Return how many rows a second the driver inserts, each in a transaction of its own; `alone`: in a statement."""
    import psycopg

    counts = [0] * connections
    until = time.perf_counter() + seconds

    def insert(number: int) -> None:
        with psycopg.connect(url, autocommit=alone) as connection:
            while time.perf_counter() < until:
                connection.execute("INSERT INTO bare (text) VALUES (%s)", (BOOK.decode(),))
                if not alone:
                    connection.commit()
                counts[number] += 1

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, text text)")
    threads = [threading.Thread(target=insert, args=(number,)) for number in range(connections)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sum(counts) / seconds


class Pair:
    """Two servers of one state, each with half of the connections."""

    def __init__(self, state: str) -> None:
        self._servers = [Server(state), Server(state)]

    def seen(self, sent: bytes, status: bytes, seconds: float, connections: int) -> Seen:
        """Load both at once."""
        with ThreadPoolExecutor(2) as pool:
            half = connections // 2
            found = [pool.submit(one.seen, sent, status, seconds, half) for one in self._servers]
            seen = [one.result() for one in found]
        return Seen(sum(one.rps for one in seen), max(one.cpu_us for one in seen), max(one.p99_ms for one in seen))

    def end(self) -> None:
        """End both."""
        for one in self._servers:
            one.end()


def main() -> None:
    """Measure them in turns, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=STATES, default=STATES)
    chosen = parser.parse_args()
    works = {"POST /books": (request("POST", "/books", BOOK), b"201"),
             "GET /books": (request("GET", "/books?per_page=3"), b"200"),
             "GET /books/ID": (request("GET", "/books/14"), b"200")}  # fmt: skip
    with ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")))
        servers: dict[str, Server | Pair] = {}
        urls: dict[str, str] = {}
        if {"postgresql", "two", "bare"} & set(chosen.only):
            postgres = held.enter_context(Postgres())
            urls = {name: held.enter_context(postgres.database()) for name in ("postgresql", "two", "bare")}
        for name in chosen.only:
            if name != "bare":
                state = urls.get(name) or {"memory": "memory", "sqlite": f"sqlite:{folder}/state.db"}[name]
                servers[name] = Pair(state) if name == "two" else Server(state)
                held.callback(servers[name].end)
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {chosen.connections} connections")
        print("work          state       requests/s  CPU µs  p99 ms")
        for _ in range(chosen.rounds):
            for work, (sent, status) in works.items():
                for name, server in servers.items():
                    one = server.seen(sent, status, chosen.seconds, chosen.connections)
                    print(f"{work:<13} {name:<10} {one.rps:>11,.0f} {one.cpu_us:>7.0f} {one.p99_ms:>7.1f}", flush=True)
                if work.startswith("POST") and "bare" in chosen.only:
                    for name, alone in (("INSERT", True), ("INSERT…COMMIT", False)):
                        rate = bare(urls["bare"], chosen.seconds, chosen.connections, alone=alone)
                        print(f"{name:<13} bare       {rate:>11,.0f}", flush=True)


if __name__ == "__main__":
    main()
