"""Apps of the Registry, with their keys, tools and settings."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, changes, perhaps, recipe

from ...session import Session
from ...shared import registry


@recipe(registry.APPS)
def list_(session: Session) -> Ready:
    """List the active apps of an owner."""
    perhaps(session, lambda: registry.kept_app(session))
    return Ready(session.users.registry, query={"owner_id": registry.owner(session), "status": "active"})


@recipe(registry.MAKE)
def register(session: Session) -> Ready:
    """Register an app with every field."""
    who, app_id = session.users.registry, session.users.fresh("reg")
    body = {
        "app_id": app_id,
        "display_name": f"Shown {app_id}",
        "owner_id": registry.owner(session),
        "config": {"region": "eu", "limits": {"rows": 25}, "beta": False},
        "name": f"Named {app_id}",
        "description": "An app that lives for a minute.",
        "version": "0.3.1",
        "category": "finance",
    }
    return Ready(who, body=body, watch=(Read(registry.APP, who, {"app_id": app_id}),))


@changes(registry.PUT_APP, fresh=True)
def update(_session: Session) -> dict[str, Any]:
    """Change every field of an app that was just registered."""
    return {
        "name": "Another name",
        "display_name": "Another shown name",
        "description": "Another description.",
        "version": "4.5.6",
        "category": "health",
        "status": "suspended",
        "config": {"region": "us", "nested": {"deep": [1, 2, None]}},
    }


@changes(registry.PATCH_APP, fresh=True)
def patch(_session: Session) -> dict[str, Any]:
    """Change every field of an app by the older verb."""
    return {"display_name": "A patched name", "status": "suspended", "config": {"patched": {"deep": True}}}


@changes(registry.SAVE)
def save(session: Session) -> dict[str, Any]:
    """Change every section of the settings of an app."""
    mark = session.users.fresh("set")
    names = ("general", "models", "persona", "alerts", "router", "session", "monitoring", "skeleton")
    return {name: {"mark": mark, "deep": {"list": [name]}} for name in names}


@changes(registry.MAKE_KEY)
def make_key(_session: Session) -> dict[str, Any]:
    """Make a key that only reads."""
    return {"scope": "readonly"}


@recipe(registry.TOOLS)
def tools(session: Session) -> Ready:
    """Read the tools of an app that has some."""
    return Ready(session.users.registry, params={"app_id": registry.kept_app(session)})


@changes(registry.PUSH, fresh=True)
def push(_session: Session) -> dict[str, Any]:
    """Push the first tools of an app."""
    return registry.manifest("notes", "mails")
