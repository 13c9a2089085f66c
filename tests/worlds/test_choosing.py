"""A request chooses its world by header, host name or cookie."""

from __future__ import annotations

import time

import httpx
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.state.worlds import below, name_in
from specdouble.mock.transports.thread import serving
from tests.conftest import Client
from tests.pack import Options, boot
from tests.worlds.conftest import In


@pytest.mark.parametrize(
    ("header", "host", "cookie", "name"),
    [
        (None, "localhost:8085", None, ""),
        (None, "127.0.0.1:8085", "session=1", ""),
        ("w1", "w2.localhost", "specdouble-world=w3", "w1"),
        (" W1 ", None, None, "w1"),
        (None, "w2.localhost:8085", "specdouble-world=w3", "w2"),
        (None, "W2.LocalHost", None, "w2"),
        (None, "app.w2.localhost:1", None, "w2"),
        (None, "w2.localhost.example:8085", None, ""),
        (None, "localhost", "a=1; specdouble-world=w3; b=2", "w3"),
        (None, "localhost", 'specdouble-world="w3"', "w3"),
        (None, "localhost", "my-specdouble-world=w3", ""),
    ],
)
def test_a_request_names_its_world(header: str | None, host: str | None, cookie: str | None, name: str) -> None:
    assert name_in(header, host, cookie) == name


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://localhost:8085", "http://w1.localhost:8085"),
        ("http://127.0.0.1:8085/registry", "http://w1.localhost:8085/registry"),
        ("https://[::1]:8085", "https://w1.world.localhost:8085"),
        ("http://mock.internal:80", "http://mock.internal:80"),
    ],
)
def test_its_urls_need_no_header(url: str, found: str) -> None:
    assert below(url, "w1") == found


def test_what_one_world_holds_no_other_has(platform: Platform, within: In) -> None:
    for name in ("w1", "w2"):
        platform.worlds.make(name)
    one, two, main = (within(name).login() for name in ("w1", "w2", "main"))
    made = one.post("/v1/keys", {"name": "only here"}).json["id"]
    assert made in {key["id"] for key in one.get("/v1/keys").json}
    for other in (two, main):
        assert made not in {key["id"] for key in other.get("/v1/keys").json}
    assert [world.requests for world in platform.worlds.alive()[1:]] == [3, 2]


def test_an_unknown_world_is_not_found_and_the_closest_is_named(platform: Platform, within: In) -> None:
    platform.worlds.make("checkout")
    reply = within("chekout").get("/v1/auth/me")
    assert reply.status == 404
    assert reply.detail == (
        'there is no world \'chekout\'. Did you mean checkout? Make it with POST /__mock__/worlds {"name": "chekout"}.'
    )
    assert within("chekout").get("/__mock__/clock").status == 404


def test_the_control_plane_is_about_the_world_of_the_request(platform: Platform, within: In) -> None:
    made = platform.worlds.make("w1")
    assert within("w1").post("/__mock__/clock", {"advance": "2d"}).status == 200
    assert (platform.world.clock.offset, made.clock.offset) == (0.0, 172_800.0)
    within("w1").get("/v1/auth/me")
    assert len(within("w1").get("/__mock__/journal").json) == 1
    assert within("main").get("/__mock__/journal").json == []
    assert within("w1").post("/__mock__/reset").json == {"reset": True, "world": "default"}
    assert made.clock.offset == 0.0


def test_a_page_of_a_world_may_use_the_control_plane(gateway: Client, platform: Platform, within: In) -> None:
    platform.worlds.make("w1")
    host = {"Host": "w1.localhost:8085", "Origin": "http://w1.localhost:8085"}
    assert gateway.post("/__mock__/clock", {"advance": "1h"}, headers=host).status == 200
    assert platform.worlds.get("w1").clock.offset == 3600
    assert gateway.get("/__mock__/clock", headers={"Origin": "http://localhost.example"}).status == 403


def test_on_a_port_streams_and_timers_are_of_their_world() -> None:
    platform = boot(Options(heartbeat_seconds=0.2))
    made = platform.worlds.make("w1")
    with serving(platform) as urls:
        url = urls["auth_gateway"]
        httpx.get(f"{url}/__mock__/clock")
        assert made.urls["auth_gateway"] == url.replace("127.0.0.1", "w1.localhost")
        host = {"host": made.urls["auth_gateway"].removeprefix("http://")}
        login = {"email": "user@example.com", "password": "s3cure!"}
        token = httpx.post(f"{url}/v1/auth/login", json=login, headers=host).json()["access_token"]
        assert httpx.get(f"{url}/v1/auth/me", headers={"authorization": f"Bearer {token}"}).status_code == 401
        with httpx.stream("GET", f"{url}/v1/events/stream?token={token}", headers=host, timeout=5) as stream:
            lines = stream.iter_lines()
            next(lines)
            assert (made.hub.clients, platform.world.hub.clients) == (1, 0)
            said = {"user_id": "imp_u_abc123", "type": "notification", "payload": {"in": "w1"}}
            assert httpx.post(f"{url}/__mock__/events", json=said, cookies={"specdouble-world": "w1"}).is_success
            assert '"in":"w1"' in next(line for line in lines if line.startswith("data: "))
            made.at(0, min(made.timers))  # without its payload: it fails, and is gone
            until = time.monotonic() + 5
            while not made.settled and time.monotonic() < until:
                time.sleep(0.02)
            assert made.settled
            assert httpx.delete(f"{url}/__mock__/worlds/w1").json() == {"dropped": "w1"}
            assert not any(line.startswith("data: ") for line in lines)  # the stream has ended
        assert httpx.get(f"{url}/v1/auth/me", headers=host).status_code == 404
