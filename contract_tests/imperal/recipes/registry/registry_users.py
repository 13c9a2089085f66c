"""What the Registry knows of people: installs, refresh rules, messages to their session."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, perhaps, recipe

from ...session import Session
from ...shared import registry


def _ready(session: Session, *watch: str, **more: Any) -> Ready:
    """Return a request about one person with the platform key; `watch` names reads of the same person."""
    who, person = session.users.registry, registry.person(session)
    where = {"user_id": person.imperal_id}
    return Ready(who, person, where, watch=tuple(Read(op, who, where) for op in watch), **more)


@recipe(registry.INSTALL)
def install(session: Session) -> Ready:
    """Install a new app for somebody, with a configuration."""
    body = {"app_id": registry.active_app(session), "config": {"pinned": True, "order": [3, 1]}}
    return _ready(session, registry.INSTALLS, body=body)


@recipe(registry.RULES)
def rules(session: Session) -> Ready:
    """List somebody's refresh rules."""
    saving = session.contract[registry.SAVE_RULES]
    perhaps(session, lambda: session.shared("refresh rules", lambda: session.play(save(session).but(op=saving)).need()))
    return _ready(session)


@recipe(registry.SAVE_RULES)
def save(session: Session) -> Ready:
    """Replace somebody's refresh rules."""
    rule = {
        "app_id": registry.kept_app(session),
        "section_name": session.users.fresh("section"),
        "enabled": False,
        "ttl": 77,
        "alert_config": {"channel": "mail", "above": {"count": 3}},
    }
    return _ready(session, registry.RULES, body=[rule, {**rule, "section_name": "inbox", "enabled": True, "ttl": None}])


@recipe(registry.HUB)
def message(session: Session) -> Ready:
    """Send a message to somebody's session."""
    return _ready(session, body={"content": f"Hello {session.users.fresh('hub')}", "context": {"source": "specdouble"}})
