"""Roles: the built-in ones that every tenant has, and what a role gives to its holders."""

from __future__ import annotations

from specdouble.mock.kit import Doc, World

from ..identity import _people

SYSTEM: tuple[tuple[str, str, list[str], str], ...] = (
    ("admin", "Administrator", ["*"], "default_off"),
    ("user", "User", _people.DEFAULT_SCOPES, "default_on"),
    ("viewer", "Viewer", ["*:read"], "enforced"),
    ("developer", "Developer", [*_people.DEFAULT_SCOPES, "developer:*"], "default_on"),
)  # name, display name, scopes, confirmation policy


def make(world: World, tenant_id: str, name: str, **more: object) -> Doc:
    """Add a role to a tenant; what is not given has the documented default."""
    role = {
        "id": world.ids.new("role_", 12),
        "tenant_id": tenant_id,
        "name": name,
        "display_name": "",
        "default_scopes": [],
        "default_attributes": {},
        "default_extensions": [],
        "confirmation_policy": "default_off",
        "max_concurrent_tasks": 3,
        "monthly_action_limit": 500,
        "context_window": 20,
        "is_system": False,
        "created_at": world.clock.stamp(),
        **more,
    }
    return world.state["roles"].add(role)


def equip(world: World, tenant_id: str) -> None:
    """Give a new tenant the built-in roles."""
    for name, label, scopes, policy in SYSTEM:
        make(
            world,
            tenant_id,
            name,
            display_name=label,
            default_scopes=list(scopes),
            confirmation_policy=policy,
            is_system=True,
        )


def named(world: World, tenant_id: str, name: str) -> Doc | None:
    """Return a role of a tenant by name, or None."""
    return world.state["roles"].first(tenant_id=tenant_id, name=name)


def reapply(world: World, role: Doc) -> int:
    """Give every holder of a role its scopes and attributes anew; returns how many there are.

    Attributes of their own that the role does not name stay: the billing profile lives there.
    """
    users = world.state["users"]
    holders = list(users.find(tenant_id=role["tenant_id"], role=role["name"]))
    for user in holders:
        attributes = {**user["attributes"], **role["default_attributes"]}
        users.update(user["imperal_id"], scopes=list(role["default_scopes"]), attributes=attributes)
        world.emit(user["imperal_id"], "panel_refresh", {"panel": "access", "role": role["name"]})
    return len(holders)
