"""Keys of apps: the secret is shown once and kept as its digest (rules R02, R06)."""

from __future__ import annotations

import hashlib

from specdouble.mock.kit import Doc, Problem, World

PREFIX_LENGTH = 13
WARNING = "Store this key now; it is not shown again."
SHOWN = ("key_id", "prefix", "scope", "created_at", "last_used_at")


def create(world: World, app_id: str, scope: str) -> Doc:
    """Create a key of an app and return the one answer that holds its secret."""
    secret = world.ids.new("imp_live_", 32)
    key = world.state["registry_keys"].add(
        {
            "key_id": world.ids.new("key_", 12),
            "app_id": app_id,
            "secret_hash": hashlib.sha256(secret.encode()).hexdigest(),
            "prefix": secret[:PREFIX_LENGTH],
            "scope": scope,
            "created_at": world.clock.stamp(),
            "last_used_at": None,
        }
    )
    shown = {name: key[name] for name in ("key_id", "prefix", "scope", "created_at")}
    return {**shown, "api_key": secret, "warning": WARNING}


def listed(world: World, app_id: str) -> list[Doc]:
    """List the keys of an app by prefix, newest first."""
    keys = world.state["registry_keys"].newest(app_id=app_id)
    return [{name: key[name] for name in SHOWN} for key in keys]


def revoke(world: World, app_id: str, key_id: str) -> None:
    """Remove a key of an app; refuses with 404 what is not one."""
    key = world.state["registry_keys"].get(key_id)
    if key is None or key["app_id"] != app_id:
        raise Problem(404, f"The app {app_id!r} has no key {key_id[:80]!r}. GET …/keys lists them.")
    world.state["registry_keys"].remove(key_id)
