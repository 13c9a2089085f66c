"""The Registry's older store of extension records (`/extensions`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Stage, either, first, perhaps, recipe

from ... import registry


def _ready(stage: Stage, ext_id: str, **more: Any) -> Ready:
    who, where = stage.cast.registry, {"ext_id": ext_id}
    return Ready(who, None, where, **more)


def _watch(stage: Stage, ext_id: str) -> tuple[Read, ...]:
    return (Read(registry.RECORD, stage.cast.registry, {"ext_id": ext_id}),)


@recipe(registry.RECORDS)
def list_(stage: Stage) -> Ready:
    """List the active records; there is one at least."""
    perhaps(stage, lambda: stage.shared("a record", lambda: registry.record(stage)))
    return Ready(stage.cast.registry, query={"status": "active"})


@recipe(registry.MAKE_RECORD)
def create(stage: Stage) -> Ready:
    """Make a record with every field."""
    ext_id = stage.cast.fresh("rec")
    body = {
        "id": ext_id,
        "display_name": f"Record {ext_id}",
        "description": "A record that lives for a minute.",
        "version": "3.2.1",
        "manifest": {"kind": "reader", "nested": {"list": [1, "two", None]}},
    }
    return Ready(stage.cast.registry, body=body, watch=_watch(stage, ext_id))


@recipe(registry.RECORD)
def read(stage: Stage) -> Ready:
    """Read one record."""
    made = either(
        stage,
        lambda: stage.shared("a record", lambda: registry.record(stage)),
        lambda: first(stage, "a record", registry.RECORDS, stage.cast.registry)["id"],
    )
    return _ready(stage, str(made))


@recipe(registry.PUT_RECORD)
def update(stage: Stage) -> Ready:
    """Change every field of a record that was just made."""
    body = {
        "display_name": "Another shown name",
        "description": "Another description.",
        "version": "9.8.7",
        "status": "retired",
        "manifest": {"kind": "writer", "other": {"deep": False}},
    }
    ext_id = registry.record(stage)
    return _ready(stage, ext_id, body=body, watch=_watch(stage, ext_id))


@recipe(registry.DELETE_RECORD)
def delete(stage: Stage) -> Ready:
    """Remove a record that was just made."""
    ext_id = registry.record(stage)
    return _ready(stage, ext_id, watch=_watch(stage, ext_id))
