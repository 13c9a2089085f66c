"""The Registry's side of an app: its row, its tool manifest, its installs (rules M21, R08).

The gateway's manifest and the Registry's are two copies on purpose: only a deploy writes both.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

OF_AN_APP = ("registry_keys", "registry_settings")
KEPT_SECONDS = 30 * 86_400  # that a deleted app is kept


def register(world: World, app_id: str, *, owner_id: str, name: str, **more: Any) -> Doc:
    """Write an app's Registry row: active, in the namespace ``app-<app_id>``; a predecessor's keys and settings go."""
    now = world.clock.stamp()
    for kept in OF_AN_APP:
        world.state[kept].remove_where(app_id=app_id)
    return world.state["registry_apps"].put(
        {
            "app_id": app_id,
            "name": name,
            "display_name": name,
            "description": None,
            "version": None,
            "category": None,
            "owner_id": owner_id,
            "namespace": f"app-{app_id}",
            "status": "active",
            "config": None,
            "created_at": now,
            "updated_at": now,
            **more,
        }
    )


def set_status(world: World, app_id: str, status: str) -> None:
    """Follow the gateway's lifecycle in the Registry row, where there is one (rule R10)."""
    apps = world.state["registry_apps"]
    held = apps.get(app_id)
    if held is not None and held["status"] != "deleted":
        apps.update(app_id, status=status)


def push_tools(world: World, app_id: str, tools: list[Doc], sections: list[Doc], version: str | None) -> Doc:
    """Replace an app's tool manifest whole (rule R03); a provisioning app becomes active."""
    manifest = world.state["registry_manifests"].put(
        {"app_id": app_id, "version": version, "tools": tools, "skeleton_sections": sections}
    )
    apps = world.state["registry_apps"]
    held = apps.get(app_id)
    if held is not None:
        status = "active" if held["status"] == "provisioning" else held["status"]
        apps.update(app_id, version=version or held["version"], status=status)
    return manifest


def remove(world: World, app_id: str) -> int:
    """Delete an app softly: its row stays as deleted, its tools and everybody's installs go (rule R08).

    Returns how many installs were removed.
    """
    apps, manifests = world.state["registry_apps"], world.state["registry_manifests"]
    if app_id in apps:
        ends = None if app_id in world.state["apps"] else world.clock.now() + KEPT_SECONDS  # the gateway still has it
        apps.update(app_id, status="deleted", forget_at=ends)
        for name in OF_AN_APP:  # they stay as long as the row
            store = world.state[name]
            for held in list(store.find(app_id=app_id)):
                store.update(held[store.declared.key], forget_at=ends)
    if app_id in manifests:
        manifests.remove(app_id)
    return world.state["installs"].remove_where(app_id=app_id)
