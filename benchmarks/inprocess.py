"""Asking our server in its own process, through the same adapter that granian calls, without a network."""

from __future__ import annotations

import asyncio
import atexit
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import orjson

from specdouble.mock.boot import Platform, boot
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.transports.rsgi.adapter import RsgiAdapter
from specdouble.packs.documents import contract

PEOPLE = {
    "user": ("user@example.com", "s3cure!"),
    "admin": ("admin@example.com", "s3cure!admin"),
    "developer": ("dev@example.com", "s3cure!dev"),
}
USER = "imp_u_abc123"


class Headers(dict[str, str]):
    """Headers as granian gives them."""

    def get_all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [self[name]] if name in self else []


@dataclass(slots=True)
class Scope:
    """What granian tells about a request."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    proto: str = "http"
    http_version: str = "1.1"
    client: str = "127.0.0.1:50000"
    server: str = "127.0.0.1:8085"
    scheme: str = "http"


class Proto:
    """Takes an answer in granian's stead and gives the body when it is awaited."""

    __slots__ = ("answer", "body", "status")

    def __init__(self, body: bytes = b"") -> None:
        self.body = body
        self.status = 0
        self.answer = b""

    async def __call__(self) -> bytes:
        """Return the request body."""
        return self.body

    def response_bytes(self, status: int, _headers: list[tuple[str, str]], body: bytes) -> None:
        """Keep the answer."""
        self.status, self.answer = status, body


# Time-outs ask for the running loop and its task. A real loop would cost more than what is measured.
_LOOP = asyncio.new_event_loop()
_TASK = _LOOP.create_task(asyncio.sleep(0))
_LOOP.run_until_complete(_TASK)
atexit.register(_LOOP.close)


class Desk:
    """A booted platform with the gateway's adapter; ``who`` is a person, ``service``, or empty for nobody."""

    def __init__(self, platform: Platform | None = None) -> None:
        self.platform = platform or boot(contract("imperal"))
        self.world = self.platform.world
        self.adapter = RsgiAdapter(self.platform, "auth_gateway")
        self.service = self.adapter.service
        self._tokens: dict[str, str] = {}

    def headers(self, who: str, body: bytes = b"") -> dict[str, str]:
        """Return the headers with which somebody calls."""
        sent = {"host": "127.0.0.1:8085", "user-agent": "benchmark", "accept": "*/*"}
        if body:
            sent |= {"content-type": "application/json", "content-length": str(len(body))}
        if who == "service":
            return sent | {"x-service-token": self.world.options.service_token, "x-acting-user": USER}
        return sent | {"authorization": f"Bearer {self.token(who)}"} if who else sent

    def token(self, who: str) -> str:
        """Log one of the people in, once."""
        if who not in self._tokens:
            email, password = PEOPLE[who]
            status, answer = self.ask("POST", "/v1/auth/login", {"email": email, "password": password})
            if status != 200:
                raise LookupError(f"{email} cannot log in: {answer!r}")
            self._tokens[who] = orjson.loads(answer)["access_token"]
        return self._tokens[who]

    def scope(self, method: str, target: str, headers: dict[str, str]) -> Scope:
        """Return what granian would tell about a request."""
        path, _, query = target.partition("?")
        return Scope(method, path, query, Headers(headers))

    def asker(
        self, method: str, target: str, body: Any = None, who: str = "", more: dict[str, str] | None = None
    ) -> Callable[[], Proto]:
        """Return a function that sends one and the same request through the adapter."""
        raw = orjson.dumps(body) if body is not None else b""
        scope = self.scope(method, target, {**self.headers(who, raw), **(more or {})})
        enter = self.adapter.__rsgi__

        def ask() -> Proto:
            proto = Proto(raw)
            finish(enter(scope, proto))
            return proto

        return ask

    def ask(self, method: str, target: str, body: Any = None, who: str = "") -> tuple[int, bytes]:
        """Send one request through the adapter and return the status and the body."""
        proto = self.asker(method, target, body, who)()
        return proto.status, proto.answer

    def request(self, op: Bound, path: str, query: str, raw: bytes, who: str) -> Request:
        """Return the request that the adapter would hand to dispatch."""
        return Request(op.spec.method, path, query, self.headers(who, raw), raw, "127.0.0.1:50000")


def finish(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine that never really waits, as the task that the adapter is called in."""
    asyncio._set_running_loop(_LOOP)
    _enter_task(_LOOP, _TASK)
    try:
        coroutine.send(None)
    except StopIteration:
        return
    finally:
        _leave_task(_LOOP, _TASK)
        asyncio._set_running_loop(None)
    raise RuntimeError("the adapter waited for something that is not there in-process")
