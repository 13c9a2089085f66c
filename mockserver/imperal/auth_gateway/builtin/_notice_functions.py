"""The functions of the notifications app: where each app's notifications go."""

from __future__ import annotations

from specdouble.mock.kit import Doc, World

from ..functions._declared import FLAG, TEXT, Functions
from ..functions._inner import ask
from ..functions._outcomes import FunctionError, Performed
from ..identity import _settings
from ..kernel import _notices

FUNCTIONS = Functions("notifications-control")
add = FUNCTIONS.add
CHANNELS: Doc = {"type": "array", "items": {"type": "string", "enum": list(_notices.CHANNELS)}}
ONE = "Send exactly one of enabled, default_channels, or app_id with channels."


@add("get_preferences", "read", "Show where notifications go.")
def _get(world: World, user: Doc, _params: Doc) -> Performed:
    matrix = _notices.matrix(world, user)
    surfaces = ask(world, user, "GET /v1/internal/surfaces/{user_id}", params={"user_id": user["imperal_id"]})
    connected = [_notices.BELL, *(one for one in surfaces["surfaces"] if one in _notices.CHANNELS)]
    apps = [{name: one[name] for name in ("app_id", "name")} for one in ask(world, user, "GET /v1/me/extensions")]
    word = "on" if matrix["enabled"] else "off"
    return {**matrix, "connected_channels": connected, "apps_catalog": apps}, f"Notifications are {word}."


@add(
    "set_preferences",
    "write",
    f"Change where notifications go. {ONE} An empty list mutes.",
    enabled=FLAG,
    default_channels=CHANNELS,
    app_id=TEXT,
    channels=CHANNELS,
)
def _set(world: World, user: Doc, params: Doc) -> Performed:
    app_id = params.get("app_id") or ""
    if len([name for name in ("enabled", "default_channels", "channels") if name in params]) != 1 or (
        bool(app_id) != ("channels" in params)
    ):
        raise FunctionError(ONE)
    matrix = _notices.matrix(world, user)
    if app_id:
        changed: Doc = {"apps": {**matrix["apps"], app_id: params["channels"]}}
    else:
        changed = {
            {"enabled": "enabled", "default_channels": "default"}[name]: params[name]
            for name in ("enabled", "default_channels")
            if name in params
        }
    _settings.change(world, user, {"notifications": {**matrix, **changed}})
    data, summary = _get(world, user, {})
    return {**data, "changed": changed}, summary
