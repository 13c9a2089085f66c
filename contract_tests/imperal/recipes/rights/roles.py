"""Roles (`/v1/roles`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Stage, perhaps, recipe

from ...apps import live_app


def body(stage: Stage, **more: Any) -> dict[str, Any]:
    """Return what a role is made of, with every field given and none at its default."""
    name, app = stage.cast.fresh("role"), perhaps(stage, lambda: live_app(stage))
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


def _make(stage: Stage) -> dict[str, Any]:
    return {"role_id": stage.send("POST /v1/roles", stage.cast.deputy, body=body(stage))["id"]}


def _trail(stage: Stage, **query: Any) -> tuple[Read, ...]:
    """Return the read that shows a change of a role: its own trail, for the list of roles is everybody's."""
    return (Read("GET /v1/audit", stage.cast.deputy.bearer, query={"target_type": "role", **query}),)


@recipe("GET /v1/roles")
def list_(stage: Stage) -> Ready:
    """List the roles of a tenant."""
    deputy = stage.cast.deputy
    return Ready(deputy.bearer, deputy)


@recipe("POST /v1/roles")
def create(stage: Stage) -> Ready:
    """Make a role with everything that a role may give."""
    deputy = stage.cast.deputy
    return Ready(deputy.bearer, deputy, body=body(stage), watch=_trail(stage, actor_id=deputy.imperal_id))


@recipe("PATCH /v1/roles/{role_id}")
def change(stage: Stage) -> Ready:
    """Change everything of a role that nobody holds."""
    deputy, where = stage.cast.deputy, stage.shared("a role", lambda: _make(stage))
    changes = {
        "display_name": stage.cast.fresh("renamed"),
        "default_scopes": ["notes:read"],
        "default_attributes": {"team": "sales"},
        "default_extensions": [],
        "confirmation_policy": "disabled",
        "max_concurrent_tasks": 9,
        "monthly_action_limit": 4321,
        "context_window": 44,
    }
    watch = _trail(stage, target_id=where["role_id"])
    return Ready(deputy.bearer, deputy, where, {"cascade": True}, body=changes, watch=watch)


@recipe("DELETE /v1/roles/{role_id}")
def delete(stage: Stage) -> Ready:
    """Delete a role that was just made and that nobody holds."""
    deputy, where = stage.cast.deputy, _make(stage)
    return Ready(deputy.bearer, deputy, where, watch=_trail(stage, target_id=where["role_id"]))
