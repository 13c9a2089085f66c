"""Laws of who may call which app: installs, switches, suspensions."""

from __future__ import annotations

import pytest

from specdouble.verify.kit import Judge, Person, Stage, law

from ...apps import WRITE, install, published_app, shop
from ...calling import BATCH, CALL, OPERATE, call, customer, ledger, left_behind, notes
from ._calls import VERBS, ask

STATUS = "POST /v1/admin/apps/{app_id}/status"
SWITCH, SWITCH_ON = "POST /v1/me/extensions/disable", "DELETE /v1/me/extensions/disable/{app_id}"
THEIRS, THEIRS_ON = (
    "POST /v1/users/{user_id}/extensions/disable",
    "DELETE /v1/users/{user_id}/extensions/disable/{app_id}",
)


def refused(stage: Stage, judge: Judge, person: Person, app_id: str, why: str, *allowed: int) -> None:
    """Judge that no kind of call gets through, and that none leaves anything behind."""
    status = " or ".join(map(str, allowed))
    before = left_behind(stage, person)
    for verb, op in VERBS.items():
        title = {"title": stage.cast.fresh("refused")}
        reply = ask(stage, verb, person, app_id, WRITE, title, user_id=person.imperal_id)
        judge.status(
            reply, *allowed, message=f"{verb}: an app that is {why} is answered with {reply.status}, not {status}"
        )
        judge.equal(left_behind(stage, person), before, f"{verb}: a call refused with {status} left something", op=op)


@law("C06", CALL, BATCH, OPERATE)
def test_an_unknown_app_is_404(stage: Stage, judge: Judge) -> None:
    """An app that nobody knows is 404 and leaves no action record."""
    refused(stage, judge, customer(stage), stage.cast.fresh("nothing"), "unknown", 404)


@law("C06", CALL, BATCH, OPERATE)
def test_an_app_has_to_be_installed(stage: Stage, judge: Judge) -> None:
    """An app that the user has not installed is 403 without an action record; after the install it can be called.

    After it was uninstalled it is refused again (effect 10). A server may hide what is not installed: 404.
    """
    person, app_id = stage.cast.new("customer"), shop(stage).app_id
    refused(stage, judge, person, app_id, "not installed", 403, 404)
    install(stage, person, app_id)
    judge.equal(notes(stage, person), {}, "a refused call ran", op=CALL)
    stage.send("DELETE /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id}).need()
    refused(stage, judge, person, app_id, "uninstalled", 403, 404)


@law("C06", CALL, BATCH, OPERATE, SWITCH, SWITCH_ON)
def test_a_disabled_app_is_refused_until_it_is_enabled(stage: Stage, judge: Judge) -> None:
    """A disabled app is 403 for its user only, the install stays, and enabling it lets calls through again."""
    person, other, app_id = customer(stage), customer(stage), shop(stage).app_id
    judge.ok(stage.send(SWITCH, person, body={"app_id": app_id}))
    refused(stage, judge, person, app_id, "disabled", 403)
    judge.ok(call(stage, other, WRITE, title="x"), "an app that one user disabled is refused to another")
    judge.ok(call(stage, person, "get_balance", "billing"), "disabling one app refuses another")
    judge.ok(stage.send(SWITCH_ON, person, params={"app_id": app_id}))
    judge.ok(call(stage, person, WRITE, title="again"), "an app that was enabled again is refused")
    kept = [one.get("title") for one in notes(stage, person).values()]
    judge.equal(kept, ["again"], "a refused call ran, or data of a disabled app was lost", op=CALL)


@law("C06", CALL, BATCH, OPERATE, THEIRS, THEIRS_ON)
def test_an_admin_may_disable_an_app_for_a_user(stage: Stage, judge: Judge) -> None:
    """An app that an admin disabled for a user is 403 for that user, until the admin enables it."""
    person, app_id = customer(stage), shop(stage).app_id
    who = {"user_id": person.imperal_id}
    judge.ok(stage.send(THEIRS, stage.cast.admin, params=who, body={"app_id": app_id}))
    refused(stage, judge, person, app_id, "disabled by an admin", 403)
    judge.ok(stage.send(THEIRS_ON, stage.cast.admin, params={**who, "app_id": app_id}))
    judge.ok(call(stage, person, WRITE, title="again"), "an app that an admin enabled again is refused")


@law("C06", CALL, BATCH, OPERATE)
def test_a_suspended_app_is_refused_to_everybody(stage: Stage, judge: Judge) -> None:
    """A suspended app is 403, also for users who have it, and their calls leave no action record (effect 9)."""
    owner = stage.cast.new_developer("explorer")
    app_id = published_app(stage, owner)
    person = stage.cast.new("customer")
    install(stage, person, app_id)
    judge.ok(call(stage, person, WRITE, app_id, title="before"))
    stage.send(STATUS, stage.cast.admin, params={"app_id": app_id}, body={"status": "suspended"}).need()
    refused(stage, judge, person, app_id, "suspended", 403)
    judge.equal([one["app_id"] for one in ledger(stage, person)], [app_id], "old records of a suspended app are gone")


@law("M27", CALL)
@pytest.mark.parametrize("installed", [True, False], ids=["installed", "not-installed"])
def test_a_draft_serves_those_who_have_it(installed: bool, stage: Stage, judge: Judge) -> None:
    """An app that an admin set back to draft keeps working for those who installed it, and for nobody else."""
    owner = stage.cast.new_developer("explorer")
    app_id = published_app(stage, owner)
    person = stage.cast.new("customer")
    if installed:
        install(stage, person, app_id)
    stage.send(STATUS, stage.cast.admin, params={"app_id": app_id}, body={"status": "draft"}).need()
    if installed:
        judge.ok(call(stage, person, WRITE, app_id, title="x"), "a draft is refused to those who installed it earlier")
    else:
        reply = call(stage, person, WRITE, app_id, title="x")
        judge.status(reply, 403, 404, message=f"a draft that is not installed is answered with {reply.status}")
        judge.equal(ledger(stage, person), [], "a refused call of a draft left a record", rule="C06")
