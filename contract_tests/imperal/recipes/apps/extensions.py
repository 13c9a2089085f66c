"""Calls of functions (`/v1/extensions/{app_id}/…`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Stage, perhaps, recipe

from ...apps import READ, WRITE, whole_app
from ...calling import ACTIONS, BATCH, CALL, OPERATE, reader, regular


def _ready(stage: Stage, **body: Any) -> Ready:
    person, app_id = regular(stage), whole_app(stage).app_id
    who = {"user_id": person.imperal_id, "tenant_id": person.tenant_id}
    watch = (Read(ACTIONS, person.bearer, query={"app_id": app_id}),)
    return Ready(person.bearer, person, {"app_id": app_id}, body={**who, **body}, watch=watch)


def _whole(stage: Stage) -> bool:
    """Whether there is an app of this run with functions; a guest without one calls what only reads."""
    return perhaps(stage, lambda: whole_app(stage)) is not None


def _reads(stage: Stage, *, batch: bool = False) -> Ready:
    """Return a call of a function that only reads, of an app that a given user has."""
    person, app_id, name = reader(stage)
    one: dict[str, Any] = {"function": name, "params": {}}
    body = {"user_id": person.imperal_id, "tenant_id": person.tenant_id, **({"calls": [one, one]} if batch else one)}
    return Ready(person.bearer, person, {"app_id": app_id}, body=body)


@recipe(CALL)
def call(stage: Stage) -> Ready:
    """Write a note."""
    if not _whole(stage):
        return _reads(stage)
    return _ready(stage, function=WRITE, params={"title": stage.cast.fresh("note"), "count": 3})


@recipe(BATCH)
def batch(stage: Stage) -> Ready:
    """Write a note and list the notes in one round trip."""
    if not _whole(stage):
        return _reads(stage, batch=True)
    write = {"function": WRITE, "params": {"title": stage.cast.fresh("note"), "count": 2}}
    return _ready(stage, calls=[write, {"function": READ, "params": {"limit": 2}}])


@recipe(OPERATE)
def operate(stage: Stage) -> Ready:
    """Write a note through the guarded executor, with the consent that the caller has got."""
    if not _whole(stage):
        return _reads(stage)
    return _ready(stage, function=WRITE, params={"title": stage.cast.fresh("note")}, confirmation_bypassed=True)
