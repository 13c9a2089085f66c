"""Secrets of apps (`/v1/secrets`): filled in by people, read by the app alone."""

from __future__ import annotations

from typing import Any

from contract_tests.apps import USER_SECRET, install, shop
from contract_tests.credentials import Person
from contract_tests.recipes import Read, Ready, recipe
from contract_tests.stage import Stage

LIST, READ = "GET /v1/secrets/{ext_id}", "GET /v1/secrets/{ext_id}/{name}"
PUT, DELETE = "PUT /v1/secrets/{ext_id}/{name}", "DELETE /v1/secrets/{ext_id}/{name}"
META = "GET /v1/secrets/{ext_id}/{name}/meta"


def _keeper(stage: Stage) -> tuple[Person, dict[str, Any]]:
    """Return somebody who has the shop app installed, and the path of a secret of theirs."""
    person, app_id = stage.cast.kept("keeper of secrets"), shop(stage).app_id
    stage.shared("the shop app of secrets", lambda: install(stage, person, app_id))
    return person, {"ext_id": app_id, "name": USER_SECRET}


def _set(stage: Stage) -> tuple[Person, dict[str, Any]]:
    person, where = _keeper(stage)
    stage.send(PUT, person, params=where, body={"value": stage.cast.fresh("set-before")}).need()
    return person, where


@recipe(LIST)
def list_(stage: Stage) -> Ready:
    """List the declared secrets of an app."""
    person, where = _set(stage)
    return Ready(person.bearer, person, {"ext_id": where["ext_id"]})


@recipe(READ)
def read(stage: Stage) -> Ready:
    """Read a value as the platform does, for the app: no person may."""
    person, where = _set(stage)
    return Ready(stage.cast.acting(person), person, where)


@recipe(PUT)
def put(stage: Stage) -> Ready:
    """Rotate a secret; only a read of the value shows it."""
    person, where = _set(stage)
    watch = (Read(READ, stage.cast.acting(person), where),) if stage.settings.service_token else ()
    return Ready(person.bearer, person, where, body={"value": stage.cast.fresh("rotated")}, watch=watch)


@recipe(DELETE)
def delete(stage: Stage) -> Ready:
    """Clear a secret that is set."""
    person, where = _set(stage)
    return Ready(person.bearer, person, where, watch=(Read(META, person.bearer, where),))


@recipe(META)
def meta(stage: Stage) -> Ready:
    """Ask for the state of one secret."""
    person, where = _set(stage)
    return Ready(person.bearer, person, where)
