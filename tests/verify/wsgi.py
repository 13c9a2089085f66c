"""Small servers of a test in a thread of this process: one that can be stopped and started again, one that echoes."""

from __future__ import annotations

import io
import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from specdouble.mock.boot import Platform
from specdouble.mock.transports.app import create_app
from tests.ports import free_ports

App = Callable[..., Iterable[bytes]]
SECRETS = ("access_token", "refresh_token", "key", "password", "current_password", "new_password")


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, _type: str, _message: str, *_args: Any) -> None:
        pass


class Server:
    """A server on a port of its own. Use it as a context manager; `stop` and `start` keep the port."""

    def __init__(self, app: App, tls: ssl.SSLContext | None = None) -> None:
        self.app = app
        self.tls = tls
        (self.port,) = free_ports(1)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._server = make_server(
            "127.0.0.1", self.port, self.app, threaded=True, request_handler=_Quiet, ssl_context=self.tls
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; connections that are open end with the response that is under way."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(5)
            self._server = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def page(status: str, text: bytes, kind: str = "text/html", **headers: str) -> App:
    """Return an application that responses everything alike."""

    def app(_environ: Any, start: Any) -> list[bytes]:
        start(status, [("Content-Type", kind), ("Content-Length", str(len(text))), *headers.items()])
        return [text]

    return app


class Tap:
    """The mock gateway, with somebody in between who counts, notes every secret that passes, and may spoil answers.

    `secrets` are those of requests that were taken and of all responses. `spoil` gets the request's environ, its body,
    the status and the body of the response, and returns status and body.
    """

    def __init__(self, platform: Platform, spoil: Callable[[Any, bytes, str, bytes], tuple[str, bytes]]) -> None:
        self.inner = create_app(platform, "auth_gateway")
        self.spoil = spoil
        self.secrets: set[str] = set()
        self.count = 0

    def __call__(self, environ: Any, start: Any) -> list[bytes]:
        self.count += 1
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(sent)
        seen: dict[str, Any] = {}

        def noted(status: str, headers: list[tuple[str, str]], *_more: Any) -> None:
            seen.update(status=status, headers=headers)

        response = self.inner(environ, noted)
        body = b"".join(response)
        self._note(body)
        if seen["status"].startswith("2"):
            self._note(sent)
        status, body = self.spoil(environ, sent, seen["status"], body)
        kept = [(name, value) for name, value in seen["headers"] if name.lower() != "content-length"]
        start(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    def _note(self, content: bytes) -> None:
        try:
            value = orjson.loads(content)
        except orjson.JSONDecodeError:
            return
        if isinstance(value, dict):
            self.secrets |= {str(value[one]) for one in SECRETS if isinstance(value.get(one), str)}


def healthy(_environ: Any, _sent: bytes, status: str, body: bytes) -> tuple[str, bytes]:
    """Spoil nothing."""
    return status, body


def echo(environ: Any, sent: bytes, status: str, body: bytes) -> tuple[str, bytes]:
    """Spoil refusals: they repeat the credentials and the body of the request."""
    if not status.startswith("4"):
        return status, body
    words = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    told = {"detail": f"Refused: {words} {environ['QUERY_STRING']} {sent.decode('utf-8', 'replace')}"}
    return status, orjson.dumps(told)
