"""Tenants: the platform's customers, each with its own people, roles and agencies."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, invalid, op

from . import _roles, _tenancy, _trail

UNREACHABLE = ".invalid"  # the top-level domain that never resolves (RFC 2606)


@op("POST /v1/tenants")
def create_tenant(call: Call) -> Doc:
    """Create a tenant with the built-in roles; the database's password is forgotten at once, the rest never shown."""
    body = call.body
    tenant_id = body["tenant_id"]
    if tenant_id in call.state["tenants"]:
        raise Problem(409, f"There is a tenant {tenant_id!r} already. Choose another tenant_id.")
    parent = body.get("parent_tenant_id")
    if parent is not None and _find(call, parent) is None:
        raise invalid((("body", "parent_tenant_id"), f"There is no tenant {parent[:80]!r}", "value_error"))
    now = call.world.clock.stamp()
    tenant = {
        "id": call.world.ids.new("tnt_", 10),
        "tenant_id": tenant_id,
        "name": body["name"],
        "db_backend": body.get("db_backend", "mariadb"),
        "db_config": _without_password(body["db_config"]),
        "isolation": body.get("isolation", "dedicated"),
        "allowed_auth_methods": body.get("allowed_auth_methods", "email,api_key"),
        "max_connections": body.get("max_connections", 10),
        "features": body.get("features", {}),
        "is_active": True,
        "created_at": now,
        "updated_at": now,
        "parent_tenant_id": parent,
        "can_resell": False,
        "custom_pricing": {},
        "ui_config": {},
        "managed_by": call.caller.user["tenant_id"] if call.caller.user else None,
    }
    call.state["tenants"].add(tenant)
    _roles.equip(call.world, tenant_id)
    _trail.audit(call, "tenant.create", "tenant", tenant_id, {"name": tenant["name"]}, tenant_id)
    return call.show(tenant)


@op("GET /v1/tenants")
def list_tenants(call: Call) -> list[Doc]:
    """List the tenants within the caller's reach, oldest first."""
    return call.show_all(tenant for tenant in call.state["tenants"] if _reaches(call, tenant))


@op("GET /v1/tenants/{tenant_id}")
def read_tenant(call: Call) -> Doc:
    """Show one tenant."""
    return call.show(_require(call))


@op("PATCH /v1/tenants/{tenant_id}")
def change_tenant(call: Call) -> Doc:
    """Change the given fields; an inactive tenant's people cannot log in (403)."""
    tenant = _require(call)
    changes = {name: value for name, value in call.given().items() if name in CHANGEABLE and value is not None}
    if "db_config" in changes:
        changes["db_config"] = _without_password(changes["db_config"])
    shown = {name: value for name, value in changes.items() if name != "db_config"}
    _trail.audit(
        call,
        "tenant.update",
        "tenant",
        tenant["tenant_id"],
        _trail.differences(tenant, shown),
        tenant["tenant_id"],
    )
    return call.show(call.state["tenants"].update(tenant["tenant_id"], **changes))


@op("DELETE /v1/tenants/{tenant_id}")
def delete_tenant(call: Call) -> Doc:
    """Remove a tenant that nobody belongs to any more, with its roles, scopes, agencies and defaults."""
    tenant_id = _require(call)["tenant_id"]
    if tenant_id == _tenancy.HOME:
        raise Problem(409, "The tenant 'default' is the platform's own and stays.")
    people = call.state["users"].count(tenant_id=tenant_id)
    if people:
        raise Problem(
            409, f"{people} users still belong to {tenant_id!r}. Delete them for good first (permanent=true)."
        )
    if any(tenant_id in (one["parent_tenant_id"], one.get("managed_by")) for one in call.state["tenants"]):
        raise Problem(409, f"Other tenants still belong to {tenant_id!r}. Delete them first.")
    for name in ("roles", "scopes", "agencies", "tenant_settings"):
        call.state[name].remove_where(tenant_id=tenant_id)
    call.state["tenants"].remove(tenant_id)
    _trail.audit(call, "tenant.delete", "tenant", tenant_id)
    return {"id": tenant_id, "deleted": True}


@op("GET /v1/tenants/{tenant_id}/health")
def tenant_health(call: Call) -> Doc:
    """Tell whether a tenant's database answers: a host under ``.invalid`` does not, nor does an inactive tenant's."""
    tenant = _require(call)
    host = str((tenant.get("db_config") or {}).get("host", ""))
    if not tenant["is_active"]:
        message = "The tenant is not active."
    elif host.endswith(UNREACHABLE):
        message = f"No connection to {tenant['db_backend']}."
    else:
        return call.show(tenant, healthy=True, message="Connection OK")
    return call.show(tenant, healthy=False, message=message)


CHANGEABLE = frozenset({"name", "db_config", "allowed_auth_methods", "max_connections", "features", "is_active"})


def _reaches(call: Call, tenant: Doc) -> bool:
    """Tell whether a caller may see a tenant: their own, and those that theirs has made or stands above."""
    own = call.caller.user["tenant_id"] if call.caller.user else None
    return own is None or own in (tenant["tenant_id"], tenant["parent_tenant_id"], tenant.get("managed_by"))


def _find(call: Call, tenant_id: str) -> Doc | None:
    tenant = call.state["tenants"].get(tenant_id)
    return tenant if tenant is not None and _reaches(call, tenant) else None


def _require(call: Call) -> Doc:
    tenant = _find(call, call.params["tenant_id"])
    if tenant is None:
        raise Problem(404, f"There is no tenant {call.params['tenant_id'][:80]!r}. GET /v1/tenants lists them.")
    return tenant


def _without_password(config: Doc) -> Doc:
    return {name: value for name, value in config.items() if name != "password"}
