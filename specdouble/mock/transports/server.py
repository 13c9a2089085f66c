"""Running a platform: granian serves every service of one world from one event loop, on a port each.

granian's embedded server calls ``RsgiAdapter.__rsgi__`` in our own loop, so several ports share one world without locks
across processes, short requests run without a thread hop, and an open event stream costs a coroutine. The adapter
finds the operation of a path itself and hands it straight to dispatch; what is no operation (the control plane, the
document) is Flask's, which is loaded when that is first asked for. Measured reasons: benchmarks/README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any

from specdouble.mock.boot import Platform
from specdouble.mock.control.streams import SENT_HERE, STREAM
from specdouble.mock.options import Options, urls
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.world import SLICE_SECONDS, World
from specdouble.mock.state.worlds import HEADER, WorldError, below
from specdouble.mock.transports import cors
from specdouble.mock.transports.breaking import send_broken
from specdouble.mock.transports.certificates import Certificate
from specdouble.mock.transports.durable import Waiting
from specdouble.mock.transports.paths import FRONT, Paths
from specdouble.mock.transports.receiving import SMALL, Patience, limit_of, read_body, take_one_arena
from specdouble.mock.transports.streaming import send_stream
from specdouble.sockets import ServeError, listen, port_of, server_on

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("specdouble")
TICK_SECONDS = 0.25
REVIEW_SECONDS = 2.0  # between two looks at whether the credentials of streams are still good
DRAIN_SECONDS = 5.0  # at most, from a signal to the end
QUIET_SECONDS = 0.1  # without a request, after which nobody asks any more
CLOSE = [("connection", "close")]


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
        self._limits: dict[str, int] = {}
        self.patience = Patience(self.world.options.body_seconds)
        self._cors = self.world.options.cors
        self._state = Waiting(platform.state) if platform.state is not None else None

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
            proto.response_empty(204, cors.preflight(origin, headers.get("access-control-request-headers"), private))
            return
        if len(headers.get_all("host")) > 1:  # RFC 9112, 3.2
            twice = Problem(400, "The request has several Host headers. Send one.")
            refused = Request(method, path, scope.query_string, headers, b"", address(scope.client))
            self._send(proto, self.service.turn_away(twice, refused, None, self.world), origin)
            return
        found, params = self._paths.find(method, path, scope.query_string)
        body, world = b"", self.world
        op, problem = (found, None) if isinstance(found, Bound) else (None, found)
        named, host, cookie = headers.get(HEADER), headers.get("host"), headers.get("cookie")
        chooses = found is not None and (named is not None or cookie is not None or host not in self._plain_hosts)
        if chooses:
            world, problem = self._choose(named, host, cookie, problem)
        if method != "GET" or headers.get("content-length") not in (None, "0") or headers.get("transfer-encoding"):
            read = await read_body(scope, proto, self._limit(found), self.patience)
            if isinstance(read, Problem):
                refused = Request(method, path, scope.query_string, headers, b"", address(scope.client))
                self._send(proto, self.service.turn_away(read, refused, op, world), origin)
                return
            body = read
            if chooses:  # it may have ended while the body came
                world, problem = self._choose(named, host, cookie, problem)
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
            before = self._state.number if self._state is not None else 0
            reply = self.service.handle(op, asked, params, world)
            if self._state is not None and (lost := await self._state.lost(before, method)):
                if reply.stream is not None:
                    world.hub.leave(reply.stream)
                reply = self.service.refuse(lost, op, asked)
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

    def _choose(
        self, named: str | None, host: str | None, cookie: str | None, problem: Problem | None
    ) -> tuple[World, Problem | None]:
        """Return the world that a request chooses, and how it is refused where there is none."""
        try:
            return self._worlds.of(named, host, cookie), problem
        except WorldError as error:
            return self.world, Problem(error.status, str(error))

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
        before = self._state.number if self._state is not None else 0
        parts = self.app.wsgi_app(environ, lambda status, headers, _exc=None: started.extend((status, headers)))  # type: ignore[arg-type]
        try:
            content = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close:
                close()
        if self._state is not None and (lost := await self._state.lost(before, scope.method)):
            self._send(proto, self.service.refuse(lost), origin)
            return
        if STREAM in environ:
            listener, world = environ[STREAM]
            told = [one for one in started[1] if one[0].lower() != "content-length"]
            allowed = cors.allow(origin) if origin else []
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


Sockets = dict[str, list[socket.socket]]


def open_sockets(options: Options, option: Callable[[str], str] = lambda _name: "--port") -> Sockets:
    """Bind the port of every service, or the first one's where all share it; `option` names what sets a port.

    Raises:
        ServeError: a port is taken, or the host is none of this machine.

    """
    found: Sockets = {}
    try:
        for name, port in list(options.ports.items())[: 1 if options.prefix else None]:
            found[name] = listen(options.host, port, option(name))
    except ServeError:
        for one in (one for held in found.values() for one in held):
            one.close()
        raise
    return found


def ports_of(sockets: Sockets, options: Options) -> dict[str, int]:
    """Return the port of every service whose sockets were opened."""
    shared = port_of(next(iter(sockets.values())))
    return {name: port_of(sockets[name]) if name in sockets else shared for name in options.ports}


async def serve(platform: Platform, sockets: Sockets, certificate: Certificate | None = None) -> None:
    """Serve each named service on its sockets until cancelled, with TLS where there is a certificate.

    Meanwhile the world knows where.

    When cancelled, streams end, what was asked is still answered, and every response says that the connection closes.
    """
    options = platform.world.options
    ports = ports_of(sockets, options)
    adapters = {name: RsgiAdapter(platform, name) for name in ports}
    apps: dict[str, Any] = {next(iter(sockets)): Prefixes(adapters)} if options.prefix else dict(adapters)
    files = (certificate.chain, certificate.key) if certificate else None
    servers = [server_on(held, apps[name], certificate=files) for name, mine in sockets.items() for held in mine]
    _tell_urls(platform, urls(options, ports))
    ticking = asyncio.create_task(_tick(platform, [one.patience for one in adapters.values()]))
    running = [asyncio.create_task(server.serve()) for server in servers]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for one in running:
            if one.done():
                one.result()
    finally:
        ticking.cancel()
        await _drain(platform, list(adapters.values()))
        _tell_urls(platform, {})
        for server in servers:
            server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait(running, timeout=DRAIN_SECONDS)
        for one in running:
            one.cancel()


def _tell_urls(platform: Platform, found: dict[str, str]) -> None:
    """Let every world know where its services listen."""
    for world in platform.worlds.alive():
        world.urls = found if world is platform.world else {name: below(url, world.name) for name, url in found.items()}


async def _drain(platform: Platform, adapters: list[RsgiAdapter]) -> None:
    """End the streams, and answer until nobody asks any more, or for `DRAIN_SECONDS`."""
    for one in adapters:
        one.draining = True
    for world in platform.worlds.alive():
        world.hub.close()
        world.watchers.close()
    until = time.monotonic() + DRAIN_SECONDS
    asked = -1
    while time.monotonic() < until and (asked != (now := sum(one.asked for one in adapters))):
        asked = now
        await asyncio.sleep(QUIET_SECONDS)


async def _serve_until_signal(platform: Platform, sockets: Sockets, certificate: Certificate | None) -> None:
    """Serve until Ctrl+C or a container's stop; a second signal does what it does by default.

    The loop takes the signals, because an exception raised wherever Python happens to be could get lost in the server.
    """
    loop, serving = asyncio.get_running_loop(), asyncio.ensure_future(serve(platform, sockets, certificate))

    def stop(number: int) -> None:
        signal.signal(number, signal.SIG_DFL)
        serving.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, _stop_once, loop, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda got, _frame: loop.call_soon_threadsafe(stop, got))
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _stop_once(loop: asyncio.AbstractEventLoop, stop: Callable[[int], None], number: int) -> None:
    loop.remove_signal_handler(number)
    stop(number)


async def _tick(platform: Platform, patience: list[Patience]) -> None:
    """Run due timers also while nobody calls, so that streams see them; and give up who sends nothing."""
    ticks = 0
    while True:
        await asyncio.sleep(TICK_SECONDS)
        ticks += 1
        for one in patience:
            one.look()
        platform.worlds.sweep()
        for world in platform.worlds.alive():
            if ticks % int(REVIEW_SECONDS / TICK_SECONDS) == 0:
                world.hub.review()
            if world.settled:
                continue
            try:
                world.run_due(SLICE_SECONDS)
            except Exception:
                log.exception("a timer failed")
            await asyncio.sleep(0)


def _run_loop(serving: Coroutine[Any, Any, None]) -> None:
    """Run the server on uvloop where it is installed (a third less CPU a request), else on asyncio's own loop."""
    start: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run
    with contextlib.suppress(ImportError):
        import uvloop

        start = uvloop.run
    start(serving)  # not while an import error is handled: every traceback of the server would begin with it


def run(platform: Platform, sockets: Sockets, certificate: Certificate | None = None) -> None:
    """Serve every service on its sockets until interrupted."""
    take_one_arena()
    # The seeded world lives as long as the process, and documents hold no cycles: let the collector look rarely.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    _run_loop(_serve_until_signal(platform, sockets, certificate))
