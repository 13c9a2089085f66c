"""What apps a person has, as lists show it, and the switch that turns one off for them."""

from __future__ import annotations

from specdouble.mock.kit import Doc, World

from ..apps import _apps

USABLE = frozenset({"active", "draft"})  # a draft serves those who installed it earlier (rule M27)


def extensions_of(world: World, user_id: str) -> list[Doc]:
    """List the installed apps that a user may use, with their functions, as the API map prints it (endpoint 7).

    The functions are those of the gateway's stored manifest (rule M21). Suspended apps and those that a policy
    denies cannot be called, so they are left out; a switched-off app stays, marked.
    """
    return [
        {
            "app_id": app["app_id"],
            "name": app["name"],
            "description": _description(app),
            "functions": _apps.listed_functions(app),
            "is_installed": True,
            "is_disabled": _apps.disabled(world, user_id, app["app_id"]),
            "system": bool(app.get("system")),
            "category": app["category"],
            "version": app.get("version"),
        }
        for _held, app in _apps.reachable(world, user_id)
        if app["status"] in USABLE and _apps.denied(world, user_id, app["app_id"]) is None
    ]


def access_of(world: World, user_id: str) -> list[Doc]:
    """List the apps that a user has or is denied, with the state of their access; hidden system apps are dropped."""
    apps = world.state["apps"]
    shown = [app for _held, app in _apps.reachable(world, user_id)]
    known = {app["app_id"] for app in shown}
    for policy in world.state["denials"].find(user_id=user_id):
        app = apps.get(policy["app_id"])
        if app is not None and app["app_id"] not in known:
            shown.append(app)
    return [
        {
            "app_id": app["app_id"],
            "name": app["name"],
            "display_name": app["name"],
            "category": app["category"],
            "version": app.get("version"),
            "system": bool(app.get("system")),
            "access": "denied" if _apps.denied(world, user_id, app["app_id"]) else "granted",
            "has_access": _apps.denied(world, user_id, app["app_id"]) is None,
            "is_disabled": _apps.disabled(world, user_id, app["app_id"]),
            "enabled": not _apps.disabled(world, user_id, app["app_id"]),
            "is_installed": app["app_id"] in known,
        }
        for app in shown
        if app["status"] in USABLE and not _hidden(app)
    ]


def switch_off(world: World, user_id: str, app_id: str) -> Doc:
    """Disable an app for a user; a second time changes nothing. Returns a DisableResult."""
    if not _apps.disabled(world, user_id, app_id):
        world.state["disabled"].add(
            {
                "id": _apps.pair(user_id, app_id),
                "user_id": user_id,
                "app_id": app_id,
                "disabled_at": world.clock.stamp(),
            }
        )
    return _switched(world, user_id, app_id, off=True)


def switch_on(world: World, user_id: str, app_id: str) -> Doc:
    """Enable a disabled app for a user again. Returns a DisableResult."""
    world.state["disabled"].remove(_apps.pair(user_id, app_id))
    return _switched(world, user_id, app_id, off=False)


def _switched(world: World, user_id: str, app_id: str, *, off: bool) -> Doc:
    result = {"app_id": app_id, "is_disabled": off}
    world.emit(user_id, "panel_refresh", {"panel": "extensions", **result})
    return {**result, "user_id": user_id}


def _manifest(app: Doc) -> Doc:
    manifest = app.get("manifest_json")
    return manifest if isinstance(manifest, dict) else {}


def _description(app: Doc) -> str:
    for text in (_manifest(app).get("description"), app.get("description"), app.get("short_description")):
        if isinstance(text, str) and text:
            return text
    return ""


def _hidden(app: Doc) -> bool:
    return bool(app.get("system") and _manifest(app).get("hidden_in_sidebar"))
