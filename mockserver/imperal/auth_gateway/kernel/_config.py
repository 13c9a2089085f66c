"""Configuration in layers: what the platform, a tenant, an app and a user have set, and what follows from it.

A row belongs to a scope (platform, tenant, app, user), the id of its owner, and a tenant. It holds three trees:
``config``, ``enforced`` (what nobody below may change) and ``role_defaults`` (a tree per role).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from specdouble.mock.kit import Doc, World

HOME = "default"
TREES = ("config", "enforced", "role_defaults")


def merged(old: Doc, sent: Doc, whole: Collection[str] = (), at: str = "") -> Doc:
    """Merge one tree into another, object by object; ``whole`` names dotted paths that are replaced as they are."""
    result = dict(old)
    for name, value in sent.items():
        held, path = old.get(name), f"{at}{name}"
        deeper = isinstance(held, dict) and isinstance(value, dict) and path not in whole
        result[name] = merged(held or {}, value, whole, f"{path}.") if deeper else value
    return result


def row(world: World, scope: str, scope_id: str, tenant_id: str | None, app_id: str | None) -> Doc:
    """Return the address of a row: what was not named follows from its scope.

    The platform's rows have no tenant, a tenant's row has its own, a user's row the one they are in; an app's row
    belongs to the tenant that was named, and to ``default`` when none was. The row of an app names the app.
    """
    if scope == "platform":
        tenant_id = None
    elif scope == "tenant":
        tenant_id = scope_id
    elif scope == "user":
        user = world.state["users"].get(scope_id)
        tenant_id = user["tenant_id"] if user else tenant_id or HOME
    else:
        tenant_id, app_id = tenant_id or HOME, scope_id
    return {"scope": scope, "scope_id": scope_id, "tenant_id": tenant_id, "app_id": app_id}


def read(world: World, address: Doc) -> Doc | None:
    """Return a row, or None where nothing was ever set."""
    return world.state["configs"].get(_key(address))


def write(world: World, address: Doc, given: Doc, by: str) -> Doc:
    """Merge what was sent into a row, which comes into being if need be, and return it; ``by`` is who sets it."""
    held = read(world, address) or {"id": _key(address), **address, **{tree: {} for tree in TREES}}
    whole = frozenset(given.get("replace_paths") or ())
    trees = {tree: merged(held[tree], given[tree], whole) for tree in TREES if given.get(tree) is not None}
    updated = {"updated_by": by, "updated_at": world.clock.stamp()}
    return world.state["configs"].put({**held, **trees, **updated})


def resolve(world: World, tenant_id: str, app_id: str, role: str, user_id: str) -> Doc:
    """Return what holds for a user of an app: later layers win over earlier ones.

    Platform, tenant, the defaults of the role, app, user, and last what platform and tenant enforce. In each scope
    a row for all apps comes before the one for this app.
    """
    above = [*_rows(world, "platform", None, None, app_id), *_rows(world, "tenant", tenant_id, tenant_id, app_id)]
    app = list(_rows(world, "app", app_id, tenant_id, app_id))
    own = list(_rows(world, "user", user_id, tenant_id, app_id)) if user_id else []
    roles = [one["role_defaults"].get(role) for one in (*above, *app)]
    layers: list[Any] = [
        *(one["config"] for one in above),
        *(defaults for defaults in roles if isinstance(defaults, dict)),
        *(one["config"] for one in (*app, *own)),
        *(one["enforced"] for one in above),
    ]
    result: Doc = {}
    for layer in layers:
        result = merged(result, layer)
    return result


def _rows(world: World, scope: str, scope_id: str | None, tenant_id: str | None, app_id: str) -> Iterator[Doc]:
    """Yield the rows of a scope that count for an app, those for all apps first."""
    configs = world.state["configs"]
    found = list(configs.find(scope=scope) if scope_id is None else configs.find(scope=scope, scope_id=scope_id))
    for wanted in (None, app_id):
        yield from (one for one in found if one["app_id"] == wanted and one["tenant_id"] == tenant_id)


def _key(address: Doc) -> str:
    return "/".join(str(address[name] or "") for name in ("scope", "scope_id", "tenant_id", "app_id"))
