"""The server on real sockets: two ports over one world, streams, sizes, and slow clients."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.mock.transports.rsgi.adapter import address
from specdouble.mock.transports.thread import serving
from specdouble.sockets import url
from tests.engine.listening import listening, next_event, skip_to
from tests.pack import boot

ROOT = Path(__file__).resolve().parent.parent.parent
ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"
ORIGIN = {"Origin": "http://localhost:3000"}
LIMIT = 3 * 1024 * 1024
PATIENCE = 1.0


@dataclass
class Running:
    """A platform that is being served."""

    platform: Platform
    gateway: str
    registry: str
    port: int

    def login(self, email: str = "user@example.com", password: str = "s3cure!") -> dict[str, str]:
        reply = httpx.post(f"{self.gateway}/v1/auth/login", json={"email": email, "password": password})
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def bearer(self, email: str = "user@example.com", password: str = "s3cure!") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.login(email, password)['access_token']}"}

    def publish(self, user_id: str, **payload: Any) -> None:
        body = {"user_id": user_id, "type": "notification", "payload": payload}
        assert httpx.post(f"{self.gateway}/__mock__/events", json=body).status_code == 200


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    platform = boot(Options(strict=True, heartbeat_seconds=0.2, body_limit=LIMIT, body_seconds=PATIENCE))
    with serving(platform) as urls:
        port = int(urls["auth_gateway"].rpartition(":")[2])
        yield Running(platform, urls["auth_gateway"], urls["registry"], port)


@pytest.fixture
def running(served: Running) -> Running:
    """The server, with the world as seeded."""
    served.platform.world.reset()
    return served


# -- two ports, one world ------------------------------------------------------------------------------------------


def test_both_services_answer_and_share_the_world(running: Running) -> None:
    assert httpx.get(f"{running.gateway}/healthz").status_code == 200
    assert httpx.get(f"{running.registry}/v1/health").status_code == 200
    running.publish(ADA, a=1)
    events = httpx.get(f"{running.registry}/__mock__/collections/events").json()
    assert [event["payload"] for event in events] == [{"a": 1}]


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/__mock__/", "/__mock__", "/__mock__/openapi.json"])
def test_what_is_no_operation_goes_through_flask(running: Running, path: str) -> None:
    reply = httpx.get(running.gateway + path, follow_redirects=True)
    assert reply.status_code == 200
    assert reply.content


def test_tools_are_told_where_both_services_listen(running: Running) -> None:
    for base in (running.gateway, running.registry):
        told = httpx.get(f"{base}/__mock__/credentials").json()
        assert [httpx.URL(told[name]).port for name in ("gateway", "registry")] == [
            httpx.URL(url).port for url in (running.gateway, running.registry)
        ]
        for name in ("gateway", "registry"):
            assert httpx.get(f"{told[name]}/v1/openapi.json").status_code == 200


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("10.0.0.5", "10.0.0.5"),
        ("fe80::1", "[fe80::1]"),
    ],
)
def test_the_url_of_an_address(host: str, name: str) -> None:
    assert url(host, 8085) == f"http://{name}:8085"


def test_the_address_of_a_peer() -> None:
    assert [address(one) for one in ("127.0.0.1:80", "[::1]:80", "::1:80")] == ["127.0.0.1", "::1", "::1"]


def test_a_session_knows_the_address_without_its_port(running: Running) -> None:
    sessions = httpx.get(f"{running.gateway}/v1/auth/sessions", headers=running.bearer()).json()["sessions"]
    assert sessions[0]["ip_address"] == "127.0.0.1"


# -- methods, paths, other origins ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_another_method_is_405_with_allow(running: Running, method: str) -> None:
    reply = httpx.request(method, f"{running.gateway}/v1/auth/me")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET")
    assert reply.content == b"" if method == "HEAD" else reply.json()["detail"].startswith("Method Not Allowed")


def test_an_unknown_path_names_the_closest(running: Running) -> None:
    reply = httpx.get(f"{running.gateway}/v1/auth/mee")
    assert reply.status_code == 404
    assert reply.json()["detail"].endswith("Did you mean /v1/auth/me?")


def test_a_preflight_allows_with_credentials(running: Running) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for path in ("/v1/auth/login", "/nowhere", "/__mock__/reset"):
        reply = httpx.options(running.gateway + path, headers=asked)
        assert reply.status_code == 204
        assert reply.headers["access-control-allow-origin"] == ORIGIN["Origin"]
        assert reply.headers["access-control-allow-credentials"] == "true"
        assert reply.headers["access-control-allow-headers"] == "authorization"


@pytest.mark.parametrize("path", ["/v1/auth/me", "/healthz", "/nowhere", "/__mock__/clock"])
def test_answers_may_be_read_by_another_origin(running: Running, path: str) -> None:
    headers = httpx.get(running.gateway + path, headers=ORIGIN).headers
    assert headers.get_list("access-control-allow-origin") == [ORIGIN["Origin"]]
    assert headers["access-control-allow-credentials"] == "true"
    assert "x-mock-handler" in headers["access-control-expose-headers"]


def test_a_stream_may_be_read_by_another_origin(running: Running) -> None:
    url = f"{running.gateway}/v1/events/stream"
    with httpx.stream("GET", url, headers={**running.bearer(), **ORIGIN}) as reply:
        assert reply.headers["access-control-allow-origin"] == ORIGIN["Origin"]
        assert reply.headers["cache-control"] == "no-cache, no-transform"


@pytest.mark.parametrize(
    "header",
    [b"Authorization: Bearer \xff\xfe", b"X-Service-Token: \xff", b"X-Api-Key: \xc3\xa9", b"Authorization: \t"],
)
def test_strange_bytes_in_a_credential_are_401(running: Running, header: bytes) -> None:
    sent = b"GET /v1/auth/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + b"\r\n\r\n"
    assert talk(running.port, sent).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("path", [b"/v1/%ff", b"/v1/%00", b"/v1/keys/%2e%2e/x", b"/%F0%9F%98%80", b"//v1/auth/me"])
def test_strange_paths_are_404(running: Running, path: bytes) -> None:
    sent = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert talk(running.port, sent).startswith(b"HTTP/1.1 404 ")


# -- event streams -------------------------------------------------------------------------------------------------


@pytest.mark.rule("A17", "I05")
def test_a_stream_opens_with_a_header_and_carries_only_the_caller_s_events(running: Running) -> None:
    with listening(f"{running.gateway}/v1/events/stream", headers=running.bearer()) as lines:
        skip_to(lines, ": connected")
        running.publish(MARGARET, n=1)
        running.publish(ADA, n=2)
        number, event = next_event(lines)
        assert event["payload"] == {"n": 2}
        assert sorted(event) == ["payload", "ts", "type"]
        assert event["ts"].endswith("Z")
        assert number > 0


@pytest.mark.rule("A17")
def test_a_stream_opens_with_a_token_in_the_query(running: Running) -> None:
    token = running.login()["access_token"]
    with listening(f"{running.gateway}/v1/events/stream?token={token}") as lines:
        skip_to(lines, ": connected")
        running.publish(ADA, n=3)
        assert next_event(lines)[1]["payload"] == {"n": 3}


@pytest.mark.rule("A17")
@pytest.mark.parametrize("query", ["", "?token=", "?token=bad", "?token=a.b.c"])
def test_without_a_credential_no_byte_is_streamed(running: Running, query: str) -> None:
    reply = httpx.get(f"{running.gateway}/v1/events/stream{query}")
    assert reply.status_code == 401
    assert reply.headers["content-type"] == "application/json"
    assert "bad" not in reply.text


def test_a_quiet_stream_gets_heartbeats(running: Running) -> None:
    with listening(f"{running.gateway}/v1/events/stream", headers=running.bearer()) as lines:
        skip_to(lines, ": keep-alive")
        skip_to(lines, ": keep-alive")


@pytest.mark.rule("I05")
def test_last_event_id_brings_what_was_missed_once_and_in_order(running: Running) -> None:
    headers = running.bearer()
    with listening(f"{running.gateway}/v1/events/stream", headers=headers) as lines:
        skip_to(lines, ": connected")
        running.publish(ADA, n=1)
        last, _event = next_event(lines)
    running.publish(ADA, n=2)
    running.publish(MARGARET, n=99)
    running.publish(ADA, n=3)
    again = {**headers, "Last-Event-ID": str(last)}
    with listening(f"{running.gateway}/v1/events/stream", headers=again) as lines:
        events = [next_event(lines), next_event(lines)]
        running.publish(ADA, n=4)
        events.append(next_event(lines))
    assert [event["payload"]["n"] for _number, event in events] == [2, 3, 4]
    assert last < events[0][0] < events[1][0] < events[2][0]


def test_a_stream_that_its_client_leaves_is_forgotten(running: Running) -> None:
    with listening(f"{running.gateway}/v1/events/stream", headers=running.bearer()) as lines:
        skip_to(lines, ": connected")
        assert running.platform.world.hub.clients == 1
    until = time.monotonic() + 5
    while running.platform.world.hub.clients and time.monotonic() < until:
        time.sleep(0.02)
    assert running.platform.world.hub.clients == 0


def test_a_reset_ends_the_streams(running: Running) -> None:
    with listening(f"{running.gateway}/v1/events/stream", headers=running.bearer()) as lines:
        skip_to(lines, ": connected")
        httpx.post(f"{running.gateway}/__mock__/reset")
        assert {*lines} <= {"", ": keep-alive"}


# -- sizes and slow clients ----------------------------------------------------------------------------------------


def talk(port: int, sent: bytes, seconds: float = 5) -> bytes:
    """Send bytes and return what comes back until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), seconds) as peer:
        peer.sendall(sent)
        heard = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while part := peer.recv(65536):
                heard += part
                if b"\r\n\r\n" in heard and b"Connection: close" not in sent:
                    break
        return heard


HEAD = b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("path", ["/v1/auth/me", "/__mock__/clock"])
@pytest.mark.parametrize("hosts", [("localhost", "a.example"), ("a.example", "localhost"), ("localhost", "localhost")])
def test_two_host_headers_are_no_request(running: Running, path: str, hosts: tuple[str, str]) -> None:
    lines = "".join(f"host: {one}\r\n" for one in hosts)
    said = talk(running.port, f"GET {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"several Host headers" in said


def test_a_world_that_ends_while_a_body_comes_answers_nothing_any_more(running: Running) -> None:
    httpx.post(f"{running.gateway}/__mock__/worlds", json={"name": "brief"})
    body = b'{"email": "user@example.com", "password": "s3cure!"}'
    head = HEAD + f"X-Specdouble-World: brief\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    before = running.platform.world.requests
    with socket.create_connection(("127.0.0.1", running.port), 5) as peer:
        peer.sendall(head + body[:10])
        time.sleep(0.1)  # it has come, and waits for its body
        assert httpx.delete(f"{running.gateway}/__mock__/worlds/brief").status_code == 200
        peer.sendall(body[10:])
        heard = b""
        while part := peer.recv(65536):
            heard += part
    assert heard.startswith(b"HTTP/1.1 404 "), heard
    assert b"brief" in heard
    assert running.platform.world.requests == before


def test_a_declared_100_mb_are_refused_before_they_are_sent(running: Running) -> None:
    began = time.monotonic()
    heard = talk(running.port, HEAD + b"Content-Length: 104857600\r\n\r\n{")
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - began < 2
    assert httpx.get(f"{running.gateway}/healthz").status_code == 200


def test_100_mb_in_chunks_are_cut_off_on_the_way(running: Running) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent, heard = 0, b""
    with socket.create_connection(("127.0.0.1", running.port), 5) as peer:
        peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(1600):
                peer.sendall(chunk)
                sent += len(chunk)
        with contextlib.suppress(OSError):
            heard = peer.recv(4096)
    assert sent < 20 * LIMIT, "the server read on far beyond its limit"
    assert heard == b"" or heard.startswith(b"HTTP/1.1 413 ")  # a reset may overtake the answer
    assert httpx.get(f"{running.gateway}/healthz").status_code == 200


def test_chunks_below_the_limit_are_read_whole(running: Running) -> None:
    body = b'{"email": "user@example.com", "password": "s3cure!"}'
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    sent = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    assert talk(running.port, sent).startswith(b"HTTP/1.1 200 ")


LOGIN = b'{"email": "user@example.com", "password": "s3cure!"}'
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(LOGIN), LOGIN)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(CHUNKED, id="no last chunk"),
        pytest.param(CHUNKED + b"5\r\nab", id="half a chunk"),
        pytest.param(CHUNKED + b"zz\r\n", id="no size"),
        pytest.param(b"Content-Length: 500\r\n\r\n" + LOGIN, id="shorter than announced"),
        pytest.param(b"Content-Length: 2000000\r\n\r\n" + LOGIN, id="much shorter than announced"),
    ],
)
def test_a_body_that_breaks_off_is_no_request(running: Running, sent: bytes) -> None:
    before = len(running.platform.world.state["sessions"])
    with socket.create_connection(("127.0.0.1", running.port), 5) as peer:
        peer.sendall(HEAD + sent)
        peer.shutdown(socket.SHUT_WR)
        heard = b"".join(iter(lambda: peer.recv(65536), b""))
    assert heard.startswith(b"HTTP/1.1 400 ") or heard == b"", heard
    assert len(running.platform.world.state["sessions"]) == before


@pytest.mark.parametrize("sent", [CHUNKED, b"Content-Length: 500\r\n\r\n" + LOGIN, b"Content-Length: 2000000\r\n\r\nx"])
def test_a_body_that_does_not_come_is_given_up(running: Running, sent: bytes) -> None:
    began = time.monotonic()
    heard = talk(running.port, HEAD + sent, PATIENCE + 4)
    assert heard.startswith(b"HTTP/1.1 408 "), heard
    assert b"connection: close" in heard
    assert time.monotonic() - began < PATIENCE + 3


def test_what_is_parsed_whole_is_small(running: Running) -> None:
    """Files may be large; JSON, whose parsing takes the time of all others, may not."""
    large = b"[" + b"{}," * LIMIT + b"{}]"
    reply = httpx.post(f"{running.gateway}/v1/auth/login", content=large, headers={"Content-Type": "application/json"})
    assert reply.status_code == 413


def test_the_same_limits_hold_in_process(running: Running) -> None:
    app = create_app(running.platform, "auth_gateway")
    assert app.test_client().post("/v1/auth/login", data=b" " * (LIMIT + 1)).status_code == 413


def test_a_slow_client_does_not_hold_up_the_others(running: Running) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(20):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", running.port), 5))
            slow.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")
        began = time.monotonic()
        for _ in range(10):
            assert httpx.get(f"{running.gateway}/healthz", timeout=5).status_code == 200
        assert time.monotonic() - began < 3


def test_a_reader_that_does_not_read_does_not_hold_up_the_others(running: Running) -> None:
    token = running.login()["access_token"]
    sent = f"GET /v1/events/stream?token={token} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", running.port), 5) as deaf:
        deaf.sendall(sent)
        for number in range(40):
            running.publish(ADA, n=number, text="x" * 50_000)
        assert httpx.get(f"{running.gateway}/healthz", timeout=5).status_code == 200


@pytest.mark.rule("A07")
def test_of_64_refreshes_with_one_token_exactly_one_wins(running: Running) -> None:
    body = {"refresh_token": running.login()["refresh_token"]}
    limits = httpx.Limits(max_connections=64)
    with httpx.Client(limits=limits, timeout=20) as client, ThreadPoolExecutor(64) as pool:
        replies = pool.map(lambda _: client.post(f"{running.gateway}/v1/auth/refresh", json=body), range(64))
        statuses = sorted(reply.status_code for reply in replies)
    assert statuses == [200] + [401] * 63
