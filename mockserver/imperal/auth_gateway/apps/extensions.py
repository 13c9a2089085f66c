"""Calling the functions of apps, and who may reach which app."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _apps, _calls


@op("POST /v1/extensions/{app_id}/call")
def call_function(call: Call) -> Doc:
    """Run one function for the caller; a failing function is still HTTP 200 (C01, C02, C05)."""
    app = _calls.require_access(call)
    return _calls.run(call.world, call.user, app, call.body["function"], call.body.get("params") or {}).result


@op("POST /v1/extensions/{app_id}/batch")
def batch(call: Call) -> list[Doc]:
    """Run several functions in order; a failing item does not stop the rest (C04)."""
    app = _calls.require_access(call)
    user = call.user
    return [
        _calls.run(call.world, user, app, item["function"], item.get("params") or {}).result
        for item in call.body["calls"]
    ]


@op("POST /v1/extensions/{app_id}/operate")
def operate(call: Call) -> Doc:
    """Run a function through the guarded executor: at once, after a confirmation, or in the panel only (C07, C08)."""
    app = _calls.require_access(call)
    return _calls.operate(
        call.world,
        call.user,
        app,
        call.body["function"],
        call.body.get("params") or {},
        bypassed=bool(call.body.get("confirmation_bypassed")),
    )


@op("GET /v1/extensions/access")
def access(call: Call) -> Doc:
    """Show which apps each user of a tenant can reach (S07)."""
    tenant_id = call.query["tenant_id"]
    world = call.world
    return {
        "tenant_id": tenant_id,
        "users": {
            user["imperal_id"]: [
                app["app_id"]
                for _held, app in _apps.reachable(world, user["imperal_id"])
                if app["status"] == "active"
                and not _apps.disabled(world, user["imperal_id"], app["app_id"])
                and _apps.denied(world, user["imperal_id"], app["app_id"]) is None
            ]
            for user in call.state["users"].find(tenant_id=tenant_id)
            if user["is_active"]
        },
    }


@op("GET /v1/extensions/{app_id}/users")
def users(call: Call) -> Doc:
    """List the users of the admin's tenant and whether each may reach an app."""
    app_id = call.params["app_id"]
    if app_id not in call.state["apps"]:
        raise Problem(404, f"There is no app {app_id!r}.")
    tenant_id = call.caller.user["tenant_id"] if call.caller.user else "default"
    rows = []
    for user in call.state["users"].find(tenant_id=tenant_id):
        reason = _reason(call, user, app_id)
        rows.append(
            {
                "imperal_id": user["imperal_id"],
                "email": user["email"],
                "role": user["role"],
                "access": "denied" if reason else "granted",
                "reason": reason,
            }
        )
    return {"app_id": app_id, "users": rows, "total": len(rows)}


def _reason(call: Call, user: Doc, app_id: str) -> str | None:
    """Say why a user cannot reach an app, or None."""
    world, user_id = call.world, user["imperal_id"]
    policy = _apps.denied(world, user_id, app_id)
    if policy is not None:
        return str(policy.get("reason") or "denied by policy")
    if not user["is_active"]:
        return "the account is deactivated"
    if not _apps.installed(world, user_id, app_id):
        return "not installed"
    return "disabled" if _apps.disabled(world, user_id, app_id) else None
