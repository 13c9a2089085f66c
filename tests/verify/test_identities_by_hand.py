"""What somebody does wrong with credentials is told in one line that says what to do."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from certificates import Authority
from test_any_document import DOCUMENT, Pets

from specdouble.errors import SpecdoubleError
from specdouble.verify.identities import gather
from specdouble.verify.problems import SettingsError, TargetError
from specdouble.verify.running.gather import gather as settings_of
from specdouble.verify.running.preflight import preflight

SCHEMES = {"bearer": {"type": "http", "scheme": "bearer"}}


def people(auth: str = "", *words: str) -> Any:
    with httpx.Client() as http:
        return gather(auth, words, SCHEMES, http, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("word", "kind", "said"),
    [
        ("bearer=!echo x | tr x y", SettingsError, "no shell reads the command; write !sh -c '…'"),
        ("bearer=!sh -c 'echo vault is sealed >&2; exit 4'", TargetError, "ended with 4 .* It said: vault is sealed"),
        (
            "bearer=!printf a\\\\nb",
            SettingsError,
            "person 1 has a character that no header can carry, in Authorization",
        ),
        ("bearer=!no-such-command", SettingsError, "cannot be started"),
    ],
)
def test_a_hook_that_cannot_work_says_why(word: str, kind: type[SpecdoubleError], said: str) -> None:
    with pytest.raises(kind, match=said):
        people("", word)


def test_a_hook_shows_no_secret_of_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "hvs-quite-secret-77")
    with pytest.raises(TargetError, match="It said: refused") as failed:
        people("", "bearer=!sh -c 'echo refused $VAULT_TOKEN >&2; exit 1'")
    assert "quite-secret" not in str(failed.value)


def test_a_header_of_an_auth_file_that_cannot_be_sent_is_named(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text(json.dumps({"auth": [{"name": "ann", "fixedHeaders": [{"name": "X-Key", "value": "a\nb"}]}]}))
    with pytest.raises(SettingsError, match="the credential of ann has a character that no header can carry, in X-Key"):
        people(str(file))


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Proxied(BaseHTTPRequestHandler):
    """Says to plain HTTP what a proxy says that speaks TLS."""

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response(400)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>400</h1><center>The plain HTTP request was sent to HTTPS port</center>")


def test_plain_http_to_a_server_that_speaks_tls_is_told(tmp_path: Path) -> None:
    (tmp_path / "pets.json").write_text(json.dumps(DOCUMENT))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Authority(tmp_path).issue("server"))

    def refused(port: int) -> str:
        settings = settings_of(
            {"spec": str(tmp_path / "pets.json"), "target": f"http://127.0.0.1:{port}"}, {}, tmp_path
        )
        with pytest.raises(TargetError) as told:
            preflight(settings)
        return str(told.value)

    with serving(Pets, context) as port:
        assert refused(port) == f"GET http://127.0.0.1:{port}/pets: it speaks TLS there; write the URL with https."
    with serving(Proxied) as port:
        assert refused(port) == f"GET http://127.0.0.1:{port}/pets: it speaks TLS there; write the URL with https."
