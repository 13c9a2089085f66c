"""Scopes: permissions named ``resource:action``, how they match, and which ones a user ends up with."""

from __future__ import annotations

from specdouble.mock.kit import Doc, World

from . import _roles

SHARED = "_platform_"  # the tenant_id of scopes that every tenant sees


def matches(held: str, wanted: str) -> bool:
    """Tell whether a held scope covers a wanted one: the same, ``resource:*``, ``*:action`` or ``*``."""
    if held in ("*", wanted):
        return True
    resource, _, action = held.partition(":")
    wanted_resource, _, wanted_action = wanted.partition(":")
    return resource in ("*", wanted_resource) and bool(action) and action in ("*", wanted_action)


def effective(world: World, user: Doc) -> tuple[dict[str, str], list[str]]:
    """Return the scopes that a user ends up with, each with where it comes from, and those denied to them.

    A user has the defaults of their role and their own scopes, less whatever a denial covers.
    """
    role = _roles.named(world, user["tenant_id"], user["role"])
    origins = dict.fromkeys(role["default_scopes"] if role else (), "role")
    for scope in user["scopes"]:
        origins.setdefault(scope, "user")
    denied = list(user.get("denied_scopes") or ())
    kept = {scope: source for scope, source in origins.items() if not any(matches(no, scope) for no in denied)}
    return kept, denied


def holds(world: World, user: Doc, wanted: str) -> bool:
    """Tell whether a user's effective scopes cover a wanted one."""
    kept, denied = effective(world, user)
    return any(matches(scope, wanted) for scope in kept) and not any(matches(no, wanted) for no in denied)


def in_use(world: World, scope: Doc) -> bool:
    """Tell whether a role or a user of the tenants that see a scope has it; a denial does not hold it."""
    name, tenant_id = scope["name"], scope["tenant_id"]
    where = {} if tenant_id == SHARED else {"tenant_id": tenant_id}
    if any(name in role["default_scopes"] for role in world.state["roles"].find(**where)):
        return True
    return any(name in user["scopes"] for user in world.state["users"].find(**where))
