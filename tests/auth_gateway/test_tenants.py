"""Tenants are walls: an admin knows their own and what it has made, the platform knows them all."""

from __future__ import annotations

from typing import Any

import pytest

NEW = {
    "tenant_id": "globex",
    "name": "Globex",
    "db_config": {"host": "db.globex.example", "database": "g", "username": "g", "password": "fake-db-password"},
}


@pytest.fixture
def acme_admin(gateway: Any) -> Any:
    return gateway.login("admin@acme.example", "s3cure!admin", "acme")


def ids(reply: Any) -> list[str]:
    return [tenant["tenant_id"] for tenant in reply.json]


@pytest.mark.rule("I03")
def test_an_admin_sees_their_own_tenant_only(admin: Any, acme_admin: Any) -> None:
    assert ids(admin.get("/v1/tenants")) == ["default"]
    assert ids(acme_admin.get("/v1/tenants")) == ["acme"]
    assert acme_admin.get("/v1/tenants/default").status == 404
    assert acme_admin.patch("/v1/tenants/default", {"name": "Mine"}).status == 404
    assert acme_admin.get("/v1/tenants/default/health").status == 404
    assert admin.get("/v1/tenants/default").json["name"] == "Imperal Cloud"


@pytest.mark.rule("S16")
def test_the_service_token_alone_sees_every_tenant(gateway: Any) -> None:
    assert ids(gateway.service().get("/v1/tenants")) == ["default", "acme"]
    assert gateway.service().get("/v1/tenants/acme").json["name"] == "Acme Works"


def test_a_created_tenant_is_listed_and_takes_people_in(admin: Any, gateway: Any) -> None:
    made = admin.post("/v1/tenants", NEW)
    assert made.status == 201
    assert made.json["tenant_id"] == "globex"
    assert made.json["is_active"] is True
    assert made.json["isolation"] == "dedicated"
    assert ids(admin.get("/v1/tenants")) == ["default", "globex"]
    signup = {"email": "hank@globex.example", "password": "s3cure!hank", "tenant_id": "globex"}
    assert gateway.post("/v1/auth/signup", signup).status == 201
    roles = gateway.call("GET", "/v1/roles", headers={"X-Service-Token": "dev-service-token", "X-Tenant-ID": "globex"})
    assert [role["name"] for role in roles.json] == ["admin", "user", "viewer", "developer"]


def test_the_database_password_is_nowhere(admin: Any, gateway: Any) -> None:
    made = admin.post("/v1/tenants", NEW)
    config = {**NEW["db_config"], "password": "fake-db-password-2"}
    changed = admin.patch("/v1/tenants/globex", {"db_config": config})
    seen = (made, changed, admin.get("/v1/tenants/globex"), admin.get("/v1/audit"), gateway.get("/__mock__/world"))
    assert all(b"fake-db-password" not in reply.content for reply in seen)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**NEW, "tenant_id": "acme"}, 409),
        ({**NEW, "tenant_id": "No Slug"}, 422),
        ({**NEW, "parent_tenant_id": "nowhere"}, 422),
        ({"tenant_id": "globex"}, 422),
    ],
)
def test_refused_creations_create_nothing(admin: Any, gateway: Any, body: dict[str, Any], status: int) -> None:
    assert admin.post("/v1/tenants", body).status == status
    assert ids(gateway.service().get("/v1/tenants")) == ["default", "acme"]


def test_a_child_is_within_reach_of_the_tenant_above(acme_admin: Any, gateway: Any) -> None:
    gateway.service().post("/v1/tenants", {**NEW, "parent_tenant_id": "acme"})
    assert ids(acme_admin.get("/v1/tenants")) == ["acme", "globex"]


def test_a_patch_changes_what_is_given(admin: Any) -> None:
    before = admin.get("/v1/tenants/default").json
    changed = admin.patch("/v1/tenants/default", {"max_connections": 20, "name": None}).json
    assert changed == {**before, "max_connections": 20, "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > before["updated_at"]
    assert admin.get("/v1/tenants/default").json == changed


def test_an_inactive_tenant_lets_nobody_in(gateway: Any, acme_admin: Any) -> None:
    assert acme_admin.patch("/v1/tenants/acme", {"is_active": False}).json["is_active"] is False
    login = {"email": "user@example.com", "password": "s3cure!", "tenant_id": "acme"}
    assert gateway.post("/v1/auth/login", login).status == 403
    health = acme_admin.get("/v1/tenants/acme/health").json
    assert health == {
        "tenant_id": "acme",
        "db_backend": "mariadb",
        "healthy": False,
        "message": "The tenant is not active.",
    }


def test_an_empty_tenant_can_go_with_all_it_had(admin: Any, gateway: Any, world: Any) -> None:
    admin.post("/v1/tenants", NEW)
    assert admin.delete("/v1/tenants/globex").json == {"id": "globex", "deleted": True}
    assert admin.get("/v1/tenants/globex").status == 404
    assert ids(gateway.service().get("/v1/tenants")) == ["default", "acme"]
    assert world.state["roles"].count(tenant_id="globex") == 0


@pytest.mark.parametrize("tenant_id", ["default", "acme"])
def test_a_tenant_with_people_stays(gateway: Any, tenant_id: str) -> None:
    assert gateway.service().delete(f"/v1/tenants/{tenant_id}").status == 409
    assert gateway.service().get(f"/v1/tenants/{tenant_id}").status == 200


def test_health_tells_whether_the_database_answers(admin: Any) -> None:
    assert admin.get("/v1/tenants/default/health").json["message"] == "Connection OK"
    config = {**NEW["db_config"], "host": "db.invalid"}
    admin.post("/v1/tenants", {**NEW, "db_config": config})
    assert admin.get("/v1/tenants/globex/health").json["healthy"] is False
    assert admin.get("/v1/tenants/nowhere/health").status == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_tenants_are_for_admins(gateway: Any, user: Any, method: str) -> None:
    assert user.call(method, "/v1/tenants", NEW if method == "POST" else None).status == 403
    assert gateway.call(method, "/v1/tenants", NEW if method == "POST" else None).status == 401
