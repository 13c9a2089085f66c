"""Scopes: the catalogue of permissions, and what a user ends up with."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, invalid, op

from . import _scopes, _tenancy, _trail


@op("GET /v1/scopes")
def list_scopes(call: Call) -> list[Doc]:
    """List the scopes that the caller's tenant sees: the shared ones and its own, by number."""
    wanted = {name: value for name, value in call.query.items() if value is not None}
    scopes = call.state["scopes"]
    seen = [
        *scopes.find(tenant_id=_scopes.SHARED, **wanted),
        *scopes.find(tenant_id=_tenancy.tenant_of(call), **wanted),
    ]
    return call.show_all(sorted(seen, key=lambda scope: int(scope["id"])))


@op("POST /v1/scopes")
def create_scope(call: Call) -> Doc:
    """Register a scope; its name defaults to ``resource:action``.

    Without a tenant_id it is shared by all tenants when the platform's own tenant makes it, else the maker's own.
    """
    body = call.body
    own = _tenancy.tenant_of(call)
    tenant_id = body.get("tenant_id", _scopes.SHARED)
    if tenant_id == _scopes.SHARED:
        tenant_id = _scopes.SHARED if _tenancy.runs_platform(call) else own
    elif tenant_id not in call.state["tenants"] or not _tenancy.reaches(call, tenant_id):
        raise invalid((("body", "tenant_id"), f"There is no tenant {tenant_id[:80]!r}", "value_error"))
    name = body.get("name") or f"{body['resource']}:{body['action']}"
    seen = {_scopes.SHARED, tenant_id}
    if any(held["tenant_id"] in seen for held in call.state["scopes"].find(name=name)):
        raise Problem(409, f"There is a scope {name!r} already. GET /v1/scopes lists them.")
    scope = {
        "id": call.world.serial("scopes"),
        "name": name,
        "resource": body["resource"],
        "action": body["action"],
        "display_name": body.get("display_name"),
        "description": body.get("description"),
        "source": body.get("source", "tenant"),
        "source_id": body.get("source_id"),
        "tenant_id": tenant_id,
        "is_system": False,
        "created_at": call.world.clock.stamp(),
    }
    call.state["scopes"].add(scope)
    _trail.audit(call, "scope.create", "scope", scope["id"], {"name": name}, own)
    return call.show(scope)


@op("GET /v1/scopes/effective/{user_id}")
def effective_scopes(call: Call) -> Doc:
    """Show what a user may do in the end, and where each scope comes from; for themselves or an admin (I06)."""
    user = _tenancy.self_or_admin(call, call.params["user_id"])
    kept, denied = _scopes.effective(call.world, user)
    return {
        "user_id": user["imperal_id"],
        "role": user["role"],
        "scopes": [{"scope": scope, "source": source} for scope, source in kept.items()],
        "denied": [{"scope": scope, "source": "user"} for scope in denied],
    }


@op("PATCH /v1/scopes/{scope_id}")
def change_scope(call: Call) -> Doc:
    """Change a scope's label and description; its name stays."""
    scope = _require(call)
    changes = call.given("display_name", "description")
    changed = call.state["scopes"].update(scope["id"], **changes)
    _trail.audit(call, "scope.update", "scope", scope["id"], _trail.differences(scope, changes))
    return call.show(changed)


@op("DELETE /v1/scopes/{scope_id}")
def delete_scope(call: Call) -> Doc:
    """Delete a scope that no role and no user refers to; the built-in ones stay."""
    scope = _require(call)
    if scope["is_system"]:
        raise Problem(403, f"The scope {scope['name']!r} is built in and stays.")
    if _scopes.in_use(call.world, scope):
        raise Problem(409, f"A role or a user still refers to {scope['name']!r}. Take it from them first.")
    call.state["scopes"].remove(scope["id"])
    _trail.audit(call, "scope.delete", "scope", scope["id"], {"name": scope["name"]})
    return {"deleted": True, "id": scope["id"]}


def _require(call: Call) -> Doc:
    """Return a scope that the caller may change: their tenant's, or a shared one if they run the platform."""
    scope = call.state["scopes"].get(call.params["scope_id"])
    shared = scope is not None and scope["tenant_id"] == _scopes.SHARED
    if scope is None or not (shared or _tenancy.reaches(call, scope["tenant_id"])):
        raise Problem(404, f"There is no scope {call.params['scope_id']}. GET /v1/scopes lists them.")
    if shared and not _tenancy.runs_platform(call):
        raise Problem(403, f"The scope {scope['name']!r} is shared by all tenants; the platform keeps it.")
    return scope
