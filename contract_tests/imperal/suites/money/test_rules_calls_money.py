"""Rules of priced calls: what they take from a wallet, when they take nothing, and what the meters show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specdouble.verify.kit import Check, Reply, Unmet, moved, rule

from ...people import Person
from ...session import Session
from ...shared.apps import PRICE, PRICED, PRICED_READ, READ, READ_PRICE, WRITE, install, published_app, shop
from ...shared.calling import BATCH, CALL, OPERATE, batch, call, customer, ledger, left_behind, notes, operate, usage
from ...shared.money import balance, history
from ..apps._calls import VERBS, ask

BALANCE, HISTORY, USAGE = "GET /v1/billing/balance", "GET /v1/billing/wallet/history", "GET /v1/billing/usage"


def paid(session: Session, person: Person, before: int) -> list[tuple[int, str, str | None]]:
    """Return amount, reason and app of the entries that were added to a ledger that had so many, newest first."""
    entries = history(session, person)
    return [(one["amount"], one["reason"], one["app_id"]) for one in entries[: len(entries) - before]]


@rule("LIFE-255", CALL, BATCH, OPERATE, HISTORY)
def test_a_priced_call_takes_its_price(session: Session, check: Check) -> None:
    """A priced call takes its price from the wallet, once, as a ledger entry that names the app; others take nothing.

    The reason of the entry is `deduct`, the action record shows the price, and the balance falls by exactly as much.
    """
    person, other, app_id = customer(session), customer(session), shop(session).app_id
    funds, entries, known = balance(session, person), len(history(session, person)), set[str]()
    theirs = balance(session, other)
    many: tuple[tuple[str, dict[str, str]], ...] = (PRICED, {"title": "a"}), (READ, {}), (PRICED, {}), (PRICED_READ, {})
    steps: list[tuple[str, Callable[[], Reply], list[int]]] = [
        ("a priced write", lambda: call(session, person, PRICED, title="on paper"), [PRICE]),
        ("a priced read", lambda: call(session, person, PRICED_READ), [READ_PRICE]),
        ("a free write", lambda: call(session, person, WRITE, title="free"), []),
        ("a free read", lambda: call(session, person, READ), []),
        ("a priced call that fails", lambda: call(session, person, PRICED, count=1), []),
        ("a call of no function", lambda: call(session, person, "no_such"), []),
        ("a batch", lambda: batch(session, person, *many), [READ_PRICE, PRICE]),
        ("an operate", lambda: operate(session, person, PRICED, {"title": "o"}, confirmation_bypassed=True), [PRICE]),
        ("an operate of a read", lambda: operate(session, person, PRICED_READ, {}), [READ_PRICE]),
    ]  # fmt: skip
    for what, step, prices in session.some(steps, 3, 2):
        before = session.send(BALANCE, person)["updated_at"]
        reply = check.ok(step(), f"{what} was refused")
        expected = [(-price, "deduct", app_id) for price in prices]
        check.equal(paid(session, person, entries), expected, f"{what} left other entries in the ledger", reply)
        funds, entries = funds - sum(prices), entries + len(prices)
        check.equal(balance(session, person), funds, f"{what} took another amount from the wallet", reply)
        new = [one for one in ledger(session, person) if one["trace_id"] not in known]
        known |= {str(one["trace_id"]) for one in new}
        shown = sorted((one["action_price"], one["extension_price"]) for one in new if one["action_price"])
        check.equal(shown, sorted((one, one) for one in prices), f"{what}: the records show other prices", reply)
        after = session.send(BALANCE, person)["updated_at"]
        check.that(not prices or moved(before, after), f"{what}: updated_at of the wallet did not move", reply)
    check.equal(balance(session, other), theirs, "somebody else paid for a call", op=CALL, rule="I01")
    for one in history(session, person)[: entries - 1]:
        check.that(one["transaction_id"] and one["created_at"], "a debit lacks its transaction or its time", op=HISTORY)
    free = [one for one in ledger(session, person) if one["tool_name"] in (READ, WRITE)]
    check.that(
        free and not any(one["action_price"] for one in free), "the record of a free call shows a price", op=CALL
    )


@rule("LIFE-256", CALL, BATCH, OPERATE)
def test_an_empty_wallet_is_402_and_nothing_happens(session: Session, check: Check) -> None:
    """A priced call that the wallet cannot pay is 402, runs nothing and leaves no record; one that fits exactly runs.

    Of a batch with such a call nothing happens at all. Free functions of the same app still work.
    """
    person = session.users.new("poor customer")
    funds = balance(session, person)
    if funds < 20:
        session.users.fund(person, 10_000)
        funds = balance(session, person)
    pricing = {"tool_prices": {PRICED: funds - 5, PRICED_READ: 5}}
    app_id = published_app(session, pricing_model="per_action", pricing_config=pricing)
    install(session, person, app_id)
    check.ok(call(session, person, PRICED, app_id, title="dear"), "a call that the wallet can pay was refused")
    check.equal(
        balance(session, person), 5, "a priced call took another amount than its price", op=CALL, rule="LIFE-255"
    )
    before = left_behind(session, person)
    for verb, op in VERBS.items():
        reply = ask(session, verb, person, app_id, PRICED, {"title": "too dear"}, user_id=person.imperal_id)
        check.status(reply, 402, message=f"{verb}: a call beyond the wallet is answered with {reply.status}, not 402")
        check.equal(left_behind(session, person), before, f"{verb}: a call refused with 402 left something", op=op)
    mixed = batch(session, person, (WRITE, {"title": "free"}), (PRICED, {"title": "too dear"}), app_id=app_id)
    check.status(mixed, 402, message=f"a batch with a call beyond the wallet is answered with {mixed.status}, not 402")
    check.equal(left_behind(session, person), before, "a batch refused with 402 left something", op=BATCH)
    twice = batch(session, person, (PRICED_READ, {}), (PRICED_READ, {}), app_id=app_id)
    check.status(
        twice, 402, message=f"a batch whose second call cannot be paid is answered with {twice.status}, not 402"
    )
    check.equal(
        left_behind(session, person), before, "a batch whose second call cannot be paid left its first", op=BATCH
    )
    free = check.ok(call(session, person, READ, app_id), "a free function is refused to an almost empty wallet")
    titles = [one.get("title") for one in (free.json.get("data") or {}).get("items", [])]
    check.equal(titles, ["dear"], "a call refused with 402 ran", free)
    exact = check.ok(call(session, person, PRICED_READ, app_id), "a call that costs exactly the balance was refused")
    check.equal(balance(session, person), 0, "a call that costs exactly the balance left another one", exact)
    empty = call(session, person, PRICED_READ, app_id)
    check.status(empty, 402, message=f"a priced call with an empty wallet is answered with {empty.status}, not 402")
    check.equal(balance(session, person), 0, "the balance of an empty wallet moved", empty)
    check.ok(call(session, person, WRITE, app_id, title="free"), "a free function is refused to an empty wallet")


@rule("LIFE-257", CALL, BATCH)
def test_prices_are_those_of_per_action_apps(session: Session, check: Check) -> None:
    """Only apps priced per action take tokens: prices that a free app has kept cost nothing."""
    pricing = {"tool_prices": {PRICED: 9}}
    app_id = published_app(session, pricing_model="free", pricing_config=pricing)
    person = session.users.new("customer")
    install(session, person, app_id)
    funds = balance(session, person)
    check.ok(call(session, person, PRICED, app_id, title="x"))
    check.ok(batch(session, person, (PRICED, {"title": "y"}), app_id=app_id))
    check.equal(balance(session, person), funds, "a call of a free app took tokens", op=CALL)
    check.equal([one["action_price"] for one in ledger(session, person)], [0, 0], "a free app's record shows a price")


@rule("LIFE-258", CALL, BATCH, OPERATE, USAGE)
def test_the_meters_count_what_calls_cost(session: Session, check: Check) -> None:
    """The meter of tokens counts what calls cost, and only the caller's moves."""
    person, other = customer(session), customer(session)
    first, theirs = usage(session, person), usage(session, other)
    if "tokens" not in first:
        raise Unmet("the plan meters no tokens")
    call(session, person, PRICED, title="a").need()
    call(session, person, PRICED, count=1).need()
    call(session, person, WRITE, title="b").need()
    batch(session, person, (PRICED_READ, {}), (PRICED, {"title": "c"})).need()
    operate(session, person, PRICED_READ, {}).need()
    after = usage(session, person)
    spent = 2 * PRICE + 2 * READ_PRICE
    check.equal(after["tokens"] - first["tokens"], spent, "the meter of tokens moved by another number", op=USAGE)
    if "actions" in first:
        check.equal(after["actions"] - first["actions"], 6, "the meter of actions moved by another number", op=USAGE)
    check.equal(usage(session, other), theirs, "another user's meters moved", op=USAGE, rule="I01")


@rule("LIFE-259", USAGE, CALL)
def test_a_limit_is_exceeded_beyond_it_and_not_at_it(session: Session, check: Check) -> None:
    """A meter is in `exceeded` once its usage has passed its limit, not when it has just reached it."""
    person = session.users.new("heavy customer")
    shown = session.send(USAGE, person)
    limit = shown["limits"].get("tokens")
    if not isinstance(limit, int) or not 1 < limit < 100_000:
        raise Unmet("the plan of a new user has no limit of tokens that can be reached")
    session.users.fund(person, max(10_000, limit + 10))
    pricing = {"tool_prices": {PRICED: limit, PRICED_READ: 1}}
    app_id = published_app(session, pricing_model="per_action", pricing_config=pricing)
    install(session, person, app_id)
    check.equal(shown["exceeded"], [], "a new user has exceeded a limit", shown)
    check.ok(call(session, person, PRICED, app_id, title="all of it"))
    reached = session.send(USAGE, person)
    check.equal(reached["usage"].get("tokens"), limit, "the meter shows another usage", reached)
    check.equal(reached["exceeded"], [], "a limit that was just reached counts as exceeded", reached)
    check.ok(call(session, person, PRICED_READ, app_id), "a call beyond a meter's limit was refused")
    passed = session.send(USAGE, person)
    check.equal(passed["exceeded"], ["tokens"], "a limit that was passed is not in exceeded", passed)
    check.equal(passed["limits"], shown["limits"], "calls moved the limits", passed)


@rule("LIFE-255", CALL)
@pytest.mark.parametrize("price", [1, 12_345])
def test_a_price_is_taken_to_the_token(price: int, session: Session, check: Check) -> None:
    """A priced call takes its price from the wallet, to the token, whether it is small or large."""
    person = session.users.new("customer")
    app_id = published_app(session, pricing_model="per_action", pricing_config={"tool_prices": {PRICED: price}})
    install(session, person, app_id)
    session.users.fund(person, 20_000)
    funds = balance(session, person)
    reply = check.ok(call(session, person, PRICED, app_id, title="x"))
    check.equal(balance(session, person), funds - price, "a priced call took another amount than its price", reply)
    check.equal(len(notes(session, person, app_id)), 1, "a priced call that was paid did not run", reply)
