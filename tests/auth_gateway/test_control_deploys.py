"""The control plane's part: ending deploys as a worker would, and deciding device logins as a person would."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

APP = "/v1/developer/apps/notes"
TOOL = {"name": "built_now", "description": "Built a moment ago.", "action_type": "read", "params_schema": {}}
VERIFIER = "a-verifier-that-is-long-enough-for-the-rules-of-pkce"


@pytest.fixture
def pending(developer: Client) -> str:
    """A pending deploy of Notes, version 2.0.0."""
    return str(developer.post(f"{APP}/deploys", {"version": "2.0.0"}).json["deploy_id"])


def deploy_of(developer: Client, deploy_id: str) -> dict[str, Any]:
    (found,) = [one for one in developer.get(f"{APP}/deploys").json if one["deploy_id"] == deploy_id]
    return dict(found)


def copies(world: World) -> tuple[Any, Any]:
    """The version of the gateway's copy, and the Registry's."""
    app, pushed = world.state["apps"].get("notes"), world.state["registry_manifests"].get("notes")
    assert app is not None
    return app["version"], pushed["version"] if pushed else None


@pytest.mark.rule("M21")
@pytest.mark.parametrize(
    ("body", "gateway_moves", "registry_moves"),
    [({}, True, True), ({"registry": False}, True, False), ({"gateway": False}, False, True)],
)
def test_finishing_reaches_both_copies_or_one(
    developer: Client, world: World, pending: str, body: dict[str, Any], gateway_moves: bool, registry_moves: bool
) -> None:
    was_gateway, was_registry = copies(world)
    reply = developer.post(f"/__mock__/deploys/{pending}/finish", body)
    assert (reply.status, reply.json["status"]) == (200, "success")
    assert deploy_of(developer, pending)["status"] == "success"
    assert copies(world) == (
        "2.0.0" if gateway_moves else was_gateway,
        "2.0.0" if registry_moves else was_registry,
    )


def test_a_build_may_bring_a_manifest(developer: Client, gateway: Client, world: World, pending: str) -> None:
    developer.post(f"/__mock__/deploys/{pending}/finish", {"manifest": {"tools": [TOOL]}})
    assert [tool["name"] for tool in gateway.get("/v1/marketplace/apps/notes").json["tools"]] == ["built_now"]
    pushed = world.state["registry_manifests"].get("notes")
    assert pushed is not None
    assert pushed["tools"] == [
        {
            "activity": "notes.built_now",
            "name": "built_now",
            "description": "Built a moment ago.",
            "domains": ["notes"],
            "required_scopes": ["notes:read"],
            "action_type": "read",
            "params_schema": {},
        }
    ]


def test_skeleton_sections_are_pushed_too(developer: Client, world: World, pending: str) -> None:
    developer.post(f"/__mock__/deploys/{pending}/finish")
    pushed = world.state["registry_manifests"].get("notes")
    assert pushed is not None
    assert pushed["skeleton_sections"] == [
        {
            "name": "recent_notes",
            "refresh_activity": "notes.refresh_recent",
            "alert_activity": None,
            "ttl": 300,
            "alert_on_change": False,
        }
    ]


def test_failing_says_why_and_publishes_nothing(developer: Client, world: World, pending: str) -> None:
    before = copies(world)
    developer.post(f"/__mock__/deploys/{pending}/fail", {"error_message": "No icon."})
    done = deploy_of(developer, pending)
    assert (done["status"], done["error_message"], done["deployed_at"]) == ("failed", "No icon.", None)
    assert copies(world) == before


def test_a_warning_publishes_nothing(developer: Client, world: World, pending: str) -> None:
    before = copies(world)
    assert developer.post(f"/__mock__/deploys/{pending}/finish", {"status": "warning"}).json["status"] == "warning"
    assert copies(world) == before


def test_a_deploy_ends_once(developer: Client, world: World, pending: str) -> None:
    developer.post(f"/__mock__/deploys/{pending}/fail")
    world.clock.move(60)
    world.run_due()
    assert world.state["deploys"].get(pending)["status"] == "failed"  # type: ignore[index]
    for step in ("finish", "fail"):
        assert developer.post(f"/__mock__/deploys/{pending}/{step}").status == 409
        assert developer.post(f"/__mock__/deploys/dep_nowhere/{step}").status == 404


def test_what_finish_cannot_do(developer: Client, pending: str) -> None:
    for body in ({"status": "failed"}, {"manifest": {"tools": 1}}):
        assert developer.post(f"/__mock__/deploys/{pending}/finish", body).status == 422
    assert deploy_of(developer, pending)["status"] == "pending"


def test_the_developer_is_told(developer: Client, world: World, pending: str) -> None:
    developer.post(f"/__mock__/deploys/{pending}/finish")
    (event,) = world.state["events"].find(user_id="imp_u_dev001")
    assert event["type"] == "developer.deploy_settled"
    assert event["payload"] == {
        "app_id": "notes",
        "deploy_id": pending,
        "version": "2.0.0",
        "status": "success",
        "error_message": None,
    }


# -- device logins -------------------------------------------------------------------------------------------------


@pytest.fixture
def device(gateway: Client) -> dict[str, Any]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    body = {"code_challenge": challenge, "code_challenge_method": "S256"}
    return dict(gateway.post("/v1/auth/cli/device/authorize", body).json)


def poll(gateway: Client, device: dict[str, Any]) -> Any:
    body = {"device_code": device["device_code"], "code_verifier": VERIFIER}
    return gateway.post("/v1/auth/cli/device/token", body)


@pytest.mark.parametrize(
    ("body", "email", "tenant_id"),
    [
        ({}, "user@example.com", "default"),
        ({"email": "Admin@example.com"}, "admin@example.com", "default"),
        ({"email": "user@example.com", "tenant_id": "acme"}, "user@example.com", "acme"),
        ({"user_id": "imp_u_dev001"}, "dev@example.com", "default"),
    ],
)
def test_approving_logs_a_person_in(
    gateway: Client, device: dict[str, Any], world: World, body: dict[str, Any], email: str, tenant_id: str
) -> None:
    assert poll(gateway, device).json == {"error": "authorization_pending"}
    assert gateway.post(f"/__mock__/device/{device['user_code']}/approve", body).status == 200
    reply = poll(gateway, device)
    me = gateway.bearer(reply.json["access_token"]).get("/v1/auth/me").json
    assert (me["email"], me["tenant_id"]) == (email, tenant_id)
    (event,) = world.state["events"].find(user_id=me["imperal_id"])
    assert event["payload"] == {"kind": "device_login", "user_code": device["user_code"], "status": "approved"}


def test_denying_is_final(gateway: Client, device: dict[str, Any]) -> None:
    path = f"/__mock__/device/{device['user_code']}"
    assert gateway.post(f"{path}/deny").status == 200
    reply = poll(gateway, device)
    assert (reply.status, reply.json) == (400, {"error": "access_denied"})
    for step in ("approve", "deny"):
        assert gateway.post(f"{path}/{step}").status == 409


def test_unknown_people_and_codes(gateway: Client, device: dict[str, Any], world: World) -> None:
    path = f"/__mock__/device/{device['user_code']}/approve"
    for body in ({"email": "nobody@example.com"}, {"user_id": "imp_u_nobody"}):
        assert gateway.post(path, body).status == 404
    assert gateway.post(path, {"email": 7}).status == 422
    assert gateway.post("/__mock__/device/AAAA-0000/approve").status == 404
    assert poll(gateway, device).json == {"error": "authorization_pending"}
    world.clock.move(601)
    assert gateway.post(path).status == 409


def test_an_access_token_of_any_life_can_be_issued(gateway: Client) -> None:
    live = gateway.post("/__mock__/access-token", {"email": "user@example.com", "seconds": 60}).json["access_token"]
    over = gateway.post("/__mock__/access-token", {"email": "user@example.com", "seconds": -1}).json["access_token"]
    assert gateway.bearer(live).get("/v1/auth/me").json["email"] == "user@example.com"
    assert gateway.bearer(over).get("/v1/auth/me").status == 401
    assert gateway.post("/__mock__/access-token", {"email": "user@example.com", "seconds": "x"}).status == 422
