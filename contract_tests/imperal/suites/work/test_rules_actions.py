"""Rules of action records: who writes them, what they hold, and who reads them."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Credential, moment, rule

from ...recipes.work.actions import full_action, small_action
from ...session import Session
from ...shared.calling import ACTION, ACTIONS, RECORD
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


@rule("S02", RECORD, ACTIONS)
def test_only_a_service_records(session: Session, check: Check) -> None:
    """An action is recorded with the service token only; any other caller is refused, and nothing is recorded.

    A wrong service token is refused too, whatever is sent beside it (S09).
    """
    user = session.users.new("ledger")
    wrong = {"X-Service-Token": session.variants(session.settings.service_token)["more than"]}
    callers = [user.bearer, session.users.key(user), session.users.admin.bearer, Credential("nobody")]
    callers += [Credential("a wrong service token", {**one.headers, **wrong}) for one in (user.bearer, callers[3])]
    body = small_action(session, user, status="failed")
    for who in callers:
        reply = session.send(RECORD, who, body=body)
        check.status(
            reply, 401, 403, 422, message=f"{who.name}: answered {reply.status}, not 401 or 403", about=who.name
        )
        check.equal(found(session, user), [], f"{who.name}: a refused record is there", reply, about=f"{who.name} left")
    check.equal(stats(session, user)["used"], 0, "a refused record was counted", op=STATS)
    made = check.ok(session.send(RECORD, session.users.service, body=body))
    check.equal(made.json, {"trace_id": body["trace_id"], "recorded": True}, "the response is not what was sent", made)
    check.equal(found(session, user), [body["trace_id"]], "a recorded action does not show up", made)


# -- what a record holds -------------------------------------------------------------------------------------------


@rule("LIFE-275", RECORD, ACTION, ACTIONS)
@pytest.mark.parametrize("change", [{}, {"status": "success", "error": None, "action_type": "destructive"}], ids=str)
def test_a_record_has_every_field_that_was_sent(change: dict[str, Any], session: Session, check: Check) -> None:
    """A recorded action has every field as it was sent, by its trace_id and in the list alike."""
    user = session.users.new("ledger")
    body = full_action(session, user, **change)
    check.ok(session.send(RECORD, session.users.service, body=body))
    kept = check.ok(read(session, user, body["trace_id"]))
    for name, sent in body.items():
        if name == "completed_at":
            same = kept.json.get(name) and moment(kept.json[name]) == moment(sent)
        else:
            same = kept.json.get(name) == sent
        check.that(same, f"{name} is not what was sent", kept, expected=sent, got=kept.json.get(name), about=name)
    check.that(kept["created_at"], "a record does not say when it was made", kept)
    page = check.ok(session.send(ACTIONS, user))
    check.equal(page["items"], [kept.json], "the list shows a record otherwise than its own route", page)


@rule("LIFE-276", RECORD, ACTION)
def test_a_record_has_the_documented_defaults(session: Session, check: Check) -> None:
    """What a record was not told is null, or 0 for figures; a null that was sent stays null."""
    user = session.users.new("ledger")
    for body in (
        small_action(session, user),
        small_action(session, user, **{k: v for k, v in UNTOLD.items() if v is None}),
    ):
        check.ok(session.send(RECORD, session.users.service, body=body))
        kept = check.ok(read(session, user, body["trace_id"]))
        for name, value in {**UNTOLD, **body, "tenant_id": user.tenant_id}.items():
            check.equal(kept.json.get(name), value, f"{name} has another default", kept, about=name)


@rule("LIFE-277", RECORD, ACTIONS, ACTION, STATS)
def test_the_same_trace_id_overwrites(session: Session, check: Check) -> None:
    """The same trace_id again overwrites the record and makes no second one; the month counts it once, as it is."""
    user = session.users.new("ledger")
    other = quick(session, user)
    first = full_action(session, user, status="success", error=None)
    record(session, first)
    before = stats(session, user)
    check.equal(
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
    again = check.ok(
        session.send(RECORD, session.users.service, body=second), "a retry with the same trace_id was refused"
    )
    check.equal(again.json, {"trace_id": first["trace_id"], "recorded": True}, "a retry has another response", again)
    page = session.send(ACTIONS, user)
    check.equal(page["total"], 2, "the same trace_id made a second record", page)
    traces = sorted(str(one["trace_id"]) for one in page["items"])
    check.equal(traces, sorted([other, first["trace_id"]]), "the list has other records after a retry", page)
    for app_id, rows in (("other", [first["trace_id"]]), ("billing", [other])):
        check.equal(
            found(session, user, app_id=app_id), rows, f"app_id={app_id} does not see the overwriting", op=ACTIONS
        )
    kept = check.ok(read(session, user, first["trace_id"]))
    for name, sent in second.items():
        if name != "completed_at":
            check.equal(kept.json.get(name), sent, f"{name} was not overwritten", kept, about=name)
    after = stats(session, user)
    shown = after["used"], after["completed"], after["failed"], after["llm_total_calls"], after["llm_total_tokens"]
    check.equal(shown, (2, 1, 1, 5, 1000), "the month does not count an overwritten record as it is", op=STATS)
    models = {one["model"]: (one["calls"], one.get("tokens")) for one in after["llm_by_model"] if one["calls"]}
    check.equal(models, {"example-large": (5, 1000)}, "an overwritten record is counted for its old model", op=STATS)


@rule("LIFE-278", RECORD)
def test_an_invalid_record_leaves_nothing(session: Session, check: Check) -> None:
    """A record without a required field, or with a figure that is no number, is 422 and leaves nothing behind."""
    user = session.users.new("ledger")
    whole = full_action(session, user)
    required = ("trace_id", "user_id", "app_id", "tool_name", "action_type", "status")
    broken = [({key: value for key, value in whole.items() if key != name}, name) for name in required]
    figures = ("duration_ms", "tokens_used", "action_price", "llm_total_calls")
    broken += [({**whole, name: "many"}, name) for name in figures]
    for body, name in broken:
        reply = session.send(RECORD, session.users.service, body=body)
        check.status(reply, 422, message=f"a record with a broken {name} is answered with {reply.status}, not 422")
    check.equal(found(session, user), [], "a refused record is there", op=ACTIONS)


# -- who reads -----------------------------------------------------------------------------------------------------


@rule("I02", ACTION)
def test_anothers_action_is_not_shown(session: Session, check: Check) -> None:
    """Another user's action is 403 or 404 by its trace_id, and nothing of it is shown."""
    user, other = session.users.new("ledger"), session.users.new("another ledger")
    body = full_action(session, user, message_preview="A private sentence", result_preview="A private answer")
    record(session, body)
    for who in (other.bearer, session.users.key(other), session.users.deputy.bearer):
        reply = read(session, who, body["trace_id"])
        check.status(reply, 403, 404, message=f"another user's action is answered with {reply.status}")
        check.that("private" not in reply.text.lower(), "a refusal shows another user's action", reply)


@rule("I01", ACTIONS, STATS)
def test_lists_and_figures_are_the_callers_own(session: Session, check: Check) -> None:
    """The list and the figures of the month have the caller's own actions only, whatever is asked for."""
    user, other = session.users.new("ledger"), session.users.new("another ledger")
    mine, theirs = quick(session, user), quick(session, other, message_preview="Theirs")
    for query in ({}, {"user_id": other.imperal_id}, {"app_id": "billing"}, {"search": "theirs"}):
        rows = found(session, user, **query)
        check.that(theirs not in rows, "the list shows another user's action", op=ACTIONS, got=rows)
    check.equal(found(session, user), [mine], "the list is not the caller's own", op=ACTIONS)
    check.equal(found(session, other), [theirs], "the other user's list is not their own", op=ACTIONS)
    check.equal((stats(session, user)["used"], stats(session, other)["used"]), (1, 1), "figures are mixed up", op=STATS)


@rule("LIFE-279", ACTION)
def test_an_unknown_action_is_404(session: Session, check: Check) -> None:
    """An action that nobody recorded is 404."""
    reply = read(session, session.users.user, session.users.fresh("none"))
    check.status(reply, 404, message=f"an unknown trace_id is answered with {reply.status}, not 404")


@rule("E05", ACTIONS)
def test_no_kwargs_is_asked_for(session: Session, check: Check) -> None:
    """`GET /v1/actions` needs no query parameter; `kwargs` of an older document does nothing (E04)."""
    user = session.users.new("ledger")
    one = quick(session, user)
    plain = check.ok(session.send(ACTIONS, user), "the list asks for a query parameter")
    check.equal([row["trace_id"] for row in plain["items"]], [one], "the list without a query is another", plain)
    more = check.ok(session.send(ACTIONS, user, query={"kwargs": "x", "since": "2999-01-01", "user_id": "y"}))
    check.equal(more.json, plain.json, "an unknown query parameter changes the list", more, rule="E04")
