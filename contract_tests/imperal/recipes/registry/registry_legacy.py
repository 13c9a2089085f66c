"""The Registry's older store of extension records (`/extensions`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, changes, perhaps, recipe

from ...session import Session
from ...shared import registry


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
    who = session.users.registry
    return Ready(who, body=body, watch=(Read(registry.RECORD, who, {"ext_id": ext_id}),))


@changes(registry.PUT_RECORD, fresh=True)
def update(_session: Session) -> dict[str, Any]:
    """Change every field of a record that was just made."""
    return {
        "display_name": "Another shown name",
        "description": "Another description.",
        "version": "9.8.7",
        "status": "retired",
        "manifest": {"kind": "writer", "other": {"deep": False}},
    }
