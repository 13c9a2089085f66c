"""Which channels a notification takes: the choice of its user, by app."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from ..identity import _settings

BELL = "bell"  # the panel's own, which every event stream of the user carries
CHANNELS = (BELL, "telegram", "email")


def chosen(settings: Any, app_id: str) -> list[str]:
    """Return the channels that notification settings choose for an app: its own row, else the default one.

    Both shapes that clients write are read: ``{enabled, default: [channel], apps: {app: [channel]}}``, and switches
    such as ``{"email": true, "push": false}``, beside which the bell always rings.
    """
    if not isinstance(settings, dict):
        return [BELL]
    if settings.get("enabled") is False:
        return []
    apps, default = settings.get("apps"), settings.get("default")
    row = apps.get(app_id, default) if isinstance(apps, dict) else default
    if isinstance(row, list):
        return list(dict.fromkeys(one for one in row if isinstance(one, str)))
    switches = [name for name, on in settings.items() if on is True and name != "enabled"]
    return list(dict.fromkeys([BELL, *switches]))


def matrix(world: World, user: Doc) -> Doc:
    """Return a user's choice as the matrix of the notifications app: switch, default row, rows of apps."""
    held = _settings.value(world, user, "notifications")
    held = held if isinstance(held, dict) else {}
    apps = held.get("apps") if isinstance(held.get("apps"), dict) else {}
    return {
        "enabled": held.get("enabled") is not False,
        "default": chosen({**held, "enabled": True}, ""),
        "apps": {app_id: row for app_id, row in (apps or {}).items() if isinstance(row, list)},
    }
