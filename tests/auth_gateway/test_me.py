"""The caller's own nickname, apps and settings."""

from __future__ import annotations

from typing import Any

import pytest
from people_kit import ADA, KATHERINE, make_app

TOOL = {"name": "add_page", "description": "Adds a page.", "params_schema": {"type": "object"}, "action_type": "write"}


def mine(client: Any, app_id: str) -> dict[str, Any] | None:
    return next((app for app in client.get("/v1/me/extensions").json if app["app_id"] == app_id), None)


# -- apps ----------------------------------------------------------------------------------------------------------


def test_my_extensions_are_what_the_api_map_prints(user: Any, world: Any) -> None:
    make_app(world, "notepad", {"description": "Keeps pages.", "tools": [TOOL]}, installed=(ADA,))
    answer = user.get("/v1/me/extensions").json
    assert isinstance(answer, list)
    shown = mine(user, "notepad")
    assert shown == {
        "app_id": "notepad",
        "name": "Notepad",
        "description": "Keeps pages.",
        "functions": [TOOL],
        "is_installed": True,
        "is_disabled": False,
        "system": False,
        "category": "general",
        "version": "1.0.0",
    }


def test_the_developer_portal_is_there_as_printed(user: Any) -> None:
    shown = mine(user, "developer")
    assert shown["name"] == "Developer Portal"
    assert shown["description"] == "Publish and manage Imperal extensions."
    assert (shown["is_installed"], shown["is_disabled"], shown["system"]) == (True, False, True)
    deploy = next(one for one in shown["functions"] if one["name"] == "deploy_ir")
    assert deploy["description"] == "Deploy a declarative IR to the kernel."
    assert isinstance(deploy["params_schema"], dict)


def test_my_extensions_are_mine(user: Any, gateway: Any, world: Any) -> None:
    make_app(world, "notepad", {}, installed=(KATHERINE,))
    assert mine(user, "notepad") is None
    assert mine(gateway.login("viewer@example.com"), "notepad") is not None


@pytest.mark.rule("M21")
def test_the_functions_are_the_gateways_copy(user: Any, gateway: Any, world: Any) -> None:
    make_app(world, "notepad", {"tools": [TOOL]}, installed=(ADA,))
    manifest = {"tools": [{**TOOL, "name": "remove_page"}]}
    assert (
        gateway.service().post("/v1/developer/apps/notepad/_sync_manifest", {"manifest_json": manifest}).status == 200
    )
    assert [one["name"] for one in mine(user, "notepad")["functions"]] == ["remove_page"]


def test_what_cannot_be_called_is_not_offered(user: Any, world: Any) -> None:
    make_app(world, "notepad", {}, installed=(ADA,))
    make_app(world, "denied", {}, installed=(ADA,))
    world.state["denials"].add({"id": 900, "user_id": ADA, "app_id": "denied", "reason": "policy"})
    world.state["apps"].update("notepad", status="suspended")
    world.commit()
    assert mine(user, "notepad") is None
    assert mine(user, "denied") is None
    world.state["apps"].update("notepad", status="draft")
    world.commit()
    assert mine(user, "notepad") is not None


def test_a_switched_off_app_stays_listed_and_refuses_calls(user: Any, gateway: Any, world: Any) -> None:
    make_app(world, "notepad", {"tools": [TOOL]}, installed=(ADA, KATHERINE))
    call = {"user_id": ADA, "function": "add_page", "params": {}}
    off = {"app_id": "notepad", "is_disabled": True, "user_id": ADA}
    assert user.post("/v1/me/extensions/disable", {"app_id": "notepad"}).json == off
    assert user.post("/v1/me/extensions/disable", {"app_id": "notepad"}).json == off
    assert mine(user, "notepad")["is_disabled"] is True
    assert mine(user, "notepad")["is_installed"] is True
    assert user.post("/v1/extensions/notepad/call", call).status == 403
    assert mine(gateway.login("viewer@example.com"), "notepad")["is_disabled"] is False
    assert user.delete("/v1/me/extensions/disable/notepad").json == {**off, "is_disabled": False}
    assert mine(user, "notepad")["is_disabled"] is False
    assert user.post("/v1/extensions/notepad/call", call).status == 200
    assert user.delete("/v1/me/extensions/disable/notepad").status == 404


def test_only_installed_apps_are_switched(user: Any, world: Any) -> None:
    make_app(world, "notepad", {})
    assert user.post("/v1/me/extensions/disable", {"app_id": "notepad"}).status == 404
    assert user.post("/v1/me/extensions/disable", {"app_id": "no-such-app"}).status == 404
    assert user.post("/v1/me/extensions/disable", {}).status == 422
    assert world.state["disabled"].first(user_id=ADA, app_id="notepad") is None


# -- nickname ------------------------------------------------------------------------------------------------------


def test_a_nickname_is_taken_by_one_person(user: Any, admin: Any, gateway: Any) -> None:
    assert user.get("/v1/me/nickname").json == {"nickname": "ada"}
    assert user.put("/v1/me/nickname", {"nickname": "countess"}).json == {"nickname": "countess"}
    assert user.get("/v1/me/nickname").json == {"nickname": "countess"}
    assert admin.put("/v1/me/nickname", {"nickname": "countess"}).status == 409
    assert admin.get("/v1/me/nickname").json == {"nickname": "grace"}
    assert user.put("/v1/me/nickname", {"nickname": "countess"}).status == 200
    assert gateway.login("viewer@example.com").get("/v1/me/nickname").json == {"nickname": None}


@pytest.mark.parametrize("nickname", ["ab", "Ada", "-ada", "ada-", "a" * 31, ""])
def test_a_nickname_has_a_form(user: Any, nickname: str) -> None:
    assert user.put("/v1/me/nickname", {"nickname": nickname}).status == 422
    assert user.get("/v1/me/nickname").json == {"nickname": "ada"}


def test_the_developer_profile_shows_the_new_nickname(gateway: Any) -> None:
    barbara = gateway.login("viewer@example.com")
    assert barbara.post("/v1/developer/register", {"display_name": "Katherine"}).status == 200
    barbara.put("/v1/me/nickname", {"nickname": "kat-j"})
    assert barbara.get("/v1/developer/profile").json["nickname"] == "kat-j"


# -- settings ------------------------------------------------------------------------------------------------------


def settings(client: Any) -> dict[str, Any]:
    return dict(client.get("/v1/me/settings").json["settings"])


def test_settings_are_merged_and_null_takes_one_back(user: Any, admin: Any) -> None:
    before, others = settings(user), settings(admin)
    assert before["max_response_tokens"] == 2000
    changed = user.patch("/v1/me/settings", {"kav_max_retries": 5, "max_response_tokens": None}).json["settings"]
    assert changed == {**before, "kav_max_retries": 5, "max_response_tokens": 4096}
    assert settings(user) == changed
    assert settings(admin) == others


def test_a_tenants_default_is_inherited(user: Any, admin: Any, gateway: Any) -> None:
    alan = gateway.login(tenant="acme")
    before = settings(alan)
    admin.patch("/v1/admin/tenant-defaults", {"max_tool_rounds": 3, "max_response_tokens": 100})
    assert settings(user)["max_tool_rounds"] == 3
    assert settings(user)["max_response_tokens"] == 2000
    assert settings(alan) == before


@pytest.mark.parametrize("body", [{"confirmation_ttl": 0}, {"confirmation_ttl": 2**40}, {"kav_max_retries": "many"}])
def test_refused_settings_change_nothing(user: Any, body: dict[str, Any]) -> None:
    before = settings(user)
    assert user.patch("/v1/me/settings", {"routing_context": 1, **body}).status == 422
    assert settings(user) == before


def test_settings_decide_about_confirmations(user: Any, world: Any) -> None:
    tool = {**TOOL, "name": "remove_page", "action_type": "destructive"}
    make_app(world, "notepad", {"tools": [tool]}, installed=(ADA,))
    call = {"user_id": ADA, "function": "remove_page", "params": {}, "confirmation_bypassed": False}
    assert user.post("/v1/extensions/notepad/operate", call).json["kind"] == "confirmation"
    user.patch("/v1/me/settings", {"confirmation_enabled": False})
    assert user.post("/v1/extensions/notepad/operate", call).json["kind"] == "tool_result"


# -- whose ---------------------------------------------------------------------------------------------------------

PATHS = ("/v1/me/nickname", "/v1/me/extensions", "/v1/me/settings")


@pytest.mark.rule("S12")
@pytest.mark.parametrize("path", PATHS)
def test_a_service_token_alone_is_nobody(gateway: Any, path: str) -> None:
    assert gateway.get(path).status == 401
    assert gateway.service().get(path).status == 401
    assert gateway.service().patch("/v1/me/settings", {"routing_context": 1}).status == 401


@pytest.mark.rule("S14")
@pytest.mark.parametrize("path", PATHS)
def test_naming_somebody_else_changes_nothing(user: Any, path: str) -> None:
    assert user.get(path, headers={"X-Acting-User": KATHERINE}).json == user.get(path).json


@pytest.mark.rule("S14")
def test_settings_of_somebody_else_stay(user: Any, gateway: Any) -> None:
    katherine = gateway.login("viewer@example.com")
    before = settings(katherine)
    user.patch("/v1/me/settings", {"routing_context": 99}, headers={"X-Acting-User": KATHERINE})
    assert settings(katherine) == before
    assert settings(user)["routing_context"] == 99
