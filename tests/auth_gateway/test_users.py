"""People: listed within their tenant, changed by admins, deactivated or gone for good."""

from __future__ import annotations

from typing import Any

import pytest
from people_kit import ADA, ALAN, GRACE, JOAN, KATHERINE, MARGARET, make_app

from specdouble.packs.imperal.mockserver.auth_gateway.identity._people import OWNER_FIELDS
from tests.pack import Options, boot

NEW = {"email": "New.Person@example.com", "password": "s3cure!new"}


@pytest.fixture
def acme_admin(gateway: Any) -> Any:
    return gateway.login("admin@acme.example", "s3cure!admin", "acme")


def emails(reply: Any) -> set[str]:
    return {one["email"] for one in reply.json["items"]}


# -- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("I03")
def test_an_admin_lists_their_own_tenant(admin: Any, acme_admin: Any) -> None:
    assert {one["tenant_id"] for one in admin.get("/v1/users").json["items"]} == {"default"}
    assert emails(acme_admin.get("/v1/users")) == {"user@example.com", "admin@acme.example"}
    for method, path in (("GET", ADA), ("PATCH", ADA), ("DELETE", ADA), ("GET", f"{ADA}/extensions")):
        body = {"role": "viewer"} if method == "PATCH" else None
        assert acme_admin.call(method, f"/v1/users/{path}", body).status == 404
    assert admin.get(f"/v1/users/{ADA}").json["role"] == "user"


@pytest.mark.rule("S16")
def test_the_service_token_names_its_tenant(gateway: Any) -> None:
    service = gateway.service()
    assert "admin@example.com" in emails(service.get("/v1/users"))
    assert emails(service.get("/v1/users", headers={"X-Tenant-ID": "acme"})) == {
        "user@example.com",
        "admin@acme.example",
    }
    assert emails(gateway.service(JOAN).get("/v1/users")) == {"user@example.com", "admin@acme.example"}
    assert service.patch(f"/v1/users/{ALAN}", {"attributes": {"desk": "4"}}).json["attributes"] == {"desk": "4"}


def test_the_list_pages_newest_first(admin: Any) -> None:
    whole = admin.get("/v1/users").json
    assert whole["total"] == len(whole["items"]) == 8
    assert [one["created_at"] for one in whole["items"]] == sorted(
        (one["created_at"] for one in whole["items"]), reverse=True
    )
    page = admin.get("/v1/users?limit=3&offset=2").json
    assert page == {"items": whole["items"][2:5], "total": 8, "limit": 3, "offset": 2}
    assert admin.get("/v1/users?offset=100").json["items"] == []
    assert admin.get("/v1/users?limit=201").status == 422


def test_filters_narrow_the_list(admin: Any) -> None:
    assert emails(admin.get("/v1/users?role=viewer")) == {"viewer@example.com"}
    assert emails(admin.get("/v1/users?search=DEV@")) == {"dev@example.com"}
    assert emails(admin.get("/v1/users?scope=developer:apps&role=admin")) == {"admin@example.com"}
    assert admin.get("/v1/users?scope=developer:apps").json["total"] == 5
    assert "inactive@example.com" not in emails(admin.get("/v1/users"))
    assert "inactive@example.com" in emails(admin.get("/v1/users?include_inactive=true"))
    assert emails(admin.get("/v1/users?is_active=false")) == {"inactive@example.com"}


@pytest.mark.rule("A15")
def test_only_the_imperal_id_names_a_person(admin: Any, user: Any) -> None:
    assert user.get("/v1/auth/me").json["imperal_id"] == ADA
    record = admin.get(f"/v1/users/{ADA}").json
    assert record["imperal_id"] == ADA
    assert record["id"] != ADA
    assert admin.get(f"/v1/users/{record['id']}").status == 404
    assert admin.patch(f"/v1/users/{record['id']}", {"role": "viewer"}).status == 404
    assert admin.delete(f"/v1/users/{record['id']}").status == 404
    assert admin.post(f"/v1/users/{record['id']}/reset-conversation", {}).status == 404


@pytest.mark.rule("I06")
def test_a_record_is_for_its_person_or_an_admin(user: Any, admin: Any, gateway: Any) -> None:
    assert user.get(f"/v1/users/{ADA}").json["email"] == "user@example.com"
    for path in ("", "/extensions"):
        refused = user.get(f"/v1/users/{KATHERINE}{path}")
        assert refused.status == 403
        assert b"viewer@example.com" not in refused.content
        assert admin.get(f"/v1/users/{KATHERINE}{path}").status == 200
        assert gateway.service(ADA).get(f"/v1/users/{ADA}{path}").status == 200
        assert gateway.service(ADA).get(f"/v1/users/{KATHERINE}{path}").status == 403
        assert gateway.service().get(f"/v1/users/{ADA}{path}").json == admin.get(f"/v1/users/{ADA}{path}").json
    assert user.get("/v1/users/imp_u_nobody").status == 403
    assert admin.get("/v1/users/imp_u_nobody").status == 404


@pytest.mark.rule("A05")
def test_one_address_may_be_two_people_in_two_tenants(gateway: Any) -> None:
    ada, alan = gateway.login("user@example.com"), gateway.login("user@example.com", tenant="acme")
    assert ada.get("/v1/auth/me").json["imperal_id"] == ADA
    assert alan.get("/v1/auth/me").json["imperal_id"] == ALAN
    again = {"email": "viewer@example.com", "password": "s3cure!two", "tenant_id": "acme"}
    assert gateway.post("/v1/auth/signup", again).status == 201
    assert gateway.post("/v1/auth/signup", again).status == 409


# -- creating and changing -----------------------------------------------------------------------------------------


def test_a_created_person_is_verified_and_equipped(admin: Any, gateway: Any, world: Any) -> None:
    make_app(world, "notepad", {"tools": []})
    world.state["roles"].update("role_default_editor", default_extensions=["notepad"])
    world.commit()
    made = admin.post("/v1/users", {**NEW, "role": "editor", "agency_id": "northwind"})
    assert made.status == 201
    assert made.json["email"] == "new.person@example.com"
    assert made.json["scopes"] == ["notes:read", "notes:write", "extensions:call"]
    assert made.json["attributes"] == {"team": "content"}
    assert made.json["agency_id"] == "northwind"
    client = gateway.login("new.person@example.com", "s3cure!new")
    assert "notepad" in [app["app_id"] for app in client.get("/v1/me/extensions").json]
    assert client.get("/v1/billing/balance").status == 200
    assert "new.person@example.com" in emails(admin.get("/v1/users"))


def test_given_scopes_and_attributes_win_over_the_roles(admin: Any) -> None:
    body = {**NEW, "role": "editor", "scopes": ["notes:read"], "attributes": {"team": "legal", "desk": 4}}
    made = admin.post("/v1/users", body).json
    assert made["scopes"] == ["notes:read"]
    assert made["attributes"] == {"team": "legal", "desk": 4}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"role": "nobody"}, 404),
        ({"agency_id": "nowhere"}, 404),
        ({"agency_id": "acme-field"}, 404),
        ({"email": "USER@example.com"}, 409),
        ({"password": "short"}, 422),
    ],
)
def test_refused_people_are_not_made(admin: Any, more: dict[str, Any], status: int) -> None:
    assert admin.post("/v1/users", {**NEW, **more}).status == status
    assert admin.get("/v1/users?include_inactive=true").json["total"] == 9


@pytest.mark.rule("E14")
def test_attributes_are_replaced_whole(admin: Any) -> None:
    admin.patch(f"/v1/users/{ADA}", {"attributes": {"a": 1, "b": 2}})
    changed = admin.patch(f"/v1/users/{ADA}", {"attributes": {"b": 3}}).json
    assert changed["attributes"] == {"b": 3}
    assert admin.get(f"/v1/users/{ADA}").json == changed


def test_a_patch_changes_what_is_given_and_leaves_a_trace(admin: Any) -> None:
    before = admin.get(f"/v1/users/{ADA}").json
    changed = admin.patch(f"/v1/users/{ADA}", {"role": "viewer", "scopes": None, "agency_id": None}).json
    assert changed == {**before, "role": "viewer", "agency_id": None}
    entry = admin.get(f"/v1/audit?target_id={ADA}").json["entries"][0]
    assert entry["action"] == "user.update"
    assert entry["changes"]["role"] == {"before": "user", "after": "viewer"}


@pytest.mark.parametrize("body", [{"role": "nobody"}, {"agency_id": "nowhere"}])
def test_a_patch_to_something_unknown_changes_nothing(admin: Any, body: dict[str, Any]) -> None:
    before = admin.get(f"/v1/users/{ADA}").json
    assert admin.patch(f"/v1/users/{ADA}", {**body, "scopes": []}).status == 404
    assert admin.get(f"/v1/users/{ADA}").json == before


@pytest.mark.rule("A16")
def test_a_cases_id_goes_in_as_text_and_comes_out_as_a_number(user: Any, admin: Any) -> None:
    path = f"/v1/auth/users/{ADA}/cases-uid"
    assert user.patch(path, {"cases_user_id": "4711"}).json["cases_user_id"] == 4711
    assert user.get("/v1/auth/me").json["cases_user_id"] == 4711
    assert user.patch(path, {"cases_user_id": "many"}).status == 422
    assert user.patch(f"/v1/auth/users/{KATHERINE}/cases-uid", {"cases_user_id": "1"}).status == 403
    assert admin.patch(path, {"cases_user_id": "4712"}).status == 200
    assert user.get("/v1/auth/me").json["cases_user_id"] == 4712


# -- leaving -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("A14")
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_deactivated_person_is_locked_out(admin: Any, user: Any, gateway: Any, method: str) -> None:
    reply = admin.call(method, f"/v1/users/{ADA}", {"is_active": False} if method == "PATCH" else None)
    assert reply.json["is_active"] is False
    assert user.get("/v1/auth/me").status == 401
    assert gateway.post("/v1/auth/login", {"email": "user@example.com", "password": "s3cure!"}).status == 403
    assert gateway.service(ADA).get("/v1/billing/payment-methods").status == 401
    assert "user@example.com" not in emails(admin.get("/v1/users"))
    assert admin.get(f"/v1/users/{ADA}").json["is_active"] is False


@pytest.mark.rule("A14")
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_reactivated_person_logs_in_anew(admin: Any, user: Any, gateway: Any, method: str) -> None:
    admin.call(method, f"/v1/users/{ADA}", {"is_active": False} if method == "PATCH" else None)
    assert admin.patch(f"/v1/users/{ADA}", {"is_active": True}).json["is_active"] is True
    assert user.get("/v1/auth/me").status == 401
    assert gateway.login().get("/v1/auth/me").status == 200


def test_the_default_delete_only_deactivates(admin: Any) -> None:
    reply = admin.delete(f"/v1/users/{KATHERINE}").json
    assert reply == {"imperal_id": KATHERINE, "is_active": False, "deleted": True, "permanent": False}
    assert admin.get(f"/v1/users/{KATHERINE}").status == 200


def test_a_permanent_delete_takes_every_document_along(admin: Any, user: Any, gateway: Any, world: Any) -> None:
    make_app(world, "notepad", {"tools": [], "secrets": [{"name": "pin"}]}, installed=(ADA, KATHERINE))
    user.put("/v1/secrets/notepad/pin", {"value": "fake-pin-0000"})
    user.post("/v1/me/extensions/disable", {"app_id": "notepad"})
    user.post("/v1/keys", {"name": "mine"})
    world.later(3600, "confirmation.expire", confirmation_id="conf_x", user_id=ADA)
    world.commit()
    others = len(world.state["ledger"]) - world.state["ledger"].count(user_id=ADA)

    reply = admin.delete(f"/v1/users/{ADA}?permanent=true").json

    assert reply == {"imperal_id": ADA, "is_active": False, "deleted": True, "permanent": True}
    assert admin.get(f"/v1/users/{ADA}").status == 404
    assert user.get("/v1/auth/me").status == 401
    assert gateway.post("/v1/auth/login", {"email": "user@example.com", "password": "s3cure!"}).status == 401
    mentioned = {name for name in world.state.names() for doc in world.state[name] if ADA in str(doc)}
    assert mentioned == {"audit"}
    assert len(world.state["ledger"]) == others
    assert world.state["installs"].get(f"{KATHERINE}:notepad") is not None
    assert admin.get(f"/v1/audit?target_id={ADA}").json["entries"][0]["action"] == "user.delete"


def test_nobody_deletes_themselves(admin: Any, gateway: Any) -> None:
    assert admin.delete(f"/v1/users/{GRACE}").status == 409
    assert gateway.service(GRACE).delete(f"/v1/users/{GRACE}?permanent=true").status == 409
    assert admin.get("/v1/auth/me").status == 200
    assert gateway.service().delete(f"/v1/users/{GRACE}").status == 200


def test_people_are_managed_by_admins(user: Any, gateway: Any) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("PATCH", f"/{ADA}"), ("DELETE", f"/{MARGARET}")):
        body = NEW if method == "POST" else {"role": "admin"} if method == "PATCH" else None
        assert user.call(method, f"/v1/users{path}", body).status == 403
        assert gateway.call(method, f"/v1/users{path}", body).status == 401
    assert user.get("/v1/auth/me").json["role"] == "user"


# -- the conversation and the apps ---------------------------------------------------------------------------------


def test_a_conversation_is_reset_once(user: Any, admin: Any, gateway: Any) -> None:
    balance = user.get("/v1/billing/balance").json
    path = f"/v1/users/{ADA}/reset-conversation"
    assert user.post(path, {}).json == {"redis_keys_deleted": 6, "workflow_terminated": True}
    assert user.post(path).json == {"redis_keys_deleted": 0, "workflow_terminated": False}
    assert user.get("/v1/billing/balance").json == balance
    assert user.post(f"/v1/users/{MARGARET}/reset-conversation", {}).status == 403
    assert gateway.service(GRACE).post(f"/v1/users/{MARGARET}/reset-conversation", {}).json["redis_keys_deleted"] == 2
    assert admin.post(f"/v1/users/{ALAN}/reset-conversation", {}).status == 404


def row(client: Any, user_id: str, app_id: str) -> dict[str, Any] | None:
    shown = client.get(f"/v1/users/{user_id}/extensions").json
    return next((one for one in shown["extensions"] if one["app_id"] == app_id), None)


def test_the_apps_of_a_person(admin: Any, user: Any, world: Any) -> None:
    make_app(world, "notepad", {}, installed=(ADA,))
    make_app(world, "hidden", {"hidden_in_sidebar": True}, installed=(ADA,), system=True)
    make_app(world, "forbidden", {})
    world.state["denials"].add({"id": 900, "user_id": ADA, "app_id": "forbidden", "reason": "policy"})
    world.commit()
    assert row(user, ADA, "notepad") == {
        "app_id": "notepad", "name": "Notepad", "display_name": "Notepad", "category": "general", "version": "1.0.0",
        "system": False, "access": "granted", "has_access": True, "is_disabled": False, "enabled": True,
        "is_installed": True,
    }  # fmt: skip
    assert row(admin, ADA, "hidden") is None
    assert row(admin, ADA, "forbidden")["access"] == "denied"
    assert row(admin, ADA, "forbidden")["is_installed"] is False
    assert row(admin, KATHERINE, "notepad") is None


def test_an_admin_switches_an_app_off_and_on(admin: Any, user: Any, world: Any) -> None:
    make_app(world, "notepad", {"tools": [{"name": "list_pages"}]}, installed=(ADA, KATHERINE))
    call = {"user_id": ADA, "function": "list_pages"}
    path = f"/v1/users/{ADA}/extensions/disable"
    off = {"app_id": "notepad", "is_disabled": True, "user_id": ADA}
    assert admin.post(path, {"app_id": "notepad"}).json == off
    assert admin.post(path, {"app_id": "notepad"}).json == off
    assert row(user, ADA, "notepad")["is_disabled"] is True
    assert row(admin, KATHERINE, "notepad")["is_disabled"] is False
    assert user.post("/v1/extensions/notepad/call", call).status == 403
    assert admin.delete(f"{path}/notepad").json == {**off, "is_disabled": False}
    assert user.post("/v1/extensions/notepad/call", call).status == 200
    assert admin.delete(f"{path}/notepad").status == 404
    assert [one["action"] for one in admin.get(f"/v1/audit?target_id={ADA}").json["entries"][:2]] == [
        "extension.enable",
        "extension.disable",
    ]


def test_refused_switches_change_nothing(admin: Any, user: Any, world: Any) -> None:
    make_app(world, "notepad", {}, installed=(ADA,))
    assert admin.post(f"/v1/users/{ADA}/extensions/disable", {"app_id": "no-such-app"}).status == 404
    assert admin.post("/v1/users/imp_u_nobody/extensions/disable", {"app_id": "notepad"}).status == 404
    assert admin.post(f"/v1/users/{ALAN}/extensions/disable", {"app_id": "notepad"}).status == 404
    assert user.post(f"/v1/users/{ADA}/extensions/disable", {"app_id": "notepad"}).status == 403
    assert row(user, ADA, "notepad")["is_disabled"] is False


@pytest.mark.parametrize("name", ["default", "crowded"])
def test_whose_a_document_is_can_be_looked_up(name: str) -> None:
    """Who is deleted goes through indexes: a document with an owner must stand in a collection that knows them."""
    state = boot(Options(world=name)).world.state
    lost = {
        (store.declared.name, field)
        for store in map(state.__getitem__, state.names())
        for field in OWNER_FIELDS
        if store.declared.key not in OWNER_FIELDS and field not in store.declared.by
        if any(doc.get(field) is not None for doc in store)
    }
    assert lost == set()
