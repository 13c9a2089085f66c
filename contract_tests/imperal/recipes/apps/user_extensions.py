"""Which apps a person may reach, as administrators and services see it."""

from __future__ import annotations

from specdouble.verify.kit import Person, Read, Ready, Stage, perhaps, recipe

from ... import apps

OFF, ON = "POST /v1/users/{user_id}/extensions/disable", "DELETE /v1/users/{user_id}/extensions/disable/{app_id}"
LIST = "GET /v1/users/{user_id}/extensions"


def _installed(stage: Stage) -> tuple[Person, str]:
    """Return somebody and the app that they have installed."""
    person, app_id = stage.cast.kept("person whose apps are switched"), apps.live_app(stage).app_id
    stage.shared("the shop app to switch", lambda: apps.install(stage, person, app_id))
    return person, app_id


def _watch(person: Person) -> tuple[Read, ...]:
    return (Read(LIST, person.bearer, {"user_id": person.imperal_id}),)


@recipe(LIST)
def list_(stage: Stage) -> Ready:
    """List one's own apps with the state of their access."""
    person = stage.cast.resident("person whose apps are switched")
    perhaps(stage, lambda: _installed(stage))
    return Ready(person.bearer, person, {"user_id": person.imperal_id})


@recipe(OFF)
def disable(stage: Stage) -> Ready:
    """Switch an app off for somebody; it is on before."""
    deputy, (person, app_id) = stage.cast.deputy, _installed(stage)
    stage.send(ON, deputy, params={"user_id": person.imperal_id, "app_id": app_id}, check=False)
    where = {"user_id": person.imperal_id}
    return Ready(deputy.bearer, deputy, where, body={"app_id": app_id}, watch=_watch(person))


@recipe(ON)
def enable(stage: Stage) -> Ready:
    """Switch an app on again that was just switched off for somebody."""
    deputy, (person, app_id) = stage.cast.deputy, _installed(stage)
    where = {"user_id": person.imperal_id}
    stage.send(OFF, deputy, params=where, body={"app_id": app_id}).need()
    return Ready(deputy.bearer, deputy, {**where, "app_id": app_id}, watch=_watch(person))


@recipe("GET /v1/extensions/access")
def access(stage: Stage) -> Ready:
    """Read who can use which apps in a tenant, as a service."""
    return Ready(stage.cast.service, query={"tenant_id": stage.cast.user.tenant_id})


@recipe("GET /v1/extensions/{app_id}/users")
def users(stage: Stage) -> Ready:
    """List the people of a tenant and whether they reach an app."""
    deputy = stage.cast.deputy
    return Ready(deputy.bearer, deputy, {"app_id": apps.seen_app(stage)})
