"""Roles give their holders scopes, attributes and apps; each tenant has its own."""

from __future__ import annotations

from typing import Any

import pytest


def role(client: Any, name: str) -> dict[str, Any]:
    return next(one for one in client.get("/v1/roles").json if one["name"] == name)


@pytest.fixture
def acme_admin(gateway: Any) -> Any:
    return gateway.login("admin@acme.example", "s3cure!admin", "acme")


@pytest.mark.rule("I03")
def test_each_tenant_has_its_own_roles(admin: Any, acme_admin: Any) -> None:
    assert [one["name"] for one in admin.get("/v1/roles").json] == ["admin", "user", "viewer", "developer", "editor"]
    assert [one["name"] for one in acme_admin.get("/v1/roles").json][-1] == "dispatcher"
    foreign = role(admin, "editor")["id"]
    assert acme_admin.patch(f"/v1/roles/{foreign}", {"display_name": "Mine"}).status == 404
    assert acme_admin.delete(f"/v1/roles/{foreign}").status == 404
    assert role(admin, "editor")["display_name"] == "Editor"


def test_a_new_role_has_the_documented_defaults(admin: Any) -> None:
    made = admin.post("/v1/roles", {"name": "auditor", "default_scopes": ["audit:read"]})
    assert made.status == 201
    expected = {
        "tenant_id": "default", "name": "auditor", "display_name": "", "default_scopes": ["audit:read"],
        "default_attributes": {}, "default_extensions": [], "confirmation_policy": "default_off",
        "max_concurrent_tasks": 3, "monthly_action_limit": 500, "context_window": 20, "is_system": False,
    }  # fmt: skip
    assert {name: made.json[name] for name in expected} == expected
    assert role(admin, "auditor") == made.json


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "editor"}, 409),
        ({"name": "x", "max_concurrent_tasks": 51}, 422),
        ({"name": "x", "confirmation_policy": "maybe"}, 422),
        ({}, 422),
    ],
)
def test_refused_roles_are_not_made(admin: Any, body: dict[str, Any], status: int) -> None:
    before = admin.get("/v1/roles").json
    assert admin.post("/v1/roles", body).status == status
    assert admin.get("/v1/roles").json == before


def test_a_plain_change_leaves_the_holders_alone(admin: Any) -> None:
    path = f"/v1/roles/{role(admin, 'viewer')['id']}"
    changed = admin.patch(path, {"default_scopes": ["notes:read"], "display_name": None}).json
    assert changed["cascaded_count"] == 0
    assert changed["display_name"] == "Viewer"
    assert admin.get("/v1/users/imp_u_view01").json["scopes"] == ["*:read"]


def test_a_cascade_rewrites_every_holder(admin: Any, gateway: Any) -> None:
    path = f"/v1/roles/{role(admin, 'developer')['id']}?cascade=true"
    changed = admin.patch(path, {"default_scopes": ["notes:read"], "default_attributes": {"team": "apps"}}).json
    holders = admin.get("/v1/users?role=developer&include_inactive=true").json
    assert changed["cascaded_count"] == holders["total"] == 4
    assert all(one["scopes"] == ["notes:read"] and one["attributes"]["team"] == "apps" for one in holders["items"])
    scopes = gateway.login("dev@example.com").get("/v1/scopes/effective/imp_u_dev001").json["scopes"]
    assert scopes == [{"scope": "notes:read", "source": "role"}]


def test_a_cascade_keeps_what_is_the_holders_own(admin: Any) -> None:
    path = f"/v1/roles/{role(admin, 'user')['id']}?cascade=true"
    admin.patch(path, {"default_attributes": {"team": "all"}})
    attributes = admin.get("/v1/users/imp_u_abc123").json["attributes"]
    assert attributes["team"] == "all"
    assert attributes["billing"]["name"] == "Ada Lovelace"


def test_deleting_needs_a_role_of_ones_own_making_that_nobody_holds(admin: Any) -> None:
    editor = role(admin, "editor")["id"]
    admin.patch("/v1/users/imp_u_view01", {"role": "editor"})
    assert admin.delete(f"/v1/roles/{editor}").status == 409
    assert admin.delete(f"/v1/roles/{role(admin, 'viewer')['id']}").status == 403
    assert {one["name"] for one in admin.get("/v1/roles").json} >= {"editor", "viewer"}
    admin.patch("/v1/users/imp_u_view01", {"role": "viewer"})
    assert admin.delete(f"/v1/roles/{editor}").json == {"deleted": True, "role_id": editor}
    assert "editor" not in {one["name"] for one in admin.get("/v1/roles").json}
    assert admin.delete(f"/v1/roles/{editor}").status == 404


def test_changes_leave_audit_entries(admin: Any) -> None:
    made = admin.post("/v1/roles", {"name": "auditor"}).json["id"]
    admin.patch(f"/v1/roles/{made}", {"context_window": 40})
    admin.delete(f"/v1/roles/{made}")
    entries = admin.get(f"/v1/audit?target_type=role&target_id={made}").json["entries"]
    assert [one["action"] for one in entries] == ["role.delete", "role.update", "role.create"]
    assert entries[1]["changes"] == {"context_window": {"before": 20, "after": 40}}
    assert entries[1]["actor_id"] == "imp_u_admin01"


@pytest.mark.rule("S16")
def test_the_portal_calls_with_the_service_token_alone(gateway: Any) -> None:
    service = gateway.service()
    made = service.post("/v1/roles", {"name": "auditor"}).json
    assert made["tenant_id"] == "default"
    assert service.patch(f"/v1/roles/{made['id']}", {"display_name": "Auditor"}).json["display_name"] == "Auditor"
    acting = gateway.service("imp_u_acme02")
    assert acting.delete(f"/v1/roles/{made['id']}").status == 404
    assert service.delete(f"/v1/roles/{made['id']}").status == 200


def test_roles_are_for_admins(gateway: Any, user: Any) -> None:
    assert user.get("/v1/roles").status == 403
    assert gateway.get("/v1/roles").status == 401
    assert user.post("/v1/roles", {"name": "mine"}).status == 403
