"""Roles of a tenant: what their holders may do by default."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _roles, _tenancy, _trail


@op("GET /v1/roles")
def list_roles(call: Call) -> list[Doc]:
    """List the roles of the caller's tenant, oldest first."""
    return call.show_all(call.state["roles"].find(tenant_id=_tenancy.tenant_of(call)))


@op("POST /v1/roles")
def create_role(call: Call) -> Doc:
    """Create a role in the caller's tenant."""
    tenant_id, name = _tenancy.tenant_of(call), call.body["name"]
    if _roles.named(call.world, tenant_id, name) is not None:
        raise Problem(409, f"There is a role {name!r} already. Choose another name, or PATCH that role.")
    role = _roles.make(call.world, tenant_id, name, **call.given(*CHANGEABLE))
    _trail.audit(call, "role.create", "role", role["id"], {"name": name}, tenant_id)
    return call.show(role)


@op("PATCH /v1/roles/{role_id}")
def change_role(call: Call) -> Doc:
    """Change the given fields; ``cascade`` gives every holder the role's scopes and attributes anew."""
    role = _require(call)
    changes = {name: value for name, value in call.given(*CHANGEABLE).items() if value is not None}
    changed = call.state["roles"].update(role["id"], **changes)
    cascaded = _roles.reapply(call.world, changed) if call.query["cascade"] else 0
    _trail.audit(call, "role.update", "role", role["id"], _trail.differences(role, changes), role["tenant_id"])
    return call.show(changed, cascaded_count=cascaded)


@op("DELETE /v1/roles/{role_id}")
def delete_role(call: Call) -> Doc:
    """Delete a role that nobody holds; the built-in ones stay."""
    role = _require(call)
    if role["is_system"]:
        raise Problem(403, f"The role {role['name']!r} is built in and stays.")
    holders = call.state["users"].count(tenant_id=role["tenant_id"], role=role["name"])
    if holders:
        raise Problem(409, f"{holders} users still have the role {role['name']!r}. Give them another one first.")
    call.state["roles"].remove(role["id"])
    _trail.audit(call, "role.delete", "role", role["id"], {"name": role["name"]}, role["tenant_id"])
    return {"deleted": True, "role_id": role["id"]}


CHANGEABLE = (
    "display_name",
    "default_scopes",
    "default_attributes",
    "default_extensions",
    "confirmation_policy",
    "max_concurrent_tasks",
    "monthly_action_limit",
    "context_window",
)


def _require(call: Call) -> Doc:
    role = call.state["roles"].get(call.params["role_id"])
    if role is None or not _tenancy.reaches(call, role["tenant_id"]):
        raise Problem(404, f"There is no role {call.params['role_id'][:80]!r}. GET /v1/roles lists them.")
    return role
