"""Rules of wallets: one payload, a ledger that adds up, pages, units, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Reply, rule

from ...people import Person
from ...session import Session
from ...shared import money
from . import _money

WALLET, BALANCE, HISTORY, PAYMENTS = (
    f"GET /v1/billing/{path}" for path in ("wallet", "balance", "wallet/history", "payments")
)
MANY = 53  # more than a default page of 50


def many(session: Session) -> int:
    """Return how many top-ups there are: in a sampling run few, which do not show how long a page is by default."""
    return len(session.some(range(MANY), 9))


def saver(session: Session) -> Person:
    """Return a person with many top-ups of 5001, 5002 … tokens, all confirmed, in that order."""
    count = many(session)

    def make() -> Person:
        person = session.users.new("saver")
        for number in range(1, count + 1):
            _money.confirm(session, money.topup(session, person, 5000 + number)).need()
        return person

    found: Person = session.shared(f"a person with {count} top-ups", make)
    return found


@rule("B01", WALLET, BALANCE)
def test_wallet_and_balance_are_one_payload(session: Session, check: Check) -> None:
    """Wallet and balance answer the same payload with all fields.

    Balance, currency and updated_at are there as well as plan, status, cap and included_tokens, which follow the plan;
    where the two have different balances, the ledger says which is right.
    """
    for person in (session.users.new(), money.subscriber(session)):
        wallet, balance = (check.ok(session.send(path, person)) for path in (WALLET, BALANCE))
        one = {"balance": sum(entry["amount"] for entry in money.history(session, person))}
        agreed = wallet.json.get("balance") == balance.json.get("balance")
        right = [_is_true(session, check, person, reply, {} if agreed else one) for reply in (wallet, balance)]
        if all(right):
            check.equal(balance.json, wallet.json, "balance and wallet differ", balance)


def _is_true(session: Session, check: Check, person: Person, reply: Reply, known: dict[str, Any]) -> bool:
    """Hold one of the two against what it is made of, so that the one that is wrong is named; return whether it holds.

    `known` is what decides between them besides.
    """
    held = money.subscription(session, person)
    plan = money.plan(session, held["plan"])
    true = {**known, "currency": "token", "plan": held["plan"], "status": held["status"]}
    if "tokens" in plan["limits"]:
        true["cap"] = plan["limits"]["tokens"]
    if "included_tokens" in plan["features"]:
        true["included_tokens"] = plan["features"]["included_tokens"]
    found = reply.json if isinstance(reply.json, dict) else {}
    lacks = [name for name in ("balance", "updated_at", "cap", "included_tokens", *true) if name not in found]
    holds = check.equal(lacks, [], "fields are missing", reply)
    for name, value in true.items():
        if name in found:
            said = f"{name} is not that of the plan held" if name not in ("balance", "currency") else f"{name} is wrong"
            holds &= check.equal(found[name], value, said, reply, about=name)
    return holds


@rule("LIFE-200", WALLET, HISTORY)
@pytest.mark.parametrize("how", ["registered", "made by an administrator"])
def test_a_new_account_has_a_wallet_with_one_grant(how: str, session: Session, check: Check) -> None:
    """A new account has a wallet with the grant of the free plan, as one entry of its ledger."""
    person = session.users.new() if how == "registered" else _made_by_admin(session)
    wallet, entries = check.ok(session.send(WALLET, person)), money.history(session, person)
    check.equal(wallet["plan"], "free", "a new account is not on the free plan", wallet)
    grant = wallet["included_tokens"]
    check.equal(wallet["balance"], grant, "the balance of a new account is not the grant of its plan", wallet)
    check.equal([one["amount"] for one in entries], [grant] if grant else [], "not exactly one grant", op=HISTORY)
    for one in entries:
        check.equal(one["reason"], "grant", "the first entry is no grant", op=HISTORY)
        check.equal(one.get("app_id"), None, "a grant names an app", op=HISTORY)
    check.equal(money.payments(session, person), [], "a new account has payments", op=PAYMENTS)


def _made_by_admin(session: Session) -> Person:
    person = Person("made", f"{session.users.fresh('made')}@example.com", "Specdouble-7!")
    body = {"email": person.email, "password": person.password, "role": "user"}
    made = session.send("POST /v1/users", session.users.admin, body=body)
    session.client.own(made["imperal_id"])
    person.tenant_id = str(made["tenant_id"])
    session.users.login(person)
    return person


@rule("B02", HISTORY, BALANCE)
def test_the_ledger_adds_up_to_the_balance(session: Session, check: Check) -> None:
    """The amounts of all pages of the ledger add up to the balance, at every moment."""
    person = _money.customer(session)
    steps = (
        ("a top-up", lambda: _money.confirm(session, money.topup(session, person, 6007)).need()),
        ("a priced call", lambda: _money.call(session, person, _money.CHEAP).need()),
        ("a card", lambda: money.card(session, person)),
        (
            "a plan",
            lambda: session.send("POST /v1/billing/subscribe", person, body={"plan_id": money.small_plan(session)}),
        ),
        ("another call", lambda: _money.call(session, person, _money.DEAR).need()),
    )
    for what, step in steps:
        step()
        amounts: list[int] = []
        while page := session.send(HISTORY, person, query={"limit": 2, "offset": len(amounts)}).need().json:
            amounts += [one["amount"] for one in page]
            check.must(len(amounts) < 100, "the pages of the ledger do not end", op=HISTORY)
        balance = session.send(BALANCE, person)
        check.equal(balance["balance"], sum(amounts), f"after {what} the ledger does not add up", balance)
        check.that(balance["balance"] >= 0, "the balance is negative", balance)
    entries = money.history(session, person)
    for name in ("id", "transaction_id"):
        found = [one[name] for one in entries]
        check.equal(len(set(found)), len(found), f"entries share their {name}", op=HISTORY)


@rule("LIFE-201", HISTORY)
def test_a_priced_call_is_one_debit(session: Session, check: Check) -> None:
    """A priced call takes exactly its price, as one negative entry that names the app.

    A call that the wallet cannot pay is 402 and takes nothing.
    """
    person = _money.customer(session)
    before, held, price = (
        money.history(session, person),
        money.balance(session, person),
        _money.price(session, _money.CHEAP),
    )
    wallet = session.send(WALLET, person)
    _money.let_time_pass(wallet["updated_at"])
    check.ok(_money.call(session, person, _money.CHEAP))
    new = _money.added(before, money.history(session, person), "id")
    check.equal(len(new), 1, "a priced call is not one entry in the ledger")
    for entry in new:
        check.equal(entry["amount"], -price, "a debit is not the price, negative")
        check.equal(entry["app_id"], _money.priced_app(session), "a debit does not name the app")
        check.equal(entry["reason"], "deduct", "the reason of a debit is not deduct")
    check.equal(money.balance(session, person), held - price, "the balance did not fall by the price")
    later = session.send(WALLET, person)
    moved = _money.seconds(later["updated_at"]) > _money.seconds(wallet["updated_at"])
    check.that(moved, "updated_at of the wallet did not move with a debit", later)
    with _money.unchanged(session, check, person, what="a call that the wallet cannot pay"):
        reply = _money.call(session, person, _money.RUINOUS)
    check.status(reply, 402, message=f"a call that the wallet cannot pay answered {reply.status}")


@rule("LIFE-202", HISTORY)
def test_a_tier_is_paid_from_the_wallet(session: Session, check: Check) -> None:
    """A paid developer tier is one debit of its yearly price, with the reason tier_fee."""
    person = session.users.new()
    session.users.fund(person, 20_000)
    before = money.history(session, person)
    body = {"display_name": "A studio", "tier": "indie", "nickname": session.users.fresh("nick")}
    session.send("POST /v1/developer/register", person, body=body).need()
    new = _money.added(before, money.history(session, person), "id")
    check.equal([(one["amount"], one["reason"]) for one in new], [(-9000, "tier_fee")], "the fee is not one debit")


# -- pages ---------------------------------------------------------------------------------------------------------


@rule("PAGE-200", HISTORY, PAYMENTS)
@pytest.mark.parametrize("path", [HISTORY, PAYMENTS])
def test_pages_concatenate_to_the_whole(path: str, session: Session, check: Check) -> None:
    """Limit and offset cut a list into pages that join to the whole: nothing twice, nothing left out.

    The limit is kept exactly, the default is 50, and beyond the end there is an empty list.
    """
    person = saver(session)
    key = "id" if path == HISTORY else "payment_intent_id"
    field = "amount" if path == HISTORY else "tokens"

    def page(**query: int) -> list[object]:
        return [one[key] for one in check.ok(session.send(path, person, query=query)).json]

    whole = page(limit=200)
    known = [one[field] for one in session.send(path, person, query={"limit": 200}).json]
    made = many(session)
    check.equal(known[:made], list(range(5000 + made, 5000, -1)), "the list does not hold what was made, newest first",
                op=path, rule="SORT-200")  # fmt: skip
    check.equal(page(), whole[:50], "without a limit it is not the first 50", op=path)
    check.equal(page(offset=0), whole[:50], "offset 0 is not the beginning", op=path)
    check.equal(page(limit=1), whole[:1], "limit 1 is not the newest alone", op=path)
    check.equal(page(limit=3, offset=1), whole[1:4], "limit 3 offset 1 is not the second to fourth", op=path)
    check.equal(page(offset=2), whole[2:52], "offset 2 without a limit is not the 50 after two", op=path)
    check.equal(page(limit=200, offset=len(whole) - 1), whole[-1:], "the last offset is not the last item", op=path)
    check.equal(page(limit=5, offset=len(whole)), [], "beyond the end there is something", op=path)
    joined: list[object] = []
    for offset in range(0, len(whole), 7):
        joined += page(limit=7, offset=offset)
    check.equal(joined, whole, "pages of 7 do not join to the whole", op=path)


@rule("SORT-200", HISTORY, PAYMENTS)
def test_the_newest_comes_first(session: Session, check: Check) -> None:
    """The newest entry and the newest payment come first."""
    person = _money.customer(session, 6000)
    _money.call(session, person, _money.CHEAP).need()
    check.equal(
        [one["amount"] for one in money.history(session, person)][:2],
        [-_money.price(session, _money.CHEAP), 6000],
        "not newest first",
        op=HISTORY,
    )
    intents = [money.topup(session, person, tokens) for tokens in (5000, 9000, 7000)]
    _money.confirm(session, intents[0]).need()
    listed = money.payments(session, person)
    check.equal([one["payment_intent_id"] for one in listed][:3], intents[::-1], "not newest first", op=PAYMENTS)
    for path, items in ((HISTORY, money.history(session, person)), (PAYMENTS, listed)):
        times = [_money.seconds(one["created_at"]) for one in items]
        check.equal(times, sorted(times, reverse=True), "created_at does not fall", op=path)


# -- units and owners ----------------------------------------------------------------------------------------------


@rule("E12", WALLET, "GET /v1/billing/plans", "GET /v1/billing/topup-config", PAYMENTS)
def test_money_has_its_units(session: Session, check: Check) -> None:
    """Balances are whole tokens of a tenth of a cent, payments are cents, and a plan's price is dollars as a number."""
    person = money.payer(session)
    config = session.send("GET /v1/billing/topup-config", person)
    check.equal(config["token_rate"], money.RATE, "a dollar does not buy 1000 tokens", config)
    intent = money.topup(session, person, 12_000)
    check.equal(
        _money.payment(session, person, intent).get("amount_cents"),
        1200,
        "12000 tokens are not 1200 cents",
        op=PAYMENTS,
    )
    small, _ = money.two_plans(session)
    check.that(isinstance(small["price"], int | float), "the price of a plan is no number", op="GET /v1/billing/plans")
    made = session.send("POST /v1/billing/subscribe", person, body={"plan_id": small["id"]})
    paid = _money.payment(session, person, str(made["payment_intent_id"]))
    check.equal(
        paid.get("amount_cents"), round(small["price"] * 100), "a plan is not paid at its price in cents", op=PAYMENTS
    )
    balance = session.send(BALANCE, person)
    check.that(type(balance["balance"]) is int, "the balance is no whole number", balance)


@rule("ISO-200", WALLET, BALANCE, HISTORY, PAYMENTS)
def test_nobody_sees_the_money_of_another(session: Session, check: Check) -> None:
    """Balance, ledger, payments, cards, plan and automatic top-up are their owner's alone."""
    rich, poor = money.subscriber(session), session.users.new()
    before = session.look(money.books(poor))
    session.users.fund(rich, 7777)
    money.topup(session, rich, 8888)
    body = {"enabled": True, "threshold_pct": 33, "recharge_tokens": 44_000}
    session.send("PUT /v1/billing/auto-topup", rich, body=body).need()
    session.send("POST /v1/billing/cancel", rich).need()
    for was, now in zip(before, session.look(money.books(poor)), strict=True):
        check.equal(now, was, f"what one person did shows to another in {was[0]}", op=was[0])
    for kind, key in ((money.history, "id"), (money.payments, "payment_intent_id")):
        common = {one[key] for one in kind(session, rich)} & {one[key] for one in kind(session, poor)}
        check.equal(common, set(), "two people share entries", op=HISTORY if key == "id" else PAYMENTS)
