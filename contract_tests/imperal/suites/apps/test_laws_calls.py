"""Laws of calls: what a function answers, and what every call leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Reply, Stage, law, listen

from ...apps import DESTRUCTIVE, READ, WRITE, install, published_app, shop
from ...calling import (
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


@law("C01", CALL, BATCH, OPERATE)
@pytest.mark.parametrize("verb", VERBS)
def test_the_body_names_the_caller(verb: str, stage: Stage, judge: Judge) -> None:
    """A call names its user in the body; without it it is 422, and somebody else's name is refused."""
    person, other, app_id = customer(stage), customer(stage), shop(stage).app_id
    before = left_behind(stage, person), left_behind(stage, other)
    judge.status(ask(stage, verb, person, app_id), 422, message="a call without user_id is not a 422")
    title = {"title": stage.cast.fresh("spoof")}
    for who in (person.bearer, stage.cast.key(person)):
        spoofed = ask(stage, verb, who, app_id, WRITE, title, user_id=other.imperal_id)
        judge.status(spoofed, 403, message=f"somebody else's user_id was answered with {spoofed.status}, not 403")
    after = left_behind(stage, person), left_behind(stage, other)
    judge.equal(after, before, "a call with somebody else's user_id left something behind", op=VERBS[verb])
    for one in (person, other):
        judge.equal(notes(stage, one), {}, "a call with somebody else's user_id ran", op=VERBS[verb])


@law("S13", CALL, BATCH)
@pytest.mark.parametrize("verb", ["call", "batch"])
def test_a_service_calls_for_the_user_whom_it_names(verb: str, stage: Stage, judge: Judge) -> None:
    """With the service token and X-Acting-User a call is that user's, as with their own bearer.

    Their app data is used, the action record is theirs, and a user_id of somebody else is still refused.
    """
    person, other, app_id = customer(stage), customer(stage), shop(stage).app_id
    acting = stage.cast.acting(person)
    title = stage.cast.fresh("acted")
    judge.ok(ask(stage, verb, acting, app_id, WRITE, {"title": title}, user_id=person.imperal_id))
    judge.equal([one["title"] for one in notes(stage, person).values()], [title], "the note is not the user's", op=CALL)
    mine = sorted(str(one["tool_name"]) for one in ledger(stage, person))
    judge.equal(mine, sorted([READ, WRITE]), "the record is not the user's")
    judge.equal(ledger(stage, other), [], "somebody else has the record of a call of a service")
    refused = ask(stage, verb, acting, app_id, WRITE, {"title": title}, user_id=other.imperal_id)
    judge.status(refused, 403, rule="C01", message="a service that acts for one user may name another in user_id")
    judge.equal(len(ledger(stage, person)), 2, "a refused call of a service left a record", rule="C06")


@law("S14", CALL)
def test_an_acting_user_beside_a_bearer_changes_nothing(stage: Stage, judge: Judge) -> None:
    """X-Acting-User beside a plain bearer does not change whose data a call uses."""
    person, other, app_id = customer(stage), customer(stage), shop(stage).app_id
    who = person.bearer.plus("with an acting user", X_Acting_User=other.imperal_id)
    ask(stage, "call", who, app_id, WRITE, {"title": "mine"}, user_id=person.imperal_id)
    ask(stage, "call", who, app_id, WRITE, {"title": "theirs"}, user_id=other.imperal_id)
    judge.equal(notes(stage, other), {}, "a bearer wrote into the app of the user in X-Acting-User", op=CALL)
    judge.equal([one["tool_name"] for one in ledger(stage, other)], [READ], "a bearer's call was recorded for another")


# -- what a call answers -------------------------------------------------------------------------------------------


def expect_failure(judge: Judge, reply: Reply, result: Any, what: str) -> None:
    """Judge that one result is a failure that says something."""
    told = isinstance(result, dict) and result.get("status") == "error"
    judge.that(told, f"{what} is not answered with status error", reply, expected="error")
    if told:
        judge.that(isinstance(result.get("error"), str) and result["error"], f"{what} has no error text", reply)


FAILURES: dict[str, tuple[str, Doc]] = {
    "an unknown function": ("nothing_of_that_name", {}),
    "a missing parameter": (WRITE, {"count": 3}),
    "a parameter of a wrong type": (WRITE, {"title": "x", "count": "three"}),
    "a thing that is not there": (DESTRUCTIVE, {"note_id": "note_that_is_not_there"}),
}


@law("C02", CALL, BATCH)
@pytest.mark.parametrize("what", FAILURES)
def test_a_failing_function_is_still_200(what: str, stage: Stage, judge: Judge) -> None:
    """A function that fails is HTTP 200 with status error and a text in error; HTTP errors are for access and money."""
    function, params = FAILURES[what]
    person = customer(stage)
    reply = call(stage, person, function, **params)
    judge.status(reply, 200, message=f"{what} is answered with {reply.status}, not 200")
    expect_failure(judge, reply, reply.json, what)
    many = batch(stage, person, (function, params))
    judge.status(many, 200, message=f"{what} in a batch is answered with {many.status}, not 200")
    expect_failure(judge, many, (many.json or [None])[0] if isinstance(many.json, list) else None, f"{what} in a batch")
    judge.equal(notes(stage, person), {}, f"{what} wrote something", op=CALL)


@law("C03", CALL, BATCH)
def test_a_success_has_data_and_no_error(stage: Stage, judge: Judge) -> None:
    """A call that succeeds has status success, data of the function's own shape, and null as its error."""
    person = customer(stage)
    reply = judge.ok(call(stage, person, "get_balance", "billing"))
    many = judge.ok(batch(stage, person, ("get_balance", {}), app_id="billing"))
    wallet = stage.send("GET /v1/billing/balance", person)
    for answer, result in ((reply, reply.json), (many, many.json[0] if many.json else {})):
        judge.equal(result.get("status"), "success", "a function that works has another status than success", answer)
        judge.equal(result.get("error"), None, "a success has an error", answer)
        found = result.get("data")
        data: Doc = found if isinstance(found, dict) else {}
        judge.equal(data.get("balance"), wallet["balance"], "billing/get_balance shows another balance", answer)
        judge.equal(data.get("currency"), "token", "billing/get_balance shows another currency", answer)


@law("C10", CALL)
def test_platform_apps_are_extensions_too(stage: Stage, judge: Judge) -> None:
    """The route takes an app's slug, and developer, billing and automations are apps that everybody has."""
    person = stage.cast.new("newcomer")
    for app_id, function in (
        ("billing", "get_balance"),
        ("automations", "list_automations"),
        ("billing", "list_plans"),
    ):
        reply = judge.ok(call(stage, person, function, app_id), f"a newcomer may not call {app_id}/{function}")
        judge.equal(reply.json.get("status"), "success", f"{app_id}/{function} fails for a newcomer", reply)
    app_id = stage.cast.fresh("ir")
    steps = [
        {"id": f"step_{n}", "kind": "declarative", "action": "store.create",
         "params": {"collection": "tasks", "data": {"title": "{{title}}"}}}
        for n in (1, 2)
    ]  # fmt: skip
    ir = {"app_id": app_id, "version": "1.4.0", "steps": steps}
    reply = judge.ok(call(stage, person, "deploy_ir", "developer", app_id=app_id, ir_dict=ir))
    data = reply.json.get("data") or {}
    shown = {name: data.get(name) for name in ("app_id", "steps_registered", "ir_version")}
    expected = {"app_id": app_id, "steps_registered": 2, "ir_version": "1.4.0"}
    judge.equal(shown, expected, "developer/deploy_ir answers other data than was deployed", reply)
    judge.that(data.get("deployed_at"), "developer/deploy_ir does not say when", reply)


@law("LIFE-250", CALL)
def test_what_a_function_keeps_is_the_callers_own(stage: Stage, judge: Judge) -> None:
    """What a function was given is there in the next call, with every parameter, and only for its user and app."""
    person, other, app_id = customer(stage), customer(stage), shop(stage).app_id
    first = note(stage, person, "First")
    made = call(stage, person, WRITE, title="Second", count=7)
    second = str(made["data"]["note_id"])
    judge.that(first != second, "two writes made one note", made)
    judge.equal(
        (made["data"].get("title"), made["data"].get("count")), ("Second", 7), "the answer lacks what was sent", made
    )
    kept = notes(stage, person)
    listed = {key: (one.get("title"), one.get("count")) for key, one in kept.items()}
    judge.equal(listed, {first: ("First", None), second: ("Second", 7)}, "the notes are not what was written", op=CALL)
    judge.equal(notes(stage, other), {}, "a function shows one user what another wrote", op=CALL, rule="I01")
    stolen = call(stage, other, DESTRUCTIVE, note_id=first)
    judge.equal(stolen["status"], "error", "a function deletes another user's note", stolen, rule="I01")
    judge.equal(set(notes(stage, person)), {first, second}, "another user's call deleted a note", op=CALL, rule="I01")
    twin = published_app(stage)
    install(stage, person, twin)
    there = call(stage, person, READ, twin)
    judge.equal(there["data"].get("items"), [], "an app shows what was written in another app", there)
    gone = call(stage, person, DESTRUCTIVE, note_id=first)
    judge.equal(gone["status"], "success", "a note of one's own cannot be deleted", gone)
    judge.equal(set(notes(stage, person)), {second}, "the wrong notes are left after a delete", op=CALL)
    judge.equal(app_id in {one["app_id"] for one in ledger(stage, person)}, True, "the records name another app")


@law("LIFE-251", CALL)
def test_params_and_tenant_may_be_left_out(stage: Stage, judge: Judge) -> None:
    """A call and an operate may leave out params and tenant_id: they are no parameters, and the default tenant."""
    person, app_id = customer(stage), shop(stage).app_id
    bare = {"user_id": person.imperal_id, "function": READ}
    reply = judge.ok(stage.send(CALL, person, params={"app_id": app_id}, body=bare))
    judge.equal(reply.json.get("status"), "success", "a call without params fails", reply)
    done = judge.ok(stage.send(OPERATE, person, params={"app_id": app_id}, body=bare))
    judge.equal(done.json.get("kind"), "tool_result", "an operate without params does not run", done)
    many = {"user_id": person.imperal_id, "calls": [{"function": READ}]}
    answers = judge.ok(stage.send(BATCH, person, params={"app_id": app_id}, body=many))
    judge.equal([one.get("status") for one in answers.json], ["success"], "a batch item without params fails", answers)
    judge.equal({one["tenant_id"] for one in ledger(stage, person)}, {person.tenant_id}, "another tenant was recorded")


@law("LIFE-253", CALL, BATCH, OPERATE)
def test_a_call_names_a_function(stage: Stage, judge: Judge) -> None:
    """A call without a function is 422, alone or among others in a batch, and runs nothing."""
    person, where = customer(stage), {"app_id": shop(stage).app_id}
    who = {"user_id": person.imperal_id}
    good = {"function": WRITE, "params": {"title": "among others"}}
    broken: list[tuple[str, Doc]] = [
        (CALL, who), (OPERATE, who), (BATCH, who), (BATCH, {**who, "calls": [good, {"params": {}}]}),
        (BATCH, {**who, "calls": good}), (CALL, {**who, "function": WRITE, "params": ["title"]}),
    ]  # fmt: skip
    for op, body in broken:
        reply = stage.send(op, person, params=where, body=body)
        judge.status(reply, 422, message=f"a call with a broken body is answered with {reply.status}, not 422")
    judge.equal(ledger(stage, person), [], "a call with a broken body left a record", op=CALL)
    judge.equal(notes(stage, person), {}, "a call with a broken body ran", op=BATCH)


# -- batches -------------------------------------------------------------------------------------------------------


@law("C04", BATCH)
def test_a_batch_answers_each_call_in_order(stage: Stage, judge: Judge) -> None:
    """A batch of N calls answers N items in the same order; one that fails leaves the others alone; none give []."""
    person = customer(stage)
    calls: list[tuple[str, Doc]] = [
        (WRITE, {"title": "one"}), (WRITE, {"count": 1}), (WRITE, {"title": "two"}), ("no_such_function", {}),
        (WRITE, {"title": "three"}),
    ]  # fmt: skip
    reply = judge.ok(batch(stage, person, *calls), "a batch with a failing item was refused")
    judge.must(isinstance(reply.json, list), "a batch does not answer an array", reply)
    judge.equal(
        [one.get("status") for one in reply.json], ["success", "error", "success", "error", "success"],
        "the items do not have the status of their calls, in order", reply,
    )  # fmt: skip
    titles = [(one.get("data") or {}).get("title") for one in reply.json]
    judge.equal(titles, ["one", None, "two", None, "three"], "the items are not in the order of their calls", reply)
    written = sorted(str(one.get("title")) for one in notes(stage, person).values())
    judge.equal(written, ["one", "three", "two"], "a failing item kept others from running", op=BATCH)
    empty = judge.ok(batch(stage, person), "a batch without calls was refused")
    judge.equal((empty.status, empty.json), (200, []), "a batch without calls does not answer []", empty)


# -- what every call leaves ----------------------------------------------------------------------------------------


def worked(record: Doc) -> bool:
    """Return whether a record is of a success."""
    return bool(record["status"] == "success")


@law("C05", CALL, BATCH, OPERATE, ACTIONS, ACTION)
def test_every_call_leaves_one_action_record(stage: Stage, judge: Judge) -> None:
    """Every call leaves one action record of its user: each item of a batch, what operate runs, and what fails too."""
    person, bystander, app_id = customer(stage), customer(stage), shop(stage).app_id
    before = left_behind(stage, person, whole=True)
    call(stage, person, WRITE, title="x").need()
    call(stage, person, WRITE, count=1).need()
    call(stage, person, DESTRUCTIVE, note_id="note_of_nobody").need()
    call(stage, person, "get_balance", "billing").need()
    batch(stage, person, (READ, {}), ("no_such", {}), (WRITE, {"title": "y"})).need()
    operate(stage, person, WRITE, {"title": "z"}, confirmation_bypassed=True).need()
    batch(stage, person).need()
    expected = sorted(
        [
            (app_id, WRITE, "write", True), (app_id, WRITE, "write", True), (app_id, WRITE, "write", True),
            (app_id, WRITE, "write", False), (app_id, READ, "read", True), (app_id, "no_such", "", False),
            (app_id, DESTRUCTIVE, "destructive", False), ("billing", "get_balance", "read", True),
        ]
    )  # fmt: skip
    page = stage.send(ACTIONS, person)
    judge.equal(page["total"], len(expected), "the number of records is not the number of calls", page)
    items = list(page["items"])
    shown = sorted(
        (one["app_id"], one["tool_name"], one["action_type"] if one["tool_name"] != "no_such" else "", worked(one))
        for one in items
    )
    judge.equal(shown, expected, "the records do not say what was called, and how it ended", page)
    judge.equal(len({one["trace_id"] for one in items}), len(items), "two records share a trace_id", page)
    for one in items:
        what = one["tool_name"]
        whose = one["user_id"], one["tenant_id"]
        judge.equal(whose, (person.imperal_id, person.tenant_id), f"{what}: the record is not the caller's", page)
        failed = one["status"] in ("failed", "validation_rejected")
        judge.equal(failed, not worked(one), f"{what}: the record has the status {one['status']}", page)
        judge.equal(one["error"] is None, worked(one), f"{what}: error is set exactly when a function failed", page)
        judge.that(one["completed_at"], f"{what}: a call that has ended has no completed_at", page)
        again = stage.send(ACTION, person, params={"trace_id": one["trace_id"]})
        judge.equal(again.json, one, "a record reads otherwise by its trace_id than in the list", again)
    judge.equal(ledger(stage, bystander), [], "somebody else has records of these calls", op=ACTIONS, rule="I01")
    after = left_behind(stage, person, whole=True)
    used = after["stats"]["used"] - before["stats"]["used"]
    judge.equal(used, len(expected), "GET /v1/actions/stats did not count every call", op="GET /v1/actions/stats")
    for meter, moved in {"actions": len(expected), "tokens": 0, "automations": 0}.items():
        if meter in before["usage"]:
            judge.equal(
                after["usage"].get(meter), before["usage"][meter] + moved, f"free calls moved {meter} otherwise",
                op=USAGE, about=meter,
            )  # fmt: skip
    judge.equal(after["history"], before["history"], "free calls moved money", op=CALL)


@law("LIFE-252", CALL, "GET /v1/events/stream")
def test_a_call_is_told_to_its_user(stage: Stage, judge: Judge) -> None:
    """A call is told on the event stream of its user, and on nobody else's."""
    person, bystander, app_id = customer(stage), customer(stage), shop(stage).app_id
    with listen(stage, person) as mine, listen(stage, bystander) as theirs:
        call(stage, person, WRITE, title="told").need()
        trace = str(ledger(stage, person)[0]["trace_id"])
        heard = mine.wait(lambda event: trace in event.data or app_id in event.data)
        judge.that(
            heard, "a call is not told on its user's stream", op=CALL, expected="an event that names it", got="none"
        )
        judge.that(not any(trace in one.data for one in theirs.events), "a call is told to somebody else", rule="I05")


@law("K01", CALL, ACTIONS, ACTION)
def test_records_never_hold_a_secret(stage: Stage, judge: Judge) -> None:
    """No action record holds the value of a secret of the app that was called."""
    from ...apps import USER_SECRET

    person, app_id = customer(stage), shop(stage).app_id
    value = f"plain-{stage.cast.fresh('secret')}-value"
    stage.send(
        "PUT /v1/secrets/{ext_id}/{name}", person, params={"ext_id": app_id, "name": USER_SECRET}, body={"value": value}
    ).need()
    call(stage, person, WRITE, title="after a secret was set").need()
    call(stage, person, READ).need()
    page = stage.send(ACTIONS, person)
    judge.that(value not in page.text, "the list of actions shows the value of a secret", page)
    for one in page["items"]:
        shown = stage.send(ACTION, person, params={"trace_id": one["trace_id"]})
        judge.that(value not in shown.text, "an action record shows the value of a secret", shown)
