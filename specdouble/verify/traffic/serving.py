"""Running the proxy until a signal: exchanges are judged one after the other, beside the traffic."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from typing import Any

from specdouble.sockets import server_on
from specdouble.verify.http.transport import async_client
from specdouble.verify.settings.values import Settings
from specdouble.verify.traffic.exchange import Seen
from specdouble.verify.traffic.judge import Judge
from specdouble.verify.traffic.proxy import Proxy

Tell = Callable[[dict[str, Any]], None]


def serve(judge: Judge, settings: Settings, sockets: list[socket.socket], tell: Tell | None = None) -> None:
    """Pass traffic on until SIGINT or SIGTERM; return when everything that passed is judged.

    `sockets` are those of `specdouble.sockets.listen`; `tell` gets each finding when it is first seen.
    """
    asyncio.run(_serve(judge, settings, sockets, tell))


async def _serve(judge: Judge, settings: Settings, sockets: list[socket.socket], tell: Tell | None) -> None:
    queue: asyncio.Queue[Seen | None] = asyncio.Queue()
    async with async_client(settings) as client:
        passing = Proxy(settings.target, client, queue.put_nowait)
        servers = [server_on(held, passing, "asginl") for held in sockets]
        judging = asyncio.ensure_future(judged(queue, judge, tell))
        serving = asyncio.gather(*(server.serve() for server in servers))
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            loop.remove_signal_handler(number)  # a second one does what it does by default
            serving.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await serving
        finally:
            for server in servers:
                server.stop()  # type: ignore[no-untyped-call]
    queue.put_nowait(None)
    await judging


async def judged(queue: asyncio.Queue[Seen | None], judge: Judge, tell: Tell | None) -> None:
    """Judge what comes through a queue, up to None; beside the loop, which goes on passing traffic."""
    while (seen := await queue.get()) is not None:
        for finding in await asyncio.to_thread(judge.see, seen):
            if tell is not None:
                tell(finding)
