"""Browsing and installing: what the marketplace shows to whom, and what an install changes."""

from __future__ import annotations

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

BROWSE = "/v1/marketplace/apps"
LISTED = {"notes", "expense-radar", "tasks-board", "crm-sync", "doc-shelf", "meeting-minutes", "site-watch"}
UNLISTED = ["developer", "mail-merge", "old-clock", "quiz-night", "habit-tracker", "no-such-app"]


def ids(client: Client, query: str = "") -> list[str]:
    reply = client.get(f"{BROWSE}?{query}")
    assert reply.status == 200, reply.content
    return [app["app_id"] for app in reply.json]


def installed(world: World, user_id: str) -> set[str]:
    return {held["app_id"] for held in world.state["installs"].find(user_id=user_id)}


# -- browsing ------------------------------------------------------------------------------------------------------


def test_browsing_answers_as_the_api_map_prints_it(user: Client) -> None:
    (notes,) = user.get(f"{BROWSE}?search=notes&limit=10").json
    icon_url = notes.pop("icon_url")
    assert icon_url == "http://localhost/v1/marketplace/apps/notes/icon"
    assert {name: notes[name] for name in ("app_id", "name", "short_description", "category")} == {
        "app_id": "notes",
        "name": "Notes",
        "short_description": "Create and search personal notes through chat.",
        "category": "productivity",
    }
    assert (notes["rating"], notes["developer_id"], notes["pricing_model"]) == (4.67, "imp_dev_xyz", "free")


@pytest.mark.rule("M01")
def test_either_spelling_of_paging_works(gateway: Client) -> None:
    everything = ids(gateway)
    assert set(everything) == LISTED
    assert ids(gateway, "limit=2&offset=2") == everything[2:4]
    assert ids(gateway, "page=2&per_page=2") == everything[2:4]


@pytest.mark.rule("M01")
def test_limit_and_offset_win(gateway: Client) -> None:
    everything = ids(gateway)
    assert ids(gateway, "limit=3&per_page=1&offset=1&page=5") == everything[1:4]
    assert ids(gateway, "limit=20&per_page=1") == everything
    assert ids(gateway, "per_page=2&offset=3") == everything[3:5]
    assert ids(gateway, "offset=100") == []


@pytest.mark.rule("M02")
def test_browsing_needs_no_credential_and_says_what_is_installed_only_with_one(gateway: Client, user: Client) -> None:
    assert all("is_installed" not in app for app in gateway.get(BROWSE).json)
    assert "is_installed" not in gateway.get(f"{BROWSE}/notes").json
    assert {app["app_id"] for app in user.get(BROWSE).json if app["is_installed"]} == {"tasks-board", "doc-shelf"}
    assert user.get(f"{BROWSE}/tasks-board").json["is_installed"] is True
    assert user.get(f"{BROWSE}/notes").json["is_installed"] is False


@pytest.mark.rule("M02")
def test_a_credential_that_does_not_hold_browses_as_nobody(gateway: Client) -> None:
    assert all("is_installed" not in app for app in gateway.bearer("stale").get(BROWSE).json)


@pytest.mark.rule("M03")
@pytest.mark.parametrize("app_id", UNLISTED)
def test_only_published_apps_are_shown(gateway: Client, app_id: str) -> None:
    assert app_id not in ids(gateway, "limit=50")
    for path in (f"{BROWSE}/{app_id}", f"{BROWSE}/{app_id}/reviews"):
        assert gateway.get(path).status == 404


@pytest.mark.rule("M03")
def test_other_lists_show_published_apps_only(gateway: Client) -> None:
    shown = {app["app_id"] for app in gateway.get("/v1/marketplace/featured?limit=20").json}
    assert shown == {"notes", "crm-sync"}
    page = gateway.get("/v1/marketplace/developer/imp_dev_fra01").json
    assert {app["app_id"] for app in page["apps"]} == {"crm-sync", "doc-shelf", "meeting-minutes", "site-watch"}
    counts = {one["category"]: one["count"] for one in gateway.get("/v1/marketplace/categories").json}
    assert sum(counts.values()) == len(LISTED)
    assert counts["productivity"] == 2


@pytest.mark.rule("E04")
def test_unknown_parameters_filter_nothing(gateway: Client) -> None:
    assert set(ids(gateway, "q=notes")) == LISTED


@pytest.mark.rule("E06")
@pytest.mark.parametrize("query", ["per_page=51", "page=0", "limit=0", "limit=51", "offset=-1", "sort=best"])
def test_bounds_are_enforced(gateway: Client, query: str) -> None:
    assert gateway.get(f"{BROWSE}?{query}").status == 422


def test_search_looks_for_every_word_in_any_text(gateway: Client) -> None:
    assert ids(gateway, "search=board") == ["tasks-board"]
    assert ids(gateway, "search=CRM+deals") == ["crm-sync"]
    assert ids(gateway, "search=crm+receipts") == []


def test_category_understands_id_label_and_alias(gateway: Client) -> None:
    for spelling in ("productivity", "Productivity", "productivity-tools"):
        assert set(ids(gateway, f"category={spelling}")) == {"notes", "tasks-board"}
    assert ids(gateway, "category=nonsense") == []


def test_orders(gateway: Client, world: World) -> None:
    counts = [app["install_count"] for app in gateway.get(f"{BROWSE}?sort=installs").json]
    assert counts == sorted(counts, reverse=True)
    ratings = [app["rating"] for app in gateway.get(f"{BROWSE}?sort=rating").json]
    assert ratings == sorted(ratings, reverse=True)
    names = [app["name"] for app in gateway.get(f"{BROWSE}?sort=name").json]
    assert names == sorted(names)
    assert ids(gateway, "sort=newest")[0] == "site-watch"
    used = [world.state["actions"].count(app_id=app_id) for app_id in ids(gateway, "sort=actions")]
    assert used == sorted(used, reverse=True)


def test_detail_shows_functions_and_texts(gateway: Client) -> None:
    notes = gateway.get(f"{BROWSE}/notes").json
    assert [tool["name"] for tool in notes["tools"]] == ["list_notes", "create_note", "delete_note"]
    assert [tool["action_type"] for tool in notes["tools"]] == ["read", "write", "destructive"]
    assert notes["long_description"].startswith("Keep short notes")
    assert gateway.get(f"{BROWSE}/crm-sync").json["pricing_config"] == {"monthly_price": 5000}


@pytest.mark.rule("E07")
def test_the_catalogue_of_categories_wins_over_a_parameter(gateway: Client) -> None:
    found = gateway.get("/v1/marketplace/categories/catalog").json
    assert {"id": "productivity", "label": "Productivity", "aliases": ["productivity-tools", "office"]} in found
    assert {app["category"] for app in gateway.get(BROWSE).json} <= {one["id"] for one in found}


def test_webhooks_hide_the_headers_of_their_secrets(gateway: Client) -> None:
    shown = [{"path": "incoming", "method": "POST"}, {"path": "verify", "method": "GET"}]
    assert gateway.get(f"{BROWSE}/tasks-board/webhooks").json == shown
    assert gateway.get(f"{BROWSE}/notes/webhooks").json == []
    assert gateway.get(f"{BROWSE}/quiz-night/webhooks").json == []
    assert gateway.get(f"{BROWSE}/no-such-app/webhooks").status == 404


def test_icons_are_svg_and_every_app_has_one(gateway: Client) -> None:
    for app_id, text in (("notes", b"#f4c542"), ("tasks-board", b">T</text>")):
        reply = gateway.get(f"{BROWSE}/{app_id}/icon")
        assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")
        assert reply.content.startswith(b"<svg ")
        assert text in reply.content
    assert gateway.get(f"{BROWSE}/no-such-app/icon").status == 404


def test_both_spellings_of_a_developer_open_one_page(gateway: Client) -> None:
    page = gateway.get("/v1/marketplace/developer/imp_dev_xyz").json
    assert gateway.get("/v1/marketplace/developer/imp_u_dev001").json == page
    assert (page["nickname"], page["tier"]) == ("margaret", "studio")
    assert page["total_installs"] == sum(app["install_count"] for app in page["apps"])
    for unknown in ("imp_dev_nobody", "imp_u_abc123"):
        assert gateway.get(f"/v1/marketplace/developer/{unknown}").status == 404


# -- installing ----------------------------------------------------------------------------------------------------


def test_installing_answers_as_the_api_map_prints_it(user: Client) -> None:
    reply = user.post(f"{BROWSE}/notes/install", {})
    assert reply.status == 200
    assert reply.json.pop("installed_at").endswith("Z")
    assert reply.json == {"app_id": "notes", "status": "installed"}


@pytest.mark.rule("M04")
@pytest.mark.parametrize("app_id", ["no-such-app", "mail-merge", "old-clock", "quiz-night"])
def test_what_is_not_active_cannot_be_installed(user: Client, world: World, app_id: str) -> None:
    before = installed(world, "imp_u_abc123")
    reply = user.post(f"{BROWSE}/{app_id}/install", {})
    assert reply.status == 400
    assert "App not found or not active" in reply.detail
    assert installed(world, "imp_u_abc123") == before


@pytest.mark.rule("M05")
def test_installing_twice_counts_once(user: Client) -> None:
    count = user.get(f"{BROWSE}/notes").json["install_count"]
    first = user.post(f"{BROWSE}/notes/install").json
    assert user.post(f"{BROWSE}/notes/install").json == first
    assert user.get(f"{BROWSE}/notes").json["install_count"] == count + 1


@pytest.mark.rule("M06")
def test_an_install_shows_on_both_sides_and_an_uninstall_removes_both(
    user: Client, gateway: Client, registry: Client, world: World
) -> None:
    def sides() -> tuple[bool, bool, bool]:
        mine = user.get("/v1/me/extensions").json
        stored = registry.key().get("/v1/users/imp_u_abc123/extensions").json
        return (
            any(one["app_id"] == "notes" and one["is_installed"] for one in mine),
            any(one["app_id"] == "notes" for one in stored),
            bool(user.get(f"{BROWSE}/notes").json["is_installed"]),
        )

    count = gateway.get(f"{BROWSE}/notes").json["install_count"]
    assert sides() == (False, False, False)
    user.post(f"{BROWSE}/notes/install", {})
    assert sides() == (True, True, True)
    kinds = [event["type"] for event in world.state["events"].find(user_id="imp_u_abc123")]
    assert kinds == ["marketplace.app_installed"]
    reply = user.delete(f"{BROWSE}/notes/install")
    assert reply.json.pop("uninstalled_at").endswith("Z")
    assert reply.json == {"app_id": "notes", "status": "uninstalled", "install_count": count}
    assert sides() == (False, False, False)


@pytest.mark.rule("M06")
def test_the_platforms_own_apps_cannot_be_uninstalled(user: Client, world: World) -> None:
    assert user.delete(f"{BROWSE}/billing/install").status == 403
    assert "billing" in installed(world, "imp_u_abc123")
    assert user.delete(f"{BROWSE}/notes/install").status == 404


@pytest.mark.rule("D06")
def test_uninstall_is_a_delete_and_nothing_else(user: Client, world: World) -> None:
    assert user.post(f"{BROWSE}/tasks-board/uninstall", {}).status in (404, 405)
    assert "tasks-board" in installed(world, "imp_u_abc123")
    assert user.delete(f"{BROWSE}/tasks-board/install").status == 200
    assert "tasks-board" not in installed(world, "imp_u_abc123")


def test_installing_needs_somebody(gateway: Client, world: World) -> None:
    assert gateway.post(f"{BROWSE}/notes/install", {}).status == 401
    assert gateway.service().post(f"{BROWSE}/notes/install", {}).status == 401
    assert gateway.service("imp_u_abc123").post(f"{BROWSE}/notes/install", {}).status == 200
    assert "notes" in installed(world, "imp_u_abc123")


def test_one_users_install_is_not_anothers(user: Client, gateway: Client, world: World) -> None:
    before = installed(world, "imp_u_expl01")
    user.post(f"{BROWSE}/expense-radar/install", {})
    assert installed(world, "imp_u_expl01") == before
    assert gateway.login("explorer@example.com").get(f"{BROWSE}/expense-radar").json["is_installed"] is False


def test_every_verified_active_user_of_the_cast_has_the_system_apps(world: World) -> None:
    for user in world.state["users"]:
        if user["is_active"] and user["email_verified"]:
            mine = installed(world, user["imperal_id"])
            assert mine >= {"developer", "billing", "automations", "memory-index"}, user["email"]
