"""The WSGI transport: paths, methods, sizes, other origins, and event streams from a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest
import respx
from flask import Flask

from specdouble.mock.boot import Platform
from specdouble.mock.respx_bridge import mount
from specdouble.mock.state.world import World
from specdouble.mock.transports.app import create_app
from tests.conftest import Client
from tests.pack import Options, boot

ADA = "imp_u_abc123"
ORIGIN = {"Origin": "http://localhost:3000"}


@pytest.fixture(scope="module")
def small() -> Client:
    """A gateway that takes bodies of 100 bytes, sends heartbeats quickly and lets no other origin in."""
    options = Options(body_limit=100, heartbeat_seconds=0.05, cors=False)
    return Client(create_app(boot(options), "auth_gateway"))


def test_an_unknown_path_names_the_closest(gateway: Client) -> None:
    reply = gateway.get("/v1/auth/mee")
    assert reply.status == 404
    assert reply.detail.startswith("Not Found")
    assert reply.detail.endswith("Did you mean /v1/auth/me?")
    assert gateway.get("/zzzzzz").detail.endswith("GET /v1/openapi.json lists what there is.")


@pytest.mark.rule("D11")
@pytest.mark.parametrize("path", ["/auth/register", "/auth/verify", "/v1/auth/verify", "/auth/login"])
def test_the_old_names_are_gone(gateway: Client, path: str) -> None:
    body = {"email": "new@example.com", "password": "s3cure!!"}
    assert gateway.post(path, body).status == 404
    assert gateway.service().post(path, body).status == 404
    assert gateway.post("/v1/auth/login", body).status == 401


@pytest.mark.parametrize("path", ["/v1//auth/me", "//v1/auth/me", "/v1/auth/nothing/"])
def test_slashes_count(user: Client, path: str) -> None:
    assert user.get(path).status == 404


@pytest.mark.parametrize(("path", "there"), [("/v1/auth/me/", "../me"), ("/v1/auth/me//?a=%20b", "../../me?a=%20b")])
def test_a_slash_too_many_is_sent_to_the_path_without_it_as_fastapi_does(user: Client, path: str, there: str) -> None:
    reply = user.get(path)
    assert (reply.status, reply.headers["location"]) == (307, there)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_405_with_allow(user: Client, method: str) -> None:
    reply = user.call(method, "/v1/auth/me")
    assert reply.status == 405
    assert reply.headers["allow"] == "GET"


def test_allow_lists_every_method_of_the_path(user: Client) -> None:
    assert user.put("/v1/keys").headers["allow"] == "GET, POST"


def test_a_path_parameter_arrives_decoded(admin: Client) -> None:
    assert admin.delete("/v1/keys/key%2Fwith%20more").status == 404
    body = {"cases_user_id": "7"}
    assert admin.patch("/v1/auth/users/imp%5Fu_abc123/cases-uid", body).json["user_id"] == ADA


def test_the_document_is_served_as_it_is(gateway: Client, platform: Platform) -> None:
    reply = gateway.get("/v1/openapi.json")
    assert reply.status == 200
    assert reply.content == platform.services["auth_gateway"].document.json


def test_a_body_above_the_limit_is_413_and_says_the_limit(small: Client) -> None:
    reply = small.post("/v1/auth/login", data=b"x" * 101)
    assert (reply.status, reply.detail) == (413, "The request body is above the limit of 100 bytes. Send less.")
    assert small.post("/v1/auth/login", data=b"x" * 100).status == 422


# -- other origins -------------------------------------------------------------------------------------------------


def test_a_preflight_allows_what_was_asked_with_credentials(gateway: Client) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,x-a"}
    reply = gateway.call("OPTIONS", "/v1/me/settings", headers=asked)
    assert (reply.status, reply.content) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["access-control-allow-headers"] == "authorization,x-a"
    assert "PATCH" in reply.headers["access-control-allow-methods"]
    assert reply.headers["vary"] == "Origin"


def test_every_answer_to_another_origin_may_be_read_by_it(gateway: Client, user: Client) -> None:
    for reply in (
        user.get("/v1/auth/me", headers=ORIGIN),
        gateway.get("/v1/auth/me", headers=ORIGIN),
        gateway.get("/nowhere", headers=ORIGIN),
        gateway.delete("/v1/auth/me", headers=ORIGIN),
    ):
        assert reply.headers.getlist("access-control-allow-origin") == [ORIGIN["Origin"]]
        assert reply.headers["access-control-allow-credentials"] == "true"
        assert "retry-after" in reply.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in user.get("/v1/auth/me").headers


def test_no_cors_says_nothing_to_other_origins(small: Client) -> None:
    assert "access-control-allow-origin" not in small.get("/healthz", headers=ORIGIN).headers
    asked = {**ORIGIN, "Access-Control-Request-Method": "GET"}
    assert small.call("OPTIONS", "/healthz", headers=asked).status == 405


# -- event streams -------------------------------------------------------------------------------------------------


def stream(client: Client, path: str = "/v1/events/stream") -> Iterator[bytes]:
    answer = client.app.test_client().open(path, headers=client.headers, buffered=False)
    assert answer.status_code == 200
    assert answer.content_type == "text/event-stream"
    return answer.iter_encoded()


@pytest.mark.rule("I05")
def test_a_stream_carries_the_caller_s_events_as_they_happen(user: Client, world: World) -> None:
    frames = stream(user)
    assert b": connected" in next(frames)

    def happen() -> None:
        with world.lock:
            world.emit("imp_u_dev001", "notification", {"for": "Margaret"})
            world.emit(ADA, "notification", {"for": "Ada"})
            world.commit()

    timer = threading.Timer(0.05, happen)
    timer.start()
    frame = next(frames)
    timer.join()
    assert b'"for":"Ada"' in frame
    assert b"Margaret" not in frame
    assert frame.startswith(b"id: ")
    frames.close()  # type: ignore[attr-defined]


def test_a_stream_that_ends_leaves_the_hub(user: Client, world: World) -> None:
    frames = stream(user)
    next(frames)
    assert world.hub.clients == 1
    world.hub.close(ADA)
    assert list(frames) == []
    assert (world.hub.clients, world.hub.channels) == (0, 0)


def test_a_quiet_stream_is_kept_open(small: Client) -> None:
    frames = stream(small.login())
    next(frames)
    assert next(frames) == b": keep-alive\n\n"
    frames.close()  # type: ignore[attr-defined]


# -- inside a test that uses httpx ---------------------------------------------------------------------------------


@respx.mock(base_url="https://auth.imperal.io")
def test_httpx_may_be_answered_in_process(respx_mock: respx.Router, apps: dict[str, Flask], world: World) -> None:
    mount(respx_mock, "https://auth.imperal.io", apps["auth_gateway"])
    body = {"email": "user@example.com", "password": "s3cure!"}
    token = httpx.post("https://auth.imperal.io/v1/auth/login", json=body).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get("https://auth.imperal.io/v1/auth/me", headers=headers).json()["imperal_id"] == ADA

    async def later() -> httpx.Response:
        async with httpx.AsyncClient(headers=headers) as client:
            return await client.get("https://auth.imperal.io/v1/auth/me?x=1")

    assert asyncio.run(later()).json()["imperal_id"] == ADA


# -- many at once --------------------------------------------------------------------------------------------------


@pytest.mark.rule("A07")
def test_of_64_refreshes_with_one_token_exactly_one_wins(gateway: Client) -> None:
    token = gateway.tokens("user@example.com")["refresh_token"]
    start = threading.Barrier(64)
    statuses: list[int] = []

    def refresh() -> None:
        start.wait()
        statuses.append(gateway.post("/v1/auth/refresh", {"refresh_token": token}).status)

    threads = [threading.Thread(target=refresh) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [401] * 63
