"""What the control plane's routes share: the person and the app that a body names."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, Problem, World

from .identity import _people


def person(world: World, body: Doc) -> Doc:
    """Return the person whom a body names by user_id, or by email and tenant_id (default: user@example.com)."""
    user: Doc | None
    if "user_id" in body:
        user = world.state["users"].get(str(body["user_id"]))
    else:
        email, tenant_id = body.get("email", "user@example.com"), body.get("tenant_id", "default")
        user = _people.by_email(world, str(email), str(tenant_id))
    if user is None:
        raise Problem(404, "There is no such person. Name one by email (and tenant_id), or by user_id.")
    return user


def app(world: World, app_id: Any) -> Doc:
    """Return an app; refuses with 404 an unknown one."""
    found = world.state["apps"].get(app_id) if isinstance(app_id, str) else None
    if found is None:
        raise Problem(404, f"There is no app {app_id!r}.")
    return found
