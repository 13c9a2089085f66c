"""Apps of the Registry, with their keys, tool manifests and settings (rules R02-R06, R08, R10, D10, M21)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..auth_gateway.apps import _catalogue
from . import _keys, _manifests, _rows, _settings

PLATFORM_OWNER = "imperal"
UPDATED = ("name", "display_name", "description", "version", "category", "status", "config")
NOT_NULL = ("name", "display_name", "status")


@op("GET /v1/apps")
def list_apps(call: Call) -> list[Doc]:
    """List apps, active ones unless a status is asked for; ``all`` shows deleted ones too (R06, R08)."""
    equals = {"owner_id": call.query["owner_id"], "status": call.query["status"]}
    if equals["status"] == "all":
        del equals["status"]
    if equals["owner_id"] is None:
        del equals["owner_id"]
    rows = call.state["registry_apps"].find(**equals)
    return call.show_all(row for row in rows if _rows.visible(call, row["app_id"]))


@op("POST /v1/apps")
def register(call: Call) -> Doc:
    """Register an app: provisioning until its first tools come; a known id is 409 (R05)."""
    body = call.body
    app_id = body["app_id"]
    held = call.state["registry_apps"].get(app_id)
    if held is not None and held["status"] != "deleted":
        raise Problem(409, f"The app {app_id!r} is registered already. PUT /v1/apps/{app_id} changes it.")
    row = _catalogue.register(
        call.world,
        app_id,
        owner_id=body.get("owner_id") or PLATFORM_OWNER,
        name=body.get("name") or body["display_name"],
        status="provisioning",
        **call.given("display_name", "description", "version", "category", "config"),
    )
    return call.show(row)


@op("GET /v1/apps/{app_id}")
def read(call: Call) -> Doc:
    """Show one app."""
    return call.show(_rows.app(call))


@op("PUT /v1/apps/{app_id}", "PATCH /v1/apps/{app_id}")
def update(call: Call) -> Doc:
    """Change the given fields; PATCH is the older verb for the same (D10). ``config`` is replaced whole."""
    row = _rows.app(call)
    fields = UPDATED if call.op.spec.method == "PUT" else ("display_name", "status", "config")
    changes = {name: value for name, value in call.given(*fields).items() if value is not None or name not in NOT_NULL}
    return call.show(call.state["registry_apps"].update(row["app_id"], **changes))


@op("DELETE /v1/apps/{app_id}")
def delete(call: Call) -> Doc:
    """Delete an app softly: 404 from now on, its tools and everybody's installs gone (R08)."""
    app_id = _rows.app(call)["app_id"]
    removed = _catalogue.remove(call.world, app_id)
    return {"app_id": app_id, "status": "deleted", "message": f"Deleted with {removed} installs; kept for 30 days."}


# -- keys ----------------------------------------------------------------------------------------------------------


@op("GET /v1/apps/{app_id}/keys")
def list_keys(call: Call) -> Doc:
    """List the keys of an app by prefix (R06)."""
    keys = _keys.listed(call.world, _rows.app(call)["app_id"])
    return {"keys": keys, "total": len(keys)}


@op("POST /v1/apps/{app_id}/keys")
def create_key(call: Call) -> Doc:
    """Create a key: full, or readonly (R02)."""
    return _keys.create(call.world, _rows.app(call)["app_id"], call.body.get("scope", "full"))


@op("DELETE /v1/apps/{app_id}/keys/{key_id}")
def revoke_key(call: Call) -> Doc:
    """Revoke a key; it is unknown from now on."""
    _keys.revoke(call.world, _rows.app(call)["app_id"], call.params["key_id"])
    return {"key_id": call.params["key_id"], "status": "revoked"}


# -- tools ---------------------------------------------------------------------------------------------------------


@op("GET /v1/apps/{app_id}/tools")
def read_tools(call: Call) -> Doc:
    """Show what was pushed last."""
    return call.show(_manifests.of(call.world, _rows.app(call)["app_id"]))


@op("PUT /v1/apps/{app_id}/tools")
def push_tools(call: Call) -> Doc:
    """Replace tools and skeleton sections whole (R03); the gateway's manifest stays as it is (M21)."""
    app_id = _rows.app(call)["app_id"]
    tools, sections = _manifests.read_tools(call, app_id), _manifests.read_sections(call, app_id)
    _catalogue.push_tools(call.world, app_id, tools, sections, call.body.get("version"))
    return {
        "app_id": app_id,
        "tools_registered": len(tools),
        "tools_count": len(tools),
        "skeleton_sections_count": len(sections),
        "status": _rows.app(call)["status"],
        "domains": sorted({domain for tool in tools for domain in tool["domains"]}),
    }


# -- settings ------------------------------------------------------------------------------------------------------


@op("GET /v1/apps/{app_id}/settings")
def read_settings(call: Call) -> Doc:
    """Show the settings of an app over the platform's."""
    return _settings.of(call.world, _rows.app(call)["app_id"])


@op("PUT /v1/apps/{app_id}/settings")
def save_settings(call: Call) -> Doc:
    """Merge sections deeply; nothing is lost by leaving it out (R04)."""
    saved = _settings.save(call.world, _rows.app(call)["app_id"], call.body)
    return {"message": "Settings saved.", "updated_sections": saved, "skeleton_reloaded": "skeleton" in saved}
