"""Rules of confirmations: what is held, what a word releases, and that it is given once."""

from __future__ import annotations

import time

import pytest

from specdouble.verify.kit import Check, moment, rule

from ...people import Person
from ...session import Session
from ...shared.apps import DESTRUCTIVE, PRICE, PRICED, WRITE, shop
from ...shared.calling import CALL, OPERATE, customer, hold, ledger, left_behind, note, notes, operate
from ...shared.money import balance, history
from ._confirmations import CANCEL, CONFIRM, ONE, PENDING, pending, read, settle

SETTINGS = "PATCH /v1/me/settings"
DEEP = {"title": "Deep", "count": 2, "extra": {"list": [1, "two", None, {"three": 3.5}], "yes": True, "text": "ä—ü"}}


# -- what is held --------------------------------------------------------------------------------------------------


@rule("LIFE-265", ONE, PENDING, OPERATE)
def test_a_confirmation_shows_what_was_asked_for(session: Session, check: Check) -> None:
    """A confirmation shows whose it is, which function waits with which parameters, and until when; it is pending.

    It lives as long as the user's confirmation_ttl says, has no resolved_at yet, and reads alike by id and in the list.
    """
    person, app_id = customer(session), shop(session).app_id
    settings = {"confirmation_ttl": 137, "confirmation_actions": {"destructive": True, "write": True}}
    session.send(SETTINGS, person, body=settings).need()
    for function, kind, params in ((WRITE, "write", DEEP), (DESTRUCTIVE, "destructive", {"note_id": "note_x"})):
        asked = check.ok(operate(session, person, function, params))
        held = str(asked["confirmation_id"])
        reply = check.ok(read(session, person, held))
        shown = {name: reply.json.get(name) for name in ("confirmation_id", "user_id", "app_id", "function")}
        expected = {
            "confirmation_id": held,
            "user_id": person.imperal_id,
            "app_id": app_id,
            "function": function,
            "action_type": kind,
            "calls": [{"app_id": app_id, "function": function, "params": params}],
            "status": "pending",
            "resolved_at": None,
        }
        shown |= {name: reply.json.get(name) for name in expected}
        for name, value in expected.items():
            check.equal(shown[name], value, f"{name} of a held {kind} is not what was asked for", reply, about=name)
        check.that(reply["title"] and reply["description"], "a confirmation does not say what waits", reply)
        life = moment(reply["expires_at"]) - moment(reply["created_at"])
        check.that(
            abs(life - 137) < 1.5, "it does not expire after the user's confirmation_ttl", reply, expected=137, got=life
        )
        listed = session.send(PENDING, person)
        found = [one for one in listed["confirmations"] if one["confirmation_id"] == held]
        check.equal(found, [reply.json], "a pending confirmation reads otherwise in the list than by its id", listed)


@rule("E07", PENDING)
def test_active_is_no_id(session: Session, check: Check) -> None:
    """`/v1/confirmations/active` is the list of pending ones, empty without any, and no confirmation of that id."""
    reply = check.ok(session.send(PENDING, customer(session)))
    check.equal(reply.json, {"confirmations": []}, "somebody without confirmations gets another list", reply)


@rule("LIFE-266", PENDING)
def test_the_list_has_all_that_is_pending_and_nothing_else(session: Session, check: Check) -> None:
    """The list has every pending confirmation of its user, and none that was confirmed or cancelled."""
    person, other = customer(session), customer(session)
    held = [hold(session, person) for _ in range(4)]
    theirs = hold(session, other)
    check.equal(sorted(pending(session, person)), sorted(held), "the list is not what is pending", op=PENDING)
    check.ok(settle(session, person, held[1], CONFIRM))
    check.ok(settle(session, person, held[2], CANCEL))
    check.equal(
        sorted(pending(session, person)), sorted([held[0], held[3]]), "settled ones are on the list", op=PENDING
    )
    check.equal(pending(session, other), [theirs], "another user's list is not their own", op=PENDING, rule="I01")
    check.equal([one["status"] for one in (read(session, person, held[1]), read(session, person, held[2]))],
                ["confirmed", "cancelled"], "settled confirmations read otherwise", op=ONE)  # fmt: skip


# -- the word ------------------------------------------------------------------------------------------------------


@rule("LIFE-267", CONFIRM, ONE, PENDING)
def test_confirming_runs_what_was_held_once(session: Session, check: Check) -> None:
    """Confirming runs the held call, answers its result, and leaves one action record; a second time is 409.

    The confirmation is then `confirmed`, has a resolved_at, and is off the list of pending ones.
    """
    person, app_id = customer(session), shop(session).app_id
    gone, kept = note(session, person, "gone"), note(session, person, "kept")
    held = hold(session, person, gone)
    before, records = check.ok(read(session, person, held)).json, {one["trace_id"] for one in ledger(session, person)}
    reply = check.ok(settle(session, person, held))
    shown = reply.json.get("confirmation_id"), reply.json.get("status")
    check.equal(shown, (held, "confirmed"), "the response does not say what was confirmed", reply)
    results = reply.json.get("results") or []
    check.equal(
        [one.get("status") for one in results], ["success"], "the results are not those of the held call", reply
    )
    check.equal(
        [one.get("error") for one in results], [None], "the result of a success has an error", reply, rule="C03"
    )
    data = [(one.get("data") or {}).get("note_id") for one in results]
    check.equal(data, [gone], "the result's data is of another note", reply)
    new = [one for one in ledger(session, person) if one["trace_id"] not in records]
    left = [(one["app_id"], one["tool_name"], one["action_type"], one["status"]) for one in new]
    expected = [(app_id, DESTRUCTIVE, "destructive", "success")]
    check.equal(left, expected, "a confirmation did not leave one record of its call", reply, rule="C05")
    check.equal(list(notes(session, person)), [kept], "a confirmed call did not do what was shown", reply)
    state = check.ok(read(session, person, held))
    check.equal(state["status"], "confirmed", "a confirmed confirmation has another status", state)
    late = state["resolved_at"] is not None and moment(state["resolved_at"]) >= moment(state["created_at"])
    check.that(late, "a confirmed confirmation has no time of its resolution", state)
    changed = {name for name in before if state.json.get(name) != before[name]}
    check.equal(changed, {"status", "resolved_at"}, "settling changed other fields", state)
    check.equal(pending(session, person), [], "a confirmed confirmation is still on the list", op=PENDING)
    refuse(session, check, person, held, 409)


def refuse(session: Session, check: Check, person: Person, held: str, status: int) -> None:
    """Judge that a settled confirmation takes no further word, and that nothing runs."""
    state, before, there = read(session, person, held).json, left_behind(session, person), len(ledger(session, person))
    for op in (CONFIRM, CANCEL):
        again = settle(session, person, held, op)
        check.status(again, status, message=f"a settled confirmation is answered with {again.status}, not {status}")
    check.equal(read(session, person, held).json, state, "a refused word changed a confirmation", op=ONE)
    check.equal(left_behind(session, person), before, "a refused word ran something", op=CONFIRM)
    check.equal(len(ledger(session, person)), there, "a refused word left a record", op=CONFIRM)


@rule("LIFE-268", CANCEL, ONE, PENDING)
def test_cancelling_drops_what_was_held(session: Session, check: Check) -> None:
    """Cancelling runs nothing and leaves no record; the confirmation is then `cancelled`, for good (409)."""
    person = customer(session)
    kept = note(session, person)
    held = hold(session, person, kept)
    before, state = left_behind(session, person), check.ok(read(session, person, held)).json
    reply = check.ok(settle(session, person, held, CANCEL))
    shown = reply.json.get("confirmation_id"), reply.json.get("status")
    check.equal(shown, (held, "cancelled"), "the response does not say what was cancelled", reply)
    check.that(not reply.json.get("results"), "a cancelled confirmation has results", reply)
    check.equal(left_behind(session, person), before, "cancelling left something behind", reply)
    now = check.ok(read(session, person, held))
    check.equal(now["status"], "cancelled", "a cancelled confirmation has another status", now)
    check.that(now["resolved_at"], "a cancelled confirmation has no time of its resolution", now)
    changed = {name for name in state if now.json.get(name) != state[name]}
    check.equal(changed, {"status", "resolved_at"}, "settling changed other fields", now)
    check.equal(pending(session, person), [], "a cancelled confirmation is still on the list", op=PENDING)
    refuse(session, check, person, held, 409)
    check.equal(list(notes(session, person)), [kept], "a cancelled call ran", reply)


@rule("LIFE-269", CONFIRM, CANCEL, ONE, PENDING)
def test_a_confirmation_expires_by_itself(session: Session, check: Check) -> None:
    """After the user's confirmation_ttl a confirmation is `expired`: off the list, and both words are 410."""
    person = customer(session)
    kept = note(session, person)
    session.send(SETTINGS, person, body={"confirmation_ttl": 1}).need()
    held = hold(session, person, kept)
    deadline = time.monotonic() + 4
    while (state := read(session, person, held))["status"] == "pending" and time.monotonic() < deadline:
        time.sleep(0.1)
    check.must(state["status"] == "expired", "a confirmation does not expire", state, expected="expired")
    late = moment(state["expires_at"]) - moment(state["created_at"])
    check.that(abs(late - 1) < 1.5, "it expired at another time than after its ttl", state)
    check.equal(pending(session, person), [], "an expired confirmation is still on the list", op=PENDING)
    refuse(session, check, person, held, 410)
    check.equal(list(notes(session, person)), [kept], "an expired call ran", op=CONFIRM)


@rule("LIFE-270", CONFIRM, CALL)
def test_the_call_runs_with_what_was_shown(session: Session, check: Check) -> None:
    """A confirmed call runs with exactly the parameters that were shown, and takes its price when it runs."""
    person, app_id = customer(session), shop(session).app_id
    session.send(SETTINGS, person, body={"confirmation_actions": {"destructive": True, "write": True}}).need()
    funds, entries = balance(session, person), len(history(session, person))
    held = str(operate(session, person, PRICED, DEEP)["confirmation_id"])
    check.equal(balance(session, person), funds, "a held call has been paid already", op=OPERATE, rule="LIFE-261")
    reply = check.ok(settle(session, person, held))
    kept = [{name: one.get(name) for name in DEEP} for one in notes(session, person).values()]
    check.equal(kept, [DEEP], "the confirmed call ran with other parameters", reply)
    check.equal(balance(session, person), funds - PRICE, "a confirmed call took another amount than its price", reply)
    booked = history(session, person)
    new = [(one["amount"], one["reason"], one["app_id"]) for one in booked[: len(booked) - entries]]
    check.equal(new, [(-PRICE, "deduct", app_id)], "a confirmed call left other entries in the ledger", reply)


@rule("LIFE-271", CONFIRM)
@pytest.mark.parametrize("why", ["disabled", "uninstalled", "failing"])
def test_what_cannot_run_any_more_is_an_error_of_the_result(why: str, session: Session, check: Check) -> None:
    """A held call that can no longer run is not run: its result is an error, or the word is refused."""
    person, app_id = customer(session), shop(session).app_id
    kept = note(session, person)
    held = hold(session, person, kept if why != "failing" else "note_of_nobody")
    if why == "disabled":
        session.send("POST /v1/me/extensions/disable", person, body={"app_id": app_id}).need()
    elif why == "uninstalled":
        session.send("DELETE /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id}).need()
    reply = settle(session, person, held)
    if reply.ok:
        results = reply.json.get("results") or []
        check.equal([one.get("status") for one in results], ["error"], f"{why}: the result is no error", reply)
        check.that(all(one.get("error") for one in results), f"{why}: the error says nothing", reply)
    else:
        check.status(reply, 403, 404, 409, 410)
    if why == "disabled":
        session.send("DELETE /v1/me/extensions/disable/{app_id}", person, params={"app_id": app_id}).need()
    elif why == "uninstalled":
        session.send("POST /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id}).need()
    check.that(kept in notes(session, person), f"{why}: the held call ran", reply)


# -- whose it is ---------------------------------------------------------------------------------------------------


@rule("I02", ONE, CONFIRM, CANCEL)
def test_anothers_confirmation_is_neither_shown_nor_settled(session: Session, check: Check) -> None:
    """Another user's confirmation is 403 or 404: nothing of it is shown, and it stays pending."""
    person, other = customer(session), customer(session)
    secret = note(session, person)
    held = hold(session, person, secret)
    state = read(session, person, held).json
    for op in (ONE, CONFIRM, CANCEL):
        for who in (other, session.users.deputy):
            reply = settle(session, who, held, op)
            check.status(reply, 403, 404, message=f"another user's confirmation is answered with {reply.status}")
            check.that(secret not in reply.text, "a refusal shows what another user's call is about", reply)
    check.equal(read(session, person, held).json, state, "another user changed a confirmation", op=ONE)
    check.equal(pending(session, person), [held], "another user settled a confirmation", op=PENDING)
    check.equal(pending(session, other), [], "another user's confirmation is on one's list", op=PENDING, rule="I01")
    check.equal(list(notes(session, person)), [secret], "another user's word ran a held call", op=CONFIRM)


@rule("LIFE-272", ONE, CONFIRM, CANCEL)
@pytest.mark.parametrize("op", [ONE, CONFIRM, CANCEL])
def test_an_unknown_confirmation_is_404(op: str, session: Session, check: Check) -> None:
    """A confirmation that nobody knows is 404."""
    reply = settle(session, customer(session), f"conf_{session.users.fresh('none')}", op)
    check.status(reply, 404, message=f"an unknown confirmation is answered with {reply.status}, not 404")


@rule("D07", CONFIRM)
def test_accept_is_no_route(session: Session, check: Check) -> None:
    """The word is `…/confirm`; the `…/accept` of an old guide does not exist and settles nothing."""
    person = customer(session)
    held = hold(session, person)
    url = session.client.url(session.contract[ONE], {"confirmation_id": held}, None) + "/accept"
    reply = session.client.undeclared_path(session.contract[CONFIRM], url, person.bearer, method="POST")
    check.status(reply, 404, 405, message="…/accept is answered")
    state = read(session, person, held)
    check.equal(state["status"], "pending", "…/accept settled a confirmation", state)
