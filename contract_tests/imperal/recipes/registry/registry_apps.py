"""Apps of the Registry, with their keys, tools and settings."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, perhaps, recipe

from ...session import Session
from ...shared import registry


def _ready(session: Session, app_id: str, *watch: str, **more: Any) -> Ready:
    """Return a request on one app with the platform key; `watch` names reads of the same app."""
    who, where = session.users.registry, {"app_id": app_id}
    return Ready(who, None, where, watch=tuple(Read(op, who, where) for op in watch), **more)


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


@recipe(registry.APP)
def read(session: Session) -> Ready:
    """Read one app."""
    return _ready(session, registry.kept_app(session))


@recipe(registry.PUT_APP)
def update(session: Session) -> Ready:
    """Change every field of an app that was just registered."""
    body = {
        "name": "Another name",
        "display_name": "Another shown name",
        "description": "Another description.",
        "version": "4.5.6",
        "category": "health",
        "status": "suspended",
        "config": {"region": "us", "nested": {"deep": [1, 2, None]}},
    }
    return _ready(session, registry.new_app(session, config={"old": True}), registry.APP, body=body)


@recipe(registry.PATCH_APP)
def patch(session: Session) -> Ready:
    """Change every field of an app by the older verb."""
    body = {"display_name": "A patched name", "status": "suspended", "config": {"patched": {"deep": True}}}
    return _ready(session, registry.new_app(session, config={"old": True}), registry.APP, body=body)


@recipe(registry.DELETE_APP)
def delete(session: Session) -> Ready:
    """Delete an app that has tools."""
    return _ready(session, registry.active_app(session), registry.APP)


@recipe(registry.KEYS)
def keys(session: Session) -> Ready:
    """List the keys of an app that has one."""
    app_id = registry.kept_app(session)
    perhaps(session, lambda: session.shared("a key of a Registry app", lambda: registry.app_key(session, app_id)))
    return _ready(session, app_id)


@recipe(registry.MAKE_KEY)
def make_key(session: Session) -> Ready:
    """Make a key that only reads."""
    app_id = str(session.shared("a Registry app for keys", lambda: registry.new_app(session)))
    return _ready(session, app_id, registry.KEYS, body={"scope": "readonly"})


@recipe(registry.REVOKE)
def revoke(session: Session) -> Ready:
    """Revoke a key that was just made."""
    ready = make_key(session)
    made = session.send(registry.MAKE_KEY, ready.who, params=ready.params, body={"scope": "full"})
    return ready.but(params={**ready.params, "key_id": made["key_id"]}, body=None)


@recipe(registry.TOOLS)
def tools(session: Session) -> Ready:
    """Read the tools of an app that has some."""
    return _ready(session, registry.kept_app(session))


@recipe(registry.PUSH)
def push(session: Session) -> Ready:
    """Push the first tools of an app."""
    return _ready(session, registry.new_app(session), registry.TOOLS, body=registry.manifest("notes", "mails"))


@recipe(registry.SETTINGS)
def settings(session: Session) -> Ready:
    """Read the settings of an app."""
    return _ready(session, registry.kept_app(session))


@recipe(registry.SAVE)
def save(session: Session) -> Ready:
    """Change every section of the settings of an app."""
    app_id = str(session.shared("a Registry app for settings", lambda: registry.new_app(session)))
    mark = session.users.fresh("set")
    names = ("general", "models", "persona", "alerts", "router", "session", "monitoring", "skeleton")
    body = {name: {"mark": mark, "deep": {"list": [name]}} for name in names}
    return _ready(session, app_id, registry.SETTINGS, body=body)
