"""The platform's own apps: everybody has them for good, and their manifests say what they can do (rule M23)."""

from __future__ import annotations

from specdouble.mock.kit import World

from ..apps import _apps, _catalogue
from ..developer import _manifests
from ..functions import _ir
from ..functions._declared import Declared, tools
from . import (
    _admin_functions,
    _billing_functions,
    _file_functions,
    _market_functions,
    _memory_functions,
    _notice_functions,
    _remote_functions,
    _rule_functions,
    _search_functions,
    _thought_functions,
)

FUNCTIONS: dict[tuple[str, str], Declared] = {
    **_ir.FUNCTIONS,
    **_billing_functions.FUNCTIONS,
    **_rule_functions.FUNCTIONS,
    **_memory_functions.FUNCTIONS,
    **_file_functions.FUNCTIONS,
    **_admin_functions.FUNCTIONS,
    **_market_functions.FUNCTIONS,
    **_remote_functions.FUNCTIONS,
    **_notice_functions.FUNCTIONS,
    **_search_functions.FUNCTIONS,
    **_thought_functions.FUNCTIONS,
}


def start(world: World) -> None:
    """Complete the seed data: manifests with the functions that there are, Registry rows, and everybody's installs."""
    for app in world.state["apps"].find(developer_id=_apps.FIRST_PARTY):
        manifest = {**app["manifest_json"], "tools": tools(FUNCTIONS, app["app_id"])}
        app = world.state["apps"].put({**app, "manifest_json": manifest})
        if "registry_apps" in world.state:
            _register(world, app["app_id"])
        for user in world.state["users"]:
            _apps.install(world, user["imperal_id"], app["app_id"], at=user["created_at"])


def _register(world: World, app_id: str) -> None:
    """Write the Registry's side of a platform app; only its row in the seed data stays as it is."""
    app = world.state["apps"].get(app_id)
    assert app is not None  # noqa: S101 - it was put there a moment ago
    if app_id not in world.state["registry_apps"]:
        owner = next((one["imperal_id"] for one in world.state["users"].find(role="admin")), "")
        times = {name: app[name] for name in ("created_at", "updated_at")}
        more = {name: app[name] for name in ("description", "category", "version")}
        _catalogue.register(world, app_id, owner_id=owner, name=app["name"], **more, **times)
    world.state["registry_manifests"].put(
        {
            "app_id": app_id,
            "version": app["version"],
            "tools": _manifests.registry_tools(app),
            "skeleton_sections": _manifests.registry_sections(app),
        }
    )
