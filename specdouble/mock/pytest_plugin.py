"""A pytest plugin (entry point): the mock platform as fixtures, in-process or on real ports.

``specdouble_platform`` gives the world and its services, reset before each test; ``specdouble_server`` a pair of
URLs served by granian in a thread of this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the two services listen."""

    gateway: str
    registry: str


@pytest.fixture(scope="session")
def _specdouble_booted() -> Platform:
    from specdouble.mock.boot import boot

    return boot()


@pytest.fixture
def specdouble_platform(_specdouble_booted: Platform) -> Iterator[Platform]:
    """Give the mock platform in this process, as seeded."""
    _specdouble_booted.world.reset()
    yield _specdouble_booted
    _specdouble_booted.world.reset()


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


@pytest.fixture(scope="session")
def _specdouble_urls(_specdouble_booted: Platform) -> Iterator[Urls]:
    from specdouble.mock.transports.server import serve

    gateway, registry = _free_ports(2)
    loop = asyncio.new_event_loop()
    serving = loop.create_task(serve(_specdouble_booted, {"auth_gateway": gateway, "registry": registry}, "127.0.0.1"))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(serving)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    for port in (gateway, registry):
        _wait_for(port)
    yield Urls(f"http://127.0.0.1:{gateway}", f"http://127.0.0.1:{registry}")
    loop.call_soon_threadsafe(serving.cancel)
    thread.join(5)


def _wait_for(port: int, seconds: float = 10) -> None:
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


@pytest.fixture
def specdouble_server(_specdouble_urls: Urls, specdouble_platform: Platform) -> Urls:
    """Give the mock platform on two real ports; the world is as seeded."""
    return _specdouble_urls
