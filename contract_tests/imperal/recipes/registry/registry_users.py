"""What the Registry knows of people: installs, refresh rules, messages to their session."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Stage, perhaps, recipe

from ... import registry


def _ready(stage: Stage, *watch: str, **more: Any) -> Ready:
    """Return a request about one person with the platform key; `watch` names reads of the same person."""
    who, person = stage.cast.registry, registry.person(stage)
    where = {"user_id": person.imperal_id}
    return Ready(who, person, where, watch=tuple(Read(op, who, where) for op in watch), **more)


@recipe(registry.INSTALLS)
def installs(stage: Stage) -> Ready:
    """List the installs of somebody who has one."""
    return _ready(stage)


@recipe(registry.INSTALL)
def install(stage: Stage) -> Ready:
    """Install a new app for somebody, with a configuration."""
    body = {"app_id": registry.active_app(stage), "config": {"pinned": True, "order": [3, 1]}}
    return _ready(stage, registry.INSTALLS, body=body)


@recipe(registry.UNINSTALL)
def uninstall(stage: Stage) -> Ready:
    """Remove an install that was just recorded."""
    ready, app_id = _ready(stage, registry.INSTALLS), registry.active_app(stage)
    assert ready.person is not None
    registry.install(stage, ready.person, app_id)
    return ready.but(params={**ready.params, "app_id": app_id})


@recipe(registry.RULES)
def rules(stage: Stage) -> Ready:
    """List somebody's refresh rules."""
    saving = stage.contract[registry.SAVE_RULES]
    perhaps(stage, lambda: stage.shared("refresh rules", lambda: stage.play(save(stage).but(op=saving)).need()))
    return _ready(stage)


@recipe(registry.SAVE_RULES)
def save(stage: Stage) -> Ready:
    """Replace somebody's refresh rules."""
    rule = {
        "app_id": registry.kept_app(stage),
        "section_name": stage.cast.fresh("section"),
        "enabled": False,
        "ttl": 77,
        "alert_config": {"channel": "mail", "above": {"count": 3}},
    }
    return _ready(stage, registry.RULES, body=[rule, {**rule, "section_name": "inbox", "enabled": True, "ttl": None}])


@recipe(registry.HUB)
def message(stage: Stage) -> Ready:
    """Send a message to somebody's session."""
    return _ready(stage, body={"content": f"Hello {stage.cast.fresh('hub')}", "context": {"source": "specdouble"}})
