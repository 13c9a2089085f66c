"""The proxy passes everything on as it is, and judges what passed."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from specdouble.verify.traffic.exchange import Seen
from specdouble.verify.traffic.proxy import KEPT, Proxy
from tests.ports import free_ports, wait_for
from tests.verify.running import asgi
from tests.verify.traffic.shelter import DOCUMENT, TOKEN

REX = {"id": 1, "name": "Rex"}
HEARD: dict[str, Any] = {}


async def upstream(scope: Any, receive: Any, send: Any) -> None:
    """A server whose paths say how it is to answer."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    HEARD.update(scope=scope, headers=dict(scope["headers"]), body=body)
    path, status, headers, parts = scope["path"], 200, [(b"content-type", b"application/json")], [b"{}"]
    if path == "/pets/1":
        parts = [json.dumps(REX).encode()]
    elif path == "/pets/2":
        parts, headers = [gzip.compress(json.dumps(REX).encode())], [*headers, (b"content-encoding", b"gzip")]
    elif path == "/pets" and scope["method"] == "POST":
        status, parts = 201, [json.dumps({"id": 9, **json.loads(body)}).encode()]
    elif path == "/pets":
        parts = [json.dumps([REX, {"id": 3, "name": TOKEN}]).encode()]
    elif path == "/pets/3" and scope["method"] == "DELETE":
        status, parts, headers = 204, [b""], []
    elif path == "/pets/4":
        status, parts = 500, [b'{"oops": 1}']
    elif path == "/moved":
        status = 307
        headers = [(b"location", b"http://" + HEARD["headers"][b"host"] + b"/pets/1"), (b"set-cookie", b"a=1"),
                   (b"set-cookie", b"b=2"), (b"connection", b"x-mine"), (b"x-mine", b"1")]  # fmt: skip
    elif path == "/events":
        headers = [(b"content-type", b"text/event-stream")]
        parts = [b"data: 1\n\n", b"data: 2\n\n"]
    elif path == "/big":
        parts = [b"x" * (KEPT // 4)] * 5
    if path == "/broken":
        headers.append((b"content-length", b"100"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
        if path == "/events":
            await asyncio.sleep(0.3)
    if path == "/broken":
        raise RuntimeError("gone in the middle")
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def passing(target: str, **more: Any) -> Iterator[tuple[str, list[Seen]]]:
    seen: list[Seen] = []
    # Connections are of the thread that serves: none is left open there.
    limits = httpx.Limits(max_keepalive_connections=0)
    client = httpx.AsyncClient(trust_env=False, timeout=more.pop("timeout", 5), limits=limits)
    client.headers.clear()
    with asgi(Proxy(target, client, seen.append)) as url:
        yield url, seen


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with asgi(upstream) as url:
        yield url


@pytest.fixture(scope="module")
def through(server: str) -> Iterator[tuple[str, list[Seen]]]:
    with passing(server) as found:
        yield found


def last(seen: list[Seen], count: int) -> Seen:
    for _ in range(100):
        if len(seen) > count:
            return seen[-1]
        time.sleep(0.02)
    raise AssertionError("nothing was told")


def test_a_request_arrives_as_it_was_sent(through: tuple[str, list[Seen]], server: str) -> None:
    url, seen = through
    before = len(seen)
    headers = {"Connection": "close, X-Hop", "X-Hop": "1", "X-Kept": "é".encode("latin-1"), "TE": "trailers",  # type: ignore[dict-item]
               "Proxy-Authorization": "Basic eDp5", "X-Forwarded-For": "10.0.0.1"}  # fmt: skip
    reply = httpx.post(f"{url}/a%2Fb/c%20d?x=1&x=%20", headers=headers, content=b'{"n": 1}')
    assert reply.status_code == 200
    heard = HEARD["headers"]
    assert (HEARD["scope"]["raw_path"], HEARD["scope"]["query_string"]) == (b"/a%2Fb/c%20d", b"x=1&x=%20")
    assert HEARD["body"] == b'{"n": 1}'
    assert heard[b"host"] == server.removeprefix("http://").encode()
    assert heard[b"x-kept"] == "é".encode("latin-1")
    assert {b"x-hop", b"te", b"proxy-authorization"} & heard.keys() == set()
    mine = url.removeprefix("http://")
    assert heard[b"x-forwarded-for"] == b"10.0.0.1, 127.0.0.1"
    assert (heard[b"x-forwarded-host"], heard[b"x-forwarded-proto"]) == (mine.encode(), b"http")
    assert heard[b"forwarded"] == f'for=127.0.0.1;host="{mine}";proto=http'.encode()
    told = last(seen, before)
    assert (told.method, told.url, told.body) == ("POST", f"{server}/a%2Fb/c%20d?x=1&x=%20", b'{"n": 1}')


def test_nothing_is_added_to_a_request_that_has_no_body(through: tuple[str, list[Seen]]) -> None:
    httpx.get(through[0] + "/pets/1", headers={"User-Agent": "mine"})
    assert HEARD["headers"][b"user-agent"] == b"mine"
    assert {b"content-length", b"transfer-encoding"} & HEARD["headers"].keys() == set()


def test_a_compressed_body_passes_as_it_is_and_is_judged_decoded(through: tuple[str, list[Seen]]) -> None:
    url, seen = through
    before = len(seen)
    with httpx.stream("GET", f"{url}/pets/2") as reply:
        raw = b"".join(reply.iter_raw())
    assert (reply.headers["content-encoding"], json.loads(gzip.decompress(raw))) == ("gzip", REX)
    assert json.loads(last(seen, before).content or b"") == REX


def test_a_response_keeps_its_headers_but_for_those_of_one_connection(through: tuple[str, list[Seen]]) -> None:
    url, _seen = through
    reply = httpx.get(f"{url}/moved")
    assert reply.status_code == 307
    assert reply.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "x-mine" not in reply.headers
    assert reply.headers["via"] == "1.1 specdouble"
    assert reply.headers["location"] == f"{url}/pets/1"  # back through the proxy


def test_events_pass_while_they_come(through: tuple[str, list[Seen]]) -> None:
    url, seen = through
    before = len(seen)
    with httpx.stream("GET", f"{url}/events") as reply:
        started = time.perf_counter()
        first = next(reply.iter_raw())
        assert (first, time.perf_counter() - started < 0.25) == (b"data: 1\n\n", True)
    told = last(seen, before)  # the client went before the end
    assert (told.status, told.dropped) == (200, False)


def test_of_a_long_body_only_head_and_status_are_kept(through: tuple[str, list[Seen]]) -> None:
    url, seen = through
    before = len(seen)
    assert len(httpx.get(f"{url}/big").content) == KEPT // 4 * 5
    assert last(seen, before).content is None


def test_a_connection_that_breaks_in_a_body_is_told(through: tuple[str, list[Seen]]) -> None:
    url, seen = through
    before = len(seen)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{url}/broken")
    told = last(seen, before)
    assert told.dropped
    assert "the connection broke in the body of a 200" in told.trouble


def test_who_cannot_be_reached_is_a_502_and_who_is_late_a_504() -> None:
    (port,) = free_ports(1)
    with passing(f"http://127.0.0.1:{port}") as (url, seen):
        reply = httpx.get(f"{url}/pets/1")
    assert (reply.status_code, reply.headers["content-type"]) == (502, "application/problem+json")
    assert f"127.0.0.1:{port}: no answer" in reply.json()["detail"]
    assert (seen[0].status, seen[0].dropped) == (0, False)

    async def slow(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.sleep(1)

    with asgi(slow) as target, passing(target, timeout=0.1) as (url, seen):
        assert httpx.get(f"{url}/pets/1").status_code == 504
    assert seen[0].dropped


def test_a_big_upload_is_streamed(through: tuple[str, list[Seen]]) -> None:
    url, seen = through
    before = len(seen)

    def parts() -> Iterator[bytes]:
        for _ in range(10):
            yield b"y" * (KEPT // 8)

    httpx.post(f"{url}/up", content=parts())
    assert len(HEARD["body"]) == KEPT // 8 * 10
    assert last(seen, before).body is None


# -- the command ------------------------------------------------------------------------------------------------------


@contextmanager
def command(server: str, folder: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    (port,) = free_ports(1)
    (folder / "shelter.json").write_text(json.dumps(DOCUMENT))
    line = [
        sys.executable,
        "-m",
        "specdouble",
        "proxy",
        "--spec",
        "shelter.json",
        "--upstream",
        server,
        "--port",
        str(port),
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPECDOUBLE", "GITHUB"))}
    process = subprocess.Popen([*line, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**kept, "PYTHONUNBUFFERED": "1"})  # fmt: skip
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_session_is_told_while_it_lasts_and_reported_at_its_end(
    server: str, tmp_path: Path, number: signal.Signals
) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with command(server, tmp_path, "--json", "r.json", "--html", "r.html", "--record", "world") as (url, process):
        lines: list[str] = []
        assert process.stdout is not None
        reading = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")))  # type: ignore[union-attr]
        reading.start()
        with httpx.Client(base_url=url, headers=bearer) as http:
            http.get("/pets")
            http.post("/pets", json={"name": "Max"})
            http.delete("/pets/3")
            http.get("/pets/4")
        for _ in range(200):
            if any("SCHEMA-02" in line for line in lines):
                break
            time.sleep(0.02)
        assert any("SCHEMA-02" in line and "GET /pets/{id}" in line for line in lines)  # before the end
        process.send_signal(number)
        assert process.wait(20) == 1
        reading.join(5)
    result = json.loads((tmp_path / "r.json").read_text())
    assert {one["key"]: one["verdict"] for one in result["operations"]} == {
        "GET /pets": "violates", "POST /pets": "conforms", "DELETE /pets/{id}": "conforms",
        "GET /pets/{id}": "violates", "GET /health": "unproven",
    }  # fmt: skip
    assert {one["rule"] for one in result["findings"] if one["key"] == "GET /pets"} == {"SECRET-01"}
    assert TOKEN not in (tmp_path / "r.json").read_text() + (tmp_path / "r.html").read_text() + "".join(lines)
    assert result["run"]["command"].startswith(f"specdouble proxy --upstream {server}")
    seeds = json.loads((tmp_path / "world" / "fixtures" / "pet.json").read_text())["records"]
    assert seeds == [REX, {"id": 9, "name": "Max"}]  # 3 was deleted
