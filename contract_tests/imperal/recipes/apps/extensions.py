"""Calls of functions (`/v1/extensions/{app_id}/…`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, perhaps, recipe

from ...session import Session
from ...shared.apps import READ, WRITE, whole_app
from ...shared.calling import ACTIONS, BATCH, CALL, OPERATE, reader, regular


def _ready(session: Session, **body: Any) -> Ready:
    person, app_id = regular(session), whole_app(session).app_id
    who = {"user_id": person.imperal_id, "tenant_id": person.tenant_id}
    watch = (Read(ACTIONS, person.bearer, query={"app_id": app_id}),)
    return Ready(person.bearer, person, {"app_id": app_id}, body={**who, **body}, watch=watch)


def _whole(session: Session) -> bool:
    """Whether there is an app of this run with functions; a run without one calls what only reads."""
    return perhaps(session, lambda: whole_app(session)) is not None


def _reads(session: Session, *, batch: bool = False) -> Ready:
    """Return a call of a function that only reads, of an app that a given user has."""
    person, app_id, name = reader(session)
    one: dict[str, Any] = {"function": name, "params": {}}
    body = {"user_id": person.imperal_id, "tenant_id": person.tenant_id, **({"calls": [one, one]} if batch else one)}
    return Ready(person.bearer, person, {"app_id": app_id}, body=body)


@recipe(CALL)
def call(session: Session) -> Ready:
    """Write a note."""
    if not _whole(session):
        return _reads(session)
    return _ready(session, function=WRITE, params={"title": session.users.fresh("note"), "count": 3})


@recipe(BATCH)
def batch(session: Session) -> Ready:
    """Write a note and list the notes in one round trip."""
    if not _whole(session):
        return _reads(session, batch=True)
    write = {"function": WRITE, "params": {"title": session.users.fresh("note"), "count": 2}}
    return _ready(session, calls=[write, {"function": READ, "params": {"limit": 2}}])


@recipe(OPERATE)
def operate(session: Session) -> Ready:
    """Write a note through the guarded executor, with the consent that the caller has got."""
    if not _whole(session):
        return _reads(session)
    return _ready(session, function=WRITE, params={"title": session.users.fresh("note")}, confirmation_bypassed=True)
