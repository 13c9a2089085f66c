"""Running the proxy until a signal: exchanges are judged one after the other, beside the traffic."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any

from specdouble.verify.http.transport import async_client
from specdouble.verify.settings.values import Settings
from specdouble.verify.traffic.exchange import Seen
from specdouble.verify.traffic.judge import Judge
from specdouble.verify.traffic.proxy import Proxy

Tell = Callable[[dict[str, Any]], None]


def serve(judge: Judge, settings: Settings, host: str, port: int, tell: Tell | None = None) -> None:
    """Pass traffic on until SIGINT or SIGTERM; return when everything that passed is judged.

    `tell` gets each finding when it is first seen.
    """
    asyncio.run(_serve(judge, settings, host, port, tell))


async def _serve(judge: Judge, settings: Settings, host: str, port: int, tell: Tell | None) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    queue: asyncio.Queue[Seen | None] = asyncio.Queue()
    async with async_client(settings) as client:
        server = Server(
            Proxy(settings.target, client, queue.put_nowait), address=host, port=port, interface=Interfaces.ASGINL,
            websockets=False, log_enabled=False, backlog=2048,
        )  # fmt: skip
        judging = asyncio.ensure_future(judged(queue, judge, tell))
        serving = asyncio.ensure_future(server.serve())
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
            server.stop()  # type: ignore[no-untyped-call]
    queue.put_nowait(None)
    await judging


async def judged(queue: asyncio.Queue[Seen | None], judge: Judge, tell: Tell | None) -> None:
    """Judge what comes through a queue, up to None; beside the loop, which goes on passing traffic."""
    while (seen := await queue.get()) is not None:
        for finding in await asyncio.to_thread(judge.see, seen):
            if tell is not None:
                tell(finding)
