"""Faults of the marketplace: browsing, installing, reviews and votes."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps, marketplace
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import strips
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    both,
    crash,
    extra,
    field,
    instead,
    keeps,
    loses,
    media,
    null,
    put,
    query,
    refuses,
    skips,
    swap,
)  # fmt: skip
from tests.planted.witness import ADA, GRACE, Witness, names, ok

add = gateway.add
M = "/v1/marketplace"
APPS, DETAIL = "GET /v1/marketplace/apps", "GET /v1/marketplace/apps/{app_id}"
HOOKS, ICON = f"{DETAIL}/webhooks", f"{DETAIL}/icon"
FEATURED, CATEGORIES = "GET /v1/marketplace/featured", "GET /v1/marketplace/categories"
CATALOG, DEVELOPER = f"{CATEGORIES}/catalog", "GET /v1/marketplace/developer/{developer_id}"


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


def browse(client: Client, text: str = "") -> list[str]:
    return names(ok(client.get(f"{M}/apps{text}")), "app_id")


def detail(client: Client, app_id: str = "notes") -> Any:
    return ok(client.get(f"{M}/apps/{app_id}"))


add("market-apps-drafts-too", "filters", APPS, "Drafts and suspended apps are listed.",
    swap(marketplace, "_listed", lambda _inner, world: (a for a in world.state["apps"] if not a.get("system"))),
    lambda w: sorted(browse(w)))  # fmt: skip
add("market-apps-system-too", "filters", APPS, "The platform's own apps are listed.",
    swap(marketplace, "_listed", lambda _inner, world: world.state["apps"].newest(status="active")),
    lambda w: sorted(browse(w)))  # fmt: skip
add("market-apps-need-login", "auth", APPS, "Browsing asks for a login.",
    before(lambda call: refuse(401) if call.caller.user is None else None),
    lambda w: w.get(f"{M}/apps").status)  # fmt: skip
add("market-apps-wrapped", "field", APPS, "The list is wrapped in an object.",
    after(lambda _call, rows: {"items": rows, "total": len(rows)}),
    lambda w: type(ok(w.get(f"{M}/apps"))).__name__)  # fmt: skip
add("market-apps-installed-for-nobody", "field", APPS, "is_installed appears without a credential.",
    after(lambda _call, rows: [{**row, "is_installed": row.get("is_installed", False)} for row in rows]),
    lambda w: "is_installed" in ok(w.get(f"{M}/apps"))[0])  # fmt: skip
add("market-apps-installed-never", "effects", APPS, "is_installed is always false.",
    field("[].is_installed", lambda _old: False),
    lambda w: sorted(one["app_id"] for one in ok(w.ada.get(f"{M}/apps")) if one["is_installed"]))  # fmt: skip
add("market-apps-search-ignored", "filters", APPS, "The search is ignored.",
    before(lambda call: call.query.update(search="")), lambda w: browse(w, "?search=crm"))  # fmt: skip
add("market-apps-search-title-only", "filters", APPS, "The search finds nothing but slugs that begin with it.",
    swap(marketplace, "_searched", lambda _inner, app: app["app_id"][:1]),
    lambda w: browse(w, "?search=notes"))  # fmt: skip
add("market-apps-category-ignored", "filters", APPS, "The category is ignored.",
    before(lambda call: call.query.update(category="")), lambda w: browse(w, "?category=finance"))  # fmt: skip
add("market-apps-q-filters", "validation", APPS, "An unknown parameter is refused.",
    before(lambda call: refuse(422) if "q=" in call.text_query else None),
    lambda w: w.get(f"{M}/apps?q=notes").status)  # fmt: skip
add("market-apps-sort-name", "filters", APPS, "Sorting by name goes from z to a.",
    swap(marketplace, "_ordered", lambda inner, world, apps, sort: inner(world, apps, sort)[
        :: -1 if sort == "name" else 1]),
    lambda w: (rows := names(ok(w.get(f"{M}/apps?sort=name")), "name"), rows == sorted(rows))[1])  # fmt: skip
add("market-apps-sort-installs", "filters", APPS, "Sorting by installs does nothing.",
    swap(marketplace, "_ordered", lambda inner, world, apps, sort: inner(world, apps, "name")),
    lambda w: (rows := names(ok(w.get(f"{M}/apps?sort=installs")), "install_count"),
               rows == sorted(rows, reverse=True))[1])  # fmt: skip
add("market-apps-per-page-51", "bounds", APPS, "51 apps a page are accepted.",
    query("per_page", maximum=100), lambda w: w.get(f"{M}/apps?per_page=51").status)  # fmt: skip
add("market-apps-per-page-50", "bounds", APPS, "50 apps a page are refused.",
    query("per_page", maximum=49), lambda w: w.get(f"{M}/apps?per_page=50").status)  # fmt: skip
add("market-apps-page-0-500", "500", APPS, "Page 0 is a crash.",
    both(before(lambda call: 1 / call.query["page"]), query("page", minimum=0)),
    lambda w: w.get(f"{M}/apps?page=0").status)  # fmt: skip
add("market-apps-offset-ignored", "pagination", APPS, "The offset is ignored.",
    swap(marketplace, "_window", lambda inner, call: (0, inner(call)[1])),
    lambda w: browse(w, "?limit=2&offset=2&sort=name"))  # fmt: skip
add("market-apps-limit-ignored", "pagination", APPS, "limit is ignored beside per_page.",
    swap(marketplace, "_window", lambda inner, call: (inner(call)[0], call.query["per_page"])),
    lambda w: len(browse(w, "?limit=2")))  # fmt: skip
add("market-apps-pages-skip-one", "pagination", APPS, "Between two pages one app is lost.",
    swap(marketplace, "_window", lambda inner, call: (inner(call)[0] + call.query["page"] - 1, inner(call)[1])),
    lambda w: sorted(browse(w, "?per_page=3&sort=name") + browse(w, "?per_page=3&page=2&sort=name")
                     + browse(w, "?per_page=3&page=3&sort=name")))  # fmt: skip
add("market-apps-rating-text", "field", APPS, "Ratings are texts.",
    field("[].rating", str), lambda w: {type(one["rating"]).__name__ for one in ok(w.get(f"{M}/apps"))})  # fmt: skip
add("market-apps-pricing", "enum", APPS, "pricing_model is spelt paid.",
    field("[].pricing_model", lambda text: text.replace("per_action", "paid")),
    lambda w: {one["pricing_model"] for one in ok(w.get(f"{M}/apps"))})  # fmt: skip
add("market-detail-draft", "states", DETAIL, "The page of a draft is shown.",
    skips(_apps, "listed", True), lambda w: w.get(f"{M}/apps/quiz-night").status)  # fmt: skip
add("market-detail-rating-rounded", "rounding", DETAIL, "The rating is cut off to a whole number.",
    field("rating", int), lambda w: detail(w)["rating"])  # fmt: skip
add("market-detail-count-stale", "effects", DETAIL, "install_count counts one too few.",
    field("install_count", lambda count: count - 1),
    lambda w: detail(w)["install_count"] - len(ok(w.grace.get("/v1/extensions/notes/users"))["users"]))  # fmt: skip
add("market-detail-tools-null", "null", DETAIL, "tools is null.",
    null("tools"), lambda w: detail(w)["tools"] is None)  # fmt: skip
add("market-detail-manifest", "secrets", DETAIL, "The page of an app holds its secret names and headers.",
    after(lambda call, shown: {**shown, "manifest_json": call.state["apps"].get(shown["app_id"])["manifest_json"]}),
    lambda w: sorted(detail(w, "crm-sync")))  # fmt: skip
add("market-webhooks-secret-header", "secrets", HOOKS, "The headers of webhook secrets are shown.",
    extra("[].secret_header", "X-Webhook-Secret"),
    lambda w: sorted(ok(w.get(f"{M}/apps/tasks-board/webhooks"))[0]))  # fmt: skip
add("market-webhooks-methods", "enum", HOOKS, "Methods are in small letters.",
    field("[].method", str.lower),
    lambda w: names(ok(w.get(f"{M}/apps/tasks-board/webhooks")), "method"))  # fmt: skip
add("market-icon-json", "content-type", ICON, "An icon is sent as JSON.",
    media("application/json"), lambda w: w.get(f"{M}/apps/notes/icon").headers["content-type"])  # fmt: skip
add("market-icon-missing", "status", ICON, "An app without an icon is 204.",
    instead(lambda _call: Response(b"", status=204)), lambda w: w.get(f"{M}/apps/notes/icon").status)  # fmt: skip
add("market-featured-all", "filters", FEATURED, "Every app is featured.",
    around(lambda call, inner: marketplace._cards(call, marketplace._listed(call.world))),
    lambda w: sorted(names(ok(w.get(f"{M}/featured")), "app_id")))  # fmt: skip
add("market-featured-limit", "pagination", FEATURED, "The limit of featured apps is ignored.",
    before(lambda call: call.query.update(limit=20)), lambda w: len(ok(w.get(f"{M}/featured?limit=1"))))  # fmt: skip
add("market-featured-21", "bounds", FEATURED, "A limit of 21 is accepted.",
    query("limit", maximum=50), lambda w: w.get(f"{M}/featured?limit=21").status)  # fmt: skip
add("market-categories-drafts", "filters", CATEGORIES, "Drafts are counted in their categories.",
    swap(marketplace, "_listed", lambda _inner, world: list(world.state["apps"])),
    lambda w: sum(names(ok(w.get(f"{M}/categories")), "count")))  # fmt: skip
add("market-categories-count-text", "field", CATEGORIES, "Counts are texts.",
    field("[].count", str), lambda w: ok(w.get(f"{M}/categories"))[0]["count"])  # fmt: skip
add("market-catalog-as-app", "500", CATALOG, "The static path of the catalog is read as an app's: a crash.",
    crash(), lambda w: w.get(f"{M}/categories/catalog").status)  # fmt: skip
add("market-catalog-label-null", "null", CATALOG, "The labels of categories are null.",
    null("[].label"), lambda w: ok(w.get(f"{M}/categories/catalog"))[0]["label"])  # fmt: skip
add("market-developer-drafts", "filters", DEVELOPER, "A developer's page lists their drafts.",
    skips(_apps, "listed", True),
    lambda w: sorted(names(ok(w.get(f"{M}/developer/imp_dev_rad01"))["apps"], "app_id")))  # fmt: skip
add("market-developer-email", "secrets", DEVELOPER, "A developer's page holds their e-mail address.",
    extra("email", "dev@example.com"), lambda w: sorted(ok(w.get(f"{M}/developer/imp_dev_xyz"))))  # fmt: skip
add("market-developer-installs", "ledger", DEVELOPER, "total_installs is one app's only.",
    field("total_installs", lambda count: count // 2),
    lambda w: (shown := ok(w.get(f"{M}/developer/imp_dev_xyz")),
               shown["total_installs"] == sum(names(shown["apps"], "install_count")))[1])  # fmt: skip
add("market-developer-nickname-stale", "effects", DEVELOPER, "A new nickname is not on the page.",
    put("nickname", "margaret"),
    lambda w: (w.margaret.put("/v1/me/nickname", {"nickname": "apollo"}),
               ok(w.get(f"{M}/developer/imp_dev_xyz"))["nickname"])[1])  # fmt: skip

# -- installing ------------------------------------------------------------------------------------------------------

INSTALL, UNINSTALL = "POST /v1/marketplace/apps/{app_id}/install", "DELETE /v1/marketplace/apps/{app_id}/install"


def mine(client: Client) -> list[str]:
    return sorted(names(ok(client.get("/v1/me/extensions")), "app_id"))


def install(w: Witness, times: int = 1) -> Any:
    """Install Notes and tell where it shows."""
    start = detail(w)["install_count"]
    replies = [w.ada.post(f"{M}/apps/notes/install", {}).status for _ in range(times)]
    registry = names(ok(w.reg.get(f"/v1/users/{ADA}/extensions")), "app_id")
    return replies, "notes" in mine(w.ada), "notes" in registry, detail(w)["install_count"] - start, (
        detail(w.ada)["is_installed"])  # fmt: skip


def uninstall(w: Witness, app_id: str = "doc-shelf") -> Any:
    start = detail(w, app_id)["install_count"] if app_id == "doc-shelf" else 0
    reply = w.ada.delete(f"{M}/apps/{app_id}/install")
    registry = names(ok(w.reg.get(f"/v1/users/{ADA}/extensions")), "app_id")
    count = detail(w, app_id)["install_count"] - start if app_id == "doc-shelf" else 0
    return reply.status, app_id in mine(w.ada), app_id in registry, count


def _second_row(call: Call, inner: Any) -> Any:
    result = inner(call)
    rows, key = call.state["installs"], f"{call.user_id}:{call.params['app_id']}"
    held = rows.get(key)
    if f"{key}:1" in rows or held["installed_at"] != result["installed_at"] or key in _seen(call):
        rows.put({**held, "id": f"{key}:2"})
    _seen(call).add(key)
    return result


def _seen(call: Call) -> set[str]:
    return call.world.remember.setdefault("planted-installs", set())


add("market-install-lost", "persistence", INSTALL, "An installation is answered and not stored.",
    loses("installs"), install)  # fmt: skip
add("market-install-twice-409", "idempotency", INSTALL, "Installing a second time is refused.",
    before(lambda call: refuse(409) if _apps.installed(call.world, call.user_id, call.params["app_id"]) else None),
    lambda w: install(w, 2))  # fmt: skip
add("market-install-counts-twice", "idempotency", INSTALL, "Installing a second time counts twice.",
    around(lambda call, inner: _second_row(call, inner)), lambda w: install(w, 2))  # fmt: skip
add("market-install-inactive", "states", INSTALL, "A suspended app is installed.",
    around(lambda call, inner: inner(call) if call.params["app_id"] != "old-clock" else {
        "app_id": "old-clock", "status": "installed",
        "installed_at": _apps.install(call.world, call.user_id, "old-clock")["installed_at"]}),
    lambda w: w.ada.post(f"{M}/apps/old-clock/install", {}).status)  # fmt: skip
add("market-install-unknown-404", "status", INSTALL, "An unknown app is 404 instead of 400.",
    refuses(400, 404), lambda w: w.ada.post(f"{M}/apps/no-app/install", {}).status)  # fmt: skip
add("market-install-for-first-user", "isolation", INSTALL, "The app is installed for another person.",
    swap(_apps, "install", lambda inner, world, _user, app_id: inner(world, GRACE, app_id)), install)  # fmt: skip
add("market-install-status", "enum", INSTALL, "The status is ok instead of installed.",
    put("status", "ok"), lambda w: ok(w.ada.post(f"{M}/apps/notes/install", {}))["status"])  # fmt: skip
add("market-install-acting-user", "auth", INSTALL, "A service cannot install for a user.",
    strips("x-acting-user"),
    lambda w: w.service(ADA).post(f"{M}/apps/notes/install", {}).status)  # fmt: skip
add("market-uninstall-kept", "delete", UNINSTALL, "An app that was removed is still installed.",
    keeps("installs"), uninstall)  # fmt: skip
add("market-uninstall-everybody", "delete", UNINSTALL, "Removing an app removes it for everybody.",
    after(lambda call, shown: (call.state["installs"].remove_where(app_id=shown["app_id"]), shown)[1]),
    uninstall)  # fmt: skip
add("market-uninstall-system", "states", UNINSTALL, "A built-in app is removed.",
    around(lambda call, inner: inner(call) if call.params["app_id"] != "automations" else (
        _apps.uninstall(call.world, call.user_id, "automations"), {
            "app_id": "automations", "status": "uninstalled", "uninstalled_at": call.world.clock.stamp(),
            "install_count": 0})[1]),
    lambda w: uninstall(w, "automations"))  # fmt: skip
add("market-uninstall-again", "delete", UNINSTALL, "Removing what is not installed is a crash.",
    crash(lambda call: not _apps.installed(call.world, call.user_id, call.params["app_id"])),
    lambda w: w.ada.delete(f"{M}/apps/notes/install").status)  # fmt: skip
add("market-uninstall-keeps-switch", "effects", UNINSTALL, "An app that was off is off when it is installed again.",
    keeps("disabled"),
    lambda w: (w.ada.post("/v1/me/extensions/disable", {"app_id": "doc-shelf"}).status, uninstall(w)[0],
               w.ada.post(f"{M}/apps/doc-shelf/install", {}).status,
               [one["is_disabled"] for one in ok(w.ada.get("/v1/me/extensions")) if one["app_id"] == "doc-shelf"]),
)  # fmt: skip
add("market-uninstall-post", "methods", INSTALL, "PUT installs too.",
    accepts("PUT"), lambda w: w.ada.put(f"{M}/apps/notes/install", {}).status)  # fmt: skip
