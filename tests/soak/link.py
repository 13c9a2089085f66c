"""A client that outlives the servers it asks: it goes on with the next of them, and says which outcome is unknown."""

from __future__ import annotations

import http.client
import random
from dataclasses import dataclass
from typing import Any

import orjson

LOOPBACK = "127.0.0.1"


class LostError(Exception):
    """No answer came. Where `sent` is false nothing can have happened; else nobody knows what did."""

    def __init__(self, reason: BaseException, *, sent: bool) -> None:
        super().__init__(repr(reason))
        self.sent = sent


@dataclass(slots=True)
class Answer:
    """An answer; `port` is whose it is."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes
    port: int

    @property
    def json(self) -> Any:
        """The body, or None where it is no JSON."""
        if "json" not in (self.headers.get("content-type") or ""):
            return None
        return orjson.loads(self.content)

    @property
    def told(self) -> str:
        """What to show of it."""
        return f"{self.status} {self.content[:300]!r}"


class Link:
    """One client with a connection that it keeps to one of several ports; not for several threads at a time.

    `world` is sent with every request.
    """

    def __init__(self, ports: list[int], seed: int = 0, world: str = "", timeout: float = 30) -> None:
        self._ports = ports
        self._turn = random.Random(seed).randrange(len(ports))
        self._common = {"X-Specdouble-World": world} if world else {}
        self._timeout = timeout
        self._held: dict[int, http.client.HTTPConnection] = {}

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, *,
        port: int | None = None, data: bytes | None = None,
    ) -> Answer:  # fmt: skip
        """Ask the next server in turn, or that of a port; raises `LostError` where no answer came."""
        if port is None:
            self._turn += 1
            port = self._ports[self._turn % len(self._ports)]
        sent_headers = {**self._common, **(headers or {})}
        if body is not None:
            data = orjson.dumps(body)
            sent_headers["Content-Type"] = "application/json"
        connection = self._held.pop(port, None) or http.client.HTTPConnection(LOOPBACK, port, timeout=self._timeout)
        try:
            if connection.sock is None:
                connection.connect()
        except OSError as error:
            raise LostError(error, sent=False) from None
        try:
            connection.request(method, path, data, sent_headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read(), port)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise LostError(error, sent=True) from None
        self._held[port] = connection
        return answer

    def close(self) -> None:
        """Close the connections."""
        while self._held:
            self._held.popitem()[1].close()


def control(port: int, method: str, path: str, body: Any = None, world: str = "", timeout: float = 60) -> Answer:
    """Ask the control plane of a server once; raises `LostError`."""
    link = Link([port], world=world, timeout=timeout)
    try:
        return link.ask(method, f"/__mock__/{path}", body)
    finally:
        link.close()
