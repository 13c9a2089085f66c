"""What the Registry knows of people, by ``imperal_id`` (rule R09): their installs and their refresh rules (R07)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..auth_gateway.apps import _apps
from . import _rows

RULE = ("app_id", "section_name", "enabled", "ttl", "alert_config")


@op("GET /v1/users/{user_id}/extensions")
def list_installs(call: Call) -> list[Doc]:
    """List the installs of a user, oldest first: the store that the gateway reads too."""
    installs = call.state["installs"].find(user_id=call.params["user_id"])
    return call.show_all(one for one in installs if _rows.visible(call, one["app_id"]))


@op("POST /v1/users/{user_id}/extensions")
def install(call: Call) -> Doc:
    """Record an install; a suspended or deleted app, or a user that is not there, is unknown."""
    user_id, app_id = call.params["user_id"], call.body["app_id"]
    if user_id not in call.state["users"]:
        raise Problem(404, f"There is no user {user_id[:80]!r}.")
    if _rows.live(call.world, app_id)["status"] == "suspended":
        raise Problem(404, f"There is no active app {app_id!r}. GET /v1/apps lists them.")
    if _apps.installed(call.world, user_id, app_id):
        raise Problem(409, f"{app_id} is installed for this user already.")
    made = _apps.install(call.world, user_id, app_id)
    config = call.body.get("config")
    return call.show(call.state["installs"].update(made["id"], config=config) if config else made)


@op("DELETE /v1/users/{user_id}/extensions/{app_id}")
def uninstall(call: Call) -> Doc:
    """Remove an install; system apps stay (M06)."""
    user_id, app_id = call.params["user_id"], call.params["app_id"]
    if not _apps.installed(call.world, user_id, app_id):
        raise Problem(404, f"{app_id[:80]} is not installed for this user.")
    app = call.state["apps"].get(app_id)
    if app is not None and app.get("system"):
        raise Problem(403, f"{app_id} is a system app and stays installed.")
    _apps.uninstall(call.world, user_id, app_id)
    return {"id": app_id, "deleted": True}


@op("GET /v1/users/{user_id}/automations")
def list_rules(call: Call) -> Doc:
    """List the refresh rules of a user: not the gateway's automations."""
    held = call.state["registry_rules"].get(call.params["user_id"])
    rules = [rule for rule in (held["rules"] if held else ()) if _rows.visible(call, rule["app_id"])]
    return {"automations": rules}


@op("PUT /v1/users/{user_id}/automations")
def save_rules(call: Call) -> Doc:
    """Replace the refresh rules of a user by a bare array (R07)."""
    user_id = call.params["user_id"]
    rules = [{"user_id": user_id, **{name: rule.get(name) for name in RULE}} for rule in call.body]
    call.state["registry_rules"].put({"user_id": user_id, "rules": rules})
    return {"message": "Rules saved.", "rules_count": len(rules), "skeleton_reloaded": True}
