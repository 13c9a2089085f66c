"""The functions of the marketplace app: looking for apps, and having them or not."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from ..functions._declared import TEXT, Functions, up_to
from ..functions._inner import ask
from ..functions._outcomes import Performed, text

FUNCTIONS = Functions("marketplace")
add = FUNCTIONS.add
PICKS = 3
_APP: dict[str, Any] = {"app_id": TEXT}


@add("search_marketplace", "read", "Search apps by words.", query=TEXT, category=TEXT, limit=up_to(50))
def _search(world: World, user: Doc, params: Doc) -> Performed:
    words, category = params.get("query", ""), params.get("category", "")
    query = {"search": words, "category": category, "per_page": params.get("limit", 20)}
    items = ask(world, user, "GET /v1/marketplace/apps", query=query)
    return {"items": items, "total": len(items), "query": words, "category": category}, f"{len(items)} apps found."


@add("get_app_details", "read", "Show one app.", "app_id", **_APP)
def _details(world: World, user: Doc, params: Doc) -> Performed:
    app = ask(world, user, "GET /v1/marketplace/apps/{app_id}", params={"app_id": params["app_id"]})
    return app, f"{app['display_name']}: {app['short_description']}"


@add("list_my_installed", "read", "List the installed apps; the platform's own are left out.")
def _installed(world: World, user: Doc, _params: Doc) -> Performed:
    rows = [one for one in ask(world, user, "GET /v1/me/extensions") if not one["system"]]
    names = ("app_id", "category", "version")
    apps = [{**{name: one[name] for name in names}, "display_name": one["name"]} for one in rows]
    return {"apps": apps, "items": apps, "total": len(apps)}, f"You have {len(apps)} apps."


@add("recommend_for_intent", "read", "Recommend apps for a need.", "user_need", user_need=TEXT)
def _recommend(world: World, user: Doc, params: Doc) -> Performed:
    """Pick the apps that share most words with the need; where none does, the most installed ones."""
    need = text(params, "user_need")
    words = {word for word in need.lower().split() if len(word) > 2}
    apps = ask(world, user, "GET /v1/marketplace/apps", query={"sort": "installs", "per_page": 50})
    scored = [(sum(word in f"{app['name']} {app['short_description']}".lower() for word in words), app) for app in apps]
    scored.sort(key=lambda one: -one[0])
    picks = [
        {
            "app_id": app["app_id"],
            "display_name": app["display_name"],
            "reason": f"It is about {score} of your words." if score else f"{app['install_count']} people have it.",
        }
        for score, app in scored[:PICKS]
    ]
    return {"user_need": need, "picks": picks, "considered_count": len(apps)}, f"{len(picks)} apps for you."


@add("install_app", "write", "Install an app.", "app_id", **_APP)
def _install(world: World, user: Doc, params: Doc) -> Performed:
    done = ask(world, user, "POST /v1/marketplace/apps/{app_id}/install", params={"app_id": params["app_id"]}, body={})
    return done, f"{params['app_id']} is installed."


@add("uninstall_app", "destructive", "Remove an installed app.", "app_id", **_APP)
def _uninstall(world: World, user: Doc, params: Doc) -> Performed:
    done = ask(world, user, "DELETE /v1/marketplace/apps/{app_id}/install", params={"app_id": params["app_id"]})
    return done, f"{params['app_id']} is removed."
