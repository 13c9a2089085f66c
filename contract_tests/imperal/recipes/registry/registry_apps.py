"""Apps of the Registry, with their keys, tools and settings."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Stage, perhaps, recipe

from ... import registry


def _ready(stage: Stage, app_id: str, *watch: str, **more: Any) -> Ready:
    """Return a request on one app with the platform key; `watch` names reads of the same app."""
    who, where = stage.cast.registry, {"app_id": app_id}
    return Ready(who, None, where, watch=tuple(Read(op, who, where) for op in watch), **more)


@recipe(registry.APPS)
def list_(stage: Stage) -> Ready:
    """List the active apps of an owner."""
    perhaps(stage, lambda: registry.kept_app(stage))
    return Ready(stage.cast.registry, query={"owner_id": registry.owner(stage), "status": "active"})


@recipe(registry.MAKE)
def register(stage: Stage) -> Ready:
    """Register an app with every field."""
    who, app_id = stage.cast.registry, stage.cast.fresh("reg")
    body = {
        "app_id": app_id,
        "display_name": f"Shown {app_id}",
        "owner_id": registry.owner(stage),
        "config": {"region": "eu", "limits": {"rows": 25}, "beta": False},
        "name": f"Named {app_id}",
        "description": "An app that lives for a minute.",
        "version": "0.3.1",
        "category": "finance",
    }
    return Ready(who, body=body, watch=(Read(registry.APP, who, {"app_id": app_id}),))


@recipe(registry.APP)
def read(stage: Stage) -> Ready:
    """Read one app."""
    return _ready(stage, registry.kept_app(stage))


@recipe(registry.PUT_APP)
def update(stage: Stage) -> Ready:
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
    return _ready(stage, registry.new_app(stage, config={"old": True}), registry.APP, body=body)


@recipe(registry.PATCH_APP)
def patch(stage: Stage) -> Ready:
    """Change every field of an app by the older verb."""
    body = {"display_name": "A patched name", "status": "suspended", "config": {"patched": {"deep": True}}}
    return _ready(stage, registry.new_app(stage, config={"old": True}), registry.APP, body=body)


@recipe(registry.DELETE_APP)
def delete(stage: Stage) -> Ready:
    """Delete an app that has tools."""
    return _ready(stage, registry.active_app(stage), registry.APP)


@recipe(registry.KEYS)
def keys(stage: Stage) -> Ready:
    """List the keys of an app that has one."""
    app_id = registry.kept_app(stage)
    perhaps(stage, lambda: stage.shared("a key of a Registry app", lambda: registry.app_key(stage, app_id)))
    return _ready(stage, app_id)


@recipe(registry.MAKE_KEY)
def make_key(stage: Stage) -> Ready:
    """Make a key that only reads."""
    app_id = str(stage.shared("a Registry app for keys", lambda: registry.new_app(stage)))
    return _ready(stage, app_id, registry.KEYS, body={"scope": "readonly"})


@recipe(registry.REVOKE)
def revoke(stage: Stage) -> Ready:
    """Revoke a key that was just made."""
    ready = make_key(stage)
    made = stage.send(registry.MAKE_KEY, ready.who, params=ready.params, body={"scope": "full"})
    return ready.but(params={**ready.params, "key_id": made["key_id"]}, body=None)


@recipe(registry.TOOLS)
def tools(stage: Stage) -> Ready:
    """Read the tools of an app that has some."""
    return _ready(stage, registry.kept_app(stage))


@recipe(registry.PUSH)
def push(stage: Stage) -> Ready:
    """Push the first tools of an app."""
    return _ready(stage, registry.new_app(stage), registry.TOOLS, body=registry.manifest("notes", "mails"))


@recipe(registry.SETTINGS)
def settings(stage: Stage) -> Ready:
    """Read the settings of an app."""
    return _ready(stage, registry.kept_app(stage))


@recipe(registry.SAVE)
def save(stage: Stage) -> Ready:
    """Change every section of the settings of an app."""
    app_id = str(stage.shared("a Registry app for settings", lambda: registry.new_app(stage)))
    mark = stage.cast.fresh("set")
    names = ("general", "models", "persona", "alerts", "router", "session", "monitoring", "skeleton")
    body = {name: {"mark": mark, "deep": {"list": [name]}} for name in names}
    return _ready(stage, app_id, registry.SETTINGS, body=body)
