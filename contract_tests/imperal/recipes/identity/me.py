"""A person's own nickname, apps and settings (`/v1/me/…`)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, Unmet, perhaps, put_back, recipe, rows

from ...people import Person
from ...session import Session
from ...shared import apps


def _person(session: Session) -> Person:
    return session.users.resident("person with settings")


def _installed(session: Session) -> tuple[Person, str]:
    """Return somebody and the app that they have installed."""
    person = _person(session)
    if not person.ours:
        return person, _switched_on(session, person)
    app_id = apps.live_app(session).app_id
    session.shared("the shop app of settings", lambda: apps.install(session, person, app_id))
    return person, app_id


def _switched_on(session: Session, person: Person) -> str:
    """Return an app that a given person has, that is switched on, and that will be again."""

    def choose() -> str:
        for one in rows(session, "GET /v1/me/extensions", person):
            if not (one["is_disabled"] or one["system"]):
                return str(one["app_id"])
        raise Unmet("an app is needed, and the given user has installed none")

    app_id = str(session.shared("an app that is switched on", choose))
    back, off = "DELETE /v1/me/extensions/disable/{app_id}", "POST /v1/me/extensions/disable"
    put_back(session, person, "switched-on app", back, {"app_id": app_id}, lets=off)
    return app_id


@recipe("PUT /v1/me/nickname")
def set_nickname(session: Session) -> Ready:
    """Take a nickname that nobody has."""
    person = _person(session)
    if not person.ours:
        before = session.send("GET /v1/me/nickname", person)["nickname"]
        if not before:
            raise Unmet("the given user has no nickname, and one cannot be taken off again: --admin or --service-token")
        put_back(session, person, "nickname", "PUT /v1/me/nickname", body={"nickname": before})
    watch = (Read("GET /v1/me/nickname", person.bearer),)
    return Ready(person.bearer, person, body={"nickname": session.users.fresh("n")}, watch=watch)


@recipe("GET /v1/me/extensions")
def extensions(session: Session) -> Ready:
    """List the apps of somebody who installed one."""
    person = _person(session)
    perhaps(session, lambda: _installed(session))
    return Ready(person.bearer, person)


@recipe("POST /v1/me/extensions/disable")
def disable(session: Session) -> Ready:
    """Switch an installed app off; it is on before."""
    person, app_id = _installed(session)
    session.send("DELETE /v1/me/extensions/disable/{app_id}", person, params={"app_id": app_id}, check=False)
    watch = (Read("GET /v1/me/extensions", person.bearer),)
    return Ready(person.bearer, person, body={"app_id": app_id}, watch=watch)


@recipe("PATCH /v1/me/settings")
def change_settings(session: Session) -> Ready:
    """Write every setting with values that are nobody's default and differ each time."""
    person = _person(session)
    if not person.ours:
        before = session.send("GET /v1/me/settings", person)["settings"]
        put_back(session, person, "settings", "PATCH /v1/me/settings", body=before)
    number = next(session.shared("settings numbers", lambda: iter(range(11, 10**6))))
    body = {
        "confirmation_enabled": False,
        "confirmation_actions": {"destructive": True, "write": True},
        "confirmation_overrides": {"notes": {"delete_note": False}},
        "kav_max_retries": number,
        "confirmation_ttl": 60 + number,
        "routing_context": number + 1,
        "max_tool_rounds": number + 2,
        "max_response_tokens": 1000 + number,
        "notifications": {"email": False, "push": True},
    }
    watch = (Read("GET /v1/me/settings", person.bearer),)
    return Ready(person.bearer, person, body=body, watch=watch)
