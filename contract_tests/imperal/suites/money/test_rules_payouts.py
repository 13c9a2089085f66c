"""Rules of payouts: asking, deciding, and what happens to the money meanwhile."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import Check, Read, Reply, rule

from ...people import Person
from ...session import Session
from ...shared.earnings import SMALLEST_PAYOUT, buyer, earn, priced_app
from .._rules import find, kept, moment, shows
from ..developer._developer import Doc, fails, logged, newest_first

REQUEST, LIST, EARNINGS = (
    "POST /v1/developer/payouts/request",
    "GET /v1/developer/payouts",
    "GET /v1/developer/earnings",
)
WAITING = "GET /v1/admin/payouts/pending"
APPROVE, REJECT = (f"POST /v1/admin/payouts/{{payout_id}}/{step}" for step in ("approve", "reject"))
PRICE = 77_777


def _earner(session: Session, tier: str = "indie") -> Person:
    """Return a developer who has earned floor(77,777 * split / 100) and asked for nothing yet."""
    owner = session.users.new_developer(tier)
    app_id = priced_app(session, owner, {"list_dear": PRICE})
    earn(session, owner, app_id, "list_dear", buyer(session, app_id), PRICE)
    return owner


EARNED = PRICE * 80 // 100


def _watch(owner: Person) -> tuple[Read, ...]:
    return (Read(LIST, owner.bearer), Read(EARNINGS, owner.bearer))


def _ask(session: Session, owner: Person, tokens: Any) -> Reply:
    return session.send(REQUEST, owner, body={"amount_tokens": tokens})


def _decide(session: Session, step: str, number: Any, body: Doc | None = None) -> Reply:
    return session.send(step, session.users.admin, params={"payout_id": number}, body=body or {})


def _money(check: Check, owner: Person, held: int, paid: int = 0) -> None:
    """Check the totals of a developer of whose earnings so much is asked for or approved."""
    reply = check.ok(check.session.send(EARNINGS, owner))
    total = {"total_earnings": EARNED, "total_platform_share": PRICE - EARNED}
    shows(check, reply, {**total, "pending_payout": EARNED - held, "paid_out": paid}, "the totals")


def _dollars(check: Check, reply: Reply, tokens: int) -> None:
    """Check that amount_usd is the exact sum: a token is a tenth of a cent."""
    text = reply["amount_usd"]
    try:
        amount = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        amount = None
    check.that(
        amount == Decimal(tokens) / 1000 and len(str(text)) < 12, "amount_usd is not tokens / 1000, exactly", reply,
        expected=str(Decimal(tokens) / 1000), got=text,
    )  # fmt: skip


@rule("LIFE-340", REQUEST, LIST, EARNINGS, WAITING)
def test_a_request_takes_from_what_is_left(session: Session, check: Check) -> None:
    """A request is pending, has its exact amount in tokens and dollars, shows to both sides, lowers pending_payout."""
    owner = _earner(session)
    _money(check, owner, 0)
    check.equal(session.send(LIST, owner).json, [], "a developer who asked for nothing has payouts", op=LIST)
    developer_id = session.send("GET /v1/developer/apps", owner)[0]["developer_id"]
    held, made = 0, {}
    for tokens in (10_000, 10_008, 12_345):
        reply = check.ok(_ask(session, owner, tokens))
        held += tokens
        said: Doc = {"amount_tokens": tokens, "status": "pending", "processed_at": None, "method": "stripe"}
        shows(check, reply, {**said, "developer_id": developer_id}, "a new payout")
        check.that(not reply["admin_note"], "a new payout has a note", reply)
        _dollars(check, reply, tokens)
        made[reply["id"]] = reply.json
        _money(check, owner, held)
    check.equal(len(made), 3, "two payouts have one number", op=REQUEST)
    listed, queue = check.ok(session.send(LIST, owner)), check.ok(session.send(WAITING, session.users.admin))
    check.equal(len(listed.json), 3, "the list does not hold all payouts and only them", listed)
    newest_first(check, listed.json, list(made), "id", "requested_at", "the list of payouts")
    for number, payout in made.items():
        check.equal(find(listed, "id", number), payout, "a payout is listed other than it was answered", listed)
        check.equal(find(queue, "id", number), payout, "a payout waits other than it was answered", queue)
    other = session.users.new_developer("explorer")
    check.equal(session.send(LIST, other).json, [], "a developer sees another's payouts", op=LIST, rule="I01")


@rule("LIFE-341", REQUEST)
def test_only_what_is_left_can_be_asked_for(session: Session, check: Check) -> None:
    """Asking for more than pending_payout is 400 and changes nothing; exactly all of it is taken, and then it is 0."""
    owner = _earner(session)
    fails(check, partial(_ask, session, owner, EARNED + 1), 400, why="a token more than there is", watch=_watch(owner))
    _ask(session, owner, 20_000).need()
    left = EARNED - 20_000
    fails(check, partial(_ask, session, owner, left + 1), 400, why="a token more than is left", watch=_watch(owner))
    check.ok(_ask(session, owner, left), "exactly what is left is refused")
    _money(check, owner, EARNED)
    fails(check, partial(_ask, session, owner, 10_000), 400, why="more than nothing", watch=_watch(owner))


@rule("D08", REQUEST, LIST)
def test_the_smallest_request_is_ten_thousand(session: Session, check: Check) -> None:
    """Less than 10000 tokens, or the field `amount`, is 422, and POST /v1/developer/payouts does not exist."""
    owner = _earner(session)
    for tokens in (9_999, 1, 0, -10_000):
        fails(check, partial(_ask, session, owner, tokens), 422, why=f"a payout of {tokens}", watch=_watch(owner))
    named = partial(session.send, REQUEST, owner, body={"amount": 20_000})
    fails(check, named, 422, why="amount instead of amount_tokens", watch=_watch(owner))
    post = session.client.undeclared(session.contract[LIST], "POST", owner.bearer)
    check.status(post, 404, 405, message=f"POST /v1/developer/payouts answers {post.status}", op=LIST)
    check.equal(session.send(LIST, owner).json, [], "POST /v1/developer/payouts made a payout", op=LIST)
    check.ok(_ask(session, owner, SMALLEST_PAYOUT), "10000 tokens are refused")


@rule("M26", REQUEST)
def test_an_explorer_earns_and_cannot_withdraw(session: Session, check: Check) -> None:
    """An explorer earns, but a payout is 403, also after coming back from a paid tier; on a paid tier it is taken."""
    owner = _earner(session, "explorer")
    earned = session.send(EARNINGS, owner)
    check.equal(earned["pending_payout"], PRICE * 70 // 100, "an explorer does not earn", earned)
    fails(check, partial(_ask, session, owner, 10_000), 403, why="an explorer's payout", watch=_watch(owner))
    session.users.fund(owner, 10_000)
    session.send("PUT /v1/developer/tier", owner, body={"tier": "indie"}).need()
    check.ok(_ask(session, owner, 10_000), "who moved up from explorer cannot withdraw")
    session.send("PUT /v1/developer/tier", owner, body={"tier": "explorer"}).need()
    fails(check, partial(_ask, session, owner, 10_000), 403, why="a payout after moving down", watch=_watch(owner))


@rule("LIFE-342", APPROVE, WAITING, LIST, EARNINGS)
def test_an_approved_payout_leaves_the_queue(session: Session, check: Check) -> None:
    """An approval sets status, note and time, leaves the queue, and keeps the money out of pending_payout.

    paid_out moves only when the payout turns to paid, which may happen at any time after the approval.
    """
    owner = _earner(session)
    made, other = _ask(session, owner, 30_001).need().json, _ask(session, owner, 10_000).need().json
    reply = check.ok(_decide(session, APPROVE, made["id"], {"note": "Checked: ä."}))
    check.that(reply["status"] in ("approved", "paid"), "an approved payout has another status", reply)
    _decided(session, check, owner, reply, made, "Checked: ä.")
    row = find(session.send(LIST, owner), "id", made["id"]) or {}
    _money(check, owner, 40_001, 30_001 if row.get("status") == "paid" else 0)
    check.that(
        find(session.send(WAITING, session.users.admin), "id", other["id"]), "another payout left the queue", op=WAITING
    )
    _once(session, check, owner, made["id"])


@rule("LIFE-343", REJECT, WAITING, LIST, EARNINGS)
def test_a_rejected_payout_gives_its_money_back(session: Session, check: Check) -> None:
    """A rejection sets status, note and time, leaves the queue, and its amount can be asked for again at once."""
    owner = _earner(session)
    made = _ask(session, owner, EARNED).need().json
    reply = check.ok(_decide(session, REJECT, made["id"], {"note": "The account is closed."}))
    check.equal(reply["status"], "rejected", "a rejected payout has another status", reply)
    _decided(session, check, owner, reply, made, "The account is closed.")
    _money(check, owner, 0)
    _once(session, check, owner, made["id"])
    again = check.ok(_ask(session, owner, EARNED), "what was rejected cannot be asked for again")
    check.that(again["id"] != made["id"], "a second payout has the number of the first", again)
    _money(check, owner, EARNED)


def _decided(session: Session, check: Check, owner: Person, reply: Reply, made: Doc, note: str) -> None:
    kept(check, reply, made, "a decided payout", "status", "admin_note", "processed_at")
    check.equal(reply["admin_note"], note, "the note is not the one that was sent", reply)
    at = moment(reply["processed_at"])
    check.that(at >= moment(made["requested_at"]), "processed_at is missing or before the request", reply)
    listed = session.send(LIST, owner)
    row = find(listed, "id", made["id"])
    kept(check, listed, reply.json, "a decided payout in its developer's list", "status", shown=row)
    check.that((row or {}).get("status") in (reply["status"], "paid"), "the list shows another status", listed)
    check.equal(
        find(session.send(WAITING, session.users.admin), "id", made["id"]), None, "it is still waiting", op=WAITING
    )


def _once(session: Session, check: Check, owner: Person, number: int) -> None:
    """Check that a decision stands: deciding again, either way, is 409 and changes nothing."""
    for step in (APPROVE, REJECT):
        again = partial(_decide, session, step, number, {"note": "Once more."})
        fails(check, again, 409, why="a second decision", watch=_watch(owner), op=step)


@rule("LIFE-344", APPROVE, REJECT)
@pytest.mark.parametrize("step", [APPROVE, REJECT])
def test_a_decision_needs_no_note_but_a_payout(step: str, session: Session, check: Check) -> None:
    """A decision without a note has none; an unknown payout is 404."""
    owner = _earner(session)
    reply = check.ok(_decide(session, step, _ask(session, owner, 10_000)["id"]))
    check.that(not reply["admin_note"], "a note appears from nowhere", reply)
    unknown = _decide(session, step, 2_000_000_000)
    check.status(unknown, 404, message="an unknown payout is not 404")


@rule("LIFE-345", APPROVE, REJECT, "GET /v1/audit")
@pytest.mark.parametrize("step", [APPROVE, REJECT])
def test_a_decision_on_money_is_in_the_audit_log(step: str, session: Session, check: Check) -> None:
    """Each decision on a payout leaves one entry in the audit log that names it and the administrator."""
    admin, owner = session.users.deputy, _earner(session)
    number = _ask(session, owner, 10_000)["id"]
    told = logged(session, admin, str(number))
    session.send(step, admin, params={"payout_id": number}, body={"note": "For the log."}).need()
    more = logged(session, admin, str(number)) - told
    check.equal(more, 1, "a decision on a payout is not one entry of the audit log", op="GET /v1/audit")
