"""One service on one port: granian hands a request over, and the adapter answers it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
from collections import Counter
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from specdouble.mock.backends.changes import SAFE, StateFileError
from specdouble.mock.boot import Platform
from specdouble.mock.control.direct import Direct
from specdouble.mock.control.streams import LATER, SENT_HERE, STREAM
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem, not_kept, traceless
from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.world import World
from specdouble.mock.state.worlds import HEADER, WorldError
from specdouble.mock.transports import cors
from specdouble.mock.transports.breaking import send_broken
from specdouble.mock.transports.living import give_up, handled
from specdouble.mock.transports.paths import FRONT, Paths
from specdouble.mock.transports.receiving import SMALL, Patience, limit_of, read_body
from specdouble.mock.transports.rsgi.aside import Aside
from specdouble.mock.transports.rsgi.connections import Idle
from specdouble.mock.transports.rsgi.durable import Waiting
from specdouble.mock.transports.rsgi.streaming import send_stream

if TYPE_CHECKING:
    from flask import Flask

T = TypeVar("T")
CLOSE = [("connection", "close")]
RETRIES = 3  # after which an operation that reads is taken for one that writes, where servers share a state


def address(peer: str) -> str:
    """Take the port (and the brackets of IPv6) off a peer's address."""
    return peer.rpartition(":")[0].strip("[]")


class RsgiAdapter:
    """One service on one port, as an RSGI application."""

    def __init__(self, platform: Platform, name: str) -> None:
        self.draining = False
        self.asked = 0  # requests so far
        self.service: Service = platform.services[name]
        self.world = platform.world
        self._worlds = platform.worlds
        self._plain_hosts = platform.worlds.plain_hosts
        self._platform = platform
        self._paths = Paths(self.service)
        self._direct = Direct(platform)
        self.idle = Idle(self.world.options.idle_seconds)
        self._limits: dict[str, int] = {}
        self.patience = Patience(self.world.options.body_seconds)
        self._cors = self.world.options.cors
        self._state = Waiting(platform.state) if platform.state is not None else None
        self._aside = Aside()
        self._retried: Counter[str] = Counter()  # how often in a row a reading operation had to write, by key

    @cached_property
    def app(self) -> Flask:
        """What is no operation, as a Flask application that is made when it is first needed."""
        from specdouble.mock.transports.app import create_app

        return create_app(self._platform, self.service.name)

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        if scope.proto != "http":
            proto.close(403)
            return
        self.asked += 1
        headers = scope.headers
        method, path = scope.method, scope.path
        origin = headers.get("origin") if self._cors else None
        if origin and method == "OPTIONS" and headers.get("access-control-request-method"):
            private = headers.get("access-control-request-private-network")
            allowed = cors.preflight(origin, headers.get("access-control-request-headers"), private)
            proto.response_empty(204, allowed + CLOSE if self.draining else allowed)
            return
        if len(headers.get_all("host")) > 1:  # RFC 9112, 3.2
            twice = Problem(400, "The request has several Host headers. Send one.")
            refused = Request(method, path, scope.query_string, headers, b"", address(scope.client))
            self._send(proto, self.service.turn_away(twice, refused, None, self.world), origin)
            return
        found, params = self._paths.find(method, path, scope.query_string)
        if found is None and (direct := self._direct.reply(self.service, method, path, headers.get("accept"))):
            self._send(proto, direct, None)  # no page elsewhere needs to read it
            return
        body, world = b"", self.world
        op, problem = (found, None) if isinstance(found, Bound) else (None, found)
        named, host, cookie = headers.get(HEADER), headers.get("host"), headers.get("cookie")
        chooses = found is not None and (named is not None or cookie is not None or host not in self._plain_hosts)
        if chooses:
            world, problem = await self._choose(named, host, cookie, problem)
        if method != "GET" or headers.get("content-length") not in (None, "0") or headers.get("transfer-encoding"):
            read = await read_body(scope, proto, self._limit(found), self.patience)
            if isinstance(read, Problem):
                refused = Request(method, path, scope.query_string, headers, b"", address(scope.client))
                self._send(proto, self.service.turn_away(read, refused, op, world), origin)
                return
            body = read
            if chooses:  # it may have ended while the body came
                world, problem = await self._choose(named, host, cookie, problem)
        if found is None:
            await self._through_flask(scope, proto, body, origin)
            return
        if op is None and self._paths.is_front(method, path, headers.get("accept")):
            self._send(proto, FRONT, origin)
            return
        asked = Request(method, path, scope.query_string, headers, body, address(scope.client))
        if problem is not None:
            reply = self.service.turn_away(problem, asked, op, world)
        elif op is not None:
            reply = (
                self.service.handle(op, asked, params, world)
                if self._state is None
                else await self._handled(self._state, op, asked, params, world)
            )
        if reply.wait or reply.stream is not None or reply.broken is not None:
            with self.idle.busy(scope.client):
                await self._send_late(scope, proto, reply, origin, world)
        else:
            self._send(proto, reply, origin)

    async def _send_late(self, scope: Any, proto: Any, reply: Reply, origin: str | None, world: World) -> None:
        """Send a response that is held back, an event stream, or one that ends badly."""
        if reply.wait:
            await asyncio.sleep(reply.wait)
        broken = reply.broken
        if reply.stream is not None and (broken is None or broken.kind != "drop"):
            await send_stream(scope, proto, reply, reply.stream, cors.allow(origin) if origin else [], world)
        elif broken is not None:
            told = reply.headers + cors.allow(origin) if origin else reply.headers
            await send_broken(scope, proto, reply, broken, told, world.hub)
        else:
            self._send(proto, reply, origin)

    async def _handled(self, state: Waiting, op: Bound, asked: Request, params: dict[str, Any], world: World) -> Reply:
        """Handle a request where the world outlives the process."""
        made: list[Reply] = []
        tries = 0

        def work() -> Reply:
            nonlocal tries
            tries += 1
            made.append(handled(self.service, self._worlds, op, asked, params, world))
            return made[-1]

        reads = asked.method in SAFE and self._retried[op.key] < RETRIES
        try:
            reply = await state.perform(work, writes=not reads)
        except StateFileError as error:
            give_up(made, world)
            return self.service.withhold(not_kept(error), op, asked, world)
        if reads:
            self._retried[op.key] = self._retried[op.key] + 1 if tries > 1 else 0
        return reply

    async def _performed(self, work: Callable[[], T], method: str) -> T:
        """Do something for a request of a method, in turn with others where a state is kept."""
        return work() if self._state is None else await self._state.perform(work, writes=method not in SAFE)

    async def _choose(
        self, named: str | None, host: str | None, cookie: str | None, problem: Problem | None
    ) -> tuple[World, Problem | None]:
        """Return the world that a request chooses, and how it is refused where there is none."""
        try:
            return self._worlds.of(named, host, cookie), problem
        except WorldError as error:
            missing = traceless(error)
        if self._state is not None and self._state.shared:  # another server may have made it just now
            with contextlib.suppress(StateFileError):
                await self._state.perform(lambda: None, writes=False)
            with contextlib.suppress(WorldError):
                return self._worlds.of(named, host, cookie), problem
        return self.world, Problem(missing.status, str(missing))

    def _limit(self, found: Bound | Problem | None) -> int:
        """Return how many bytes the body of a request may have, by what its path means."""
        most = self.world.options.body_limit
        if not isinstance(found, Bound):
            return most if found is None else min(SMALL, most)
        known = self._limits.get(found.key)
        if known is None:
            known = self._limits[found.key] = limit_of(found, most)
        return known

    def _send(self, proto: Any, reply: Reply, origin: str | None) -> None:
        headers = reply.headers + cors.allow(origin) if origin else reply.headers
        proto.response_bytes(reply.status, headers + CLOSE if self.draining else headers, reply.body)

    async def _through_flask(self, scope: Any, proto: Any, body: bytes, origin: str | None) -> None:
        host, _, port = (scope.server or "localhost:0").rpartition(":")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": scope.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": scope.path.encode().decode("latin-1"),
            "QUERY_STRING": scope.query_string,
            "SERVER_NAME": host,
            "SERVER_PORT": port,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": address(scope.client),
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": scope.headers.get("content-type") or "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scope.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            SENT_HERE: True,
        }
        for name, value in scope.headers.items():
            if name not in ("content-type", "content-length"):
                environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        environ.setdefault("HTTP_HOST", scope.authority or environ["SERVER_NAME"])  # HTTP/2 has no such header
        started: list[Any] = []

        def answered(app: Callable[[], Any]) -> bytes:
            started.clear()
            parts = app()(environ, lambda status, headers, _exc=None: started.extend((status, headers)))
            try:
                return b"".join(parts)
            finally:
                close = getattr(parts, "close", None)
                if close:
                    close()

        try:
            content = await self._performed(partial(answered, lambda: self.app.wsgi_app), scope.method)
            if LATER in environ:
                with self.idle.busy(scope.client):
                    while LATER in environ:
                        make, go_on = environ.pop(LATER)
                        made = await self._aside.do(make)
                        content = await self._performed(partial(answered, partial(go_on, made)), scope.method)
        except StateFileError as error:
            self._send(proto, self.service.withhold(not_kept(error)), origin)
            return
        if STREAM in environ:
            listener, world = environ[STREAM]
            told = [one for one in started[1] if one[0].lower() != "content-length"]
            allowed = cors.allow(origin) if origin else []
            with self.idle.busy(scope.client):
                await send_stream(scope, proto, Reply(200, told, b"", listener), listener, allowed, world)
            return
        proto.response_bytes(int(started[0][:3]), started[1] + CLOSE if self.draining else started[1], content)


class Prefixes:
    """Several services on one port, each below its name; what is below none, as the control plane, is the first's."""

    def __init__(self, services: dict[str, RsgiAdapter]) -> None:
        self._services = services

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        name, _, rest = scope.path.lstrip("/").partition("/")
        service = self._services.get(name)
        if service is None or scope.proto != "http":
            await next(iter(self._services.values())).__rsgi__(scope, proto)
        else:
            await service.__rsgi__(_Below(scope, f"/{rest}"), proto)


class _Below:
    """A request as a service below a prefix sees it."""

    def __init__(self, scope: Any, path: str) -> None:
        self._scope = scope
        self.path = path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scope, name)
