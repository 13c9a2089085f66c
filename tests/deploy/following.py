"""A client of an event stream that comes back with `Last-Event-ID` wherever it is sent, as an EventSource does."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import httpx

from specdouble.sse import Parser


@dataclass
class Followed:
    """What a stream told: ids in the order in which they came, with their data, and how its connections ended."""

    events: list[tuple[int, str]] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    gaps: int = 0


class Follower:
    """Reads a stream until all that was published came, or it is stopped."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.told = Followed()
        self.open = asyncio.Event()
        self._url, self._headers = url, headers

    async def run(self) -> None:
        """Read, and connect again after every end; cancelled when enough has come."""
        last = ""
        async with httpx.AsyncClient(timeout=httpx.Timeout(15, read=30)) as client:
            while True:
                parser, headers = Parser(), {**self._headers, **({"last-event-id": last} if last else {})}
                try:
                    async with client.stream("GET", self._url, headers=headers) as reply:
                        reply.raise_for_status()
                        self.open.set()
                        async for line in reply.aiter_lines():
                            for event in parser.feed([line]):
                                self.told.gaps += event.name == "gap"
                                last = event.id
                                self.told.events.append((int(event.id), event.data))
                except httpx.HTTPError as error:
                    self.told.ends[repr(error)] += 1
                else:
                    self.told.ends["told" if any("connect again" in one for one in parser.comments) else "silent"] += 1
                await asyncio.sleep((parser.retry or 3000) / 1000)
