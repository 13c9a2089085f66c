"""Apps: their manifests, installs, and who may use them.

The installs are one store behind both services; the gateway's manifest is its own copy (rule M21).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specdouble.mock.kit import Doc, Problem, World

FIRST_PARTY = "imp_dev_imperal"


def functions(app: Doc) -> list[Doc]:
    """Return the functions of an app's stored manifest, as the panel reads them, and the steps of its IR."""
    manifest = app.get("manifest_json") or {}
    tools = [*(app.get("tools_json") or manifest.get("tools") or ()), *map(_step, _steps(app))]
    return [
        {
            "name": tool["name"],
            "description": tool.get("description") or "",
            "params_schema": tool.get("params_schema") or {},
            "action_type": tool.get("action_type") or "read",
            **({"return_schema": tool["return_schema"]} if tool.get("return_schema") else {}),
        }
        for tool in tools
        if isinstance(tool, dict) and isinstance(tool.get("name"), str)
    ]


def listed_functions(app: Doc) -> list[Doc]:
    """Return the functions that lists show: not those that the SDK makes for its own use, such as panels."""
    names = ("name", "description", "params_schema", "action_type")
    return [{name: one[name] for name in names} for one in functions(app) if not one["name"].startswith("__")]


def _steps(app: Doc) -> list[Doc]:
    """Return the steps of an app's IR that are functions by themselves; its programs stand in the manifest."""
    return [step for step in app.get("ir_steps", ()) if "program" not in step]


def _step(step: Doc) -> Doc:
    """Write a step of a declarative extension as a tool."""
    action = str(step.get("action", ""))
    reads, deletes = action.endswith((".query", ".list", ".get")), action.endswith((".delete", ".remove"))
    kind = "read" if reads else "destructive" if deletes else "write"
    return {"name": step["id"], "description": f"Step {step['id']}: {action}.", "action_type": kind}


def function(app: Doc, name: str) -> Doc | None:
    """Return one function of an app's manifest, or None."""
    return next((one for one in functions(app) if one["name"] == name), None)


def listed(app: Doc) -> bool:
    """Tell whether an app is in the marketplace: active and not a system app (rule M03)."""
    return bool(app["status"] == "active" and not app.get("system"))


def pair(user_id: str, app_id: str) -> str:
    """Return the id of what ties a user to an app."""
    return f"{user_id}:{app_id}"


def installed(world: World, user_id: str, app_id: str) -> bool:
    """Tell whether a user has an app."""
    return pair(user_id, app_id) in world.state["installs"]


def disabled(world: World, user_id: str, app_id: str) -> bool:
    """Tell whether a user, or an admin for them, has switched an app off."""
    return pair(user_id, app_id) in world.state["disabled"]


def denied(world: World, user_id: str, app_id: str) -> Doc | None:
    """Return the access policy that keeps a user from an app, or None."""
    return world.state["denials"].first(user_id=user_id, app_id=app_id)


def install(world: World, user_id: str, app_id: str, *, at: str | None = None) -> Doc:
    """Install an app for a user, now or ``at`` a time of the past; a second time changes nothing (rule M05)."""
    installs = world.state["installs"]
    held = installs.get(pair(user_id, app_id))
    if held is not None:
        return held
    made = {
        "id": pair(user_id, app_id),
        "user_id": user_id,
        "app_id": app_id,
        "installed_at": at or world.clock.stamp(),
        "status": "active",
        "config": None,
    }
    installs.add(made)
    if at is None:
        world.emit(user_id, "marketplace.app_installed", {"app_id": app_id})
    return made


def uninstall(world: World, user_id: str, app_id: str) -> None:
    """Remove an install and the switch that may have disabled it."""
    world.state["installs"].remove(pair(user_id, app_id))
    if disabled(world, user_id, app_id):
        world.state["disabled"].remove(pair(user_id, app_id))
    world.emit(user_id, "marketplace.app_uninstalled", {"app_id": app_id})


def install_count(world: World, app_id: str) -> int:
    """Count the installs of an app: the number of rows in the install store, never a figure of its own."""
    return world.state["installs"].count(app_id=app_id)


def rating(world: World, app_id: str) -> tuple[float, int]:
    """Return the mean rating of an app (0 without reviews) and the number of its reviews."""
    reviews = world.state["reviews"]
    count = reviews.count(app_id=app_id)
    return (round(reviews.sum("rating", app_id=app_id) / count, 2) if count else 0.0), count


def install_system_apps(world: World, user_id: str) -> None:
    """Install every system app for a user (rule M23)."""
    for app in world.state["apps"].find(status="active"):
        if app.get("system"):
            install(world, user_id, app["app_id"])


def reachable(world: World, user_id: str) -> Iterator[tuple[Doc, Doc]]:
    """Yield ``(install, app)`` for what a user has, oldest first; apps that are gone are left out."""
    apps = world.state["apps"]
    for held in world.state["installs"].find(user_id=user_id):
        app = apps.get(held["app_id"])
        if app is not None:
            yield held, app


def require_usable(world: World, user_id: str, app_id: str) -> Doc:
    """Return an app that a user may call; refuses with 404 or 403 otherwise (rules C06, M27)."""
    app = world.state["apps"].get(app_id)
    if app is None:
        raise Problem(404, f"There is no app {app_id!r}.")
    if app["status"] not in ("active", "draft"):
        raise Problem(403, f"The app {app_id!r} is {app['status']} and cannot be used.")
    if not installed(world, user_id, app_id):
        if app["status"] != "active":
            raise Problem(403, f"The app {app_id!r} is a draft: only who had it before can use it.")
        raise Problem(403, f"The app {app_id!r} is not installed. POST /v1/marketplace/apps/{app_id}/install first.")
    if disabled(world, user_id, app_id):
        enable = f"DELETE /v1/me/extensions/disable/{app_id}"
        raise Problem(403, f"The app {app_id!r} is disabled for this user. Enable it first: {enable}.")
    policy = denied(world, user_id, app_id)
    if policy is not None:
        raise Problem(403, f"Access to {app_id!r} is denied: {policy.get('reason') or 'by policy'}.")
    return app


def price(app: Doc, name: str) -> int:
    """Return the price of one function call in tokens; 0 for free apps and unpriced functions."""
    if app.get("pricing_model") != "per_action":
        return 0
    config: dict[str, Any] = app.get("pricing_config") or {}
    return int(config.get("tool_prices", {}).get(name, 0))


def card(world: World, app: Doc, origin: str, user_id: str | None = None) -> Doc:
    """Write an app as the marketplace lists it; ``is_installed`` appears only for a known caller (rule M02).

    ``origin`` is the scheme and host under which the caller reaches this server.
    """
    app_id = app["app_id"]
    mean, count = rating(world, app_id)
    shown = {
        "app_id": app_id,
        "name": app["name"],
        "display_name": app["name"],
        "short_description": app["short_description"],
        "category": app["category"],
        "install_count": install_count(world, app_id),
        "rating": mean,
        "review_count": count,
        "developer_id": app["developer_id"],
        "icon_url": f"{origin}/v1/marketplace/apps/{app_id}/icon",
        "pricing_model": app["pricing_model"],
        "version": app.get("version"),
        "featured": bool(app.get("featured")),
        "tags": list(app.get("tags") or ()),
    }
    if user_id is not None:
        shown["is_installed"] = installed(world, user_id, app_id)
    return shown
