"""The Registry's older store of extension records (`/extensions`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, either, first, perhaps, recipe

from ...session import Session
from ...shared import registry


def _ready(session: Session, ext_id: str, **more: Any) -> Ready:
    who, where = session.users.registry, {"ext_id": ext_id}
    return Ready(who, None, where, **more)


def _watch(session: Session, ext_id: str) -> tuple[Read, ...]:
    return (Read(registry.RECORD, session.users.registry, {"ext_id": ext_id}),)


@recipe(registry.RECORDS)
def list_(session: Session) -> Ready:
    """List the active records; there is one at least."""
    perhaps(session, lambda: session.shared("a record", lambda: registry.record(session)))
    return Ready(session.users.registry, query={"status": "active"})


@recipe(registry.MAKE_RECORD)
def create(session: Session) -> Ready:
    """Make a record with every field."""
    ext_id = session.users.fresh("rec")
    body = {
        "id": ext_id,
        "display_name": f"Record {ext_id}",
        "description": "A record that lives for a minute.",
        "version": "3.2.1",
        "manifest": {"kind": "reader", "nested": {"list": [1, "two", None]}},
    }
    return Ready(session.users.registry, body=body, watch=_watch(session, ext_id))


@recipe(registry.RECORD)
def read(session: Session) -> Ready:
    """Read one record."""
    made = either(
        session,
        lambda: session.shared("a record", lambda: registry.record(session)),
        lambda: first(session, "a record", registry.RECORDS, session.users.registry)["id"],
    )
    return _ready(session, str(made))


@recipe(registry.PUT_RECORD)
def update(session: Session) -> Ready:
    """Change every field of a record that was just made."""
    body = {
        "display_name": "Another shown name",
        "description": "Another description.",
        "version": "9.8.7",
        "status": "retired",
        "manifest": {"kind": "writer", "other": {"deep": False}},
    }
    ext_id = registry.record(session)
    return _ready(session, ext_id, body=body, watch=_watch(session, ext_id))


@recipe(registry.DELETE_RECORD)
def delete(session: Session) -> Ready:
    """Remove a record that was just made."""
    ext_id = registry.record(session)
    return _ready(session, ext_id, watch=_watch(session, ext_id))
