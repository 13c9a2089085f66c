"""What may stand in front of a server and changes nothing that it promises: proxies, compression, another transport.

A front is a WSGI application around both services of a platform. Unlike the ways of `another_way` it changes bytes on
the wire: chunks, encodings, the spelling of header names, the path before the path, redirects, cookies.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from specdouble.mock.boot import Platform
from specdouble.mock.transports.app import create_app
from tests.pack import Options, boot
from tests.verify.wsgi import App, Server

Answer = tuple[str, list[tuple[str, str]], Iterable[bytes]]
Front = Callable[[App], App]


def through(app: App, environ: Any) -> Answer:
    """Call an application and return what it answers."""
    seen: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_more: Any) -> None:
        seen[:] = [status, headers]

    parts = app(environ, start)
    return seen[0], seen[1], parts


def _is_stream(headers: list[tuple[str, str]]) -> bool:
    return any(value.startswith("text/event-stream") for name, value in headers if name.lower() == "content-type")


def _closing(parts: Iterable[bytes]) -> Any:
    return getattr(parts, "close", lambda: None)


def chunked(app: App) -> App:
    """Send no length, but bodies in chunks."""

    def front(environ: Any, start: Any) -> Iterable[bytes]:
        status, headers, parts = through(app, environ)
        if _is_stream(headers):
            start(status, headers)
            return parts
        body = b"".join(parts)
        _closing(parts)()
        start(status, [one for one in headers if one[0].lower() != "content-length"])
        return [body[at : at + 37] for at in range(0, len(body), 37)] or [b""]

    return front


def compressed(app: App) -> App:
    """Compress every body, streams too, in turn with gzip and deflate where the client takes them."""
    turn = itertools.count()

    def front(environ: Any, start: Any) -> Iterable[bytes]:
        status, headers, parts = through(app, environ)
        taken = environ.get("HTTP_ACCEPT_ENCODING", "")
        kind = ("gzip", "deflate")[next(turn) % 2]
        if kind not in taken or status.startswith(("204", "304")):
            start(status, headers)
            return parts
        kept = [one for one in headers if one[0].lower() != "content-length"]
        start(status, [*kept, ("Content-Encoding", kind), ("Vary", "Accept-Encoding")])
        if _is_stream(headers):
            return _flowing(parts, kind)
        body = b"".join(parts)
        _closing(parts)()
        return [gzip.compress(body, 1) if kind == "gzip" else zlib.compress(body, 1)]

    return front


class _Flowing:
    """A stream that is compressed block by block; closing it closes what it comes from."""

    def __init__(self, parts: Iterable[bytes], kind: str) -> None:
        self.parts = parts
        self.packer = zlib.compressobj(1, zlib.DEFLATED, 31 if kind == "gzip" else 15)

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            yield self.packer.compress(part) + self.packer.flush(zlib.Z_SYNC_FLUSH)

    def close(self) -> None:
        _closing(self.parts)()


def _flowing(parts: Iterable[bytes], kind: str) -> _Flowing:
    return _Flowing(parts, kind)


def loud(app: App) -> App:
    """Write the names of headers in capitals."""

    def front(environ: Any, start: Any) -> Iterable[bytes]:
        status, headers, parts = through(app, environ)
        start(status, [(name.upper(), value) for name, value in headers])
        return parts

    return front


PREFIX = "/platform/api"


def below(app: App) -> App:
    """Serve everything below a path, and nothing beside it."""

    def front(environ: Any, start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(f"{PREFIX}/"):
            start("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        return app({**environ, "SCRIPT_NAME": PREFIX, "PATH_INFO": path.removeprefix(PREFIX)}, start)

    return front


def redirecting(app: App) -> App:
    """Redirect a path with a slash at its end to the one without, as many frameworks do."""

    def front(environ: Any, start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.endswith("/") and path.strip("/"):
            start("307 Temporary Redirect", [("Location", path.rstrip("/")), ("Content-Length", "0")])
            return [b""]
        return app(environ, start)

    return front


def altogether(app: App) -> App:
    """Stand in front in every way at once."""
    return chunked(compressed(loud(below(redirecting(remembering(app))))))


def remembering(app: App) -> App:
    """Open a session by cookie at each login, and honour it where no other credential is sent."""
    tokens: dict[str, str] = {}
    names = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY", "HTTP_X_SERVICE_TOKEN")

    def front(environ: Any, start: Any) -> Iterable[bytes]:
        held = environ.get("HTTP_COOKIE", "").partition("sid=")[2].partition(";")[0]
        if held in tokens and not any(name in environ for name in names):
            environ["HTTP_AUTHORIZATION"] = f"Bearer {tokens[held]}"
        status, headers, parts = through(app, environ)
        if environ["PATH_INFO"] not in ("/v1/auth/login", "/v1/auth/register") or not status.startswith("2"):
            start(status, headers)
            return parts
        body = b"".join(parts)
        sid = f"s-{len(tokens)}"
        tokens[sid] = body.partition(b'"access_token":"')[2].partition(b'"')[0].decode()
        start(status, [*headers, ("Set-Cookie", f"sid={sid}; Path=/; HttpOnly")])
        return [body]

    return front


FRONTS: dict[str, Front] = {
    "chunks": chunked,
    "compression": compressed,
    "header names in capitals": loud,
    "below a path": below,
    "redirects": redirecting,
    "session cookies": remembering,
    "all at once": altogether,
}


@contextlib.contextmanager
def fronted(name: str) -> Iterator[tuple[str, str]]:
    """Serve a platform behind a front; gives both URLs."""
    platform: Platform = boot(Options(deploy_seconds=1.0, heartbeat_seconds=0.5))
    front = FRONTS[name]
    tail = PREFIX if front in (below, altogether) else ""
    with (
        Server(front(create_app(platform, "auth_gateway"))) as gateway,
        Server(front(create_app(platform, "registry"))) as registry,
    ):
        yield gateway.url + tail, registry.url + tail
