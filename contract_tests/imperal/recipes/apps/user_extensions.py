"""Which apps a person may reach, as administrators and services see it."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, perhaps, recipe

from ...people import Person
from ...session import Session
from ...shared import apps

OFF, ON = "POST /v1/users/{user_id}/extensions/disable", "DELETE /v1/users/{user_id}/extensions/disable/{app_id}"
LIST = "GET /v1/users/{user_id}/extensions"


def _installed(session: Session) -> tuple[Person, str]:
    """Return somebody and the app that they have installed."""
    person, app_id = session.users.kept("person whose apps are switched"), apps.live_app(session).app_id
    session.shared("the shop app to switch", lambda: apps.install(session, person, app_id))
    return person, app_id


def _watch(person: Person) -> tuple[Read, ...]:
    return (Read(LIST, person.bearer, {"user_id": person.imperal_id}),)


@recipe(LIST)
def list_(session: Session) -> Ready:
    """List one's own apps with the state of their access."""
    person = session.users.resident("person whose apps are switched")
    perhaps(session, lambda: _installed(session))
    return Ready(person.bearer, person, {"user_id": person.imperal_id})


@recipe(OFF)
def disable(session: Session) -> Ready:
    """Switch an app off for somebody; it is on before."""
    deputy, (person, app_id) = session.users.deputy, _installed(session)
    session.send(ON, deputy, params={"user_id": person.imperal_id, "app_id": app_id}, check=False)
    where = {"user_id": person.imperal_id}
    return Ready(deputy.bearer, deputy, where, body={"app_id": app_id}, watch=_watch(person))


@recipe("GET /v1/extensions/access")
def access(session: Session) -> Ready:
    """Read who can use which apps in a tenant, as a service."""
    return Ready(session.users.service, query={"tenant_id": session.users.user.tenant_id})


@recipe("GET /v1/extensions/{app_id}/users")
def users(session: Session) -> Ready:
    """List the people of a tenant and whether they reach an app."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy, {"app_id": apps.seen_app(session)})
