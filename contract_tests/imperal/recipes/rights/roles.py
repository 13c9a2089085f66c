"""Roles (`/v1/roles`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, changes, perhaps, recipe

from ...session import Session
from ...shared.apps import live_app


def body(session: Session, **more: Any) -> dict[str, Any]:
    """Return what a role is made of, with every field given and none at its default."""
    name, app = session.users.fresh("role"), perhaps(session, lambda: live_app(session))
    return {
        "name": name,
        "display_name": f"Role {name}",
        "default_scopes": ["notes:read", "notes:write"],
        "default_attributes": {"team": "content", "floor": 3},
        "default_extensions": [app.app_id] if app else [],
        "confirmation_policy": "enforced",
        "max_concurrent_tasks": 7,
        "monthly_action_limit": 1234,
        "context_window": 33,
        **more,
    }


@recipe("POST /v1/roles")
def create(session: Session) -> Ready:
    """Make a role with everything that a role may give."""
    deputy = session.users.deputy
    # The log of the deputy's own changes shows it, for the list of roles is everybody's.
    trail = Read("GET /v1/audit", deputy.bearer, query={"target_type": "role", "actor_id": deputy.imperal_id})
    return Ready(deputy.bearer, deputy, body=body(session), watch=(trail,))


@changes("PATCH /v1/roles/{role_id}", {"cascade": True})
def change(session: Session) -> dict[str, Any]:
    """Change everything of a role that nobody holds."""
    return {
        "display_name": session.users.fresh("renamed"),
        "default_scopes": ["notes:read"],
        "default_attributes": {"team": "sales"},
        "default_extensions": [],
        "confirmation_policy": "disabled",
        "max_concurrent_tasks": 9,
        "monthly_action_limit": 4321,
        "context_window": 44,
    }
