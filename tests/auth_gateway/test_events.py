"""The caller's event stream, and the hub's figures; the streams on real sockets stand in tests/engine/test_server."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from specdouble.mock.state.world import EVENTS_KEPT, World
from tests.conftest import Client

ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"
STREAM = "/v1/events/stream"


class Stream:
    """An open stream of a client, as text."""

    def __init__(self, client: Client, query: str = "", **headers: str) -> None:
        sent = {**client.headers, **headers}
        answer = client.app.test_client().open(STREAM + query, headers=sent, buffered=False)
        self.status = answer.status_code
        self.media = answer.content_type
        self._chunks: Iterator[bytes] = answer.iter_encoded()

    def read(self) -> str:
        return next(self._chunks).decode()

    def payloads(self) -> list[object]:
        lines = self.read().splitlines()
        return [orjson.loads(line[6:])["payload"] for line in lines if line.startswith("data: ")]

    def close(self) -> None:
        self._chunks.close()  # type: ignore[attr-defined]


def publish(world: World, user_id: str, *numbers: int) -> None:
    for number in numbers:
        world.emit(user_id, "notification", {"n": number})
    world.commit()


@pytest.mark.rule("A17")
def test_a_stream_opens_with_a_header_or_a_query_token(gateway: Client) -> None:
    token = gateway.tokens("user@example.com")["access_token"]
    for stream in (Stream(gateway.bearer(token)), Stream(gateway, f"?token={token}")):
        assert (stream.status, stream.media) == (200, "text/event-stream")
        assert ": connected" in stream.read()
        stream.close()


@pytest.mark.rule("A17", "A12")
def test_a_stream_opens_with_an_api_key(gateway: Client, user: Client) -> None:
    secret = user.post("/v1/keys", {"name": "ci"}).json["key"]
    stream = Stream(gateway.key(secret))
    assert stream.status == 200
    stream.close()


@pytest.mark.rule("A17")
def test_of_header_and_query_the_header_decides(gateway: Client, world: World) -> None:
    ada, margaret = (
        gateway.tokens("user@example.com")["access_token"],
        gateway.tokens("dev@example.com")["access_token"],
    )
    assert Stream(gateway.bearer("bad"), f"?token={ada}").status == 401
    for query in ("?token=bad", f"?token={margaret}"):
        stream = Stream(gateway.bearer(ada), query)
        assert stream.status == 200
        stream.read()
        publish(world, MARGARET, 1)
        publish(world, ADA, 2)
        assert stream.payloads() == [{"n": 2}]
        stream.close()


@pytest.mark.rule("A17", "A18")
@pytest.mark.parametrize("query", ["", "?token=", "?token=se.cr.et", "?access_token=se.cr.et", "?TOKEN=x"])
def test_without_a_credential_it_is_401_and_says_no_token(gateway: Client, world: World, query: str) -> None:
    reply = gateway.get(STREAM + query)
    assert reply.status == 401
    assert "se.cr.et" not in reply.detail
    assert world.hub.clients == 0


@pytest.mark.rule("A17")
def test_the_query_token_opens_nothing_but_the_stream(gateway: Client) -> None:
    token = gateway.tokens("user@example.com")["access_token"]
    assert gateway.get(f"/v1/auth/me?token={token}").status == 401
    assert gateway.get(f"/v1/keys?token={token}").status == 401


@pytest.mark.rule("I05")
def test_last_event_id_brings_only_the_caller_s_missed_events(user: Client, world: World) -> None:
    publish(world, ADA, 1)
    last = next(world.state["events"].newest(user_id=ADA))["id"]
    publish(world, MARGARET, 9)
    publish(world, ADA, 2, 3)
    stream = Stream(user, **{"Last-Event-ID": str(last)})
    assert stream.payloads() == [{"n": 2}, {"n": 3}]
    stream.close()


@pytest.mark.parametrize("last", ["", "x", "-1", "٣", "1.5"])
def test_a_strange_last_event_id_brings_nothing(user: Client, world: World, last: str) -> None:
    publish(world, ADA, 1)
    stream = Stream(user, **{"Last-Event-ID": last.encode().decode("latin-1")})
    assert stream.payloads() == []
    stream.close()


@pytest.mark.rule("I05")
def test_without_it_a_stream_begins_now(user: Client, world: World) -> None:
    publish(world, ADA, 1)
    stream = Stream(user)
    assert stream.payloads() == []
    publish(world, ADA, 2)
    assert stream.payloads() == [{"n": 2}]
    stream.close()


def test_only_so_many_events_are_kept_per_user(world: World) -> None:
    publish(world, MARGARET, 0)
    publish(world, ADA, *range(EVENTS_KEPT + 5))
    kept = [event["payload"]["n"] for event in world.state["events"].find(user_id=ADA)]
    assert kept == list(range(5, EVENTS_KEPT + 5))
    assert world.state["events"].count(user_id=MARGARET) == 1


@pytest.mark.rule("S06")
def test_the_hub_s_figures_are_for_services_only(gateway: Client, user: Client, admin: Client, world: World) -> None:
    for client in (gateway, user, admin):
        assert client.get("/v1/events/stats").status in (401, 403)
    first, second, third = Stream(user), Stream(user), Stream(admin)
    assert gateway.service().get("/v1/events/stats").json == {"channels": 2, "clients": 3}
    for stream in (first, second, third):
        stream.read()
        stream.close()
    assert gateway.service().get("/v1/events/stats").json == {"channels": 0, "clients": 0}


@pytest.mark.rule("A14")
def test_a_deactivated_user_s_streams_end(user: Client, world: World) -> None:
    from specdouble.packs.imperal.mockserver.auth_gateway.identity import _people

    stream = Stream(user)
    stream.read()
    _people.deactivate(world, ADA)
    world.commit()
    with pytest.raises(StopIteration):
        stream.read()


@pytest.mark.parametrize("how", ["logout", "revoke", "revoke-others"])
def test_a_stream_ends_with_the_session_that_opened_it_and_no_other_does(
    gateway: Client, world: World, how: str
) -> None:
    one, other = gateway.tokens("user@example.com"), gateway.tokens("user@example.com")
    session = list(world.state["sessions"].newest(user_id=ADA))[1]["session_id"]
    opened, beside = (Stream(gateway.bearer(pair["access_token"])) for pair in (one, other))
    opened.read()
    beside.read()
    caller = gateway.bearer(other["access_token"])
    if how == "logout":
        gateway.post("/v1/auth/logout", {"refresh_token": one["refresh_token"]})
    else:
        path = f"{session}/revoke" if how == "revoke" else how
        assert caller.post(f"/v1/auth/sessions/{path}").status == 200
    with pytest.raises(StopIteration):
        opened.read()
    publish(world, ADA, 1)
    assert beside.payloads() == [{"n": 1}]
    beside.close()


def test_a_token_of_the_moved_time_is_good_there_and_after_the_reset_s_own_is_asked_for(
    world: World, gateway: Client
) -> None:
    old = gateway.tokens("user@example.com")["access_token"]
    gateway.post("/__mock__/clock", {"advance": "2h"})
    assert gateway.bearer(old).get("/v1/auth/me").status == 401
    new = gateway.tokens("user@example.com")["access_token"]
    assert gateway.bearer(new).get("/v1/auth/me").status == 200
    gateway.post("/__mock__/reset")
    assert gateway.bearer(new).get("/v1/auth/me").status == 401  # its session is not of the seeded world


def test_last_event_id_is_a_header_and_no_parameter(world: World, gateway: Client) -> None:
    publish(world, ADA, 1, 2)
    token = gateway.tokens("user@example.com")["access_token"]
    stream = Stream(gateway, f"?token={token}&lastEventId=0&last_event_id=0")
    assert stream.payloads() == []
    publish(world, ADA, 3)
    assert stream.payloads() == [{"n": 3}]
    stream.close()
