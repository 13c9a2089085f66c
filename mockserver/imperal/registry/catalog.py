"""The catalogue: what the web-kernel reads at the start of a chat session (rules M21, R08)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _manifests, _rows

TOOL = ("activity", "name", "description", "required_scopes")


@op("GET /v1/catalog")
def catalog(call: Call) -> Doc:
    """Show the active apps with tools and sections; for a named user the installed ones only."""
    user_id, rows = call.query["user_id"], list(_rows.active(call))
    if user_id is not None:
        if user_id not in call.state["users"]:
            raise Problem(404, f"There is no user {user_id[:80]!r}.")
        rows = _manifests.installed(call.world, user_id, rows)
    apps = [_manifests.of(call.world, row["app_id"]) for row in rows]
    return {"apps": apps, "total": len(apps), "user_id": user_id}


@op("GET /v1/catalog/tools")
def tools(call: Call) -> list[Doc]:
    """List every tool of the active apps, flat."""
    manifests = [_manifests.of(call.world, row["app_id"]) for row in _rows.active(call)]
    return [
        {"app_id": manifest["app_id"], **{name: tool[name] for name in TOOL}}
        for manifest in manifests
        for tool in manifest["tools"]
    ]
