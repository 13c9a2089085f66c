"""Laws of action records: who writes them, what they hold, and who reads them."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Credential, Judge, Stage, law
from specdouble.verify.suites._stamps import moment

from ...calling import ACTION, ACTIONS, RECORD
from ...recipes.work.actions import full_action, small_action
from ._actions import STATS, found, quick, read, record, stats

# What a record holds when it was not told (the document's defaults).
UNTOLD: dict[str, Any] = {
    **dict.fromkeys(
        ("chain_id", "parent_task_id", "intent_type", "message_preview", "result_preview", "error", "duration_ms",
         "worker_id", "llm_provider", "llm_model", "llm_steps"),
    ),
    **dict.fromkeys(
        ("tokens_used", "heartbeat_count", "action_price", "extension_price", "platform_fee", "llm_total_calls",
         "llm_total_tokens"), 0,
    ),
}  # fmt: skip


# -- who records ---------------------------------------------------------------------------------------------------


@law("S02", RECORD, ACTIONS)
def test_only_a_service_records(stage: Stage, judge: Judge) -> None:
    """An action is recorded with the service token only; any other caller is refused, and nothing is recorded.

    A wrong service token is refused too, whatever is sent beside it (S09).
    """
    user = stage.cast.new("ledger")
    wrong = {"X-Service-Token": f"{stage.settings.service_token}x"}
    callers = [user.bearer, stage.cast.key(user), stage.cast.admin.bearer, Credential("nobody")]
    callers += [Credential("a wrong service token", {**one.headers, **wrong}) for one in (user.bearer, callers[3])]
    body = small_action(stage, user, status="failed")
    for who in callers:
        reply = stage.send(RECORD, who, body=body)
        judge.status(
            reply, 401, 403, 422, message=f"{who.name}: answered {reply.status}, not 401 or 403", about=who.name
        )
        judge.equal(found(stage, user), [], f"{who.name}: a refused record is there", reply, about=f"{who.name} left")
    judge.equal(stats(stage, user)["used"], 0, "a refused record was counted", op=STATS)
    made = judge.ok(stage.send(RECORD, stage.cast.service, body=body))
    judge.equal(made.json, {"trace_id": body["trace_id"], "recorded": True}, "the answer is not what was sent", made)
    judge.equal(found(stage, user), [body["trace_id"]], "a recorded action does not show up", made)


# -- what a record holds -------------------------------------------------------------------------------------------


@law("LIFE-275", RECORD, ACTION, ACTIONS)
@pytest.mark.parametrize("change", [{}, {"status": "success", "error": None, "action_type": "destructive"}], ids=str)
def test_a_record_has_every_field_that_was_sent(change: dict[str, Any], stage: Stage, judge: Judge) -> None:
    """A recorded action has every field as it was sent, by its trace_id and in the list alike."""
    user = stage.cast.new("ledger")
    body = full_action(stage, user, **change)
    judge.ok(stage.send(RECORD, stage.cast.service, body=body))
    kept = judge.ok(read(stage, user, body["trace_id"]))
    for name, sent in body.items():
        if name == "completed_at":
            same = kept.json.get(name) and moment(kept.json[name]) == moment(sent)
        else:
            same = kept.json.get(name) == sent
        judge.that(same, f"{name} is not what was sent", kept, expected=sent, got=kept.json.get(name), about=name)
    judge.that(kept["created_at"], "a record does not say when it was made", kept)
    page = judge.ok(stage.send(ACTIONS, user))
    judge.equal(page["items"], [kept.json], "the list shows a record otherwise than its own route", page)


@law("LIFE-276", RECORD, ACTION)
def test_a_record_has_the_documented_defaults(stage: Stage, judge: Judge) -> None:
    """What a record was not told is null, or 0 for figures; a null that was sent stays null."""
    user = stage.cast.new("ledger")
    for body in (
        small_action(stage, user),
        small_action(stage, user, **{k: v for k, v in UNTOLD.items() if v is None}),
    ):
        judge.ok(stage.send(RECORD, stage.cast.service, body=body))
        kept = judge.ok(read(stage, user, body["trace_id"]))
        for name, value in {**UNTOLD, **body, "tenant_id": user.tenant_id}.items():
            judge.equal(kept.json.get(name), value, f"{name} has another default", kept, about=name)


@law("LIFE-277", RECORD, ACTIONS, ACTION, STATS)
def test_the_same_trace_id_overwrites(stage: Stage, judge: Judge) -> None:
    """The same trace_id again overwrites the record and makes no second one; the month counts it once, as it is."""
    user = stage.cast.new("ledger")
    other = quick(stage, user)
    first = full_action(stage, user, status="success", error=None)
    record(stage, first)
    before = stats(stage, user)
    judge.equal(
        (before["used"], before["completed"], before["failed"]), (2, 2, 0), "the month is counted wrong", op=STATS
    )
    changed = {
        "app_id": "other",
        "tool_name": "list_plans", "action_type": "read", "status": "failed", "error": "Timed out", "duration_ms": 9,
        "tokens_used": 3, "result_preview": "Other", "message_preview": "Others", "llm_total_calls": 5,
        "llm_total_tokens": 1000, "llm_model": "example-large", "worker_id": "worker-2", "llm_steps": [],
        "action_price": 1, "extension_price": 0.5, "platform_fee": 0.5, "completed_at": "2026-06-21T10:00:00Z",
    }  # fmt: skip
    second = {**first, **changed}
    again = judge.ok(stage.send(RECORD, stage.cast.service, body=second), "a retry with the same trace_id was refused")
    judge.equal(again.json, {"trace_id": first["trace_id"], "recorded": True}, "a retry has another answer", again)
    page = stage.send(ACTIONS, user)
    judge.equal(page["total"], 2, "the same trace_id made a second record", page)
    traces = sorted(str(one["trace_id"]) for one in page["items"])
    judge.equal(traces, sorted([other, first["trace_id"]]), "the list has other records after a retry", page)
    for app_id, rows in (("other", [first["trace_id"]]), ("billing", [other])):
        judge.equal(
            found(stage, user, app_id=app_id), rows, f"app_id={app_id} does not see the overwriting", op=ACTIONS
        )
    kept = judge.ok(read(stage, user, first["trace_id"]))
    for name, sent in second.items():
        if name != "completed_at":
            judge.equal(kept.json.get(name), sent, f"{name} was not overwritten", kept, about=name)
    after = stats(stage, user)
    shown = after["used"], after["completed"], after["failed"], after["llm_total_calls"], after["llm_total_tokens"]
    judge.equal(shown, (2, 1, 1, 5, 1000), "the month does not count an overwritten record as it is", op=STATS)
    models = {one["model"]: (one["calls"], one.get("tokens")) for one in after["llm_by_model"] if one["calls"]}
    judge.equal(models, {"example-large": (5, 1000)}, "an overwritten record is counted for its old model", op=STATS)


@law("LIFE-278", RECORD)
def test_an_invalid_record_leaves_nothing(stage: Stage, judge: Judge) -> None:
    """A record without a required field, or with a figure that is no number, is 422 and leaves nothing behind."""
    user = stage.cast.new("ledger")
    whole = full_action(stage, user)
    required = ("trace_id", "user_id", "app_id", "tool_name", "action_type", "status")
    broken = [({key: value for key, value in whole.items() if key != name}, name) for name in required]
    figures = ("duration_ms", "tokens_used", "action_price", "llm_total_calls")
    broken += [({**whole, name: "many"}, name) for name in figures]
    for body, name in broken:
        reply = stage.send(RECORD, stage.cast.service, body=body)
        judge.status(reply, 422, message=f"a record with a broken {name} is answered with {reply.status}, not 422")
    judge.equal(found(stage, user), [], "a refused record is there", op=ACTIONS)


# -- who reads -----------------------------------------------------------------------------------------------------


@law("I02", ACTION)
def test_anothers_action_is_not_shown(stage: Stage, judge: Judge) -> None:
    """Another user's action is 403 or 404 by its trace_id, and nothing of it is shown."""
    user, other = stage.cast.new("ledger"), stage.cast.new("another ledger")
    body = full_action(stage, user, message_preview="A private sentence", result_preview="A private answer")
    record(stage, body)
    for who in (other.bearer, stage.cast.key(other), stage.cast.deputy.bearer):
        reply = read(stage, who, body["trace_id"])
        judge.status(reply, 403, 404, message=f"another user's action is answered with {reply.status}")
        judge.that("private" not in reply.text.lower(), "a refusal shows another user's action", reply)


@law("I01", ACTIONS, STATS)
def test_lists_and_figures_are_the_callers_own(stage: Stage, judge: Judge) -> None:
    """The list and the figures of the month have the caller's own actions only, whatever is asked for."""
    user, other = stage.cast.new("ledger"), stage.cast.new("another ledger")
    mine, theirs = quick(stage, user), quick(stage, other, message_preview="Theirs")
    for query in ({}, {"user_id": other.imperal_id}, {"app_id": "billing"}, {"search": "theirs"}):
        rows = found(stage, user, **query)
        judge.that(theirs not in rows, "the list shows another user's action", op=ACTIONS, got=rows)
    judge.equal(found(stage, user), [mine], "the list is not the caller's own", op=ACTIONS)
    judge.equal(found(stage, other), [theirs], "the other user's list is not their own", op=ACTIONS)
    judge.equal((stats(stage, user)["used"], stats(stage, other)["used"]), (1, 1), "figures are mixed up", op=STATS)


@law("LIFE-279", ACTION)
def test_an_unknown_action_is_404(stage: Stage, judge: Judge) -> None:
    """An action that nobody recorded is 404."""
    reply = read(stage, stage.cast.user, stage.cast.fresh("none"))
    judge.status(reply, 404, message=f"an unknown trace_id is answered with {reply.status}, not 404")


@law("E05", ACTIONS)
def test_no_kwargs_is_asked_for(stage: Stage, judge: Judge) -> None:
    """`GET /v1/actions` needs no query parameter; `kwargs` of an older document does nothing (E04)."""
    user = stage.cast.new("ledger")
    one = quick(stage, user)
    plain = judge.ok(stage.send(ACTIONS, user), "the list asks for a query parameter")
    judge.equal([row["trace_id"] for row in plain["items"]], [one], "the list without a query is another", plain)
    more = judge.ok(stage.send(ACTIONS, user, query={"kwargs": "x", "since": "2999-01-01", "user_id": "y"}))
    judge.equal(more.json, plain.json, "an unknown query parameter changes the list", more, rule="E04")
