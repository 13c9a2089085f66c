"""The same request is answered alike in this process and on a port, whatever its framing; and never with a 500."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from flask import Flask

from specdouble.mock.boot import Platform
from specdouble.mock.transports.app import create_app
from specdouble.mock.transports.thread import serving
from tests.pack import Options, boot

LOGIN = b'{"email": "user@example.com", "password": "s3cure!"}'
JSON = {"content-type": "application/json"}
DEEP = b'{"a":' * 500 + b"1" + b"}" * 500
LONG = b"9" * 5000

Case = tuple[str, str, dict[str, str], bytes]
CASES: list[Case] = [
    ("GET", "/healthz", {}, b""),
    ("HEAD", "/healthz", {}, b""),
    ("OPTIONS", "/healthz", {}, b""),
    ("TRACE", "/healthz", {}, b""),
    ("BREW", "/healthz", {}, b""),
    ("get", "/healthz", {}, b""),
    ("GET", "/healthz", JSON, b"{}"),
    ("GET", "/healthz/", {}, b""),
    ("GET", "/v1/auth/me/?a=%20b", {}, b""),
    ("GET", "/v1/auth/me//", {}, b""),
    ("GET", "//healthz", {}, b""),
    ("GET", "/v1//auth/me", {}, b""),
    ("GET", "/%2fhealthz", {}, b""),
    ("GET", "/v1/../healthz", {}, b""),
    ("GET", "/nowhere/", {}, b""),
    ("GET", "/", {"accept": "text/html"}, b""),
    ("GET", "/%00", {}, b""),
    ("GET", "/%ff", {}, b""),
    ("GET", "/v1/auth/check-username/%00", {}, b""),
    ("GET", "/v1/marketplace/apps?limit=" + "9" * 5000, {}, b""),
    ("GET", "/v1/marketplace/apps?limit=%00", {}, b""),
    ("GET", "/v1/marketplace/apps?limit=%ff", {}, b""),
    ("GET", "/v1/marketplace/apps?limit=1&limit=2", {}, b""),
    ("GET", "/v1/marketplace/apps?limit=%ed%a0%80", {}, b""),
    ("GET", "/v1/marketplace/apps?" + "&".join(["a=b"] * 1500), {}, b""),
    ("GET", "/v1/marketplace/apps?limit=-1", {}, b""),
    ("GET", "/v1/marketplace/apps?limit=1_0", {}, b""),
    ("POST", "/v1/auth/login", JSON, LOGIN),
    ("POST", "/v1/auth/login", JSON, b"\xef\xbb\xbf" + LOGIN),
    ("POST", "/v1/auth/login", {}, LOGIN),
    ("POST", "/v1/auth/login", {"content-type": ""}, LOGIN),
    ("POST", "/v1/auth/login", {"content-type": "application/vnd.x+json; charset=utf-8"}, LOGIN),
    ("POST", "/v1/auth/login", {"content-type": "APPLICATION/JSON"}, LOGIN),
    ("POST", "/v1/auth/login", {"content-type": "text/plain"}, LOGIN),
    ("POST", "/v1/auth/login", {"content-type": "application/x-www-form-urlencoded"}, b"email=a&password=b"),
    ("POST", "/v1/auth/login", {"content-type": "multipart/form-data; boundary=x"}, b"--x--"),
    ("POST", "/v1/auth/login", {"content-type": "\u00ff/\u00ff"}, LOGIN),
    ("POST", "/v1/auth/login", JSON, b""),
    ("POST", "/v1/auth/login", JSON, DEEP),
    ("POST", "/v1/auth/login", JSON, b"[" * 100_000),
    ("POST", "/v1/auth/login", JSON, b'{"email": ' + LONG + b', "password": "x"}'),
    ("POST", "/v1/auth/login", JSON, b'{"email": "\\ud800@example.com", "password": "x"}'),
    ("POST", "/v1/auth/login", JSON, b'{"email": "a\\u0000@example.com", "password": "x"}'),
    ("POST", "/v1/auth/login", JSON, b'{"email": "\xff@example.com", "password": "x"}'),
    ("POST", "/v1/auth/login", JSON, LOGIN + b" " * 5_000_000),
    ("POST", "/v1/auth/login/", JSON, LOGIN),
    ("POST", "/healthz", JSON, LOGIN),
    ("POST", "/nowhere", JSON, LOGIN),
    ("GET", "/__mock__/clock", {}, b""),
    ("GET", "/__mock__/clock/", {}, b""),
    ("GET", "//__mock__/clock", {}, b""),
    ("GET", "/__mock__/nothing", {}, b""),
    ("GET", "/__mock__/collections/%00", {}, b""),
    ("GET", "/__mock__/collections/users/%ff", {}, b""),
    ("DELETE", "/__mock__/clock", {}, b""),
    ("POST", "/__mock__/clock", JSON, b'{"advance": 0}'),
    ("POST", "/__mock__/clock", JSON, b'{"advance": ' + LONG + b"}"),
    ("POST", "/__mock__/clock", JSON, b'{"advance": "' + LONG + b'h"}'),
    ("POST", "/__mock__/clock", JSON, b"\xff"),
    ("POST", "/__mock__/clock", JSON, DEEP),
    ("PUT", "/__mock__/world", JSON, b'{"collections": {"users": [{"imperal_id": "\\ud800"}]}}'),
    ("GET", "/__mock__/clock", {"host": "rebound.example"}, b""),
    ("GET", "/__mock__/credentials", {"host": "rebound.example:8085"}, b""),
    ("GET", "/__mock__/clock", {"host": "w1.localhost:8085"}, b""),
    ("GET", "/__mock__/clock", {"host": "["}, b""),
    ("GET", "/__mock__/clock", {"origin": "http://["}, b""),
    ("GET", "/__mock__/clock", {"origin": "null"}, b""),
    ("GET", "/__mock__/clock", {"origin": "http://app.localhost:3000"}, b""),
    ("GET", "/__mock__/clock", {"origin": "https://elsewhere.example"}, b""),
    ("OPTIONS", "/v1/auth/me", {
        "origin": "https://elsewhere.example", "access-control-request-method": "GET",
        "access-control-request-private-network": "true",
    }, b""),
    ("GET", "/v1/openapi.json", {}, b""),
    ("POST", "/v1/openapi.json", {}, b""),
    ("GET", "/v1/auth/me", {"authorization": "Bearer \u00ff"}, b""),
    ("GET", "/v1/auth/me", {"authorization": "Bearer " + "a." * 5000}, b""),
]  # fmt: skip
FRAMINGS = ("length", "chunked", "expect", "none")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Platform, Flask, int]]:
    platform = boot(Options(seed=3))
    with serving(platform) as urls:
        yield platform, create_app(platform, "auth_gateway"), int(urls["auth_gateway"].rpartition(":")[2])


def framed(framing: str, body: bytes) -> tuple[dict[str, str], list[bytes]]:
    """Return the headers of a framing, and the pieces in which a body is sent."""
    if framing == "length" or (framing == "expect" and not body):
        return {"content-length": str(len(body))}, [body]
    if framing == "expect":
        return {"content-length": str(len(body)), "expect": "100-continue"}, [body]
    if framing == "none":
        return {}, []
    half = len(body) // 2
    pieces = [b"%x\r\n%s\r\n" % (len(one), one) for one in (body[:half], body[half:]) if one]
    return {"transfer-encoding": "chunked"}, [*pieces, b"0\r\n\r\n"]


def on_port(port: int, case: Case, framing: str) -> tuple[int, str | None, bytes]:
    """Send a request as it is written over a socket."""
    method, target, headers, body = case
    more, pieces = framed(framing, body)
    lines = {"host": "localhost", **headers, **more, "connection": "close"}
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n")
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was refused before all was sent
        received = b""
        try:
            while found := connection.recv(65536):
                received += found
        except ConnectionResetError:
            pass
    if received.startswith(b"HTTP/1.1 100"):
        received = received.partition(b"\r\n\r\n")[2]
    top, _, content = received.partition(b"\r\n\r\n")
    first, *rest = top.decode("latin-1").split("\r\n")
    found_headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    if found_headers.get("transfer-encoding") == "chunked":
        content = b"".join(re.split(rb"\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n", content)).removesuffix(b"\r\n\r\n")
    return int(first.split()[1]), found_headers.get("content-type"), content


def in_process(app: Flask, case: Case, framing: str) -> tuple[int, str | None, bytes]:
    """Send the same through WSGI."""
    method, target, headers, body = case
    more, _ = framed(framing, body)
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body if framing != "none" else b""), "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for name, value in {"host": "localhost", **headers, **more}.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    started: list[Any] = []
    parts = app.wsgi_app(environ, lambda status, given, _exc=None: started.extend((status, given)))  # type: ignore[arg-type]
    content = b"".join(parts)
    found = {name.lower(): value for name, value in started[1]}
    return int(started[0].split()[0]), found.get("content-type"), content


def plain(content: bytes) -> bytes:
    """Return a response without what differs each time: tokens, ids and moments."""
    return re.sub(rb'"(access_token|refresh_token|now|session_id)":"[^"]*"', b"", content)


@pytest.mark.parametrize("framing", FRAMINGS)
def test_each_request_is_answered_alike(served: tuple[Platform, Flask, int], framing: str) -> None:
    platform, app, port = served
    wrong = []
    for case in CASES:
        platform.world.reset()
        mine = in_process(app, case, framing)
        platform.world.reset()
        theirs = on_port(port, case, framing)
        if mine[0] >= 500 or mine[:2] != theirs[:2] or (case[0] != "HEAD" and plain(mine[2]) != plain(theirs[2])):
            told = [(one[0], one[1], one[2][:150]) for one in (mine, theirs)]
            wrong.append(f"{case[0]} {case[1][:60]} {case[2]} {case[3][:40]!r}: {told[0]}\n   on a port {told[1]}")
    assert not wrong, "\n".join(wrong)


def test_a_login_in_chunks_is_one(served: tuple[Platform, Flask, int]) -> None:
    _, app, port = served
    case: Case = ("POST", "/v1/auth/login", JSON, LOGIN)
    for status, _, content in (in_process(app, case, "chunked"), on_port(port, case, "chunked")):
        assert status == 200
        assert json.loads(content)["access_token"]


def test_a_body_that_nobody_reads_does_not_become_the_next_request(served: tuple[Platform, Flask, int]) -> None:
    """On one connection: a GET with a body, in each framing, and a request behind it."""
    _, _, port = served
    for framing in ("length", "chunked"):
        headers, pieces = framed(framing, b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        first = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n" + lines.encode() + b"\r\n" + b"".join(pieces)
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(first + b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            received = b""
            while found := connection.recv(65536):
                received += found
        assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"200"], framing


def test_http_2_is_spoken_by_prior_knowledge_and_keeps_rebound_names_out(served: tuple[Platform, Flask, int]) -> None:
    curl = shutil.which("curl")
    if curl is None or "HTTP2" not in subprocess.run([curl, "-V"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("a curl with HTTP/2 is needed")
    command = [curl, "-s", "-o", os.devnull, "-w", "%{http_version} %{http_code}", "--http2-prior-knowledge"]

    def ask(path: str, *more: str) -> str:
        address = f"http://127.0.0.1:{served[2]}{path}"
        return subprocess.run([*command, *more, address], capture_output=True, text=True, check=True, timeout=20).stdout

    assert ask("/healthz") == "2 200"
    assert ask("/v1/auth/login", "-d", LOGIN.decode(), "-H", "content-type: application/json") == "2 200"
    assert ask("/__mock__/clock") == "2 200"
    assert ask("/__mock__/clock", "-H", "host: rebound.example") == "2 403"
