"""Rules of who may call which app: installs, switches, suspensions."""

from __future__ import annotations

import pytest

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared.apps import WRITE, install, published_app, shop
from ...shared.calling import BATCH, CALL, OPERATE, call, customer, ledger, left_behind, notes
from ._calls import VERBS, ask

STATUS = "POST /v1/admin/apps/{app_id}/status"
SWITCH, SWITCH_ON = "POST /v1/me/extensions/disable", "DELETE /v1/me/extensions/disable/{app_id}"
THEIRS, THEIRS_ON = (
    "POST /v1/users/{user_id}/extensions/disable",
    "DELETE /v1/users/{user_id}/extensions/disable/{app_id}",
)


def refused(session: Session, check: Check, person: Person, app_id: str, why: str, *allowed: int) -> None:
    """Judge that no kind of call gets through, and that none leaves anything behind."""
    status = " or ".join(map(str, allowed))
    before = left_behind(session, person)
    for verb, op in VERBS.items():
        title = {"title": session.users.fresh("refused")}
        reply = ask(session, verb, person, app_id, WRITE, title, user_id=person.imperal_id)
        check.status(
            reply, *allowed, message=f"{verb}: an app that is {why} is answered with {reply.status}, not {status}"
        )
        check.equal(left_behind(session, person), before, f"{verb}: a call refused with {status} left something", op=op)


@rule("C06", CALL, BATCH, OPERATE)
def test_an_unknown_app_is_404(session: Session, check: Check) -> None:
    """An app that nobody knows is 404 and leaves no action record."""
    refused(session, check, customer(session), session.users.fresh("nothing"), "unknown", 404)


@rule("C06", CALL, BATCH, OPERATE)
def test_an_app_has_to_be_installed(session: Session, check: Check) -> None:
    """An app that the user has not installed is 403 without an action record; after the install it can be called.

    After it was uninstalled it is refused again. A server may hide what is not installed: 404.
    """
    person, app_id = session.users.new("customer"), shop(session).app_id
    refused(session, check, person, app_id, "not installed", 403, 404)
    install(session, person, app_id)
    check.equal(notes(session, person), {}, "a refused call ran", op=CALL)
    session.send("DELETE /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id}).need()
    refused(session, check, person, app_id, "uninstalled", 403, 404)


@rule("C06", CALL, BATCH, OPERATE, SWITCH, SWITCH_ON)
def test_a_disabled_app_is_refused_until_it_is_enabled(session: Session, check: Check) -> None:
    """A disabled app is 403 for its user only, the install stays, and enabling it lets calls through again."""
    person, other, app_id = customer(session), customer(session), shop(session).app_id
    check.ok(session.send(SWITCH, person, body={"app_id": app_id}))
    refused(session, check, person, app_id, "disabled", 403)
    check.ok(call(session, other, WRITE, title="x"), "an app that one user disabled is refused to another")
    check.ok(call(session, person, "get_balance", "billing"), "disabling one app refuses another")
    check.ok(session.send(SWITCH_ON, person, params={"app_id": app_id}))
    check.ok(call(session, person, WRITE, title="again"), "an app that was enabled again is refused")
    kept = [one.get("title") for one in notes(session, person).values()]
    check.equal(kept, ["again"], "a refused call ran, or data of a disabled app was lost", op=CALL)


@rule("C06", CALL, BATCH, OPERATE, THEIRS, THEIRS_ON)
def test_an_admin_may_disable_an_app_for_a_user(session: Session, check: Check) -> None:
    """An app that an admin disabled for a user is 403 for that user, until the admin enables it."""
    person, app_id = customer(session), shop(session).app_id
    who = {"user_id": person.imperal_id}
    check.ok(session.send(THEIRS, session.users.admin, params=who, body={"app_id": app_id}))
    refused(session, check, person, app_id, "disabled by an admin", 403)
    check.ok(session.send(THEIRS_ON, session.users.admin, params={**who, "app_id": app_id}))
    check.ok(call(session, person, WRITE, title="again"), "an app that an admin enabled again is refused")


@rule("C06", CALL, BATCH, OPERATE)
def test_a_suspended_app_is_refused_to_everybody(session: Session, check: Check) -> None:
    """A suspended app is 403, also for users who have it, and their calls leave no action record."""
    owner = session.users.new_developer("explorer")
    app_id = published_app(session, owner)
    person = session.users.new("customer")
    install(session, person, app_id)
    check.ok(call(session, person, WRITE, app_id, title="before"))
    session.send(STATUS, session.users.admin, params={"app_id": app_id}, body={"status": "suspended"}).need()
    refused(session, check, person, app_id, "suspended", 403)
    check.equal([one["app_id"] for one in ledger(session, person)], [app_id], "old records of a suspended app are gone")


@rule("M27", CALL)
@pytest.mark.parametrize("installed", [True, False], ids=["installed", "not-installed"])
def test_a_draft_serves_those_who_have_it(installed: bool, session: Session, check: Check) -> None:
    """An app that an admin set back to draft keeps working for those who installed it, and for nobody else."""
    owner = session.users.new_developer("explorer")
    app_id = published_app(session, owner)
    person = session.users.new("customer")
    if installed:
        install(session, person, app_id)
    session.send(STATUS, session.users.admin, params={"app_id": app_id}, body={"status": "draft"}).need()
    if installed:
        check.ok(
            call(session, person, WRITE, app_id, title="x"), "a draft is refused to those who installed it earlier"
        )
    else:
        reply = call(session, person, WRITE, app_id, title="x")
        check.status(reply, 403, 404, message=f"a draft that is not installed is answered with {reply.status}")
        check.equal(ledger(session, person), [], "a refused call of a draft left a record", rule="C06")
