"""Calls of functions (`/v1/extensions/{app_id}/…`)."""

from __future__ import annotations

from typing import Any

from contract_tests.apps import READ, WRITE, shop
from contract_tests.calling import ACTIONS, BATCH, CALL, OPERATE, regular
from contract_tests.recipes import Read, Ready, recipe
from contract_tests.stage import Stage


def _ready(stage: Stage, **body: Any) -> Ready:
    person, app_id = regular(stage), shop(stage).app_id
    who = {"user_id": person.imperal_id, "tenant_id": person.tenant_id}
    watch = (Read(ACTIONS, person.bearer, query={"app_id": app_id}),)
    return Ready(person.bearer, person, {"app_id": app_id}, body={**who, **body}, watch=watch)


@recipe(CALL)
def call(stage: Stage) -> Ready:
    """Write a note."""
    return _ready(stage, function=WRITE, params={"title": stage.cast.fresh("note"), "count": 3})


@recipe(BATCH)
def batch(stage: Stage) -> Ready:
    """Write a note and list the notes in one round trip."""
    write = {"function": WRITE, "params": {"title": stage.cast.fresh("note"), "count": 2}}
    return _ready(stage, calls=[write, {"function": READ, "params": {"limit": 2}}])


@recipe(OPERATE)
def operate(stage: Stage) -> Ready:
    """Write a note through the guarded executor, with the consent that the caller has got."""
    return _ready(stage, function=WRITE, params={"title": stage.cast.fresh("note")}, confirmation_bypassed=True)
