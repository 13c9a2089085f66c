"""The marketplace: browsing, installing and reviewing published apps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from urllib.parse import parse_qsl

from specdouble.mock.kit import Call, Doc, Problem, Response, World, op

from ..developer import _developers, _manifests
from . import _apps, _lifecycle, _listing, _reviews

NOT_LISTED = "That app is not on the marketplace; browse GET /v1/marketplace/apps to find one that is."


def _viewer(call: Call) -> str | None:
    """Return who looks, if a credential says so (rule M02)."""
    user = call.caller.user
    return user["imperal_id"] if user else None


def _cards(call: Call, apps: Iterable[Doc]) -> list[Doc]:
    viewer, origin = _viewer(call), _listing.origin(call)
    return [_apps.card(call.world, app, origin, viewer) for app in apps]


def _listed(world: World) -> Iterable[Doc]:
    """Yield the published apps, newest first (rule M03)."""
    return (app for app in world.state["apps"].newest(status="active") if not app.get("system"))


def _listed_app(call: Call) -> Doc:
    app = call.state["apps"].get(call.params["app_id"])
    if app is None or not _apps.listed(app):
        raise Problem(404, NOT_LISTED)
    return app


# -- browsing ------------------------------------------------------------------------------------------------------


@op("GET /v1/marketplace/apps")
def browse(call: Call) -> list[Doc]:
    """List published apps by search words, category and order (M01, E04)."""
    query = call.query
    words = query["search"].lower().split()
    category = _listing.category(query["category"])
    found = [
        app
        for app in _listed(call.world)
        if (not category or app["category"] == category) and all(word in _searched(app) for word in words)
    ]
    start, size = _window(call)
    return _cards(call, _ordered(call.world, found, query["sort"])[start : start + size])


def _searched(app: Doc) -> str:
    """Return the text that a search looks at."""
    return " ".join((app["app_id"], app["name"], app["short_description"], app["description"], *app["tags"])).lower()


def _ordered(world: World, apps: list[Doc], sort: str) -> list[Doc]:
    """Sort apps, best first; equal ones, and those of the order newest, stay newest first."""
    if sort == "actions":
        apps.sort(key=lambda app: -world.state["actions"].count(app_id=app["app_id"]))
    elif sort == "installs":
        apps.sort(key=lambda app: -_apps.install_count(world, app["app_id"]))
    elif sort == "rating":
        apps.sort(key=lambda app: _apps.rating(world, app["app_id"]), reverse=True)
    elif sort == "name":
        apps.sort(key=lambda app: app["name"].casefold())
    return apps


def _window(call: Call) -> tuple[int, int]:
    """Read either spelling of paging; ``limit`` wins over ``per_page`` and ``offset`` over ``page`` (rule M01)."""
    query, sent = call.query, dict(parse_qsl(call.text_query, keep_blank_values=True))
    size = query["limit"] if "limit" in sent else query["per_page"]
    return (query["offset"] if "offset" in sent else (query["page"] - 1) * size), size


@op("GET /v1/marketplace/featured")
def featured(call: Call) -> list[Doc]:
    """List the featured apps, most installed first."""
    chosen = [app for app in _listed(call.world) if app.get("featured")]
    return _cards(call, _ordered(call.world, chosen, "installs")[: call.query["limit"]])


@op("GET /v1/marketplace/categories")
def categories(call: Call) -> list[Doc]:
    """Count the published apps of each category that has any, largest first."""
    counts = Counter(app["category"] for app in _listed(call.world))
    return [
        {"category": name, "count": count} for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]


@op("GET /v1/marketplace/categories/catalog")
def catalog(_call: Call) -> list[Doc]:
    """List every category that an app may be put in, and the spellings that are understood (E07)."""
    return [{"id": name, "label": label, "aliases": list(aliases)} for name, label, aliases in _listing.CATEGORIES]


@op("GET /v1/marketplace/apps/{app_id}")
def detail(call: Call) -> Doc:
    """Show one published app with its functions (M02, M03)."""
    app = _listed_app(call)
    (card,) = _cards(call, [app])
    texts = {name: app[name] for name in ("long_description", "pricing_config")}
    return {**card, **texts, "tools": _apps.listed_functions(app)}


@op("GET /v1/marketplace/apps/{app_id}/webhooks")
def webhooks(call: Call) -> list[Doc]:
    """List the webhooks that an app declares; the headers of their secrets stay out."""
    return _manifests.webhooks(_lifecycle.known_app(call))


@op("GET /v1/marketplace/apps/{app_id}/icon")
def icon(call: Call) -> Response:
    """Send an app's icon, or a placeholder when none was synced."""
    return Response(_listing.icon(_lifecycle.known_app(call)))


@op("GET /v1/marketplace/developer/{developer_id}")
def developer_page(call: Call) -> Doc:
    """Show a developer and their published apps; either spelling of their id is understood."""
    developer = _developers.by_id(call.world, call.params["developer_id"])
    if developer is None:
        raise Problem(404, "There is no such developer; take the id from an app card.")
    user = call.state["users"].get(developer["imperal_id"])
    apps = [app for app in call.state["apps"].newest(developer_id=developer["developer_id"]) if _apps.listed(app)]
    return call.show(
        developer,
        nickname=user["nickname"] if user else None,
        apps=_cards(call, apps),
        total_installs=sum(_apps.install_count(call.world, app["app_id"]) for app in apps),
    )


# -- installing ----------------------------------------------------------------------------------------------------


@op("POST /v1/marketplace/apps/{app_id}/install")
def install(call: Call) -> Doc:
    """Install an active app for the caller; a second time changes nothing (M04, M05, M06)."""
    app_id = call.params["app_id"]
    app = call.state["apps"].get(app_id)
    if app is None or app["status"] != "active":
        raise Problem(400, f"App not found or not active: {app_id!r}. Choose one from the marketplace list.")
    made = _apps.install(call.world, call.user_id, app_id)
    return {"app_id": app_id, "installed_at": made["installed_at"], "status": "installed"}


@op("DELETE /v1/marketplace/apps/{app_id}/install")
def uninstall(call: Call) -> Doc:
    """Uninstall an app of the caller; the platform's own stay (M06, D06)."""
    app_id = call.params["app_id"]
    app = call.state["apps"].get(app_id)
    if app is not None and app.get("system"):
        raise Problem(403, f"{app_id!r} is built in and cannot be removed; disable it instead.")
    if not _apps.installed(call.world, call.user_id, app_id):
        raise Problem(404, f"{app_id!r} is not installed for you; there is nothing to remove.")
    _apps.uninstall(call.world, call.user_id, app_id)
    return {
        "app_id": app_id,
        "status": "uninstalled",
        "uninstalled_at": call.world.clock.stamp(),
        "install_count": _apps.install_count(call.world, app_id),
    }


# -- reviewing -----------------------------------------------------------------------------------------------------


@op("GET /v1/marketplace/apps/{app_id}/reviews")
def reviews(call: Call) -> Doc:
    """Show one page of the reviews of a published app."""
    query = call.query
    app_id = _listed_app(call)["app_id"]
    return _reviews.page(call.world, app_id, query["sort"], query["page"], query["per_page"], _viewer(call))


@op("POST /v1/marketplace/apps/{app_id}/reviews")
def write_review(call: Call) -> Doc:
    """Review an app that the caller has and did not make, once (M07)."""
    review = _reviews.write(call.world, call.user_id, _listed_app(call), call.body)
    return _reviews.view(call.world, review, call.user_id)


@op("PUT /v1/marketplace/reviews/{review_id}")
def edit_review(call: Call) -> Doc:
    """Change the given fields of the caller's review; a null changes nothing."""
    review = _reviews.own(call)
    changes = {name: value for name, value in call.given("rating", "title", "body").items() if value is not None}
    if changes:
        review = call.state["reviews"].update(review["id"], **changes)
    return _reviews.view(call.world, review, call.user_id)


@op("DELETE /v1/marketplace/reviews/{review_id}")
def delete_review(call: Call) -> Doc:
    """Delete the caller's review; they may review the app again."""
    review = _reviews.own(call)
    _reviews.remove(call.world, review)
    return {"id": str(review["id"]), "deleted": True}


@op("POST /v1/marketplace/reviews/{review_id}/vote")
def vote(call: Call) -> Doc:
    """Set (``helpful``) or clear the caller's vote on somebody's review."""
    helpful = (call.body or {}).get("helpful", True)
    return _reviews.vote(call.world, call.user_id, _reviews.known(call), helpful=helpful)
