"""Each limit that the page on limits lists: its default is the one of the settings, and its refusal is what comes."""

from __future__ import annotations

import dataclasses
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from specdouble.mock.control.clock import FURTHEST_SECONDS
from specdouble.mock.faults.depth import DEEPEST
from specdouble.mock.faults.globs import LONGEST, MOST_STARS
from specdouble.mock.faults.rules import MOST
from specdouble.mock.options import Options, Setting
from specdouble.mock.state.events import MOST_WAITING
from specdouble.mock.state.world import SLICE_SECONDS, World
from specdouble.mock.testing import Mock, open_mock
from specdouble.mock.transports.receiving import SMALL
from specdouble.mock.transports.rsgi.draining import ENDING_SECONDS
from specdouble.mock.transports.rsgi.streaming import DEAF_SECONDS
from tests.backends.test_surviving import LIBRARY
from tests.backends.test_writing import BOOK, Gate

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()
JSON = {"content-type": "application/json"}


def rows(heading: str) -> list[list[str]]:
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:2] == "| "]
    return found[1:]


REFUSED, LET_GO = rows("Refused"), rows("Kept waiting, cut or let go")
Told = tuple[int, str, httpx.Headers]


def said(reply: httpx.Response) -> Told:
    """The status of a reply, its sentence, and its headers."""
    if not reply.content:
        return reply.status_code, "", reply.headers
    found = reply.json()
    if "errors" in found:
        found["detail"] = found["errors"][0]["detail"]
    if isinstance(found.get("detail"), list):
        found["detail"] = found["detail"][0]["msg"]
    return reply.status_code, str(found["detail"]), reply.headers


@contextmanager
def asking(api: str = LIBRARY, **options: Any) -> Iterator[tuple[Mock, httpx.Client]]:
    with open_mock(api, **options) as mock, httpx.Client(base_url=mock.url, timeout=20) as client:
        yield mock, client


def raw(sent: bytes, **options: Any) -> Told:
    """Send bytes and read the response."""
    with open_mock(LIBRARY, **options) as mock:
        place = urlsplit(mock.url)
        with socket.create_connection((place.hostname, place.port), 20) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR) if b"length: 100" in sent and not options else None
            got = b""
            while part := connection.recv(65_536):
                got += part
                head, _, body = got.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head)
                if length and len(body) >= int(length[1]):
                    break
    lines = head.decode().split("\r\n")
    headers = httpx.Headers([tuple(one.split(": ", 1)) for one in lines[1:]])  # type: ignore[misc]
    return said(httpx.Response(int(lines[0].split()[1]), headers=headers, content=body))


POST = b"POST /books HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


def control(method: str, path: str, body: Any, **options: Any) -> Told:
    with asking(**options) as (_mock, client):
        return said(client.request(method, f"/__mock__/{path}", json=body))


def large(path: str, size: int, **options: Any) -> Told:
    with asking(**options) as (_mock, client):
        return said(client.post(path, content=b"{}" + b" " * size, headers=JSON))


def nested() -> Told:
    with asking("imperal") as (_mock, client):
        body = b'{"email": ' + b"[" * 300 + b"]" * 300 + b"}"
        return said(client.post("/v1/auth/login", content=body, headers=JSON))


def too_often() -> Told:
    with asking("imperal", rate_limits=True) as (_mock, client):
        while True:
            found = client.post("/v1/auth/login", json={"email": "a@example.com", "password": "wrong"})
            if found.status_code == 429:
                return said(found)


def streams(**options: Any) -> Told:
    with asking(**options) as (mock, client), ExitStack() as held:
        for _ in range(3):
            assert held.enter_context(client.stream("GET", "/__mock__/requests/stream")).status_code == 200
        found = said(client.get("/__mock__/requests/stream"))
        assert mock.world.watchers.clients == 3  # what was refused is not kept
        held.close()
        until = time.monotonic() + 10
        while True:  # who leaves makes room
            with client.stream("GET", "/__mock__/requests/stream") as again:
                if again.status_code == 200 or time.monotonic() > until:
                    assert again.status_code == 200
                    return found


def worlds() -> Told:
    with asking(max_worlds=2) as (_mock, client):
        for _ in range(2):
            assert client.post("/__mock__/worlds", json={}).status_code == 200
        return said(client.post("/__mock__/worlds", json={}))


def rules() -> Told:
    with asking() as (mock, client):
        for number in range(MOST):
            mock.faults.add({"id": str(number), "operation": "GET /books", "status": 500})
        return said(client.post("/__mock__/faults", json={"operation": "GET /books", "status": 500}))


def deep_rule() -> Told:
    deep: Any = {}
    for _ in range(DEEPEST + 1):
        deep = {"a": deep}
    return control("POST", "faults", {"operation": "GET /books", "status": 500, "body": deep})


def unkept() -> Told:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as held:
        gate, folder = Gate(patch), Path(held.enter_context(TemporaryDirectory()))
        with asking(state=f"sqlite:{folder / 'state.db'}") as (_mock, client):
            gate.fails = True
            found = said(client.post("/books", json=BOOK))
            gate.fails = False
            assert client.post("/books", json=BOOK).status_code == 201
            return found


def pattern(path: str) -> Told:
    return control("POST", "faults", {"path": path, "status": 500})


PROVOKED: dict[str, Callable[[], Told]] = {
    "body of an operation that declares": lambda: large("/__mock__/world", 2000, body_limit=1000),
    "body of any other request": lambda: large("/books", SMALL),
    "time in which nothing more": lambda: raw(POST + b"content-length: 100\r\n\r\n{", body_seconds=1.0),
    "body that ends before": lambda: raw(POST + b"content-length: 100\r\n\r\n{"),
    "headers of a request": lambda: raw(POST + b"".join(b"x-%d: 1\r\n" % one for one in range(100)) + b"\r\n"),
    "path and query": lambda: raw(b"GET /books?q=" + b"a" * 65_534 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    "nesting of a JSON body": nested,
    "calls a minute": too_often,
    "open event streams, in all worlds": lambda: streams(max_streams=3),
    "open event streams of one caller": lambda: streams(max_caller_streams=3),
    "worlds beside main": worlds,
    "a move of the clock": lambda: control("POST", "clock", {"advance": FURTHEST_SECONDS + 1}),
    "fault rules of a world": rules,
    "stars of a pattern": lambda: pattern("/a*" * (MOST_STARS + 1)),
    "characters of a pattern": lambda: pattern("/" + "a" * LONGEST),
    "nesting of a fault rule": deep_rule,
    "what cannot be written": unkept,
}


def test_each_refusal_of_the_page_is_provoked() -> None:
    assert [row[0] for row in REFUSED if not row[0].startswith(tuple(PROVOKED))] == []
    assert len(REFUSED) == len(PROVOKED)


@pytest.mark.parametrize("name", PROVOKED)
def test_a_refusal_is_as_the_page_says(name: str) -> None:
    (row,) = (one for one in REFUSED if one[0].startswith(name))
    status, sentence, headers = PROVOKED[name]()
    assert status == int(row[3])
    if row[4].startswith("("):
        assert sentence == ""
    else:
        wanted = re.sub(r"\d+", r"\\d+", re.escape(row[4])).replace("…", ".*")
        assert re.fullmatch(wanted, sentence, re.DOTALL), sentence
    again = status == 503 or (status == 429 and "world" not in name)
    assert ("retry-after" in headers) == again


def test_defaults_are_those_of_the_settings() -> None:
    known = {f"--{one.name.replace('_', '-')}": one for one in dataclasses.fields(Options) if Setting in one.metadata}
    seen = set()
    for row in (*REFUSED, *LET_GO):
        option = row[2].strip("`")
        if option in ("", "--rate-limits", "--state") or not option.startswith("--"):
            continue
        seen.add(option)
        number = re.match(r"[\d,.]+", row[1])
        assert number is not None, row
        assert float(number[0].replace(",", "")) == known[option].default, row
    limits = {name for name in known if name.startswith(("--max-", "--body-", "--journal-", "--idle-"))}
    assert limits <= seen


def test_figures_without_a_setting_are_those_of_the_code() -> None:
    told = {row[0]: row[1] for row in (*REFUSED, *LET_GO)}

    def figure(name: str) -> float:
        (found,) = (value for key, value in told.items() if key.startswith(name))
        number = re.match(r"[\d,]+", found)
        assert number is not None
        return float(number[0].replace(",", ""))

    assert figure("body of any other") == SMALL
    assert figure("fault rules") == MOST
    assert figure("stars") == MOST_STARS
    assert figure("characters of a pattern") == LONGEST
    assert figure("nesting of a fault") == DEEPEST
    assert figure("event stream whose reader") == DEAF_SECONDS
    assert figure("events that wait") == MOST_WAITING
    assert figure("requests that come when it ends") == ENDING_SECONDS
    assert figure("mails") == World(Options()).state["outbox"].declared.most
    assert SLICE_SECONDS < 1


def test_a_person_and_another_do_not_share_a_bound() -> None:
    with asking("imperal", max_caller_streams=2) as (mock, client), ExitStack() as held:

        def stream(person: str) -> httpx.Response:
            headers = {"authorization": f"Bearer {mock.sign_in(person)}"}
            return held.enter_context(client.stream("GET", "/v1/events/stream", headers=headers))

        assert [stream("user@example.com").status_code for _ in range(3)] == [200, 200, 429]
        assert stream("admin@example.com").status_code == 200
        assert mock.world.hub.clients == 3  # what was refused is not kept


def test_strict_mode_lets_the_refusal_of_a_stream_pass() -> None:
    with asking("imperal", max_streams=1, strict=True) as (mock, client), ExitStack() as held:
        headers = {"authorization": f"Bearer {mock.sign_in('user@example.com')}"}
        for status in (200, 503):
            found = held.enter_context(client.stream("GET", "/v1/events/stream", headers=headers))
            assert found.status_code == status
