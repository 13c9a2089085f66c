"""Streams end with the credential that opened them, and say what they no longer have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from specdouble import sse
from specdouble.mock.boot import Platform, boot
from specdouble.mock.pipeline.call import Request
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import EVENTS_KEPT
from specdouble.packs.target import contract_of_target
from tests.engine.test_retention import DAY

ADA = "imp_u_abc123"


@pytest.fixture
def cloud() -> Iterator[Platform]:
    platform = boot(contract_of_target(""))
    yield platform
    platform.world.reset()


def opened(cloud: Platform, **headers: str) -> Listener:
    """Open Ada's stream with those headers."""
    service = cloud.services["auth_gateway"]
    asked = Request("GET", "/v1/events/stream", "", {name.replace("_", "-"): one for name, one in headers.items()}, b"")
    reply = service.handle(service.operations["GET /v1/events/stream"], asked, {})
    assert reply.stream is not None, reply.body
    return reply.stream


def token(cloud: Platform) -> str:
    assert cloud.world.principals.sign_in is not None
    made = cloud.world.principals.sign_in(cloud.world, cloud.world.state["users"].get(ADA) or {})
    cloud.world.commit()
    return f"Bearer {made}"


def events(listener: Listener) -> list[dict[str, object]]:
    return [json.loads(one.data) for one in sse.Parser().feed(sse.lines([listener.take()]))]


def test_a_stream_ends_when_its_token_expires_and_not_before(cloud: Platform) -> None:
    stream = opened(cloud, authorization=token(cloud))
    cloud.world.hub.review()
    assert not stream.closed
    cloud.world.clock.move(2 * DAY)
    cloud.world.hub.review()
    assert stream.closed


def test_a_stream_ends_with_the_key_that_opened_it(cloud: Platform) -> None:
    service = cloud.services["auth_gateway"]
    asked = Request("POST", "/v1/keys", "", {"authorization": token(cloud)}, b'{"name": "mine"}')
    made = json.loads(service.handle(service.operations["POST /v1/keys"], asked, {}).body)
    stream, other = opened(cloud, x_api_key=made["key"]), opened(cloud, authorization=token(cloud))
    cloud.world.hub.review()
    assert (stream.closed, other.closed) == (False, False)
    cloud.world.state["keys"].remove(made["id"])
    cloud.world.commit()
    cloud.world.hub.review()
    assert (stream.closed, other.closed) == (True, False)


def test_a_resume_beyond_what_is_kept_says_so_first(cloud: Platform) -> None:
    for number in range(EVENTS_KEPT + 10):
        cloud.world.emit(ADA, "notification", {"n": number})
        cloud.world.commit()
    assert [one["type"] for one in events(opened(cloud, authorization=token(cloud), last_event_id="10"))][:2] == [
        "notification"
    ] * 2
    late = events(opened(cloud, authorization=token(cloud), last_event_id="3"))
    assert (late[0]["type"], late[0]["payload"]) == ("gap", {"after": 3, "until": 10})
    assert len(late) == EVENTS_KEPT + 1


def test_a_resume_from_before_a_reset_says_so_and_gives_what_came_since(cloud: Platform) -> None:
    cloud.world.emit(ADA, "notification", {"n": 1})
    cloud.world.commit()
    found = events(opened(cloud, authorization=token(cloud), last_event_id="700"))
    assert [one["type"] for one in found] == ["gap", "notification"]


def test_a_plain_document_says_that_it_keeps_nothing(tmp_path: Path) -> None:
    content = {"text/event-stream": {"schema": {"type": "string"}}}
    get = {"get": {"responses": {"200": {"description": "Events", "content": content}}}}
    path = tmp_path / "ticker.json"
    info = {"title": "Ticker", "version": "1"}
    path.write_text(json.dumps({"openapi": "3.1.0", "info": info, "paths": {"/events": get}}))
    service = boot(contract_of_target(str(path))).services["ticker"]
    names = {}
    for last in ("", "7"):
        asked = Request("GET", "/events", "", {"last-event-id": last} if last else {}, b"")
        reply = service.handle(service.operations["GET /events"], asked, {})
        assert reply.stream is not None
        names[last] = [one.name for one in sse.Parser().feed(sse.lines([reply.stream.take()]))]
    assert names == {"": [""], "7": ["gap", ""]}
