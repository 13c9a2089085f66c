"""Rules of calls: what a function answers, and what every call leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Reply, listen, rule

from ...session import Session
from ...shared.apps import DESTRUCTIVE, READ, WRITE, install, published_app, shop
from ...shared.calling import (
    ACTION,
    ACTIONS,
    BATCH,
    CALL,
    OPERATE,
    batch,
    call,
    customer,
    ledger,
    left_behind,
    note,
    notes,
    operate,
)
from ._calls import VERBS, ask

USAGE = "GET /v1/billing/usage"

Doc = dict[str, Any]


# -- who calls -----------------------------------------------------------------------------------------------------


@rule("C01", CALL, BATCH, OPERATE)
@pytest.mark.parametrize("verb", VERBS)
def test_the_body_names_the_caller(verb: str, session: Session, check: Check) -> None:
    """A call names its user in the body; without it it is 422, and somebody else's name is refused."""
    person, other, app_id = customer(session), customer(session), shop(session).app_id
    before = left_behind(session, person), left_behind(session, other)
    check.status(ask(session, verb, person, app_id), 422, message="a call without user_id is not a 422")
    title = {"title": session.users.fresh("spoof")}
    for who in (person.bearer, session.users.key(person)):
        spoofed = ask(session, verb, who, app_id, WRITE, title, user_id=other.imperal_id)
        check.status(spoofed, 403, message=f"somebody else's user_id was answered with {spoofed.status}, not 403")
    after = left_behind(session, person), left_behind(session, other)
    check.equal(after, before, "a call with somebody else's user_id left something behind", op=VERBS[verb])
    for one in (person, other):
        check.equal(notes(session, one), {}, "a call with somebody else's user_id ran", op=VERBS[verb])


@rule("S13", CALL, BATCH)
@pytest.mark.parametrize("verb", ["call", "batch"])
def test_a_service_calls_for_the_user_whom_it_names(verb: str, session: Session, check: Check) -> None:
    """With the service token and X-Acting-User a call is that user's, as with their own bearer.

    Their app data is used, the action record is theirs, and a user_id of somebody else is still refused.
    """
    person, other, app_id = customer(session), customer(session), shop(session).app_id
    acting = session.users.acting(person)
    title = session.users.fresh("acted")
    check.ok(ask(session, verb, acting, app_id, WRITE, {"title": title}, user_id=person.imperal_id))
    check.equal(
        [one["title"] for one in notes(session, person).values()], [title], "the note is not the user's", op=CALL
    )
    mine = sorted(str(one["tool_name"]) for one in ledger(session, person))
    check.equal(mine, sorted([READ, WRITE]), "the record is not the user's")
    check.equal(ledger(session, other), [], "somebody else has the record of a call of a service")
    refused = ask(session, verb, acting, app_id, WRITE, {"title": title}, user_id=other.imperal_id)
    check.status(refused, 403, rule="C01", message="a service that acts for one user may name another in user_id")
    check.equal(len(ledger(session, person)), 2, "a refused call of a service left a record", rule="C06")


@rule("S14", CALL)
def test_an_acting_user_beside_a_bearer_changes_nothing(session: Session, check: Check) -> None:
    """X-Acting-User beside a plain bearer does not change whose data a call uses."""
    person, other, app_id = customer(session), customer(session), shop(session).app_id
    who = person.bearer.plus("with an acting user", X_Acting_User=other.imperal_id)
    ask(session, "call", who, app_id, WRITE, {"title": "mine"}, user_id=person.imperal_id)
    ask(session, "call", who, app_id, WRITE, {"title": "theirs"}, user_id=other.imperal_id)
    check.equal(notes(session, other), {}, "a bearer wrote into the app of the user in X-Acting-User", op=CALL)
    check.equal(
        [one["tool_name"] for one in ledger(session, other)], [READ], "a bearer's call was recorded for another"
    )


# -- what a call answers -------------------------------------------------------------------------------------------


def expect_failure(check: Check, reply: Reply, result: Any, what: str) -> None:
    """Judge that one result is a failure that says something."""
    told = isinstance(result, dict) and result.get("status") == "error"
    check.that(told, f"{what} is not answered with status error", reply, expected="error")
    if told:
        check.that(isinstance(result.get("error"), str) and result["error"], f"{what} has no error text", reply)


FAILURES: dict[str, tuple[str, Doc]] = {
    "an unknown function": ("nothing_of_that_name", {}),
    "a missing parameter": (WRITE, {"count": 3}),
    "a parameter of a wrong type": (WRITE, {"title": "x", "count": "three"}),
    "a thing that is not there": (DESTRUCTIVE, {"note_id": "note_that_is_not_there"}),
}


@rule("C02", CALL, BATCH)
@pytest.mark.parametrize("what", FAILURES)
def test_a_failing_function_is_still_200(what: str, session: Session, check: Check) -> None:
    """A function that fails is HTTP 200 with status error and a text in error; HTTP errors are for access and money."""
    function, params = FAILURES[what]
    person = customer(session)
    reply = call(session, person, function, **params)
    check.status(reply, 200, message=f"{what} is answered with {reply.status}, not 200")
    expect_failure(check, reply, reply.json, what)
    many = batch(session, person, (function, params))
    check.status(many, 200, message=f"{what} in a batch is answered with {many.status}, not 200")
    expect_failure(check, many, (many.json or [None])[0] if isinstance(many.json, list) else None, f"{what} in a batch")
    check.equal(notes(session, person), {}, f"{what} wrote something", op=CALL)


@rule("C03", CALL, BATCH)
def test_a_success_has_data_and_no_error(session: Session, check: Check) -> None:
    """A call that succeeds has status success, data of the function's own shape, and null as its error."""
    person = customer(session)
    reply = check.ok(call(session, person, "get_balance", "billing"))
    many = check.ok(batch(session, person, ("get_balance", {}), app_id="billing"))
    wallet = session.send("GET /v1/billing/balance", person)
    for response, result in ((reply, reply.json), (many, many.json[0] if many.json else {})):
        check.equal(result.get("status"), "success", "a function that works has another status than success", response)
        check.equal(result.get("error"), None, "a success has an error", response)
        found = result.get("data")
        data: Doc = found if isinstance(found, dict) else {}
        check.equal(data.get("balance"), wallet["balance"], "billing/get_balance shows another balance", response)
        check.equal(data.get("currency"), "token", "billing/get_balance shows another currency", response)


@rule("C10", CALL)
def test_platform_apps_are_extensions_too(session: Session, check: Check) -> None:
    """The route takes an app's slug, and developer, billing and automations are apps that everybody has."""
    person = session.users.new("newcomer")
    for app_id, function in (
        ("billing", "get_balance"),
        ("automations", "list_automations"),
        ("billing", "list_plans"),
    ):
        reply = check.ok(call(session, person, function, app_id), f"a newcomer may not call {app_id}/{function}")
        check.equal(reply.json.get("status"), "success", f"{app_id}/{function} fails for a newcomer", reply)
    app_id = session.users.fresh("ir")
    steps = [
        {"id": f"step_{n}", "kind": "declarative", "action": "store.create",
         "params": {"collection": "tasks", "data": {"title": "{{title}}"}}}
        for n in (1, 2)
    ]  # fmt: skip
    ir = {"app_id": app_id, "version": "1.4.0", "steps": steps}
    reply = check.ok(call(session, person, "deploy_ir", "developer", app_id=app_id, ir_dict=ir))
    data = reply.json.get("data") or {}
    shown = {name: data.get(name) for name in ("app_id", "steps_registered", "ir_version")}
    expected = {"app_id": app_id, "steps_registered": 2, "ir_version": "1.4.0"}
    check.equal(shown, expected, "developer/deploy_ir answers other data than was deployed", reply)
    check.that(data.get("deployed_at"), "developer/deploy_ir does not say when", reply)


@rule("LIFE-250", CALL)
def test_what_a_function_keeps_is_the_callers_own(session: Session, check: Check) -> None:
    """What a function was given is there in the next call, with every parameter, and only for its user and app."""
    person, other, app_id = customer(session), customer(session), shop(session).app_id
    first = note(session, person, "First")
    made = call(session, person, WRITE, title="Second", count=7)
    second = str(made["data"]["note_id"])
    check.that(first != second, "two writes made one note", made)
    check.equal(
        (made["data"].get("title"), made["data"].get("count")), ("Second", 7), "the response lacks what was sent", made
    )
    kept = notes(session, person)
    listed = {key: (one.get("title"), one.get("count")) for key, one in kept.items()}
    check.equal(listed, {first: ("First", None), second: ("Second", 7)}, "the notes are not what was written", op=CALL)
    check.equal(notes(session, other), {}, "a function shows one user what another wrote", op=CALL, rule="I01")
    stolen = call(session, other, DESTRUCTIVE, note_id=first)
    check.equal(stolen["status"], "error", "a function deletes another user's note", stolen, rule="I01")
    check.equal(set(notes(session, person)), {first, second}, "another user's call deleted a note", op=CALL, rule="I01")
    twin = published_app(session)
    install(session, person, twin)
    there = call(session, person, READ, twin)
    check.equal(there["data"].get("items"), [], "an app shows what was written in another app", there)
    gone = call(session, person, DESTRUCTIVE, note_id=first)
    check.equal(gone["status"], "success", "a note of one's own cannot be deleted", gone)
    check.equal(set(notes(session, person)), {second}, "the wrong notes are left after a delete", op=CALL)
    check.equal(app_id in {one["app_id"] for one in ledger(session, person)}, True, "the records name another app")


@rule("LIFE-251", CALL)
def test_params_and_tenant_may_be_left_out(session: Session, check: Check) -> None:
    """A call and an operate may leave out params and tenant_id: they are no parameters, and the default tenant."""
    person, app_id = customer(session), shop(session).app_id
    bare = {"user_id": person.imperal_id, "function": READ}
    reply = check.ok(session.send(CALL, person, params={"app_id": app_id}, body=bare))
    check.equal(reply.json.get("status"), "success", "a call without params fails", reply)
    done = check.ok(session.send(OPERATE, person, params={"app_id": app_id}, body=bare))
    check.equal(done.json.get("kind"), "tool_result", "an operate without params does not run", done)
    many = {"user_id": person.imperal_id, "calls": [{"function": READ}]}
    responses = check.ok(session.send(BATCH, person, params={"app_id": app_id}, body=many))
    check.equal(
        [one.get("status") for one in responses.json], ["success"], "a batch item without params fails", responses
    )
    check.equal(
        {one["tenant_id"] for one in ledger(session, person)}, {person.tenant_id}, "another tenant was recorded"
    )


@rule("LIFE-253", CALL, BATCH, OPERATE)
def test_a_call_names_a_function(session: Session, check: Check) -> None:
    """A call without a function is 422, alone or among others in a batch, and runs nothing."""
    person, where = customer(session), {"app_id": shop(session).app_id}
    who = {"user_id": person.imperal_id}
    good = {"function": WRITE, "params": {"title": "among others"}}
    broken: list[tuple[str, Doc]] = [
        (CALL, who), (OPERATE, who), (BATCH, who), (BATCH, {**who, "calls": [good, {"params": {}}]}),
        (BATCH, {**who, "calls": good}), (CALL, {**who, "function": WRITE, "params": ["title"]}),
    ]  # fmt: skip
    for op, body in broken:
        reply = session.send(op, person, params=where, body=body)
        check.status(reply, 422, message=f"a call with a broken body is answered with {reply.status}, not 422")
    check.equal(ledger(session, person), [], "a call with a broken body left a record", op=CALL)
    check.equal(notes(session, person), {}, "a call with a broken body ran", op=BATCH)


# -- batches -------------------------------------------------------------------------------------------------------


@rule("C04", BATCH)
def test_a_batch_answers_each_call_in_order(session: Session, check: Check) -> None:
    """A batch of N calls answers N items in the same order; one that fails leaves the others alone; none give []."""
    person = customer(session)
    calls: list[tuple[str, Doc]] = [
        (WRITE, {"title": "one"}), (WRITE, {"count": 1}), (WRITE, {"title": "two"}), ("no_such_function", {}),
        (WRITE, {"title": "three"}),
    ]  # fmt: skip
    reply = check.ok(batch(session, person, *calls), "a batch with a failing item was refused")
    check.must(isinstance(reply.json, list), "a batch does not answer an array", reply)
    check.equal(
        [one.get("status") for one in reply.json], ["success", "error", "success", "error", "success"],
        "the items do not have the status of their calls, in order", reply,
    )  # fmt: skip
    titles = [(one.get("data") or {}).get("title") for one in reply.json]
    check.equal(titles, ["one", None, "two", None, "three"], "the items are not in the order of their calls", reply)
    written = sorted(str(one.get("title")) for one in notes(session, person).values())
    check.equal(written, ["one", "three", "two"], "a failing item kept others from running", op=BATCH)
    empty = check.ok(batch(session, person), "a batch without calls was refused")
    check.equal((empty.status, empty.json), (200, []), "a batch without calls does not answer []", empty)


# -- what every call leaves ----------------------------------------------------------------------------------------


def worked(record: Doc) -> bool:
    """Return whether a record is of a success."""
    return bool(record["status"] == "success")


@rule("C05", CALL, BATCH, OPERATE, ACTIONS, ACTION)
def test_every_call_leaves_one_action_record(session: Session, check: Check) -> None:
    """Every call leaves one action record of its user: each item of a batch, what operate runs, and what fails too."""
    person, bystander, app_id = customer(session), customer(session), shop(session).app_id
    before = left_behind(session, person, whole=True)
    call(session, person, WRITE, title="x").need()
    call(session, person, WRITE, count=1).need()
    call(session, person, DESTRUCTIVE, note_id="note_of_nobody").need()
    call(session, person, "get_balance", "billing").need()
    batch(session, person, (READ, {}), ("no_such", {}), (WRITE, {"title": "y"})).need()
    operate(session, person, WRITE, {"title": "z"}, confirmation_bypassed=True).need()
    batch(session, person).need()
    expected = sorted(
        [
            (app_id, WRITE, "write", True), (app_id, WRITE, "write", True), (app_id, WRITE, "write", True),
            (app_id, WRITE, "write", False), (app_id, READ, "read", True), (app_id, "no_such", "", False),
            (app_id, DESTRUCTIVE, "destructive", False), ("billing", "get_balance", "read", True),
        ]
    )  # fmt: skip
    page = session.send(ACTIONS, person)
    check.equal(page["total"], len(expected), "the number of records is not the number of calls", page)
    items = list(page["items"])
    shown = sorted(
        (one["app_id"], one["tool_name"], one["action_type"] if one["tool_name"] != "no_such" else "", worked(one))
        for one in items
    )
    check.equal(shown, expected, "the records do not say what was called, and how it ended", page)
    check.equal(len({one["trace_id"] for one in items}), len(items), "two records share a trace_id", page)
    for one in items:
        what = one["tool_name"]
        whose = one["user_id"], one["tenant_id"]
        check.equal(whose, (person.imperal_id, person.tenant_id), f"{what}: the record is not the caller's", page)
        failed = one["status"] in ("failed", "validation_rejected")
        check.equal(failed, not worked(one), f"{what}: the record has the status {one['status']}", page)
        check.equal(one["error"] is None, worked(one), f"{what}: error is set exactly when a function failed", page)
        check.that(one["completed_at"], f"{what}: a call that has ended has no completed_at", page)
        again = session.send(ACTION, person, params={"trace_id": one["trace_id"]})
        check.equal(again.json, one, "a record reads otherwise by its trace_id than in the list", again)
    check.equal(ledger(session, bystander), [], "somebody else has records of these calls", op=ACTIONS, rule="I01")
    after = left_behind(session, person, whole=True)
    used = after["stats"]["used"] - before["stats"]["used"]
    check.equal(used, len(expected), "GET /v1/actions/stats did not count every call", op="GET /v1/actions/stats")
    for meter, moved in {"actions": len(expected), "tokens": 0, "automations": 0}.items():
        if meter in before["usage"]:
            check.equal(
                after["usage"].get(meter), before["usage"][meter] + moved, f"free calls moved {meter} otherwise",
                op=USAGE, about=meter,
            )  # fmt: skip
    check.equal(after["history"], before["history"], "free calls moved money", op=CALL)


@rule("LIFE-252", CALL, "GET /v1/events/stream")
def test_a_call_is_told_to_its_user(session: Session, check: Check) -> None:
    """A call is told on the event stream of its user, and on nobody else's."""
    person, bystander, app_id = customer(session), customer(session), shop(session).app_id
    with listen(session, person) as mine, listen(session, bystander) as theirs:
        call(session, person, WRITE, title="told").need()
        trace = str(ledger(session, person)[0]["trace_id"])
        heard = mine.wait(lambda event: trace in event.data or app_id in event.data)
        check.that(
            heard, "a call is not told on its user's stream", op=CALL, expected="an event that names it", got="none"
        )
        check.that(not any(trace in one.data for one in theirs.events), "a call is told to somebody else", rule="I05")


@rule("K01", CALL, ACTIONS, ACTION)
def test_records_never_hold_a_secret(session: Session, check: Check) -> None:
    """No action record holds the value of a secret of the app that was called."""
    from ...shared.apps import USER_SECRET

    person, app_id = customer(session), shop(session).app_id
    value = f"plain-{session.users.fresh('secret')}-value"
    session.send(
        "PUT /v1/secrets/{ext_id}/{name}", person, params={"ext_id": app_id, "name": USER_SECRET}, body={"value": value}
    ).need()
    call(session, person, WRITE, title="after a secret was set").need()
    call(session, person, READ).need()
    page = session.send(ACTIONS, person)
    check.that(value not in page.text, "the list of actions shows the value of a secret", page)
    for one in page["items"]:
        shown = session.send(ACTION, person, params={"trace_id": one["trace_id"]})
        check.that(value not in shown.text, "an action record shows the value of a secret", shown)
