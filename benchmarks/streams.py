"""Holding many event streams open from one process."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Iterator

from benchmarks.measure import HOST, BenchmarkError

PATH = "/v1/events/stream"


@contextlib.contextmanager
def held(port: int, headers: dict[str, str], count: int, timeout: float = 30) -> Iterator[list[socket.socket]]:
    """Open that many streams and wait until each has begun; they close at the end."""
    lines = [f"GET {PATH} HTTP/1.1", f"Host: {HOST}:{port}", *(f"{name}: {value}" for name, value in headers.items())]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    streams: list[socket.socket] = []
    try:
        for _ in range(count):
            stream = socket.create_connection((HOST, port), timeout=10)
            stream.sendall(request)
            streams.append(stream)
        begun = heard(streams, b"retry:", timeout)
        if begun < count:
            raise BenchmarkError(f"only {begun} of {count} streams began within {timeout:.0f} s")
        yield streams
    finally:
        for stream in streams:
            stream.close()


def heard(streams: list[socket.socket], word: bytes, timeout: float) -> int:
    """Read the streams until each has carried a word; returns how many did within the time."""
    until = time.monotonic() + timeout
    seen: dict[socket.socket, bytes] = {}
    done = 0
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            stream.setblocking(False)
            selector.register(stream, selectors.EVENT_READ)
        while done < len(streams) and time.monotonic() < until:
            for key, _events in selector.select(max(until - time.monotonic(), 0)):
                stream = key.fileobj
                assert isinstance(stream, socket.socket)
                part = stream.recv(65536)
                seen[stream] = seen.get(stream, b"")[-200:] + part
                if word in seen[stream] or not part:
                    done += word in seen[stream]
                    selector.unregister(stream)
            if not selector.get_map():
                break
    return done
