"""A mock as tests hold it: clients sync and async, its data, clock and mails; fixtures and their marker; the bridge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import trio

from specdouble.mock.respx_bridge import mount
from specdouble.mock.testing import Mock, open_mock
from specdouble.mock.testing.data import UnknownDataError
from specdouble.mock.testing.mock import MockError
from specdouble.mock.transports.app import UnknownServiceError, create_app

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = ROOT / "docs" / "examples" / "library.yaml"
LOGIN = {"email": "user@example.com", "password": "s3cure!"}
ADA = "imp_u_abc123"


@pytest.fixture(scope="module")
def opened() -> Iterator[Mock]:
    with open_mock(seed=5) as mock:
        yield mock


@pytest.fixture
def mock(opened: Mock) -> Mock:
    opened.reset()
    return opened


@pytest.fixture(scope="module")
def library() -> Iterator[Mock]:
    with open_mock(LIBRARY, items=2) as mock:
        yield mock


# -- helpers -------------------------------------------------------------------------------------------------------


def test_time_moves_and_what_is_due_happens(mock: Mock) -> None:
    before = mock.clock.now
    token = mock.sign_in("user@example.com")
    with mock.client(headers={"authorization": f"Bearer {token}"}) as client:
        assert client.get("/v1/auth/me").json()["imperal_id"] == ADA
        assert (mock.clock.advance("2h") - before).total_seconds() >= 7200
        assert client.get("/v1/auth/me").status_code == 401
    mock.reset()
    assert (mock.clock.now - before).total_seconds() < 60
    with pytest.raises(MockError, match=r"duration"):
        mock.clock.advance("soon")


def test_mails_are_there_by_address(mock: Mock) -> None:
    with mock.client() as client:
        client.post("/v1/auth/signup", json={"email": "new@example.com", "password": "s3cure!!"})
    assert [mail["to"] for mail in mock.mails(to="new@example.com")] == ["new@example.com"]
    assert mock.mails(to="nobody@example.com") == []
    assert len(mock.mails(to=" New@Example.COM")) == 1
    assert mock.mails()[0]["to"] == "new@example.com"


def test_documents_of_a_pack_are_arranged_by_hand(mock: Mock) -> None:
    users = mock.data["users"]
    grace = users.find(email="admin@example.com")[0]
    made = users.add({**grace, "imperal_id": "imp_u_made", "email": "made@example.com"})
    assert made["imperal_id"] in users
    token = mock.sign_in("made@example.com")
    with mock.client(headers={"authorization": f"Bearer {token}"}) as client:
        assert client.get("/v1/auth/me").json()["email"] == "made@example.com"
    assert users.change("imp_u_made", email="other@example.com")["email"] == "other@example.com"
    users.remove("imp_u_made")
    assert "imp_u_made" not in users
    with pytest.raises(UnknownDataError, match=r"no collection 'usrs'. Did you mean users\?"):
        mock.data["usrs"]
    with pytest.raises(UnknownDataError, match="needs 'imperal_id'"):
        users.add({"email": "x"})
    with pytest.raises(KeyError):
        users.add(grace)
    with pytest.raises(UnknownDataError, match="holds no 'nobody'"):
        users.remove("nobody")


def test_items_of_a_document_are_arranged_by_hand(library: Mock) -> None:
    books = library.data["books"]  # or book, as the resource is called
    made = books.add({"id": 77, "title": "Emma", "author": "Jane Austen"})
    library.data["loan"].add({"id": "l1", "book_id": 77, "reader": "ada", "returned": False}, book="77")
    with library.client() as client:
        assert client.get("/books/77").json() == {"book": made}
        assert [one["id"] for one in client.get("/books/77/loans").json()] == ["l1"]
        books.change(77, title="Persuasion")
        assert client.get("/books/77").json()["book"]["title"] == "Persuasion"
        books.remove(77)
        assert client.get("/books/77").status_code == 404
    assert list(library.data) == ["book", "loan"]
    library.reset()
    assert len(books) == 2
    books.clear()
    assert list(books) == []
    library.reset()


def test_who_signs_in_is_told_by_any_text_and_the_closest_is_named(mock: Mock) -> None:
    assert mock.sign_in(ADA)
    with pytest.raises(UnknownDataError, match=r"Did you mean user@example.com"):
        mock.sign_in("usr@example.com")
    assert mock.credentials["X-Service-Token"].startswith("dev-service-token")


def test_routes_of_the_control_plane_can_be_called(mock: Mock) -> None:
    assert mock.control("GET /__mock__/collections")["users"] > 3
    with pytest.raises(MockError, match="Did you mean GET /__mock__/clock"):
        mock.control("GET /__mock__/clok")
    with pytest.raises(MockError, match="There is no field 'advnce'"):
        mock.control("POST /__mock__/clock", {"advnce": 1})


def test_a_refused_change_changes_nothing(mock: Mock) -> None:
    before = mock.control("GET /__mock__/world")["collections"]
    with pytest.raises(MockError):
        mock.control("PUT /__mock__/world", {"collections": {"users": [], "nothing": []}})
    assert mock.control("GET /__mock__/world")["collections"] == before


def test_what_a_route_answers_is_returned(mock: Mock) -> None:
    """As its JSON, also where a server would send headers with it, or work on it beside others."""
    users = mock.control("GET /__mock__/collections/{name}", name="users", limit="2")
    assert [one["id"] for one in users] == [
        one["id"] for one in mock.control("GET /__mock__/world")["collections"]["users"]
    ][:2]
    assert mock.control("GET /__mock__/requests")["requests"] == []


def test_a_service_is_found_in_whichever_spelling(mock: Mock) -> None:
    assert create_app(mock.platform, "auth-gateway").url_map
    assert create_app(mock.platform, "Auth Gateway").url_map
    assert mock.app("REGISTRY") is mock.app("registry")
    with pytest.raises(UnknownServiceError, match=r"no service 'auth-gatway'. Did you mean auth_gateway\?"):
        create_app(mock.platform, "auth-gatway")
    with pytest.raises(LookupError, match="There are auth_gateway, registry"):
        mock.app("zzzz")


def test_a_setting_that_is_not_there_is_told() -> None:
    with pytest.raises(MockError, match=r"no setting 'sede'. Did you mean seed\?"), open_mock(LIBRARY, sede=3):
        pass


def test_it_listens_when_first_asked_where(library: Mock) -> None:
    assert httpx.get(f"{library.url}/books").status_code == 200
    assert library.url_of("Library") == library.urls["library"] == library.url


# -- clients -------------------------------------------------------------------------------------------------------


def next_data(lines: Iterator[str]) -> str:
    return next(line for line in lines if line.startswith("data:"))[5:]


def test_streams_come_as_they_are_made_to_sync_clients(mock: Mock) -> None:
    token = mock.sign_in(ADA)
    with mock.client() as client, client.stream("GET", f"/v1/events/stream?token={token}") as stream:
        assert stream.headers["cache-control"] == "no-cache, no-transform"
        lines = stream.iter_lines()
        assert ": connected" in lines
        mock.control("POST /__mock__/events", {"user_id": ADA, "type": "notification", "payload": {"n": 1}})
        assert json.loads(next_data(lines))["payload"] == {"n": 1}
    assert mock.world.hub.clients == 0


async def heard(mock: Mock, stream: httpx.Response) -> list[str]:
    """Publish an event once the stream is open, end the stream once it is there, and return all lines."""
    lines = []
    async for line in stream.aiter_lines():
        lines.append(line)
        if line == ": connected":
            mock.control("POST /__mock__/events", {"user_id": ADA, "type": "notification", "payload": {"n": 2}})
        elif line.startswith("data:"):
            mock.world.hub.close()
    return lines


async def listen(mock: Mock) -> str:
    token = mock.sign_in(ADA)
    async with mock.async_client() as client:
        assert (await client.post("/v1/auth/login", json=LOGIN)).status_code == 200
        async with client.stream("GET", f"/v1/events/stream?token={token}") as stream:
            return "".join(await heard(mock, stream))


def test_streams_come_as_they_are_made_to_async_clients(mock: Mock) -> None:
    assert '{"n":2}' in asyncio.run(listen(mock))
    assert '{"n":2}' in trio.run(listen, mock)
    assert mock.world.hub.clients == 0


# -- the bridge ----------------------------------------------------------------------------------------------------

BASE = "https://auth.imperal.io"


@pytest.mark.parametrize(
    ("base", "asked"),
    [
        (BASE, BASE), (f"{BASE}/", BASE), ("HTTPS://Auth.Imperal.IO", BASE), (f"{BASE}:443", BASE),
        (BASE, "https://AUTH.imperal.io:443"), ("http://localhost:8085/", "http://localhost:8085"),
        ("https://gate.example/auth/", "https://gate.example/auth"), (BASE, "https://user:word@auth.imperal.io"),
    ],
)  # fmt: skip
def test_base_urls_are_compared_as_urls(mock: Mock, base: str, asked: str) -> None:
    with respx.mock() as router:
        mount(router, base, mock.app())
        assert httpx.get(f"{asked}/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "asked", ["https://auth.imperal.io.example", "http://auth.imperal.io", f"{BASE}:444", "https://x.imperal.io"]
)
def test_and_others_are_not_answered(mock: Mock, asked: str) -> None:
    with respx.mock(assert_all_called=False) as router:
        mount(router, BASE, mock.app())
        with pytest.raises(AssertionError, match="not mocked"):
            httpx.get(f"{asked}/healthz")


def test_the_client_that_asks_decides_also_where_a_loop_runs(mock: Mock) -> None:
    """A sync client inside a running loop, an async one beside it, on asyncio and on trio; with streams."""
    token = mock.sign_in(ADA)

    async def both() -> None:
        assert httpx.post(f"{BASE}/v1/auth/login", json=LOGIN).status_code == 200
        with httpx.stream("GET", f"{BASE}/v1/events/stream?token={token}") as stream:
            assert ": connected" in stream.iter_lines()
        async with httpx.AsyncClient() as client:
            assert (await client.post(f"{BASE}/v1/auth/login", json=LOGIN)).status_code == 200
            async with client.stream("GET", f"{BASE}/v1/events/stream?token={token}") as later:
                assert '{"n":2}' in "".join(await heard(mock, later))

    with respx.mock() as router:
        mount(router, BASE, mock.app())
        asyncio.run(both())
        trio.run(both)
    assert mock.world.hub.clients == 0


def test_a_body_that_comes_in_pieces_is_taken(mock: Mock) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"email": "user@example.com", '
        yield b'"password": "s3cure!"}'

    sent: dict[str, Any] = {"content": pieces(), "headers": {"content-type": "application/json"}}
    with mock.client() as client:
        assert client.post("/v1/auth/login", **sent).status_code == 200


# -- faults and calls ----------------------------------------------------------------------------------------------


def test_what_was_asked_can_be_asserted(mock: Mock) -> None:
    with mock.client() as client:
        client.post("/v1/auth/login", json={"email": "nobody"})
        client.post("/v1/auth/login", json=LOGIN)
    assert [one.status for one in mock.calls("POST /v1/auth/login")] == [422, 200]
    assert len(mock.calls("POST /v1/auth/login", status="4xx")) == 1
    assert not mock.calls("GET /v1/auth/me")
    mock.reset()
    assert not mock.calls()


@pytest.mark.parametrize(
    ("rule", "raised"),
    [
        ({"drop": True}, httpx.RemoteProtocolError),
        ({"truncate": True}, httpx.RemoteProtocolError),
        ({"stall": True}, httpx.ReadTimeout),
    ],
)
def test_a_connection_that_a_fault_breaks_is_what_httpx_makes_of_one(
    mock: Mock, rule: dict[str, Any], raised: type[Exception]
) -> None:
    mock.faults.add({"operation": "GET /healthz", "times": 2, **rule})
    with mock.client() as client:
        with pytest.raises(raised):
            client.get("/healthz")

        async def later() -> None:
            async with mock.async_client() as other:
                await other.get("/healthz")

        with pytest.raises(raised):
            asyncio.run(later())
        assert client.get("/healthz").status_code == 200


def test_rules_end_with_the_world(mock: Mock) -> None:
    mock.faults.add({"operation": "GET /healthz", "status": 503})
    with mock.client() as client:
        assert client.get("/healthz").status_code == 503
        mock.reset()
        assert client.get("/healthz").status_code == 200
