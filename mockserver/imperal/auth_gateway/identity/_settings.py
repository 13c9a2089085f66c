"""Settings of people: an own value, else the tenant's default, else the platform's."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World, invalid

PLATFORM: dict[str, Any] = {
    "confirmation_enabled": True,
    "confirmation_actions": {"destructive": True, "write": False},
    "confirmation_overrides": {},
    "kav_max_retries": 2,
    "confirmation_ttl": 300,
    "routing_context": 10,
    "max_tool_rounds": 8,
    "max_response_tokens": 4096,
    "notifications": {"email": True, "push": True},
}


def resolved(world: World, user: Doc) -> Doc:
    """Return every setting of a user with inheritance applied."""
    tenant = world.state["tenant_settings"].get(user["tenant_id"])
    own = world.state["settings"].get(user["imperal_id"])
    merged = dict(PLATFORM)
    if tenant is not None:
        merged.update({name: value for name, value in tenant["settings"].items() if name in PLATFORM})
    if own is not None:
        merged.update({name: value for name, value in own["values"].items() if value is not None})
    return merged


# What a tenant may set beside the settings of people; only the kernel acts on these.
TENANT: dict[str, Any] = {
    "history_ttl_days": 30,
    "default_max_result_tokens": 2000,
    "list_truncate_items": 50,
    "string_truncate_chars": 4000,
}


def tenant_defaults(world: World, tenant_id: str) -> Doc:
    """Return the scalar settings that a tenant's users inherit: the tenant's own, else the platform's."""
    held = world.state["tenant_settings"].get(tenant_id)
    platform = {name: value for name, value in PLATFORM.items() if not isinstance(value, dict)} | TENANT
    return platform | (held["settings"] if held else {})


def merge_tenant_defaults(world: World, tenant_id: str, patch: Doc) -> None:
    """Merge scalars into a tenant's settings; None takes a setting back to the platform's default.

    Refuses with 422 a value of another type than the platform's.
    """
    known = PLATFORM | TENANT
    wrong = [name for name, value in patch.items() if value is not None and not _fits(value, known.get(name))]
    if wrong:
        message = "Input should be of the type of this setting"
        raise invalid(*((("body", name), message, "type_error") for name in wrong))
    held = world.state["tenant_settings"].get(tenant_id)
    merged = {**(held["settings"] if held else {}), **patch}
    kept = {name: value for name, value in merged.items() if value is not None}
    world.state["tenant_settings"].put({"tenant_id": tenant_id, "settings": kept})


def _fits(value: Any, default: Any) -> bool:
    return type(value) is type(default) if default is not None else isinstance(value, bool | int | float | str)


def change(world: World, user: Doc, given: Doc) -> Doc:
    """Merge settings into a user's own and return every setting; None takes one back to the inherited value."""
    user_id, store = user["imperal_id"], world.state["settings"]
    held = store.get(user_id)
    values = {**(held["values"] if held else {}), **given}
    values = {name: value for name, value in values.items() if value is not None}
    store.put({"user_id": user_id, "values": values, "updated_at": world.clock.stamp()})
    world.emit(user_id, "panel_refresh", {"panel": "settings"})
    return resolved(world, user)


def value(world: World, user: Doc, name: str) -> Any:
    """Return one setting of a user with inheritance applied."""
    return resolved(world, user)[name]


def confirms(world: World, user: Doc, action_type: str, app_id: str = "", name: str = "") -> bool:
    """Tell whether a user is asked before an action of that type: their role's policy, then their settings (C07).

    ``confirmation_overrides`` maps an app to its functions and decides for those that it names.
    """
    role = world.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    policy = role["confirmation_policy"] if role else "default_on"
    if policy == "disabled":
        return False
    settings = resolved(world, user)
    listed = bool(settings["confirmation_actions"].get(action_type, True))
    if policy == "enforced":
        return listed or action_type == "destructive"
    own = world.state["settings"].get(user["imperal_id"])
    if policy == "default_off" and (own is None or own["values"].get("confirmation_enabled") is None):
        return False
    own_word = settings["confirmation_overrides"].get(app_id)
    if isinstance(own_word, dict) and name in own_word:
        return bool(own_word[name])
    return bool(settings["confirmation_enabled"]) and listed
