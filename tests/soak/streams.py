"""Readers of one user's events on all servers, who are cut off and come back, and who publishes what they read."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import orjson

from specdouble import sse
from tests.soak.clients import Client
from tests.soak.link import LOOPBACK, Link, LostError, control
from tests.soak.shared import Counts

WHO = "imp_u_abc123"
KIND = "soaked"
WORLD = "streams"
Said = tuple[int, int]  # the publisher, and the number that it gave


class Publisher(Client):
    """Publishes numbered events; `acknowledged` are those of which it knows."""

    def __init__(self, ports: list[int], ended: threading.Event, counts: Counts, think: float, seed: int) -> None:
        super().__init__(ended, counts, think, seed)
        self.acknowledged: set[Said] = set()
        self._link = Link(ports, seed, WORLD)
        self._seed, self._number = seed, 0

    def leave(self) -> None:
        self._link.close()

    def turn(self) -> None:
        self._number += 1
        said = (self._seed, self._number)
        body = {"user_id": WHO, "type": KIND, "payload": {"by": said[0], "n": said[1]}}
        if self.ask(self._link, "POST", "/__mock__/events", body).status == 200:
            self.acknowledged.add(said)


class Reader(threading.Thread):
    """Reads the stream on one server until that ends, then goes on at the next one from where it was."""

    def __init__(self, ports: list[int], counts: Counts, seed: int) -> None:
        super().__init__(name=f"Reader-{seed}", daemon=True)
        self.ended = threading.Event()
        self.heard: dict[int, Said] = {}
        self.counts = counts
        self._ports, self._turn = ports, seed
        self._last = 0

    def run(self) -> None:
        """Read, and come back, until it is stopped."""
        while not self.ended.is_set():
            self._turn += 1
            try:
                self._read(self._ports[self._turn % len(self._ports)])
            except (OSError, http.client.HTTPException, LostError):
                time.sleep(0.1)

    def _read(self, port: int) -> None:
        told = control(port, "POST", "tokens", {"id": WHO}, world=WORLD, timeout=10)
        if told.status != 200:
            time.sleep(0.1)
            return
        headers = {"Authorization": f"Bearer {told.json['token']}", "X-Specdouble-World": WORLD}
        headers["Last-Event-ID"] = str(self._last)
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
        try:
            connection.request("GET", "/v1/events/stream", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                time.sleep(0.1)
                return
            self.counts.did("streams opened or resumed")
            for event in sse.Parser().feed(self._lines(response)):
                self._hear(event)
        finally:
            connection.close()

    def _lines(self, response: http.client.HTTPResponse) -> Iterator[str]:
        while not self.ended.is_set():
            line = response.readline()
            if not line:
                return
            yield line.rstrip(b"\r\n").decode()

    def _hear(self, event: sse.Event) -> None:
        shown, number = orjson.loads(event.data), int(event.id)
        gap = shown["type"] == "gap"
        if gap:
            self.counts.violated("events that a stream lost", f"{self.name}: {event.data}")
        elif number <= self._last:
            self.counts.violated("events twice or out of order", f"{self.name}: {number} after {self._last}")
        self._last = number
        if shown["type"] == KIND:
            self.heard[number] = (shown["payload"]["by"], shown["payload"]["n"])
            self.counts.did("events read")


def judge(publishers: list[Publisher], readers: list[Reader], counts: Counts, seconds: float = 30) -> None:
    """Wait until every reader has heard what was acknowledged, and compare what they heard."""
    published = {said for one in publishers for said in one.acknowledged}
    until = time.monotonic() + seconds
    while time.monotonic() < until and not all(published <= set(one.heard.values()) for one in readers):
        time.sleep(0.2)
    for one in readers:
        heard = list(one.heard.values())
        lost = published - set(heard)
        if lost:
            counts.violated("events that a stream lost", f"{one.name} lacks {len(lost)}: {sorted(lost)[:5]}")
        if len(set(heard)) != len(heard):
            counts.violated("events twice or out of order", f"{one.name} heard something twice")
        if one.heard != readers[0].heard:
            other = sorted(one.heard.items() ^ readers[0].heard.items())[:5]
            counts.violated("events that differ between streams", f"{one.name}: {other}")
        for by in {said[0] for said in heard}:
            # What was not acknowledged may come to be later, as when the server that was asked stood still.
            numbers = [said[1] for _, said in sorted(one.heard.items()) if said[0] == by and said in published]
            if numbers != sorted(numbers):
                late = [here for here, after in pairwise(numbers) if after < here][:5]
                counts.violated("events twice or out of order", f"{one.name} heard {by} in another order: {late}")
    counts.did("events acknowledged", len(published))
