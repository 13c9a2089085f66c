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
from collections.abc import Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any

from specdouble.errors import SpecdoubleError
from specdouble.mock.boot import Platform
from specdouble.mock.options import urls
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Reply, Service
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.events import Listener
from specdouble.mock.transports import cors
from specdouble.mock.transports.paths import FRONT, Paths, too_large

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("specdouble")
TICK_SECONDS = 0.25


class ServeError(SpecdoubleError):
    """A server that cannot start; the message says what to do."""


def address(peer: str) -> str:
    """Take the port (and the brackets of IPv6) off a peer's address."""
    return peer.rpartition(":")[0].strip("[]")


class RsgiAdapter:
    """One service on one port, as an RSGI application."""

    def __init__(self, platform: Platform, name: str) -> None:
        self.service: Service = platform.services[name]
        self.world = platform.world
        self._platform = platform
        self._paths = Paths(self.service)
        self._limit = self.world.options.body_limit
        self._cors = self.world.options.cors

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
        headers = scope.headers
        method, path = scope.method, scope.path
        origin = headers.get("origin") if self._cors else None
        if origin and method == "OPTIONS" and headers.get("access-control-request-method"):
            proto.response_empty(204, cors.preflight(origin, headers.get("access-control-request-headers")))
            return
        body = b""
        if method != "GET" or headers.get("content-length") not in (None, "0"):
            read = await self._body(headers, proto)
            if read is None:
                self._send(proto, self.service.refuse(too_large(self._limit)), origin)
                return
            body = read
        found, params = self._paths.find(method, path, scope.query_string)
        if found is None:
            self._through_flask(scope, proto, body)
            return
        if isinstance(found, Problem) and self._paths.is_front(method, path, headers.get("accept")):
            reply = FRONT
        elif isinstance(found, Problem):
            reply = self.service.refuse(found)
        else:
            asked = Request(method, path, scope.query_string, headers, body, address(scope.client))
            reply = self.service.handle(found, asked, params)
        if reply.wait:
            await asyncio.sleep(reply.wait)
        if reply.stream is not None:
            await self._stream(proto, reply, reply.stream, origin)
        else:
            self._send(proto, reply, origin)

    async def _body(self, headers: Any, proto: Any) -> bytes | None:
        """Read a request body; None as soon as it is known to be above the limit."""
        declared = headers.get("content-length")
        if declared is not None:
            if not declared.isdigit():
                return b""
            if int(declared) > self._limit:
                return None
            return bytes(await proto()) if declared != "0" else b""
        if headers.get("transfer-encoding") is None:
            return bytes(await proto())
        parts, size = [], 0
        async for part in proto:
            size += len(part)
            if size > self._limit:
                return None
            parts.append(part)
        return b"".join(parts)

    @staticmethod
    def _send(proto: Any, reply: Reply, origin: str | None) -> None:
        proto.response_bytes(reply.status, reply.headers + cors.allow(origin) if origin else reply.headers, reply.body)

    async def _stream(self, proto: Any, reply: Reply, listener: Listener, origin: str | None) -> None:
        """Send an event stream until the client goes, the stream is closed, or the server stops."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        listener.wake = lambda: loop.call_soon_threadsafe(ready.set)
        headers = [*reply.headers, ("cache-control", "no-cache"), ("x-accel-buffering", "no")]
        transport = proto.response_stream(reply.status, headers + cors.allow(origin) if origin else headers)
        gone = asyncio.ensure_future(proto.client_disconnect())

        def left(_done: object) -> None:
            listener.closed = True
            ready.set()

        gone.add_done_callback(left)
        heartbeat = self.world.options.heartbeat_seconds
        try:
            while not listener.closed:
                ready.clear()
                waiting = listener.take()
                if waiting:
                    await transport.send_bytes(waiting)
                    continue
                try:
                    await asyncio.wait_for(ready.wait(), heartbeat)
                except TimeoutError:
                    await transport.send_bytes(listener.format.heartbeat)
        except Exception as error:  # the transport's own errors all mean that the client has gone
            log.debug("event stream ended: %r", error)
        finally:
            self.world.hub.leave(listener)
            gone.cancel()

    def _through_flask(self, scope: Any, proto: Any, body: bytes) -> None:
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
        }
        for name, value in scope.headers.items():
            if name not in ("content-type", "content-length"):
                environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        started: list[Any] = []
        parts = self.app.wsgi_app(environ, lambda status, headers, _exc=None: started.extend((status, headers)))  # type: ignore[arg-type]
        try:
            content = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close:
                close()
        proto.response_bytes(int(started[0][:3]), started[1], content)


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


def claim(host: str, port: int, option: str = "--port") -> None:
    """Make sure that a port is free; raises ``ServeError`` when it is not, which names the option that sets it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is in use" if error.errno == 98 else f"cannot be bound ({error.strerror})"
            raise ServeError(
                f"port {port} on {host} {reason}", next_step=f"Stop what listens there, or choose another with {option}"
            ) from None


async def serve(platform: Platform, ports: dict[str, int], host: str) -> None:
    """Serve each named service on its port until cancelled; meanwhile the world knows where."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    apps: dict[int, Any] = {}
    if platform.world.options.prefix:
        apps[next(iter(ports.values()))] = Prefixes({name: RsgiAdapter(platform, name) for name in ports})
    else:
        apps = {port: RsgiAdapter(platform, name) for name, port in ports.items()}
    servers = [
        Server(
            app,
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            websockets=False,
            log_enabled=False,
            backlog=2048,
        )
        for port, app in apps.items()
    ]
    platform.world.urls = urls(platform.world.options, ports)
    ticking = asyncio.create_task(_tick(platform))
    try:
        await asyncio.gather(*(server.serve() for server in servers))
    finally:
        ticking.cancel()
        platform.world.urls = {}
        platform.world.hub.close()
        for server in servers:
            server.stop()  # type: ignore[no-untyped-call]


async def _serve_until_signal(platform: Platform, ports: dict[str, int], host: str) -> None:
    """Serve until Ctrl+C or a container's stop; a second signal does what it does by default.

    The loop takes the signals, because an exception raised wherever Python happens to be could get lost in the server.
    """
    loop, serving = asyncio.get_running_loop(), asyncio.ensure_future(serve(platform, ports, host))

    def stop(number: int) -> None:
        loop.remove_signal_handler(number)
        serving.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def _tick(platform: Platform) -> None:
    """Run due timers also while nobody calls, so that streams see them."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        try:
            platform.world.run_due()
        except Exception:
            log.exception("a timer failed")


def _run_loop(serving: Coroutine[Any, Any, None]) -> None:
    """Run the server on uvloop where it is installed (a third less CPU a request), else on asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serving)
    else:
        uvloop.run(serving)


def run(platform: Platform) -> None:
    """Serve every service on its port until interrupted; raises ``ServeError`` when a port is taken."""
    host, ports = platform.world.options.host, dict(platform.world.options.ports)
    for port in list(ports.values())[: 1 if platform.world.options.prefix else None]:
        claim(host, port)
    # The seeded world lives as long as the process, and documents hold no cycles: let the collector look rarely.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    _run_loop(_serve_until_signal(platform, ports, host))
