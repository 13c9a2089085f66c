"""httpx clients whose requests are answered in this process, for sync and async code alike, streams as they come."""

from __future__ import annotations

import io
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

try:
    import anyio
    import httpx
except ModuleNotFoundError as error:  # pragma: no cover - without the extra
    said = "clients in this process need more: pip install 'specdouble[respx]'"
    raise ModuleNotFoundError(said, name=error.name) from None
from flask import Flask

from specdouble.mock.transports.app import WAITS
from specdouble.mock.transports.breaking import BrokenConnectionError, StalledError


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers the requests of an httpx client, sync or async, from the application of a service."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a sync client."""
        return answer(self._app, request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an async client, on asyncio or trio."""
        return answer(self._app, request, await request.aread())


class _Parts(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a response as it comes, for whoever reads it; what was to be held back is waited for first."""

    def __init__(self, request: httpx.Request, parts: Iterable[bytes], wait: float) -> None:
        self._request = request
        self._parts = iter(parts)
        self._close = getattr(parts, "close", lambda: None)
        self._wait = wait

    def __iter__(self) -> Iterator[bytes]:
        if self._wait:
            import time

            time.sleep(self._wait)
        with _as_on_a_port(self._request):
            yield from self._parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._wait:
            await anyio.sleep(self._wait)
        while True:
            with _as_on_a_port(self._request):
                part = await anyio.to_thread.run_sync(next, self._parts, None, abandon_on_cancel=True)
            if part is None:
                return
            yield part

    def close(self) -> None:
        self._close()

    async def aclose(self) -> None:
        self._close()


def answer(app: Flask, request: httpx.Request, body: bytes, path: bytes | None = None) -> httpx.Response:
    """Return the response to a request whose body was read; its stream is for sync and async readers alike.

    Args:
        app: of the service that is asked.
        request: as the client made it.
        body: bytes of the request.
        path: where it is not that of the request, undecoded.

    """
    url = request.url
    raw_path, _, query = (path or url.raw_path).partition(b"?")
    waits: list[float] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method, "SCRIPT_NAME": "",
        "PATH_INFO": _decoded(raw_path), "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": url.host, "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0), "wsgi.url_scheme": url.scheme, "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        WAITS: waits,
    }  # fmt: skip
    for name, value in request.headers.items():  # repeated ones are put together there
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            environ[f"HTTP_{key}"] = value
    with _as_on_a_port(request):
        return _asked(app, request, environ, waits)


def _asked(app: Flask, request: httpx.Request, environ: dict[str, Any], waits: list[float]) -> httpx.Response:
    started: list[Any] = []
    parts = app.wsgi_app(environ, lambda status, headers, _exc=None: started.extend((status, headers)))  # type: ignore[arg-type]
    status, headers = int(started[0][:3]), started[1]
    if any(name.lower() == "content-length" for name, _ in headers) and not waits:
        try:
            content = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        return httpx.Response(status, headers=headers, content=content, request=request)
    return httpx.Response(status, headers=headers, stream=_Parts(request, parts, sum(waits)), request=request)


@contextmanager
def _as_on_a_port(request: httpx.Request) -> Iterator[None]:
    """Turn what stands for a connection that a fault broke into what httpx raises of one."""
    try:
        yield
    except BrokenConnectionError as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from None
    except StalledError as error:
        raise httpx.ReadTimeout(str(error), request=request) from None


def _decoded(path: bytes) -> str:
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path).decode("latin-1")
