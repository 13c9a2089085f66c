"""The people of a tenant: their records, access, apps and live conversation."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op, part

from ..agent import _chats
from ..apps import _apps
from ..rights import _agencies, _roles, _scopes, _tenancy, _trail
from . import _access, _people


@op("GET /v1/users")
def list_users(call: Call) -> Doc:
    """Page through the people of the caller's tenant, newest first (I03).

    Inactive ones are hidden unless asked for; ``search`` looks into e-mail addresses, ``scope`` at effective scopes.
    """
    users, query = call.state["users"], call.query
    limit, offset = query["limit"], query["offset"]
    equals: Doc = {"tenant_id": _tenancy.tenant_of(call)}
    if query["role"] is not None:
        equals["role"] = query["role"]
    active = query["is_active"] if query["is_active"] is not None or query["include_inactive"] else True
    if active is not None:
        equals["is_active"] = active
    search, scope = (query["search"] or "").lower(), query["scope"]
    if search or scope:
        found = [
            user
            for user in users.newest(**equals)
            if search in user["email"] and (not scope or _scopes.holds(call.world, user, scope))
        ]
        shown, total = list(part(found, offset, limit)), len(found)
    else:
        shown, total = users.page(offset, limit, **equals), users.count(**equals)
    return {
        "items": [_view(user) for user in shown],
        "total": total,
        "limit": limit,
        "offset": offset,
    }


@op("POST /v1/users")
def create_user(call: Call) -> Doc:
    """Create a verified account with its role's scopes, attributes and apps."""
    body, tenant_id = call.body, _tenancy.tenant_of(call)
    name = body.get("role", "user")
    role = _require_role(call, tenant_id, name)
    _require_agency(call, body.get("agency_id"), tenant_id)
    _people.require_free_email(call.world, body["email"], tenant_id)
    more = {field: value for field, value in call.given("scopes", "agency_id").items() if value is not None}
    if body.get("attributes") is not None:
        more["attributes"] = {**role["default_attributes"], **body["attributes"]}
    user = _people.create(
        call.world,
        email=body["email"],
        password=body["password"],
        tenant_id=tenant_id,
        verified=True,
        role=name,
        **more,
    )
    changes = {"email": user["email"], "role": name}
    _trail.audit(call, "user.create", "user", user["imperal_id"], changes, tenant_id)
    return _view(user)


@op("GET /v1/users/{user_id}")
def read_user(call: Call) -> Doc:
    """Show a person to themselves or to an admin (I06)."""
    return _view(_tenancy.self_or_admin(call, call.params["user_id"]))


@op("PATCH /v1/users/{user_id}")
def change_user(call: Call) -> Doc:
    """Change role, scopes, attributes (replaced whole, E14), activity (A14) or agency (null: none)."""
    user = _tenancy.person(call, call.params["user_id"])
    given = call.given("role", "scopes", "attributes", "is_active", "agency_id")
    changes = {name: value for name, value in given.items() if value is not None or name == "agency_id"}
    if "role" in changes:
        _require_role(call, user["tenant_id"], changes["role"])
    _require_agency(call, changes.get("agency_id"), user["tenant_id"])
    if changes.get("is_active") is False:
        _people.deactivate(call.world, user["imperal_id"])
    elif changes.get("is_active") and not user["is_active"]:
        _people.reactivate(call.world, user["imperal_id"])
    changed = call.state["users"].update(user["imperal_id"], **changes)
    differences = _trail.differences(user, changes)
    if differences:
        _trail.audit(call, "user.update", "user", user["imperal_id"], differences, user["tenant_id"])
        payload = {"panel": "access", "fields": sorted(differences)}
        call.world.emit(user["imperal_id"], "panel_refresh", payload)
    return _view(changed)


@op("DELETE /v1/users/{user_id}")
def delete_user(call: Call) -> Doc:
    """Deactivate a person, or with ``permanent`` delete them and everything that is theirs."""
    user = _tenancy.person(call, call.params["user_id"])
    user_id, permanent = user["imperal_id"], call.query["permanent"]
    if call.caller.user is not None and user_id == call.user_id:
        raise Problem(409, "You cannot delete your own account. Ask another admin.")
    if permanent:
        _people.erase(call.world, user_id)
    else:
        _people.deactivate(call.world, user_id)
    action = "user.delete" if permanent else "user.deactivate"
    _trail.audit(call, action, "user", user_id, None, user["tenant_id"])
    return {"imperal_id": user_id, "is_active": False, "deleted": True, "permanent": permanent}


@op("POST /v1/users/{user_id}/reset-conversation")
def reset_conversation(call: Call) -> Doc:
    """Forget a person's live chat: history, session memory, caches; a second time there is nothing left."""
    user_id = _tenancy.self_or_admin(call, call.params["user_id"])["imperal_id"]
    dropped, worked = _chats.reset(call.world, user_id)
    if dropped:
        call.world.emit(user_id, "panel_refresh", {"panel": "chat"})
    return {"redis_keys_deleted": dropped, "workflow_terminated": worked}


@op("GET /v1/users/{user_id}/extensions")
def user_extensions(call: Call) -> Doc:
    """List a person's apps with the state of their access, for themselves or an admin (I06)."""
    user = _tenancy.self_or_admin(call, call.params["user_id"])
    return {"user_id": user["imperal_id"], "extensions": _access.access_of(call.world, user["imperal_id"])}


@op("POST /v1/users/{user_id}/extensions/disable")
def disable_extension(call: Call) -> Doc:
    """Switch an app off for a person, installed or not."""
    user, app_id = _tenancy.person(call, call.params["user_id"]), call.body["app_id"]
    call.need("apps", app_id, f"There is no app {app_id[:80]!r}. GET /v1/admin/apps lists them.")
    result = _access.switch_off(call.world, user["imperal_id"], app_id)
    _audit_switch(call, user, app_id, "disable", "enabled", "disabled")
    return result


@op("DELETE /v1/users/{user_id}/extensions/disable/{app_id}")
def enable_extension(call: Call) -> Doc:
    """Switch an app on again for a person."""
    user, app_id = _tenancy.person(call, call.params["user_id"]), call.params["app_id"]
    if not _apps.disabled(call.world, user["imperal_id"], app_id):
        raise Problem(404, f"{app_id[:80]!r} is not switched off for this user. GET their extensions to see.")
    result = _access.switch_on(call.world, user["imperal_id"], app_id)
    _audit_switch(call, user, app_id, "enable", "disabled", "enabled")
    return result


FIELDS = (
    "id",
    "imperal_id",
    "email",
    "tenant_id",
    "agency_id",
    "role",
    "scopes",
    "attributes",
    "is_active",
    "auth_method",
    "created_at",
    "last_login",
)


def _view(user: Doc) -> Doc:
    return {name: user[name] for name in FIELDS}


def _require_role(call: Call, tenant_id: str, name: str) -> Doc:
    role = _roles.named(call.world, tenant_id, name)
    if role is None:
        raise Problem(404, f"There is no role {name[:80]!r}. GET /v1/roles lists them.")
    return role


def _require_agency(call: Call, agency_id: str | None, tenant_id: str) -> None:
    if agency_id is None:
        return
    agency = _agencies.visible(call, agency_id)
    if agency is None or agency["tenant_id"] not in (None, tenant_id):
        raise Problem(404, f"There is no agency {agency_id[:80]!r}. GET /v1/agencies lists them.")


def _audit_switch(call: Call, user: Doc, app_id: str, verb: str, before: str, after: str) -> None:
    changes = {app_id: {"before": before, "after": after}}
    _trail.audit(call, f"extension.{verb}", "user", user["imperal_id"], changes, user["tenant_id"])
