"""Roles (`/v1/roles`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, perhaps, recipe

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


def _make(session: Session) -> dict[str, Any]:
    return {"role_id": session.send("POST /v1/roles", session.users.deputy, body=body(session))["id"]}


def _trail(session: Session, **query: Any) -> tuple[Read, ...]:
    """Return the read that shows a change of a role: its own trail, for the list of roles is everybody's."""
    return (Read("GET /v1/audit", session.users.deputy.bearer, query={"target_type": "role", **query}),)


@recipe("GET /v1/roles")
def list_(session: Session) -> Ready:
    """List the roles of a tenant."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy)


@recipe("POST /v1/roles")
def create(session: Session) -> Ready:
    """Make a role with everything that a role may give."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy, body=body(session), watch=_trail(session, actor_id=deputy.imperal_id))


@recipe("PATCH /v1/roles/{role_id}")
def change(session: Session) -> Ready:
    """Change everything of a role that nobody holds."""
    deputy, where = session.users.deputy, session.shared("a role", lambda: _make(session))
    changes = {
        "display_name": session.users.fresh("renamed"),
        "default_scopes": ["notes:read"],
        "default_attributes": {"team": "sales"},
        "default_extensions": [],
        "confirmation_policy": "disabled",
        "max_concurrent_tasks": 9,
        "monthly_action_limit": 4321,
        "context_window": 44,
    }
    watch = _trail(session, target_id=where["role_id"])
    return Ready(deputy.bearer, deputy, where, {"cascade": True}, body=changes, watch=watch)


@recipe("DELETE /v1/roles/{role_id}")
def delete(session: Session) -> Ready:
    """Delete a role that was just made and that nobody holds."""
    deputy, where = session.users.deputy, _make(session)
    return Ready(deputy.bearer, deputy, where, watch=_trail(session, target_id=where["role_id"]))
