"""Secrets of apps (`/v1/secrets`): filled in by people, read by the app alone."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Person, Read, Ready, Stage, Unmet, either, promised, put_back, recipe, veteran

from ...apps import USER_SECRET, install, listed, whole_app

LIST, READ = "GET /v1/secrets/{ext_id}", "GET /v1/secrets/{ext_id}/{name}"
PUT, DELETE = "PUT /v1/secrets/{ext_id}/{name}", "DELETE /v1/secrets/{ext_id}/{name}"
META = "GET /v1/secrets/{ext_id}/{name}/meta"


def _keeper(stage: Stage) -> tuple[Person, dict[str, Any]]:
    """Return somebody who has the shop app installed, and the path of a secret of theirs."""
    person, app_id = stage.cast.kept("keeper of secrets"), whole_app(stage).app_id
    stage.shared("the shop app of secrets", lambda: install(stage, person, app_id))
    return person, {"ext_id": app_id, "name": USER_SECRET}


def _shown(stage: Stage) -> tuple[Person, dict[str, Any]]:
    """Return somebody and a declared secret to look at."""
    if not (stage.cast.makes or stage.settings.local):
        return _declared(stage)
    found: tuple[Person, dict[str, Any]] = either(stage, lambda: _set(stage), lambda: _declared(stage))
    return found


def _set(stage: Stage) -> tuple[Person, dict[str, Any]]:
    person, where = _keeper(stage) if stage.cast.makes else _declared(stage, free=True)
    stage.send(PUT, person, params=where, body={"value": stage.cast.fresh("set-before")}).need()
    return person, where


def _declared(stage: Stage, *, free: bool = False) -> tuple[Person, dict[str, Any]]:
    """Return a given user and a secret that an app declares; a `free` one is not set, and cleared at the end."""

    def find() -> dict[str, Any]:
        for app in listed(stage):
            reply = stage.send(LIST, user, params={"ext_id": app["app_id"]})
            for one in reply.json if reply.ok and isinstance(reply.json, list) else ():
                mine = promised(stage, user, f"secret of {app['app_id']}")
                settable = one["write_mode"] != "extension" and one["scope"] == "user"
                if not free or (settable and (mine is not None or not one["is_set"])):
                    return {"ext_id": app["app_id"], "name": one["name"]}
        raise Unmet(f"no app of the marketplace declares a secret{' that the given user may set' * free}")

    user = veteran(stage)
    where = dict(stage.shared(f"a declared secret {free}", find))
    if free:
        put_back(stage, user, f"secret of {where['ext_id']}", DELETE, where, lets=PUT)
    return user, where


@recipe(LIST)
def list_(stage: Stage) -> Ready:
    """List the declared secrets of an app."""
    person, where = _shown(stage)
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
    person, where = _shown(stage)
    return Ready(person.bearer, person, where)
