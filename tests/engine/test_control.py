"""The control plane: what it shows, what it moves, and that a wrong request breaks nothing."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import unquote

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.control.clock import FURTHEST_SECONDS
from specdouble.mock.control.plane import actions
from specdouble.mock.state.world import World
from specdouble.mock.transports.app import create_app
from tests.conftest import Client
from tests.pack import Options, boot

ADA = "imp_u_abc123"


def signed_up(gateway: Client, email: str = "new@example.com") -> str:
    """Sign somebody up and return the token that was mailed."""
    reply = gateway.post("/v1/auth/signup", {"email": email, "password": "s3cure!"})
    assert reply.status == 201
    return str(gateway.get(f"/__mock__/outbox?to={email}").json[0]["token"])


def test_the_outbox_shows_what_was_never_sent_newest_first(gateway: Client) -> None:
    signed_up(gateway, "one@example.com")
    signed_up(gateway, "two@example.com")
    assert [mail["to"] for mail in gateway.get("/__mock__/outbox").json[:2]] == ["two@example.com", "one@example.com"]
    only = gateway.get("/__mock__/outbox?to=one@example.com").json
    assert [mail["subject"] for mail in only] == ["Verify your e-mail address"]
    assert gateway.get("/__mock__/outbox?to=nobody@example.com").json == []


def test_the_clock_moves_forward_by_text_or_seconds(gateway: Client, user: Client) -> None:
    assert gateway.get("/__mock__/clock").json["offset_seconds"] == 0
    assert gateway.post("/__mock__/clock", {"advance": "2h30m"}).json["offset_seconds"] == 9000
    assert gateway.post("/__mock__/clock", {"advance": 0.5}).json["offset_seconds"] == 9000.5
    assert user.get("/v1/auth/me").status == 401  # an access token lives an hour


@pytest.mark.parametrize(
    "advance", ["soon", "-1h", -5, None, True, [], "", 1e18, "11y", "1000y", "999999999y", "9" * 400 + "s"]
)
def test_a_wrong_move_is_422_and_moves_nothing(gateway: Client, advance: Any) -> None:
    assert gateway.post("/__mock__/clock", {"advance": advance}).status == 422
    assert gateway.get("/__mock__/clock").json["offset_seconds"] == 0


def test_a_far_move_is_settled_in_pieces() -> None:
    """Nobody waits for all that happens in ten years: the rest follows with the next calls and ticks."""
    world = World(Options(), timers={"again": lambda world: world.later(30, "again")})
    world.later(30, "again")
    world.clock.move(FURTHEST_SECONDS)
    began = time.monotonic()
    world.run_due(0.1)
    assert time.monotonic() - began < 1
    assert not world.settled
    (left,) = world.state["timers"]
    world.run_due(0.1)
    assert [one["at"] for one in world.state["timers"]] > [left["at"]]


def test_a_move_says_whether_all_that_was_due_has_happened(gateway: Client) -> None:
    assert gateway.post("/__mock__/clock", {"advance": "31d"}).json["settled"] is True
    assert gateway.get("/__mock__/clock").json["settled"] is True


def test_a_partial_import_leaves_the_rest(gateway: Client) -> None:
    before = gateway.get("/__mock__/world").json["collections"]
    changed = [{**one, "first_name": "Grace"} for one in before["users"]]
    assert gateway.put("/__mock__/world", {"collections": {"users": changed}}).json == {
        "imported": {"users": len(changed)}
    }
    after = gateway.get("/__mock__/world").json["collections"]
    assert after == {**before, "users": changed}


def test_an_export_can_be_imported_again(gateway: Client, world: World) -> None:
    signed_up(gateway)
    gateway.post("/__mock__/clock", {"advance": "1d"})
    tokens = gateway.tokens("user@example.com")
    exported = gateway.get("/__mock__/world").json
    gateway.post("/__mock__/reset")
    assert gateway.bearer(tokens["access_token"]).get("/v1/auth/me").status == 401
    reply = gateway.put("/__mock__/world", exported)
    assert reply.status == 200
    assert reply.json["imported"]["users"] == len(exported["collections"]["users"])
    assert gateway.get("/__mock__/world").json == exported
    assert gateway.bearer(tokens["access_token"]).get("/v1/auth/me").status == 200
    assert world.clock.offset == 86400


def test_counters_go_on_after_an_import_without_them(gateway: Client, world: World) -> None:
    exported = gateway.get("/__mock__/world").json["collections"]
    exported["outbox"] = [{"id": 70, "to": "ada@example.com", "subject": "Old", "sent_at": "2026-01-01T00:00:00Z"}]
    del exported["counters"]
    assert gateway.put("/__mock__/world", {"collections": exported}).status == 200
    assert world.mail("ada@example.com", "New")["id"] == 71


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"collections": []},
        {"collections": {"stars": []}},
        {"collections": {"users": {}}},
        {"collections": {"users": [5]}},
        {"collections": {"users": [{"email": "x"}]}},
        {"collections": {"users": [{"imperal_id": ["x"]}]}},
        {"collections": {"users": [{"imperal_id": "x"}, {"imperal_id": "x"}]}},
        {"collections": {"users": [{"imperal_id": "x", "email": ["y"]}]}},
        {"collections": {"timers": [{"id": 1}]}},
        {"collections": {"timers": [{"id": 1, "at": 1.0, "name": "nobody.knows", "payload": {}}]}},
        {"collections": {"counters": [{"name": "events", "value": "many"}]}},
        {"collections": {"counters": [{"name": "events", "value": True}]}},
        {"collections": {"events": [{"id": "1"}]}},
        {"collections": {"outbox": [{"id": 1, "to": 5}]}},
        {"collections": {"ledger": [{"id": 1, "amount": "x"}]}},
        {"collections": {}, "clock": 5},
        {"collections": {}, "clock": {"offset_seconds": "x"}},
        {"collections": {}, "clock": {"offset_seconds": -1}},
        {"collections": {}, "clock": {"offset_seconds": 1e18}},
    ],
    ids=str,
)
def test_a_wrong_import_is_422_and_keeps_the_world(gateway: Client, body: Any) -> None:
    before = gateway.get("/__mock__/world").json
    assert gateway.put("/__mock__/world", body).status == 422
    assert gateway.get("/__mock__/world").json == before
    assert gateway.login().get("/v1/auth/me").status == 200


def test_a_reset_returns_to_the_cast_and_to_real_time(gateway: Client, world: World) -> None:
    before = gateway.get("/__mock__/world").json
    signed_up(gateway)
    gateway.post("/__mock__/clock", {"advance": "30d"})
    assert gateway.post("/__mock__/reset").json == {"reset": True, "world": "default"}
    assert gateway.get("/__mock__/world").json == before
    assert [one["path"] for one in gateway.get("/__mock__/journal").json] == []
    assert world.clock.offset == 0


@pytest.mark.rule("A18")
def test_the_journal_names_requests_newest_first_and_holds_no_credential(gateway: Client) -> None:
    tokens = gateway.tokens("user@example.com")
    user = gateway.bearer(tokens["access_token"])
    secret = user.post("/v1/keys", {"name": "ci"}).json["key"]
    gateway.get("/v1/auth/me", headers={"x-api-key": secret})
    gateway.get(f"/v1/auth/me?token={tokens['access_token']}")
    gateway.get("/v1/events/stream?token=bad.bad.bad")
    gateway.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    reply = gateway.get("/__mock__/journal")
    assert [(one["operation"], one["status"], one["caller"], one["user_id"]) for one in reply.json[:4]] == [
        ("POST /v1/auth/refresh", 200, "anonymous", None),
        ("GET /v1/events/stream", 401, "anonymous", None),
        ("GET /v1/auth/me", 401, "anonymous", None),
        ("GET /v1/auth/me", 200, "api-key", ADA),
    ]
    for hidden in (tokens["access_token"], tokens["refresh_token"], secret, "bad.bad.bad", "s3cure!"):
        assert hidden.encode() not in reply.content


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_loopback_may_control(gateway: Client, address: str) -> None:
    assert gateway.get("/__mock__/clock", environ_overrides={"REMOTE_ADDR": address}).status == 200


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.2", "2001:db8::1", "::ffff:10.0.0.5", "somewhere"])
def test_nobody_else_may(gateway: Client, world: World, address: str) -> None:
    far = {"environ_overrides": {"REMOTE_ADDR": address}}
    before = len(world.state["users"])
    for reply in (
        gateway.get("/__mock__/world", **far),
        gateway.put("/__mock__/world", {"collections": {}}, **far),
        gateway.post("/__mock__/reset", **far),
        gateway.get("/__mock__/", **far),
        gateway.get("/__mock__/openapi.json", **far),
    ):
        assert reply.status == 403
        assert "--expose-control" in reply.detail
    assert len(world.state["users"]) == before
    assert gateway.get("/healthz", **far).status == 200


def test_unless_it_is_exposed() -> None:
    open_to_all = Client(create_app(boot(Options(expose_control=True)), "auth_gateway"))
    assert open_to_all.get("/__mock__/clock", environ_overrides={"REMOTE_ADDR": "10.0.0.5"}).status == 200


def test_collections_and_documents_can_be_read(gateway: Client, world: World) -> None:
    assert gateway.get("/__mock__/collections").json["users"] == len(world.state["users"])
    assert ADA in [one["imperal_id"] for one in gateway.get("/__mock__/collections/users").json]
    assert gateway.get(f"/__mock__/collections/users/{ADA}").json["email"] == "user@example.com"
    assert gateway.get("/__mock__/collections/stars").status == 404
    assert gateway.get("/__mock__/collections/users/nobody").status == 404
    assert gateway.get("/__mock__/collections/stars/1").status == 404


def test_the_credentials_open_what_they_name(gateway: Client, registry: Client) -> None:
    told = gateway.get("/__mock__/credentials").json
    assert told == registry.get("/__mock__/credentials").json
    ada = {
        "email": "user@example.com", "password": "s3cure!", "tenant_id": "default", "role": "user", "imperal_id": ADA,
        "is_active": True, "email_verified": True, "developer_tier": None,
    }  # fmt: skip
    assert ada in told["people"]
    for person in told["people"]:
        names = ("email", "password", "tenant_id")
        reply = gateway.post("/v1/auth/login", {name: person[name] for name in names})
        assert (reply.status == 200) == (person["is_active"] and person["email_verified"]), (person, reply.content)
    tiers = {person["developer_tier"] for person in told["people"]}
    assert len(tiers) > 1
    assert gateway.get("/v1/users", headers={"X-Service-Token": told["service_token"]}).status == 200
    assert registry.key(told["registry_key"]).get("/v1/apps").status == 200
    assert (told["stripe_secret"], told["call_token_secret"]) == ("whsec_dev", "dev-call-token-secret")
    assert (told["gateway"], told["registry"]) == (None, None)  # called in-process: no port to name


def test_a_password_that_somebody_chose_is_told_to_nobody(gateway: Client, user: Client) -> None:
    chosen = {"current_password": "s3cure!", "new_password": "chosen-by-ada"}
    assert user.post("/v1/auth/me/change-password", chosen).status in (200, 204)
    signed_up(gateway)
    people = gateway.get("/__mock__/credentials").json["people"]
    assert ADA not in {person["imperal_id"] for person in people}
    assert "new@example.com" not in {person["email"] for person in people}


def test_an_event_can_be_published(gateway: Client, world: World) -> None:
    event = {"user_id": ADA, "type": "notification", "payload": {"a": 1}}
    assert gateway.post("/__mock__/events", event).status == 200
    kept = next(world.state["events"].newest(user_id=ADA))
    assert (kept["type"], kept["payload"]) == ("notification", {"a": 1})
    assert gateway.post("/__mock__/events", {**event, "user_id": "nobody"}).status == 404
    for wrong in ({}, {"user_id": ADA}, {**event, "payload": []}, {**event, "type": 5}):
        assert gateway.post("/__mock__/events", wrong).status == 422


@pytest.mark.parametrize("data", [b"{", b"[]", b"5", b"\xff"])
def test_a_body_that_is_no_object_is_422(gateway: Client, data: bytes) -> None:
    reply = gateway.post("/__mock__/clock", data=data)
    assert reply.status == 422
    assert list(reply.json) == ["detail"]


@pytest.mark.parametrize("number", ["%C2%B2", "9" * 5000, "9" * 400, "-%C2%B2", "%D9%A3", "1e5", "-1"])
def test_a_text_that_is_no_number_is_refused_wherever_one_is_taken(gateway: Client, user: Client, number: str) -> None:
    for path in (
        f"/__mock__/requests/{number}", f"/__mock__/requests?limit={number}", f"/__mock__/requests?since={number}",
        f"/__mock__/requests/stream?since={number}", f"/__mock__/requests.har?offset={number}",
        f"/__mock__/collections/users?limit={number}", f"/__mock__/collections/automations/{number}",
    ):  # fmt: skip
        assert gateway.get(path).status in (404, 422), path
    assert gateway.post(f"/__mock__/automations/{number}/trigger", {}).status == 404
    assert gateway.put(f"/__mock__/collections/automations/{number}", {}).status == 404
    for read in ("/__mock__/requests/stream", "/v1/events/stream"):
        reply = user.get(read, headers={"last-event-id": unquote(number, "latin-1")})
        assert reply.status < 500, read


def test_a_failing_action_is_a_500_and_undone(
    platform: Platform, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(world: World, _params: Any, _body: Any) -> None:
        world.state["users"].update(ADA, first_name="Eve")
        raise RuntimeError("the secret detail")

    monkeypatch.setitem(platform.side.services["auth_gateway"].controls, "POST /__mock__/fail", ("Fail", fail))
    reply = Client(create_app(platform, "auth_gateway")).post("/__mock__/fail")
    assert reply.status == 500
    assert b"secret" not in reply.content
    ada = world.state["users"].get(ADA)
    assert ada is not None
    assert ada["first_name"] == "Ada"


def test_it_describes_itself(gateway: Client, platform: Platform) -> None:
    document = gateway.get("/__mock__/openapi.json").json
    described = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert described == set(actions(platform))
    for path, item in document["paths"].items():
        for operation in item.values():
            named = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
            assert named == re.findall(r"\{(\w+)\}", path)


def test_both_services_have_it_over_one_world(gateway: Client, registry: Client) -> None:
    signed_up(gateway)
    assert registry.get("/__mock__/world").json == gateway.get("/__mock__/world").json
    page = registry.get("/__mock__/")
    assert page.status == 200
    assert b"/__mock__/reset" in page.content


def test_an_unknown_control_path_is_404(gateway: Client) -> None:
    assert gateway.get("/__mock__/nothing").status == 404
    assert gateway.delete("/__mock__/reset").status == 405
