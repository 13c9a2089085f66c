"""The caller's own nickname, apps and settings."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..apps import _apps
from . import _access, _settings


@op("GET /v1/me/nickname")
def nickname(call: Call) -> Doc:
    """Show the caller's nickname, or null."""
    return {"nickname": call.user["nickname"]}


@op("PUT /v1/me/nickname")
def set_nickname(call: Call) -> Doc:
    """Take a nickname; the developer profile and the marketplace's developer page follow."""
    wanted = call.body["nickname"]
    holder = call.state["users"].first(nickname=wanted)
    if holder is not None and holder["imperal_id"] != call.user_id:
        raise Problem(409, f"The nickname {wanted!r} is taken. Choose another one.")
    call.state["users"].update(call.user_id, nickname=wanted)
    call.world.emit(call.user_id, "panel_refresh", {"panel": "profile", "nickname": wanted})
    return {"nickname": wanted}


@op("GET /v1/me/extensions")
def extensions(call: Call) -> list[Doc]:
    """List the caller's apps with their functions: the installs joined with the gateway's manifests (M21)."""
    return _access.extensions_of(call.world, call.user_id)


@op("POST /v1/me/extensions/disable")
def disable(call: Call) -> Doc:
    """Switch an installed app off; it stays installed and its calls are refused."""
    app_id = call.body["app_id"]
    if not _apps.installed(call.world, call.user_id, app_id):
        raise Problem(404, f"You have not installed {app_id[:80]!r}. GET /v1/me/extensions lists your apps.")
    return _access.switch_off(call.world, call.user_id, app_id)


@op("DELETE /v1/me/extensions/disable/{app_id}")
def enable(call: Call) -> Doc:
    """Switch an app on again."""
    app_id = call.params["app_id"]
    if not _apps.disabled(call.world, call.user_id, app_id):
        raise Problem(404, f"{app_id[:80]!r} is not switched off. GET /v1/me/extensions shows is_disabled.")
    return _access.switch_on(call.world, call.user_id, app_id)


@op("GET /v1/me/settings")
def settings(call: Call) -> Doc:
    """Show the caller's settings: their own, else the tenant's, else the platform's."""
    return {"settings": _settings.resolved(call.world, call.user)}


@op("PATCH /v1/me/settings")
def change_settings(call: Call) -> Doc:
    """Merge the given settings; null takes one back to the inherited value."""
    return {"settings": _settings.change(call.world, call.user, call.given(*_settings.PLATFORM))}
