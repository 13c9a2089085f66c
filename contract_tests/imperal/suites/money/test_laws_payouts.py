"""Laws of payouts: asking, deciding, and what happens to the money meanwhile."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import Judge, Person, Read, Reply, Stage, law

from ...earnings import SMALLEST_PAYOUT, buyer, earn, priced_app
from .._laws import find, kept, moment, shows
from ..developer._developer import Doc, fails, logged, newest_first

REQUEST, LIST, EARNINGS = (
    "POST /v1/developer/payouts/request",
    "GET /v1/developer/payouts",
    "GET /v1/developer/earnings",
)
WAITING = "GET /v1/admin/payouts/pending"
APPROVE, REJECT = (f"POST /v1/admin/payouts/{{payout_id}}/{step}" for step in ("approve", "reject"))
PRICE = 77_777


def _earner(stage: Stage, tier: str = "indie") -> Person:
    """Return a developer who has earned floor(77,777 * split / 100) and asked for nothing yet."""
    owner = stage.cast.new_developer(tier)
    app_id = priced_app(stage, owner, {"list_dear": PRICE})
    earn(stage, owner, app_id, "list_dear", buyer(stage, app_id), PRICE)
    return owner


EARNED = PRICE * 80 // 100


def _watch(owner: Person) -> tuple[Read, ...]:
    return (Read(LIST, owner.bearer), Read(EARNINGS, owner.bearer))


def _ask(stage: Stage, owner: Person, tokens: Any) -> Reply:
    return stage.send(REQUEST, owner, body={"amount_tokens": tokens})


def _decide(stage: Stage, step: str, number: Any, body: Doc | None = None) -> Reply:
    return stage.send(step, stage.cast.admin, params={"payout_id": number}, body=body or {})


def _money(judge: Judge, owner: Person, held: int, paid: int = 0) -> None:
    """Check the totals of a developer of whose earnings so much is asked for or approved."""
    reply = judge.ok(judge.stage.send(EARNINGS, owner))
    total = {"total_earnings": EARNED, "total_platform_share": PRICE - EARNED}
    shows(judge, reply, {**total, "pending_payout": EARNED - held, "paid_out": paid}, "the totals")


def _dollars(judge: Judge, reply: Reply, tokens: int) -> None:
    """Check that amount_usd is the exact sum: a token is a tenth of a cent."""
    text = reply["amount_usd"]
    try:
        amount = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        amount = None
    judge.that(
        amount == Decimal(tokens) / 1000 and len(str(text)) < 12, "amount_usd is not tokens / 1000, exactly", reply,
        expected=str(Decimal(tokens) / 1000), got=text,
    )  # fmt: skip


@law("LIFE-340", REQUEST, LIST, EARNINGS, WAITING)
def test_a_request_takes_from_what_is_left(stage: Stage, judge: Judge) -> None:
    """A request is pending, has its exact amount in tokens and dollars, shows to both sides, lowers pending_payout."""
    owner = _earner(stage)
    _money(judge, owner, 0)
    judge.equal(stage.send(LIST, owner).json, [], "a developer who asked for nothing has payouts", op=LIST)
    developer_id = stage.send("GET /v1/developer/apps", owner)[0]["developer_id"]
    held, made = 0, {}
    for tokens in (10_000, 10_008, 12_345):
        reply = judge.ok(_ask(stage, owner, tokens))
        held += tokens
        said: Doc = {"amount_tokens": tokens, "status": "pending", "processed_at": None, "method": "stripe"}
        shows(judge, reply, {**said, "developer_id": developer_id}, "a new payout")
        judge.that(not reply["admin_note"], "a new payout has a note", reply)
        _dollars(judge, reply, tokens)
        made[reply["id"]] = reply.json
        _money(judge, owner, held)
    judge.equal(len(made), 3, "two payouts have one number", op=REQUEST)
    listed, queue = judge.ok(stage.send(LIST, owner)), judge.ok(stage.send(WAITING, stage.cast.admin))
    judge.equal(len(listed.json), 3, "the list does not hold all payouts and only them", listed)
    newest_first(judge, listed.json, list(made), "id", "requested_at", "the list of payouts")
    for number, payout in made.items():
        judge.equal(find(listed, "id", number), payout, "a payout is listed other than it was answered", listed)
        judge.equal(find(queue, "id", number), payout, "a payout waits other than it was answered", queue)
    other = stage.cast.new_developer("explorer")
    judge.equal(stage.send(LIST, other).json, [], "a developer sees another's payouts", op=LIST, rule="I01")


@law("LIFE-341", REQUEST)
def test_only_what_is_left_can_be_asked_for(stage: Stage, judge: Judge) -> None:
    """Asking for more than pending_payout is 400 and changes nothing; exactly all of it is taken, and then it is 0."""
    owner = _earner(stage)
    fails(judge, partial(_ask, stage, owner, EARNED + 1), 400, why="a token more than there is", watch=_watch(owner))
    _ask(stage, owner, 20_000).need()
    left = EARNED - 20_000
    fails(judge, partial(_ask, stage, owner, left + 1), 400, why="a token more than is left", watch=_watch(owner))
    judge.ok(_ask(stage, owner, left), "exactly what is left is refused")
    _money(judge, owner, EARNED)
    fails(judge, partial(_ask, stage, owner, 10_000), 400, why="more than nothing", watch=_watch(owner))


@law("D08", REQUEST, LIST)
def test_the_smallest_request_is_ten_thousand(stage: Stage, judge: Judge) -> None:
    """Less than 10000 tokens, or the field `amount`, is 422, and POST /v1/developer/payouts does not exist."""
    owner = _earner(stage)
    for tokens in (9_999, 1, 0, -10_000):
        fails(judge, partial(_ask, stage, owner, tokens), 422, why=f"a payout of {tokens}", watch=_watch(owner))
    named = partial(stage.send, REQUEST, owner, body={"amount": 20_000})
    fails(judge, named, 422, why="amount instead of amount_tokens", watch=_watch(owner))
    post = stage.client.undeclared(stage.contract[LIST], "POST", owner.bearer)
    judge.status(post, 404, 405, message=f"POST /v1/developer/payouts answers {post.status}", op=LIST)
    judge.equal(stage.send(LIST, owner).json, [], "POST /v1/developer/payouts made a payout", op=LIST)
    judge.ok(_ask(stage, owner, SMALLEST_PAYOUT), "10000 tokens are refused")


@law("M26", REQUEST)
def test_an_explorer_earns_and_cannot_withdraw(stage: Stage, judge: Judge) -> None:
    """An explorer earns, but a payout is 403, also after coming back from a paid tier; on a paid tier it is taken."""
    owner = _earner(stage, "explorer")
    earned = stage.send(EARNINGS, owner)
    judge.equal(earned["pending_payout"], PRICE * 70 // 100, "an explorer does not earn", earned)
    fails(judge, partial(_ask, stage, owner, 10_000), 403, why="an explorer's payout", watch=_watch(owner))
    stage.cast.fund(owner, 10_000)
    stage.send("PUT /v1/developer/tier", owner, body={"tier": "indie"}).need()
    judge.ok(_ask(stage, owner, 10_000), "who moved up from explorer cannot withdraw")
    stage.send("PUT /v1/developer/tier", owner, body={"tier": "explorer"}).need()
    fails(judge, partial(_ask, stage, owner, 10_000), 403, why="a payout after moving down", watch=_watch(owner))


@law("LIFE-342", APPROVE, WAITING, LIST, EARNINGS)
def test_an_approved_payout_leaves_the_queue(stage: Stage, judge: Judge) -> None:
    """An approval sets status, note and time, leaves the queue, and keeps the money out of pending_payout.

    paid_out moves only when the payout turns to paid, which may happen at any time after the approval.
    """
    owner = _earner(stage)
    made, other = _ask(stage, owner, 30_001).need().json, _ask(stage, owner, 10_000).need().json
    reply = judge.ok(_decide(stage, APPROVE, made["id"], {"note": "Checked: ä."}))
    judge.that(reply["status"] in ("approved", "paid"), "an approved payout has another status", reply)
    _decided(stage, judge, owner, reply, made, "Checked: ä.")
    row = find(stage.send(LIST, owner), "id", made["id"]) or {}
    _money(judge, owner, 40_001, 30_001 if row.get("status") == "paid" else 0)
    judge.that(
        find(stage.send(WAITING, stage.cast.admin), "id", other["id"]), "another payout left the queue", op=WAITING
    )
    _once(stage, judge, owner, made["id"])


@law("LIFE-343", REJECT, WAITING, LIST, EARNINGS)
def test_a_rejected_payout_gives_its_money_back(stage: Stage, judge: Judge) -> None:
    """A rejection sets status, note and time, leaves the queue, and its amount can be asked for again at once."""
    owner = _earner(stage)
    made = _ask(stage, owner, EARNED).need().json
    reply = judge.ok(_decide(stage, REJECT, made["id"], {"note": "The account is closed."}))
    judge.equal(reply["status"], "rejected", "a rejected payout has another status", reply)
    _decided(stage, judge, owner, reply, made, "The account is closed.")
    _money(judge, owner, 0)
    _once(stage, judge, owner, made["id"])
    again = judge.ok(_ask(stage, owner, EARNED), "what was rejected cannot be asked for again")
    judge.that(again["id"] != made["id"], "a second payout has the number of the first", again)
    _money(judge, owner, EARNED)


def _decided(stage: Stage, judge: Judge, owner: Person, reply: Reply, made: Doc, note: str) -> None:
    kept(judge, reply, made, "a decided payout", "status", "admin_note", "processed_at")
    judge.equal(reply["admin_note"], note, "the note is not the one that was sent", reply)
    at = moment(reply["processed_at"])
    judge.that(at >= moment(made["requested_at"]), "processed_at is missing or before the request", reply)
    listed = stage.send(LIST, owner)
    row = find(listed, "id", made["id"])
    kept(judge, listed, reply.json, "a decided payout in its developer's list", "status", shown=row)
    judge.that((row or {}).get("status") in (reply["status"], "paid"), "the list shows another status", listed)
    judge.equal(find(stage.send(WAITING, stage.cast.admin), "id", made["id"]), None, "it is still waiting", op=WAITING)


def _once(stage: Stage, judge: Judge, owner: Person, number: int) -> None:
    """Check that a decision stands: deciding again, either way, is 409 and changes nothing."""
    for step in (APPROVE, REJECT):
        again = partial(_decide, stage, step, number, {"note": "Once more."})
        fails(judge, again, 409, why="a second decision", watch=_watch(owner), op=step)


@law("LIFE-344", APPROVE, REJECT)
@pytest.mark.parametrize("step", [APPROVE, REJECT])
def test_a_decision_needs_no_note_but_a_payout(step: str, stage: Stage, judge: Judge) -> None:
    """A decision without a note has none; an unknown payout is 404."""
    owner = _earner(stage)
    reply = judge.ok(_decide(stage, step, _ask(stage, owner, 10_000)["id"]))
    judge.that(not reply["admin_note"], "a note appears from nowhere", reply)
    unknown = _decide(stage, step, 2_000_000_000)
    judge.status(unknown, 404, message="an unknown payout is not 404")


@law("LIFE-345", APPROVE, REJECT, "GET /v1/audit")
@pytest.mark.parametrize("step", [APPROVE, REJECT])
def test_a_decision_on_money_is_in_the_audit_log(step: str, stage: Stage, judge: Judge) -> None:
    """Each decision on a payout leaves one entry in the audit log that names it and the administrator."""
    admin, owner = stage.cast.deputy, _earner(stage)
    number = _ask(stage, owner, 10_000)["id"]
    told = logged(stage, admin, str(number))
    stage.send(step, admin, params={"payout_id": number}, body={"note": "For the log."}).need()
    more = logged(stage, admin, str(number)) - told
    judge.equal(more, 1, "a decision on a payout is not one entry of the audit log", op="GET /v1/audit")
