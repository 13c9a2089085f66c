"""Laws of confirmations: what is held, what a word releases, and that it is given once."""

from __future__ import annotations

import time

import pytest

from specdouble.verify.kit import Judge, Person, Stage, law
from specdouble.verify.suites._stamps import moment

from ...apps import DESTRUCTIVE, PRICE, PRICED, WRITE, shop
from ...calling import CALL, OPERATE, customer, hold, ledger, left_behind, note, notes, operate
from ...money import balance, history
from ._confirmations import CANCEL, CONFIRM, ONE, PENDING, pending, read, settle

SETTINGS = "PATCH /v1/me/settings"
DEEP = {"title": "Deep", "count": 2, "extra": {"list": [1, "two", None, {"three": 3.5}], "yes": True, "text": "ä—ü"}}


# -- what is held --------------------------------------------------------------------------------------------------


@law("LIFE-265", ONE, PENDING, OPERATE)
def test_a_confirmation_shows_what_was_asked_for(stage: Stage, judge: Judge) -> None:
    """A confirmation shows whose it is, which function waits with which parameters, and until when; it is pending.

    It lives as long as the user's confirmation_ttl says, has no resolved_at yet, and reads alike by id and in the list.
    """
    person, app_id = customer(stage), shop(stage).app_id
    settings = {"confirmation_ttl": 137, "confirmation_actions": {"destructive": True, "write": True}}
    stage.send(SETTINGS, person, body=settings).need()
    for function, kind, params in ((WRITE, "write", DEEP), (DESTRUCTIVE, "destructive", {"note_id": "note_x"})):
        asked = judge.ok(operate(stage, person, function, params))
        held = str(asked["confirmation_id"])
        reply = judge.ok(read(stage, person, held))
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
            judge.equal(shown[name], value, f"{name} of a held {kind} is not what was asked for", reply, about=name)
        judge.that(reply["title"] and reply["description"], "a confirmation does not say what waits", reply)
        life = moment(reply["expires_at"]) - moment(reply["created_at"])
        judge.that(
            abs(life - 137) < 1.5, "it does not expire after the user's confirmation_ttl", reply, expected=137, got=life
        )
        listed = stage.send(PENDING, person)
        found = [one for one in listed["confirmations"] if one["confirmation_id"] == held]
        judge.equal(found, [reply.json], "a pending confirmation reads otherwise in the list than by its id", listed)


@law("E07", PENDING)
def test_active_is_no_id(stage: Stage, judge: Judge) -> None:
    """`/v1/confirmations/active` is the list of pending ones, empty without any, and no confirmation of that id."""
    reply = judge.ok(stage.send(PENDING, customer(stage)))
    judge.equal(reply.json, {"confirmations": []}, "somebody without confirmations gets another list", reply)


@law("LIFE-266", PENDING)
def test_the_list_has_all_that_is_pending_and_nothing_else(stage: Stage, judge: Judge) -> None:
    """The list has every pending confirmation of its user, and none that was confirmed or cancelled."""
    person, other = customer(stage), customer(stage)
    held = [hold(stage, person) for _ in range(4)]
    theirs = hold(stage, other)
    judge.equal(sorted(pending(stage, person)), sorted(held), "the list is not what is pending", op=PENDING)
    judge.ok(settle(stage, person, held[1], CONFIRM))
    judge.ok(settle(stage, person, held[2], CANCEL))
    judge.equal(sorted(pending(stage, person)), sorted([held[0], held[3]]), "settled ones are on the list", op=PENDING)
    judge.equal(pending(stage, other), [theirs], "another user's list is not their own", op=PENDING, rule="I01")
    judge.equal([one["status"] for one in (read(stage, person, held[1]), read(stage, person, held[2]))],
                ["confirmed", "cancelled"], "settled confirmations read otherwise", op=ONE)  # fmt: skip


# -- the word ------------------------------------------------------------------------------------------------------


@law("LIFE-267", CONFIRM, ONE, PENDING)
def test_confirming_runs_what_was_held_once(stage: Stage, judge: Judge) -> None:
    """Confirming runs the held call, answers its result, and leaves one action record; a second time is 409.

    The confirmation is then `confirmed`, has a resolved_at, and is off the list of pending ones.
    """
    person, app_id = customer(stage), shop(stage).app_id
    gone, kept = note(stage, person, "gone"), note(stage, person, "kept")
    held = hold(stage, person, gone)
    before, records = judge.ok(read(stage, person, held)).json, {one["trace_id"] for one in ledger(stage, person)}
    reply = judge.ok(settle(stage, person, held))
    shown = reply.json.get("confirmation_id"), reply.json.get("status")
    judge.equal(shown, (held, "confirmed"), "the answer does not say what was confirmed", reply)
    results = reply.json.get("results") or []
    judge.equal(
        [one.get("status") for one in results], ["success"], "the results are not those of the held call", reply
    )
    judge.equal(
        [one.get("error") for one in results], [None], "the result of a success has an error", reply, rule="C03"
    )
    data = [(one.get("data") or {}).get("note_id") for one in results]
    judge.equal(data, [gone], "the result's data is of another note", reply)
    new = [one for one in ledger(stage, person) if one["trace_id"] not in records]
    left = [(one["app_id"], one["tool_name"], one["action_type"], one["status"]) for one in new]
    expected = [(app_id, DESTRUCTIVE, "destructive", "success")]
    judge.equal(left, expected, "a confirmation did not leave one record of its call", reply, rule="C05")
    judge.equal(list(notes(stage, person)), [kept], "a confirmed call did not do what was shown", reply)
    state = judge.ok(read(stage, person, held))
    judge.equal(state["status"], "confirmed", "a confirmed confirmation has another status", state)
    late = state["resolved_at"] is not None and moment(state["resolved_at"]) >= moment(state["created_at"])
    judge.that(late, "a confirmed confirmation has no time of its resolution", state)
    changed = {name for name in before if state.json.get(name) != before[name]}
    judge.equal(changed, {"status", "resolved_at"}, "settling changed other fields", state)
    judge.equal(pending(stage, person), [], "a confirmed confirmation is still on the list", op=PENDING)
    refuse(stage, judge, person, held, 409)


def refuse(stage: Stage, judge: Judge, person: Person, held: str, status: int) -> None:
    """Judge that a settled confirmation takes no further word, and that nothing runs."""
    state, before, there = read(stage, person, held).json, left_behind(stage, person), len(ledger(stage, person))
    for op in (CONFIRM, CANCEL):
        again = settle(stage, person, held, op)
        judge.status(again, status, message=f"a settled confirmation is answered with {again.status}, not {status}")
    judge.equal(read(stage, person, held).json, state, "a refused word changed a confirmation", op=ONE)
    judge.equal(left_behind(stage, person), before, "a refused word ran something", op=CONFIRM)
    judge.equal(len(ledger(stage, person)), there, "a refused word left a record", op=CONFIRM)


@law("LIFE-268", CANCEL, ONE, PENDING)
def test_cancelling_drops_what_was_held(stage: Stage, judge: Judge) -> None:
    """Cancelling runs nothing and leaves no record; the confirmation is then `cancelled`, for good (409)."""
    person = customer(stage)
    kept = note(stage, person)
    held = hold(stage, person, kept)
    before, state = left_behind(stage, person), judge.ok(read(stage, person, held)).json
    reply = judge.ok(settle(stage, person, held, CANCEL))
    shown = reply.json.get("confirmation_id"), reply.json.get("status")
    judge.equal(shown, (held, "cancelled"), "the answer does not say what was cancelled", reply)
    judge.that(not reply.json.get("results"), "a cancelled confirmation has results", reply)
    judge.equal(left_behind(stage, person), before, "cancelling left something behind", reply)
    now = judge.ok(read(stage, person, held))
    judge.equal(now["status"], "cancelled", "a cancelled confirmation has another status", now)
    judge.that(now["resolved_at"], "a cancelled confirmation has no time of its resolution", now)
    changed = {name for name in state if now.json.get(name) != state[name]}
    judge.equal(changed, {"status", "resolved_at"}, "settling changed other fields", now)
    judge.equal(pending(stage, person), [], "a cancelled confirmation is still on the list", op=PENDING)
    refuse(stage, judge, person, held, 409)
    judge.equal(list(notes(stage, person)), [kept], "a cancelled call ran", reply)


@law("LIFE-269", CONFIRM, CANCEL, ONE, PENDING)
def test_a_confirmation_expires_by_itself(stage: Stage, judge: Judge) -> None:
    """After the user's confirmation_ttl a confirmation is `expired`: off the list, and both words are 410."""
    person = customer(stage)
    kept = note(stage, person)
    stage.send(SETTINGS, person, body={"confirmation_ttl": 1}).need()
    held = hold(stage, person, kept)
    deadline = time.monotonic() + 4
    while (state := read(stage, person, held))["status"] == "pending" and time.monotonic() < deadline:
        time.sleep(0.1)
    judge.must(state["status"] == "expired", "a confirmation does not expire", state, expected="expired")
    late = moment(state["expires_at"]) - moment(state["created_at"])
    judge.that(abs(late - 1) < 1.5, "it expired at another time than after its ttl", state)
    judge.equal(pending(stage, person), [], "an expired confirmation is still on the list", op=PENDING)
    refuse(stage, judge, person, held, 410)
    judge.equal(list(notes(stage, person)), [kept], "an expired call ran", op=CONFIRM)


@law("LIFE-270", CONFIRM, CALL)
def test_the_call_runs_with_what_was_shown(stage: Stage, judge: Judge) -> None:
    """A confirmed call runs with exactly the parameters that were shown, and takes its price when it runs."""
    person, app_id = customer(stage), shop(stage).app_id
    stage.send(SETTINGS, person, body={"confirmation_actions": {"destructive": True, "write": True}}).need()
    funds, entries = balance(stage, person), len(history(stage, person))
    held = str(operate(stage, person, PRICED, DEEP)["confirmation_id"])
    judge.equal(balance(stage, person), funds, "a held call has been paid already", op=OPERATE, rule="LIFE-261")
    reply = judge.ok(settle(stage, person, held))
    kept = [{name: one.get(name) for name in DEEP} for one in notes(stage, person).values()]
    judge.equal(kept, [DEEP], "the confirmed call ran with other parameters", reply)
    judge.equal(balance(stage, person), funds - PRICE, "a confirmed call took another amount than its price", reply)
    booked = history(stage, person)
    new = [(one["amount"], one["reason"], one["app_id"]) for one in booked[: len(booked) - entries]]
    judge.equal(new, [(-PRICE, "deduct", app_id)], "a confirmed call left other entries in the ledger", reply)


@law("LIFE-271", CONFIRM)
@pytest.mark.parametrize("why", ["disabled", "uninstalled", "failing"])
def test_what_cannot_run_any_more_is_an_error_of_the_result(why: str, stage: Stage, judge: Judge) -> None:
    """A held call that can no longer run is not run: its result is an error, or the word is refused."""
    person, app_id = customer(stage), shop(stage).app_id
    kept = note(stage, person)
    held = hold(stage, person, kept if why != "failing" else "note_of_nobody")
    if why == "disabled":
        stage.send("POST /v1/me/extensions/disable", person, body={"app_id": app_id}).need()
    elif why == "uninstalled":
        stage.send("DELETE /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id}).need()
    reply = settle(stage, person, held)
    if reply.ok:
        results = reply.json.get("results") or []
        judge.equal([one.get("status") for one in results], ["error"], f"{why}: the result is no error", reply)
        judge.that(all(one.get("error") for one in results), f"{why}: the error says nothing", reply)
    else:
        judge.status(reply, 403, 404, 409, 410)
    if why == "disabled":
        stage.send("DELETE /v1/me/extensions/disable/{app_id}", person, params={"app_id": app_id}).need()
    elif why == "uninstalled":
        stage.send("POST /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id}).need()
    judge.that(kept in notes(stage, person), f"{why}: the held call ran", reply)


# -- whose it is ---------------------------------------------------------------------------------------------------


@law("I02", ONE, CONFIRM, CANCEL)
def test_anothers_confirmation_is_neither_shown_nor_settled(stage: Stage, judge: Judge) -> None:
    """Another user's confirmation is 403 or 404: nothing of it is shown, and it stays pending."""
    person, other = customer(stage), customer(stage)
    secret = note(stage, person)
    held = hold(stage, person, secret)
    state = read(stage, person, held).json
    for op in (ONE, CONFIRM, CANCEL):
        for who in (other, stage.cast.deputy):
            reply = settle(stage, who, held, op)
            judge.status(reply, 403, 404, message=f"another user's confirmation is answered with {reply.status}")
            judge.that(secret not in reply.text, "a refusal shows what another user's call is about", reply)
    judge.equal(read(stage, person, held).json, state, "another user changed a confirmation", op=ONE)
    judge.equal(pending(stage, person), [held], "another user settled a confirmation", op=PENDING)
    judge.equal(pending(stage, other), [], "another user's confirmation is on one's list", op=PENDING, rule="I01")
    judge.equal(list(notes(stage, person)), [secret], "another user's word ran a held call", op=CONFIRM)


@law("LIFE-272", ONE, CONFIRM, CANCEL)
@pytest.mark.parametrize("op", [ONE, CONFIRM, CANCEL])
def test_an_unknown_confirmation_is_404(op: str, stage: Stage, judge: Judge) -> None:
    """A confirmation that nobody knows is 404."""
    reply = settle(stage, customer(stage), f"conf_{stage.cast.fresh('none')}", op)
    judge.status(reply, 404, message=f"an unknown confirmation is answered with {reply.status}, not 404")


@law("D07", CONFIRM)
def test_accept_is_no_route(stage: Stage, judge: Judge) -> None:
    """The word is `…/confirm`; the `…/accept` of an old guide does not exist and settles nothing."""
    person = customer(stage)
    held = hold(stage, person)
    url = stage.client.url(stage.contract[ONE], {"confirmation_id": held}, None) + "/accept"
    reply = stage.client.undeclared_path(stage.contract[CONFIRM], url, person.bearer, method="POST")
    judge.status(reply, 404, 405, message="…/accept is answered")
    state = read(stage, person, held)
    judge.equal(state["status"], "pending", "…/accept settled a confirmation", state)
