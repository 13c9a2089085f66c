"""Scopes: a catalogue shared in part by all tenants, and what a person ends up with."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.packs.imperal.mockserver.auth_gateway.rights import _scopes


@pytest.fixture
def acme_admin(gateway: Any) -> Any:
    return gateway.login("admin@acme.example", "s3cure!admin", "acme")


def names(client: Any, query: str = "") -> list[str]:
    return [scope["name"] for scope in client.get(f"/v1/scopes{query}").json]


def number(client: Any, name: str) -> int:
    return next(scope["id"] for scope in client.get("/v1/scopes").json if scope["name"] == name)


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ("notes:read", "notes:read", True),
        ("notes:*", "notes:read", True),
        ("*", "notes:read", True),
        ("*:read", "notes:read", True),
        ("notes:read", "notes:write", False),
        ("notes:*", "tasks:read", False),
        ("*:read", "notes:write", False),
        ("notes", "notes:read", False),
        ("notes:", "notes:read", False),
    ],
)
def test_matching(held: str, wanted: str, covered: bool) -> None:
    assert _scopes.matches(held, wanted) is covered


@pytest.mark.rule("I03")
def test_a_tenant_sees_shared_scopes_and_its_own(admin: Any, acme_admin: Any) -> None:
    assert "reports:export" in names(admin)
    assert "orders:approve" not in names(admin)
    assert "orders:approve" in names(acme_admin)
    assert "reports:export" not in names(acme_admin)
    assert "extensions:call" in names(acme_admin)


def test_filters(admin: Any) -> None:
    assert names(admin, "?resource=notes") == ["notes:read", "notes:write"]
    assert names(admin, "?source=tenant") == ["reports:export"]
    assert names(admin, "?resource=notes&source=tenant") == []


def test_a_new_scope_is_named_after_resource_and_action(admin: Any) -> None:
    made = admin.post("/v1/scopes", {"resource": "invoices", "action": "read"})
    assert made.status == 201
    assert made.json["name"] == "invoices:read"
    assert made.json["source"] == "tenant"
    assert made.json["tenant_id"] == "_platform_"
    assert made.json["is_system"] is False
    assert made.json in admin.get("/v1/scopes?resource=invoices").json
    assert admin.post("/v1/scopes", {"resource": "invoices", "action": "read"}).status == 409
    assert names(admin, "?resource=invoices") == ["invoices:read"]


@pytest.mark.rule("I03")
def test_another_tenants_admin_keeps_to_their_own(admin: Any, acme_admin: Any) -> None:
    made = acme_admin.post("/v1/scopes", {"resource": "routes", "action": "plan"}).json
    assert made["tenant_id"] == "acme"
    assert names(admin, "?resource=routes") == []
    assert admin.patch(f"/v1/scopes/{made['id']}", {"display_name": "Mine"}).status == 404
    assert acme_admin.post("/v1/scopes", {"resource": "x", "action": "y", "tenant_id": "default"}).status == 422
    shared = number(acme_admin, "notes:read")
    assert acme_admin.patch(f"/v1/scopes/{shared}", {"display_name": "Mine"}).status == 403
    assert acme_admin.delete(f"/v1/scopes/{shared}").status == 403
    assert acme_admin.delete(f"/v1/scopes/{number(admin, 'reports:export')}").status == 404


def test_a_change_touches_label_and_description_only(admin: Any) -> None:
    scope = next(one for one in admin.get("/v1/scopes").json if one["name"] == "reports:export")
    changed = admin.patch(f"/v1/scopes/{scope['id']}", {"description": "As CSV", "name": "other:name"}).json
    assert changed == {**scope, "description": "As CSV"}
    assert admin.patch("/v1/scopes/9999", {"description": "x"}).status == 404
    assert admin.patch("/v1/scopes/abc", {"description": "x"}).status == 422


def test_only_unused_scopes_of_ones_own_go(admin: Any) -> None:
    assert admin.delete(f"/v1/scopes/{number(admin, 'extensions:call')}").status == 403
    assert admin.delete(f"/v1/scopes/{number(admin, 'notes:write')}").status == 409  # the role editor names it
    free = number(admin, "reports:export")
    admin.patch("/v1/users/imp_u_view01", {"scopes": ["reports:export"]})
    assert admin.delete(f"/v1/scopes/{free}").status == 409
    admin.patch("/v1/users/imp_u_view01", {"scopes": []})
    assert admin.delete(f"/v1/scopes/{free}").json == {"deleted": True, "id": free}
    assert "reports:export" not in names(admin)
    assert "notes:write" in names(admin)
    assert admin.delete(f"/v1/scopes/{free}").status == 404


@pytest.mark.rule("E07")
def test_effective_is_no_scope_id(user: Any) -> None:
    shown = user.get("/v1/scopes/effective/imp_u_abc123")
    assert shown.status == 200
    assert shown.json["role"] == "user"
    assert {"scope": "extensions:call", "source": "role"} in shown.json["scopes"]


def test_effective_scopes_are_role_and_own_less_denials(admin: Any, world: Any) -> None:
    admin.patch("/v1/users/imp_u_view01", {"scopes": ["notes:write", "billing:read"]})
    shown = admin.get("/v1/scopes/effective/imp_u_view01").json
    assert shown["scopes"] == [{"scope": "*:read", "source": "role"}, {"scope": "notes:write", "source": "user"}]
    assert shown["denied"] == [{"scope": "billing:read", "source": "user"}]
    katherine = world.state["users"].get("imp_u_view01")
    assert _scopes.holds(world, katherine, "notes:read")
    assert not _scopes.holds(world, katherine, "billing:read")


@pytest.mark.rule("I06")
def test_effective_scopes_are_for_oneself_or_an_admin(user: Any, admin: Any, gateway: Any) -> None:
    assert user.get("/v1/scopes/effective/imp_u_view01").status == 403
    assert admin.get("/v1/scopes/effective/imp_u_view01").status == 200
    assert admin.get("/v1/scopes/effective/imp_u_acme01").status == 404
    assert gateway.service("imp_u_abc123").get("/v1/scopes/effective/imp_u_abc123").status == 200
    assert gateway.service("imp_u_abc123").get("/v1/scopes/effective/imp_u_view01").status == 403
    own = user.get("/v1/scopes/effective/imp_u_abc123").json
    assert gateway.service().get("/v1/scopes/effective/imp_u_abc123").json == own


def test_scopes_are_for_admins(gateway: Any, user: Any) -> None:
    assert user.get("/v1/scopes").status == 403
    assert gateway.get("/v1/scopes").status == 401
    assert gateway.service().get("/v1/scopes").status == 200
