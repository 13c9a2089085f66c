"""Secrets of apps (`/v1/secrets`): filled in by people, read by the app alone."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Unmet, either, promised, put_back, recipe

from ...people import Person
from ...session import Session, veteran
from ...shared.apps import USER_SECRET, install, listed, whole_app

LIST, READ = "GET /v1/secrets/{ext_id}", "GET /v1/secrets/{ext_id}/{name}"
PUT, DELETE = "PUT /v1/secrets/{ext_id}/{name}", "DELETE /v1/secrets/{ext_id}/{name}"
META = "GET /v1/secrets/{ext_id}/{name}/meta"


def _keeper(session: Session) -> tuple[Person, dict[str, Any]]:
    """Return somebody who has the shop app installed, and the path of a secret of theirs."""
    person, app_id = session.users.kept("keeper of secrets"), whole_app(session).app_id
    session.shared("the shop app of secrets", lambda: install(session, person, app_id))
    return person, {"ext_id": app_id, "name": USER_SECRET}


def _shown(session: Session) -> tuple[Person, dict[str, Any]]:
    """Return somebody and a declared secret to look at."""
    if not (session.users.makes or session.settings.local):
        return _declared(session)
    found: tuple[Person, dict[str, Any]] = either(session, lambda: _set(session), lambda: _declared(session))
    return found


def _set(session: Session) -> tuple[Person, dict[str, Any]]:
    person, where = _keeper(session) if session.users.makes else _declared(session, free=True)
    session.send(PUT, person, params=where, body={"value": session.users.fresh("set-before")}).need()
    return person, where


def _declared(session: Session, *, free: bool = False) -> tuple[Person, dict[str, Any]]:
    """Return a given user and a secret that an app declares; a `free` one is not set, and cleared at the end."""

    def find() -> dict[str, Any]:
        for app in listed(session):
            reply = session.send(LIST, user, params={"ext_id": app["app_id"]})
            for one in reply.json if reply.ok and isinstance(reply.json, list) else ():
                mine = promised(session, user, f"secret of {app['app_id']}")
                settable = one["write_mode"] != "extension" and one["scope"] == "user"
                if not free or (settable and (mine is not None or not one["is_set"])):
                    return {"ext_id": app["app_id"], "name": one["name"]}
        raise Unmet(f"no app of the marketplace declares a secret{' that the given user may set' * free}")

    user = veteran(session)
    where = dict(session.shared(f"a declared secret {free}", find))
    if free:
        put_back(session, user, f"secret of {where['ext_id']}", DELETE, where, lets=PUT)
    return user, where


@recipe(LIST)
def list_(session: Session) -> Ready:
    """List the declared secrets of an app."""
    person, where = _shown(session)
    return Ready(person.bearer, person, {"ext_id": where["ext_id"]})


@recipe(READ)
def read(session: Session) -> Ready:
    """Read a value as the platform does, for the app: no person may."""
    person, where = _set(session)
    return Ready(session.users.acting(person), person, where)


@recipe(PUT)
def put(session: Session) -> Ready:
    """Rotate a secret; only a read of the value shows it."""
    person, where = _set(session)
    watch = (Read(READ, session.users.acting(person), where),) if session.settings.service_token else ()
    return Ready(person.bearer, person, where, body={"value": session.users.fresh("rotated")}, watch=watch)


@recipe(DELETE)
def delete(session: Session) -> Ready:
    """Clear a secret that is set."""
    person, where = _set(session)
    return Ready(person.bearer, person, where, watch=(Read(META, person.bearer, where),))


@recipe(META)
def meta(session: Session) -> Ready:
    """Ask for the state of one secret."""
    person, where = _shown(session)
    return Ready(person.bearer, person, where)
