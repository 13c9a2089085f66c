"""Steady load on a server: every request is counted, and so is whatever became of it."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import orjson

from specdouble.sse import Parser

PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 15.0
SLOW_SECONDS = 1


@dataclass
class Told:
    """What became of a load.

    `answers` counts statuses by method; `lost` are requests without a response; `slowest` is in seconds; `created` are
    the texts of notes that the server said it kept; `ends` counts how streams ended: "told" to connect again before a
    clean end, "silent" for a clean end without a word, "broken" otherwise; `opened` counts streams.
    """

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    slowest: float = 0.0
    created: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    events: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(self.answers.values()) + len(self.lost)

    def line(self) -> str:
        """One line of figures."""
        said = {f"{method} {status}": count for (method, status), count in sorted(self.answers.items())}
        return (
            f"{self.requests} requests {said}, {len(self.lost)} lost, slowest {self.slowest:.2f} s, "
            f"{self.opened} streams, ends {dict(self.ends)}"
        )


class Load:
    """Clients that ask until they are stopped.

    Some keep their connections, some make one for each request, some ask for what takes long and send bodies slowly,
    some read streams.
    """

    def __init__(self, url: str, keeping: int = 4, new: int = 4, slow: int = 2, streams: int = 4) -> None:
        self.told = Told()
        self._url = url
        self._clients = (keeping, new, slow, streams)
        self._stop = asyncio.Event()

    async def during(self, work: Callable[[], None]) -> Told:
        """Ask while `work` runs in a thread, and for a moment before and after it."""
        keeping, new, slow, streams = self._clients
        asking: list[Awaitable[None]] = [self._ask(f"k{number}", keep=True) for number in range(keeping)]
        asking += [self._ask(f"n{number}", keep=False) for number in range(new)]
        asking += [self._ask(f"s{number}", keep=True, slow=True) for number in range(slow)]
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(one) for one in asking]  # type: ignore[arg-type]
            reading = [group.create_task(self._read()) for _ in range(streams)]
            await asyncio.sleep(1)
            try:
                await asyncio.to_thread(work)
                await asyncio.sleep(1)
            finally:
                self._stop.set()
                await asyncio.wait(running)
                for one in reading:
                    one.cancel()
        return self.told

    async def _ask(self, name: str, *, keep: bool, slow: bool = False) -> None:
        client = httpx.AsyncClient(base_url=self._url, timeout=PATIENCE_SECONDS)
        number = 0
        async with client:
            while not self._stop.is_set():
                number += 1
                text = f"{name} {number}"
                method, path = random.choice([("GET", "/notes"), ("POST", "/notes"), ("GET", "/notes/1")])
                headers = {} if keep else {"connection": "close"}
                if slow:
                    headers["prefer"] = f"wait={SLOW_SECONDS}"
                content = _slowly(text) if slow else orjson.dumps({"text": text})
                if method == "POST":
                    headers["content-type"] = "application/json"
                begun = time.monotonic()
                try:
                    reply = await client.request(
                        method, path, content=content if method == "POST" else None, headers=headers
                    )
                except httpx.HTTPError as error:
                    self.told.lost.append(f"{method} {path} after {time.monotonic() - begun:.2f} s: {error!r}")
                    continue
                if not slow:
                    self.told.slowest = max(self.told.slowest, time.monotonic() - begun)
                self.told.answers[method, reply.status_code] += 1
                if reply.status_code >= 500:
                    self.told.refused.append(f"{method} {path}: {reply.status_code} {reply.text[:200]}")
                if reply.status_code == 201:
                    self.told.created.append(text)
                await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))

    async def _read(self) -> None:
        """Read a stream and connect again as an EventSource does."""
        async with httpx.AsyncClient(base_url=self._url, timeout=httpx.Timeout(PATIENCE_SECONDS, read=30)) as client:
            while not self._stop.is_set():
                parser = Parser()
                try:
                    async with client.stream("GET", "/events") as reply:
                        if reply.status_code != 200:
                            self.told.ends[str(reply.status_code)] += 1
                            continue
                        self.told.opened += 1
                        async for line in reply.aiter_lines():
                            self.told.events += [one.data for one in parser.feed([line])]
                except httpx.HTTPError as error:
                    self.told.ends["broken"] += 1
                    self.told.refused.append(f"stream: {error!r}")
                    continue
                told = any("connect again" in one for one in parser.comments)
                self.told.ends["told" if told else "silent"] += 1
                await asyncio.sleep((parser.retry or 3000) / 1000)


async def _slowly(text: str) -> AsyncIterator[bytes]:
    for part in (b'{"text": ', orjson.dumps(text), b"}"):
        yield part
        await asyncio.sleep(SLOW_SECONDS / 2)
