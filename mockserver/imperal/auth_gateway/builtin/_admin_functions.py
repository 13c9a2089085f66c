"""The functions of the admin app: what an administrator may do by the API, by name; anybody else is refused (S13)."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from ..functions._declared import FLAG, OBJECT, TEXT, TEXTS, WHOLE, Functions, up_to
from ..functions._inner import ask
from ..functions._outcomes import FunctionError, Performed, text

FUNCTIONS = Functions("admin")
add = FUNCTIONS.add
PERSON = "/v1/users/{user_id}"
_USER: dict[str, Any] = {"user_id": TEXT}
_APP: dict[str, Any] = {"app_id": TEXT}


def _who(params: Doc) -> Doc:
    return {"user_id": text(params, "user_id")}


def _items(found: Any, word: str) -> Performed:
    items = found if isinstance(found, list) else next(part for part in found.values() if isinstance(part, list))
    return {"items": items, "total": len(items)}, f"{len(items)} {word}."


# -- people --------------------------------------------------------------------------------------------------------


@add("list_users", "read", "List the people of the tenant.", search=TEXT, role=TEXT, limit=up_to(200))
def _list_users(world: World, user: Doc, params: Doc) -> Performed:
    query = {**{name: params[name] for name in ("search", "role", "limit") if params.get(name)}}
    return _items(ask(world, user, "GET /v1/users", query={**query, "include_inactive": True}), "people")


@add("create_user", "write", "Create a person.", "email", "password", email=TEXT, password=TEXT, role=TEXT)
def _create_user(world: World, user: Doc, params: Doc) -> Performed:
    made = ask(world, user, "POST /v1/users", body={name: params[name] for name in params})
    return made, f"{made['email']} is there."


@add(
    "update_user",
    "write",
    "Change role, scopes, attributes or activity of a person.",
    "user_id",
    **_USER,
    role=TEXT,
    is_active=FLAG,
    scopes=TEXTS,
    attributes=OBJECT,
)
def _update_user(world: World, user: Doc, params: Doc) -> Performed:
    names = ("role", "is_active", "scopes", "attributes")
    changes = {name: params[name] for name in names if params.get(name) not in (None, "")}
    if not changes:
        raise FunctionError("Name at least one of role, is_active, scopes, attributes.")
    return _change(world, user, params, changes)


@add(
    "set_user_attribute",
    "write",
    "Set an attribute of a person.",
    "user_id",
    "attr_key",
    **_USER,
    attr_key=TEXT,
    attr_value=TEXT,
)
def _set_attribute(world: World, user: Doc, params: Doc) -> Performed:
    held = ask(world, user, f"GET {PERSON}", params=_who(params))["attributes"]
    return _change(
        world, user, params, {"attributes": {**held, text(params, "attr_key"): params.get("attr_value", "")}}
    )


@add(
    "remove_user_attribute", "write", "Remove an attribute of a person.", "user_id", "attr_key", **_USER, attr_key=TEXT
)
def _remove_attribute(world: World, user: Doc, params: Doc) -> Performed:
    held, name = ask(world, user, f"GET {PERSON}", params=_who(params))["attributes"], text(params, "attr_key")
    if name not in held:
        raise FunctionError(f"There is no attribute {name!r}; there are: {', '.join(held) or 'none'}.")
    return _change(world, user, params, {"attributes": {one: held[one] for one in held if one != name}})


@add("deactivate_user", "destructive", "Deactivate a person; they can be activated again.", "user_id", **_USER)
def _deactivate(world: World, user: Doc, params: Doc) -> Performed:
    return ask(world, user, f"DELETE {PERSON}", params=_who(params)), "The person is deactivated."


@add("hard_delete_user", "destructive", "Delete a person and all that is theirs, for good.", "user_id", **_USER)
def _delete_user(world: World, user: Doc, params: Doc) -> Performed:
    gone = ask(world, user, f"DELETE {PERSON}", params=_who(params), query={"permanent": True})
    return gone, "The person is deleted."


def _change(world: World, user: Doc, params: Doc, changes: Doc) -> Performed:
    changed = ask(world, user, f"PATCH {PERSON}", params=_who(params), body=changes)
    return changed, f"{changed['email']} is changed."


# -- roles and scopes ----------------------------------------------------------------------------------------------


@add("list_roles", "read", "List the roles with their scopes.")
def _list_roles(world: World, user: Doc, _params: Doc) -> Performed:
    return _items(ask(world, user, "GET /v1/roles"), "roles")


@add("create_role", "write", "Create a role.", "name", name=TEXT, display_name=TEXT, default_scopes=TEXTS)
def _create_role(world: World, user: Doc, params: Doc) -> Performed:
    body = {name: params[name] for name in ("name", "display_name", "default_scopes") if params.get(name) is not None}
    return ask(world, user, "POST /v1/roles", body=body), f"The role {params['name']} is there."


@add(
    "update_role",
    "write",
    "Change a role.",
    role_id=TEXT,
    role_name=TEXT,
    display_name=TEXT,
    default_scopes=TEXTS,
    cascade=FLAG,
)
def _update_role(world: World, user: Doc, params: Doc) -> Performed:
    body = {name: params[name] for name in ("display_name", "default_scopes") if params.get(name)}
    if not body:
        raise FunctionError("Name at least one of display_name, default_scopes.")
    role, query = _role(world, user, params), {"cascade": params.get("cascade", False)}
    return ask(world, user, "PATCH /v1/roles/{role_id}", params=role, query=query, body=body), "The role is changed."


@add("delete_role", "destructive", "Delete a role.", role_id=TEXT, role_name=TEXT)
def _delete_role(world: World, user: Doc, params: Doc) -> Performed:
    gone = _role(world, user, params)
    ask(world, user, "DELETE /v1/roles/{role_id}", params=gone)
    return {**gone, "deleted": True}, "The role is deleted."


def _role(world: World, user: Doc, params: Doc) -> Doc:
    wanted = params.get("role_id") or text(params, "role_name", "role_id")
    roles = _items(ask(world, user, "GET /v1/roles"), "roles")[0]["items"]
    found = next((one for one in roles if wanted in (one["id"], one["name"])), None)
    if found is None:
        raise FunctionError(f"There is no role {wanted!r}; there are: {', '.join(one['name'] for one in roles)}.")
    return {"role_id": found["id"]}


@add("list_scopes", "read", "List the scopes.", resource=TEXT, source=TEXT)
def _list_scopes(world: World, user: Doc, params: Doc) -> Performed:
    query = {name: params[name] for name in ("resource", "source") if params.get(name)}
    return _items(ask(world, user, "GET /v1/scopes", query=query), "scopes")


@add(
    "create_scope",
    "write",
    "Create a scope.",
    "resource",
    "action",
    resource=TEXT,
    action=TEXT,
    display_name=TEXT,
    description=TEXT,
)
def _create_scope(world: World, user: Doc, params: Doc) -> Performed:
    return ask(world, user, "POST /v1/scopes", body=dict(params)), f"{params['resource']}:{params['action']} is there."


@add("delete_scope", "destructive", "Delete a scope.", scope_id=WHOLE, scope_name=TEXT)
def _delete_scope(world: World, user: Doc, params: Doc) -> Performed:
    scopes = _items(ask(world, user, "GET /v1/scopes"), "scopes")[0]["items"]
    wanted = params.get("scope_id") or text(params, "scope_name", "scope_id")
    found = next((one for one in scopes if wanted in (one["id"], one["name"])), None)
    if found is None:
        raise FunctionError(f"There is no scope {wanted!r}; list_scopes lists them.")
    ask(world, user, "DELETE /v1/scopes/{scope_id}", params={"scope_id": found["id"]})
    return {"scope_id": found["id"], "name": found["name"], "deleted": True}, "The scope is deleted."


@add("effective_scopes", "read", "Show every scope that a person has, and from where.", "user_id", **_USER)
def _effective(world: World, user: Doc, params: Doc) -> Performed:
    return ask(world, user, "GET /v1/scopes/effective/{user_id}", params=_who(params)), "These are the scopes."


@add("audit_log", "read", "Show the audit log, newest first.", actor=TEXT, target=TEXT, action=TEXT, limit=up_to(100))
def _audit(world: World, user: Doc, params: Doc) -> Performed:
    names = {"actor": "actor_id", "target": "target_id", "action": "action"}
    query = {to: params[name] for name, to in names.items() if params.get(name)}
    return _items(ask(world, user, "GET /v1/audit", query={**query, "per_page": params.get("limit", 50)}), "entries")


# -- apps ----------------------------------------------------------------------------------------------------------


@add("list_extensions", "read", "List every app, whatever its status.")
def _list_apps(world: World, user: Doc, _params: Doc) -> Performed:
    return _items(ask(world, user, "GET /v1/admin/apps"), "apps")


@add("suspend_extension", "destructive", "Take an app away from everybody.", "app_id", **_APP)
def _suspend(world: World, user: Doc, params: Doc) -> Performed:
    return _status(world, user, params, "suspended")


@add("activate_extension", "write", "Give a suspended app back.", "app_id", **_APP)
def _activate(world: World, user: Doc, params: Doc) -> Performed:
    return _status(world, user, params, "active")


def _status(world: World, user: Doc, params: Doc, status: str) -> Performed:
    app = {"app_id": text(params, "app_id")}
    put = ask(world, user, "POST /v1/admin/apps/{app_id}/status", params=app, body={"status": status})
    return put, f"{app['app_id']} is {status}."


@add("list_user_extensions", "read", "List the apps of a person.", "user_id", **_USER)
def _user_apps(world: World, user: Doc, params: Doc) -> Performed:
    return _items(ask(world, user, f"GET {PERSON}/extensions", params=_who(params)), "apps")


@add("list_extension_users", "read", "List who can reach an app.", "app_id", **_APP)
def _app_users(world: World, user: Doc, params: Doc) -> Performed:
    app = {"app_id": text(params, "app_id")}
    return _items(ask(world, user, "GET /v1/extensions/{app_id}/users", params=app), "people")


@add("system_health", "read", "Tell whether the platform is well.")
def _health(world: World, user: Doc, _params: Doc) -> Performed:
    if user["role"] != "admin":
        raise FunctionError("This needs the role admin.")
    return ask(world, user, "GET /healthz"), "The platform is well."
