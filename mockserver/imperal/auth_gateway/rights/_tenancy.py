"""Tenants as walls: whose people and things a caller may see (rules I03, I06, S16).

An admin sees their own tenant; what belongs to another is unknown (404). The platform itself, when it names nobody
to act for, sees every tenant by id, and lists the one that ``X-Tenant-ID`` names (default: ``default``).
"""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem

HOME = "default"  # the platform's own tenant


def tenant_of(call: Call) -> str:
    """Return the tenant that a caller works in; refuses with 403 a change in one that is not there."""
    user = call.caller.user
    if user is not None:
        return str(user["tenant_id"])
    named = call.headers.get("x-tenant-id") or HOME
    if named not in call.state["tenants"] and call.op.spec.method != "GET":
        raise Problem(403, f"There is no tenant {named[:80]!r}. Name one of GET /v1/tenants in X-Tenant-ID.")
    return named


def reaches(call: Call, tenant_id: str | None) -> bool:
    """Tell whether a caller may see and change what belongs to a tenant."""
    return call.caller.user is None or call.caller.user["tenant_id"] == tenant_id


def runs_platform(call: Call) -> bool:
    """Tell whether a caller keeps what all tenants share: the platform itself, and the admins of its own tenant."""
    return reaches(call, HOME)


def person(call: Call, user_id: str) -> Doc:
    """Return a user within a caller's reach; refuses with 404. Only an ``imperal_id`` names anybody (rule A15)."""
    user = call.state["users"].get(user_id)
    if user is None or not reaches(call, user["tenant_id"]):
        raise Problem(404, f"There is no user {user_id[:80]!r}. GET /v1/users lists them; use imperal_id, not id.")
    return user


def self_or_admin(call: Call, user_id: str) -> Doc:
    """Return a user for themselves, for an admin of their tenant, or for the platform (rules I06, S16).

    Refuses with 403 or 404.
    """
    if call.caller.user is None:
        return person(call, user_id)
    if user_id == call.user_id:
        return call.user
    if call.user["role"] != "admin":
        raise Problem(403, "You may ask about yourself only; this is for the user in the path or an admin.")
    return person(call, user_id)
