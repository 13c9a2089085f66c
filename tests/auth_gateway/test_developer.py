"""The developer portal: enrolment and tiers, apps, and what their states allow."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money
from tests.conftest import Client

ADA, GRACE = "imp_u_abc123", "imp_u_admin01"
REGISTER = "/v1/developer/register"
APPS = "/v1/developer/apps"
MINE = {
    "app_id": "my-extension",
    "name": "My Extension",
    "short_description": "Does something useful.",
    "category": "productivity",
}


def give(world: World, user_id: str, tokens: int) -> None:
    _money.credit(world, user_id, tokens, "grant")
    world.state.commit()


def balance(client: Client) -> int:
    return int(client.get("/v1/billing/balance").json["balance"])


def events(world: World, user_id: str, kind: str) -> list[dict[str, Any]]:
    return [event["payload"] for event in world.state["events"].find(user_id=user_id) if event["type"] == kind]


@pytest.fixture
def ada(user: Client) -> Client:
    """Ada, enrolled as an explorer."""
    assert user.post(REGISTER, {"display_name": "Ada Lovelace"}).status == 200
    return user


@pytest.fixture
def draft(ada: Client) -> Client:
    """Ada with the app my-extension in draft."""
    assert ada.post(APPS, MINE).status == 201
    return ada


# -- enrolment -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("M10")
def test_the_documented_body_answers_an_empty_object(user: Client) -> None:
    body = {"display_name": "Ada Lovelace", "website": "https://ada.io", "description": "Productivity."}
    assert user.post(REGISTER, body).json == {}
    profile = user.get("/v1/developer/profile").json
    assert profile["registered_at"].endswith("Z")
    assert (profile["tier"], profile["apps_count"], profile["total_earnings"]) == ("explorer", 0, 0)
    assert (profile["imperal_id"], profile["nickname"], profile["website"]) == (ADA, "ada", "https://ada.io")


@pytest.mark.rule("M10")
def test_the_portals_body_is_told_what_came_of_it(user: Client) -> None:
    answer = user.post(REGISTER, {"tier": "explorer", "nickname": "countess"}).json
    assert answer.pop("registered_at").endswith("Z")
    assert answer == {"tier": "explorer", "nickname": "countess"}
    assert user.get("/v1/developer/profile").json["nickname"] == "countess"


@pytest.mark.rule("M10")
@pytest.mark.parametrize("body", [{}, {"tier": "explorer"}, {"website": "https://ada.io"}, {"display_name": ""}])
def test_a_body_that_names_nobody_is_refused(user: Client, body: dict[str, Any]) -> None:
    assert user.post(REGISTER, body).status == 422
    assert user.get("/v1/developer/profile").status == 403


@pytest.mark.rule("M09")
def test_enrolling_twice_is_refused_in_words_that_clients_match(ada: Client) -> None:
    reply = ada.post(REGISTER, {"display_name": "Ada", "nickname": "countess"})
    assert (reply.status, "already registered" in reply.detail) == (400, True)
    assert ada.get("/v1/developer/profile").json["nickname"] == "ada"


@pytest.mark.rule("M09")
@pytest.mark.parametrize(("nickname", "word"), [("margaret", "taken"), ("admin", "reserved")])
def test_a_nickname_that_cannot_be_had(user: Client, nickname: str, word: str) -> None:
    reply = user.post(REGISTER, {"nickname": nickname})
    assert (reply.status, word in reply.detail) == (400, True)
    assert user.get("/v1/developer/profile").status == 403


@pytest.mark.parametrize("body", [{"nickname": "A"}, {"nickname": "Not Valid"}, {"display_name": "A", "tier": "gold"}])
def test_malformed_enrolment(user: Client, body: dict[str, Any]) -> None:
    assert user.post(REGISTER, body).status == 422


def test_a_paid_tier_costs_its_year(user: Client, world: World) -> None:
    assert user.post(REGISTER, {"nickname": "countess", "tier": "indie"}).status == 402
    assert (user.get("/v1/developer/profile").status, balance(user)) == (403, 4200)
    give(world, ADA, 10_000)
    assert user.post(REGISTER, {"nickname": "countess", "tier": "indie"}).json["tier"] == "indie"
    assert balance(user) == 14_200 - 9_000
    (fee,) = [one for one in user.get("/v1/billing/wallet/history").json if one["reason"] == "tier_fee"]
    assert fee["amount"] == -9_000
    assert user.get("/v1/auth/me").json["attributes"]["developer_tier"] == "indie"


def test_partner_is_granted_by_an_admin(user: Client, world: World) -> None:
    assert user.post(REGISTER, {"nickname": "countess", "tier": "partner"}).status == 402
    give(world, ADA, 100_000)
    assert user.post(REGISTER, {"nickname": "countess", "tier": "partner"}).status == 422
    assert user.post(REGISTER, {"nickname": "countess"}).status == 200
    assert user.put("/v1/developer/tier", {"tier": "partner"}).status == 403
    assert (balance(user), user.get("/v1/developer/profile").json["tier"]) == (104_200, "explorer")


def test_changing_the_tier(ada: Client, world: World) -> None:
    assert ada.put("/v1/developer/tier", {"tier": "explorer"}).status == 409
    assert ada.put("/v1/developer/tier", {"tier": "studio"}).status == 402
    assert ada.put("/v1/developer/tier", {"tier": "gold"}).status == 422
    assert (balance(ada), ada.get("/v1/developer/profile").json["tier"]) == (4200, "explorer")
    give(world, ADA, 40_000)
    changed = ada.put("/v1/developer/tier", {"tier": "studio"}).json
    assert (changed["tier"], changed["charged_tokens"]) == ("studio", 29_000)
    assert changed["renews_at"] > world.clock.stamp(world.clock.now() + 364 * 86400)
    assert (balance(ada), ada.get("/v1/developer/profile").json["tier"]) == (15_200, "studio")
    assert ada.put("/v1/developer/tier", {"tier": "explorer"}).json == {
        "tier": "explorer",
        "charged_tokens": 0,
        "renews_at": None,
    }
    assert balance(ada) == 15_200


def test_a_year_later_the_tier_is_paid_again_or_lost(admin: Client, world: World) -> None:
    give(world, GRACE, 18_000 - balance(admin))
    admin.post(REGISTER, {"display_name": "Grace", "tier": "indie"})
    for tier in ("indie", "explorer"):
        world.clock.move(365 * 86400 + 1)
        world.run_due()
        held = world.state["developers"].get(GRACE)
        assert held is not None
        assert (held["tier"], _money.balance(world, GRACE)) == (tier, 0)


@pytest.mark.rule("M08")
def test_developer_routes_need_an_enrolment(user: Client, gateway: Client) -> None:
    assert user.post(APPS, MINE).status == 403
    assert user.get(f"{APPS}/my-extension").status == 403
    assert gateway.post(APPS, MINE).status == 401
    user.post(REGISTER, {"display_name": "Ada"})
    assert user.get(APPS).json == []
    assert user.post(APPS, MINE).status == 201


# -- service callers (S16) -----------------------------------------------------------------------------------------


@pytest.mark.rule("S16")
@pytest.mark.parametrize("path", ["profile", "apps", "apps/notes", "apps/notes/deploys", "earnings", "payouts"])
def test_a_service_names_the_developer_in_the_query(gateway: Client, developer: Client, path: str) -> None:
    own = developer.get(f"/v1/developer/{path}").json
    assert gateway.service().get(f"/v1/developer/{path}?user_id=imp_u_dev001").json == own
    assert gateway.service("imp_u_dev001").get(f"/v1/developer/{path}").json == own
    assert gateway.service().get(f"/v1/developer/{path}").status == 401
    assert gateway.service().get(f"/v1/developer/{path}?user_id={ADA}").status == 403


@pytest.mark.rule("S16")
def test_a_service_names_the_developer_in_the_body(gateway: Client, world: World) -> None:
    body = {"display_name": "Radar", "user_id": "imp_u_dev001"}
    assert gateway.service().put(f"{APPS}/expense-radar", body).json["name"] == "Radar"
    assert gateway.service().put(f"{APPS}/expense-radar", {"display_name": "No"}).status == 401
    suspended = gateway.service().post(f"{APPS}/expense-radar/suspend", {"user_id": "imp_u_dev001"})
    assert suspended.json["status"] == "suspended"


@pytest.mark.rule("S16")
def test_a_person_gains_nothing_from_naming_another(gateway: Client, developer: Client) -> None:
    barbara = gateway.login("indie@example.com")
    assert barbara.get(f"{APPS}/notes?user_id=imp_u_dev001").status == 404
    assert barbara.put(f"{APPS}/notes", {"display_name": "Mine", "user_id": "imp_u_dev001"}).status == 404
    assert barbara.get("/v1/developer/profile?user_id=imp_u_dev001").json["imperal_id"] == "imp_u_indi01"
    assert developer.get(f"{APPS}/notes").json["name"] == "Notes"


# -- apps ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("M11")
def test_creating_answers_as_the_api_map_prints_it(ada: Client, gateway: Client) -> None:
    reply = ada.post(APPS, MINE)
    assert reply.status == 201
    assert {"app_id": "my-extension", "name": "My Extension", "status": "draft"}.items() <= reply.json.items()
    assert (reply.json["display_name"], reply.json["git_url"]) == ("My Extension", "")
    assert (reply.json["revenue_split_dev"], reply.json["pricing_model"]) == (70, "free")
    assert ada.get(f"{APPS}/my-extension").json == reply.json
    assert ada.get(APPS).json == [reply.json]
    assert gateway.get("/v1/marketplace/apps/my-extension").status == 404


@pytest.mark.rule("M11")
def test_either_label_names_an_app(ada: Client) -> None:
    created = ada.post(APPS, {"app_id": "my-app", "display_name": "Mine", "git_url": "https://git.example.com/m.git"})
    assert (created.status, created.json["name"], created.json["display_name"]) == (201, "Mine", "Mine")
    assert (created.json["category"], created.json["short_description"]) == ("general", "Mine")


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"name": ""},
        {"name": "  "},
        {"app_id": "Not_A_Slug"},
        {"app_id": "x"},
        {"git_url": "http://git.example.com/x"},
        {"pricing_model": "gold"},
        {"pricing_config": {"tool_prices": {"x": -1}}},
        {"pricing_config": {"tool_prices": {"x": "much"}}},
        {"pricing_config": {"tool_prices": [1]}},
        {"pricing_config": {"monthly_price": "1,5"}},
    ],
)
def test_malformed_apps(ada: Client, change: dict[str, Any]) -> None:
    body = {name: value for name, value in {**MINE, **change}.items() if value is not None}
    assert ada.post(APPS, body).status == 422
    assert ada.get(APPS).json == []


def test_categories_are_understood_in_every_spelling(draft: Client) -> None:
    for spelling in ("developer-tools", "Developer Tools", "devtools"):
        assert draft.put(f"{APPS}/my-extension", {"category": spelling}).json["category"] == "developer-tools"


@pytest.mark.rule("M12")
def test_a_taken_slug(ada: Client, developer: Client) -> None:
    for taken in ("notes", "quiz-night"):
        assert ada.post(APPS, {**MINE, "app_id": taken}).status == 409
    reply = ada.post(APPS, {**MINE, "app_id": "billing"})
    assert (reply.status, "already in use" in reply.detail) == (400, True)
    assert ada.get(APPS).json == []
    assert developer.get(f"{APPS}/notes").json["name"] == "Notes"


@pytest.mark.rule("M13")
def test_the_cap_of_a_tier(draft: Client, gateway: Client, world: World) -> None:
    assert draft.post(APPS, {**MINE, "app_id": "another"}).status == 403
    assert [app["app_id"] for app in draft.get(APPS).json] == ["my-extension"]
    give(world, ADA, 9_000)
    draft.put("/v1/developer/tier", {"tier": "indie"})
    for number in (2, 3):
        assert draft.post(APPS, {**MINE, "app_id": f"number-{number}"}).status == 201
    assert draft.post(APPS, {**MINE, "app_id": "number-4"}).status == 403
    # active, pending_review and suspended count as well: Barbara's three fill her tier
    assert gateway.login("indie@example.com").post(APPS, {**MINE, "app_id": "number-5"}).status == 403


@pytest.mark.rule("M25")
def test_a_tier_change_leaves_the_split_of_existing_apps(draft: Client, world: World) -> None:
    give(world, ADA, 9_000)
    draft.put("/v1/developer/tier", {"tier": "indie"})
    assert draft.get(f"{APPS}/my-extension").json["revenue_split_dev"] == 70
    assert draft.post(APPS, {**MINE, "app_id": "younger"}).json["revenue_split_dev"] == 80


def test_only_given_fields_change(draft: Client) -> None:
    before = draft.get(f"{APPS}/my-extension").json
    after = draft.put(f"{APPS}/my-extension", {"display_name": "New", "description": None, "icon": "n.svg"}).json
    assert after["updated_at"] > before["updated_at"]
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"name", "display_name", "icon", "updated_at"}
    assert draft.put(f"{APPS}/my-extension", {}).json == after
    assert draft.put(f"{APPS}/my-extension", {"revenue_split_dev": 96}).status == 422


@pytest.mark.rule("M18")
@pytest.mark.parametrize(
    "change", [{"pricing_model": "per_action"}, {"pricing_config": {"monthly_price": 1}}, {"revenue_split_dev": 95}]
)
def test_prices_are_locked_while_an_app_is_live(developer: Client, gateway: Client, change: dict[str, Any]) -> None:
    before = developer.get(f"{APPS}/notes").json
    assert developer.put(f"{APPS}/notes", {"display_name": "Cheap", **change}).status == 409
    assert developer.get(f"{APPS}/notes").json == before
    barbara = gateway.login("indie@example.com")
    for app_id in ("mail-merge", "old-clock"):  # in review, and suspended
        assert barbara.put(f"{APPS}/{app_id}", change).status == 200


@pytest.mark.rule("M18")
def test_texts_may_change_while_live_and_prices_after_a_suspension(developer: Client, gateway: Client) -> None:
    developer.put(f"{APPS}/notes", {"display_name": "Better Notes", "short_description": "Better."})
    card = gateway.get("/v1/marketplace/apps/notes").json
    assert (card["name"], card["short_description"]) == ("Better Notes", "Better.")
    assert developer.post(f"{APPS}/notes/suspend").json == {
        "app_id": "notes",
        "status": "suspended",
        "reject_reason": None,
    }
    repriced = developer.put(f"{APPS}/notes", {"pricing_model": "subscription", "pricing_config": {"monthly_price": 9}})
    assert (repriced.status, repriced.json["status"]) == (200, "suspended")
    assert developer.post(f"{APPS}/notes/submit", {}).json["status"] == "pending_review"
    assert gateway.login("admin@example.com").post("/v1/admin/apps/notes/approve").status == 200
    assert gateway.get("/v1/marketplace/apps/notes").json["pricing_config"] == {"monthly_price": 9}


def test_suspending_takes_an_app_from_everybody(gateway: Client, user: Client, world: World) -> None:
    call = {"user_id": ADA, "function": "list_tasks"}
    assert user.post("/v1/extensions/tasks-board/call", call).status == 200
    barbara = gateway.login("indie@example.com")
    assert barbara.post(f"{APPS}/tasks-board/suspend").status == 200
    assert gateway.get("/v1/marketplace/apps/tasks-board").status == 404
    assert user.post("/v1/extensions/tasks-board/call", call).status == 403
    row = world.state["registry_apps"].get("tasks-board")
    assert row is None or row["status"] == "suspended"
    assert events(world, "imp_u_indi01", "developer.app_status")[-1]["status"] == "suspended"
    assert barbara.post(f"{APPS}/tasks-board/suspend").status == 409
    assert barbara.post(f"{APPS}/mail-merge/suspend").json["status"] == "suspended"  # out of review
    assert gateway.login("admin@example.com").get("/v1/admin/apps/pending").json[0]["app_id"] == "report-builder"


@pytest.mark.rule("M19")
@pytest.mark.rule("E09")
def test_deleting_needs_the_name_and_an_app_out_of_use(gateway: Client) -> None:
    barbara = gateway.login("indie@example.com")
    assert barbara.delete(f"{APPS}/old-clock").status == 422
    assert barbara.delete(f"{APPS}/old-clock", {"confirm_name": "Old Clock"}).status == 400
    assert barbara.delete(f"{APPS}/tasks-board", {"confirm_name": "tasks-board"}).status == 409
    assert barbara.delete(f"{APPS}/mail-merge", {"confirm_name": "mail-merge"}).status == 409
    assert {app["app_id"] for app in barbara.get(APPS).json} == {"old-clock", "tasks-board", "mail-merge"}


def test_a_deleted_app_is_gone_everywhere_and_its_slug_free(gateway: Client, user: Client, world: World) -> None:
    barbara = gateway.login("indie@example.com")
    reply = barbara.delete(f"{APPS}/old-clock", {"confirm_name": "old-clock"})
    assert reply.json == {"app_id": "old-clock", "status": "deleted", "reject_reason": None}
    assert barbara.get(f"{APPS}/old-clock").status == 404
    for collection in ("installs", "deploys", "reviews"):
        assert world.state[collection].count(app_id="old-clock") == 0
    assert "old-clock" not in world.state["registry_manifests"]
    assert events(world, "imp_u_view01", "marketplace.app_uninstalled") == [{"app_id": "old-clock"}]
    user.post(REGISTER, {"display_name": "Ada"})
    assert user.post(APPS, {**MINE, "app_id": "old-clock"}).status == 201
    assert user.get(f"{APPS}/old-clock/deploys").json == []


@pytest.mark.parametrize(
    ("method", "more", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"display_name": "Mine"}),
        ("DELETE", "", {"confirm_name": "notes"}),
        ("POST", "/submit", {}),
        ("POST", "/suspend", None),
        ("GET", "/analytics?days=7", None),
        ("GET", "/deploys", None),
        ("POST", "/deploys", {"version": "9.9.9"}),
    ],
)
def test_anothers_app_is_unknown(gateway: Client, method: str, more: str, body: Any, world: World) -> None:
    barbara = gateway.login("indie@example.com")
    before = world.state["apps"].get("notes")
    for app_id in ("notes", "billing", "no-such-app"):
        assert barbara.call(method, f"{APPS}/{app_id}{more}", body).status == 404
    assert world.state["apps"].get("notes") == before
    assert world.state["deploys"].count(app_id="notes") == 4


def test_anothers_apps_are_not_listed(gateway: Client) -> None:
    listed = gateway.login("explorer@example.com").get(APPS).json
    assert [app["app_id"] for app in listed] == ["quiz-night"]


@pytest.mark.rule("M11")
def test_two_names_for_one_app_are_refused(developer: Client) -> None:
    body = {"app_id": "two-names", "name": "One", "display_name": "Another"}
    assert developer.post("/v1/developer/apps", body).status == 422
    assert developer.post("/v1/developer/apps", {**body, "display_name": "One"}).json["name"] == "One"
    assert developer.put("/v1/developer/apps/two-names", {"name": "A", "display_name": "B"}).status == 422
    assert developer.get("/v1/developer/apps/two-names").json["name"] == "One"
