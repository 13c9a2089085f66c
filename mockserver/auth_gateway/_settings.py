"""Settings of people: an own value, else the tenant's default, else the platform's."""

from __future__ import annotations

from typing import Any

from mockserver.kit import Doc, World

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
    """Return every setting of a user with inheritance applied (effect 17)."""
    tenant = world.state["tenant_settings"].get(user["tenant_id"])
    own = world.state["settings"].get(user["imperal_id"])
    merged = dict(PLATFORM)
    if tenant is not None:
        merged.update({name: value for name, value in tenant["settings"].items() if name in PLATFORM})
    if own is not None:
        merged.update({name: value for name, value in own["values"].items() if value is not None})
    return merged


def value(world: World, user: Doc, name: str) -> Any:
    """Return one setting of a user with inheritance applied."""
    return resolved(world, user)[name]


def confirms(world: World, user: Doc, action_type: str) -> bool:
    """Tell whether a user is asked before an action of that type: their role's policy, then their settings (C07)."""
    role = world.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    policy = role["confirmation_policy"] if role else "default_on"
    if policy in ("enforced", "disabled"):
        return policy == "enforced"
    own = world.state["settings"].get(user["imperal_id"])
    if policy == "default_off" and (own is None or own["values"].get("confirmation_enabled") is None):
        return False
    settings = resolved(world, user)
    return bool(settings["confirmation_enabled"]) and bool(settings["confirmation_actions"].get(action_type, True))
