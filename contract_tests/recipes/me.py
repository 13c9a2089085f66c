"""A person's own nickname, apps and settings (`/v1/me/…`)."""

from __future__ import annotations

from contract_tests import apps
from contract_tests.credentials import Person
from contract_tests.recipes import Read, Ready, recipe
from contract_tests.stage import Stage


def _person(stage: Stage) -> Person:
    return stage.cast.kept("person with settings")


def _installed(stage: Stage) -> tuple[Person, str]:
    """Return somebody and the app that they have installed."""
    person, app_id = _person(stage), apps.shop(stage).app_id
    stage.shared("the shop app of settings", lambda: apps.install(stage, person, app_id))
    return person, app_id


@recipe("GET /v1/me/nickname")
def nickname(stage: Stage) -> Ready:
    """Read a nickname."""
    person = _person(stage)
    return Ready(person.bearer, person)


@recipe("PUT /v1/me/nickname")
def set_nickname(stage: Stage) -> Ready:
    """Take a nickname that nobody has."""
    person = _person(stage)
    watch = (Read("GET /v1/me/nickname", person.bearer),)
    return Ready(person.bearer, person, body={"nickname": stage.cast.fresh("n")}, watch=watch)


@recipe("GET /v1/me/extensions")
def extensions(stage: Stage) -> Ready:
    """List the apps of somebody who installed one."""
    person, _app_id = _installed(stage)
    return Ready(person.bearer, person)


@recipe("POST /v1/me/extensions/disable")
def disable(stage: Stage) -> Ready:
    """Switch an installed app off; it is on before."""
    person, app_id = _installed(stage)
    stage.send("DELETE /v1/me/extensions/disable/{app_id}", person, params={"app_id": app_id}, check=False)
    watch = (Read("GET /v1/me/extensions", person.bearer),)
    return Ready(person.bearer, person, body={"app_id": app_id}, watch=watch)


@recipe("DELETE /v1/me/extensions/disable/{app_id}")
def enable(stage: Stage) -> Ready:
    """Switch an app on again that was just switched off."""
    person, app_id = _installed(stage)
    stage.send("POST /v1/me/extensions/disable", person, body={"app_id": app_id}).need()
    watch = (Read("GET /v1/me/extensions", person.bearer),)
    return Ready(person.bearer, person, {"app_id": app_id}, watch=watch)


@recipe("GET /v1/me/settings")
def settings(stage: Stage) -> Ready:
    """Read settings."""
    person = _person(stage)
    return Ready(person.bearer, person)


@recipe("PATCH /v1/me/settings")
def change_settings(stage: Stage) -> Ready:
    """Write every setting with values that are nobody's default and differ each time."""
    person = _person(stage)
    number = next(stage.shared("settings numbers", lambda: iter(range(11, 10**6))))
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
