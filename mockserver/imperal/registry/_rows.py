"""The Registry's rows: which app a path names, and what a caller may see of a list (rules R02, R08)."""

from __future__ import annotations

from collections.abc import Iterator

from specdouble.mock.kit import Call, Doc, Problem, World


def app(call: Call) -> Doc:
    """Return the row of the app that the path names; an unknown or deleted one is 404."""
    return live(call.world, call.params["app_id"])


def live(world: World, app_id: str) -> Doc:
    """Return the row of an app; refuses with 404 an unknown or deleted one."""
    row = world.state["registry_apps"].get(app_id)
    if row is None or row["status"] == "deleted":
        raise Problem(404, f"There is no app {app_id[:80]!r}. GET /v1/apps lists them.")
    return row


def visible(call: Call, app_id: str) -> bool:
    """Tell whether the caller's key opens an app: the platform key opens all, an app key its own."""
    return bool(call.caller.claims.get("app_id", app_id) == app_id)


def active(call: Call) -> Iterator[Doc]:
    """Yield the active apps that the caller's key opens, oldest first."""
    return (row for row in call.state["registry_apps"].find(status="active") if visible(call, row["app_id"]))
