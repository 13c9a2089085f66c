"""Laws of wallets: one payload, a ledger that adds up, pages, units, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Person, Reply, Stage, law

from ... import money
from . import _money

WALLET, BALANCE, HISTORY, PAYMENTS = (
    f"GET /v1/billing/{path}" for path in ("wallet", "balance", "wallet/history", "payments")
)
MANY = 53  # more than a default page of 50


def many(stage: Stage) -> int:
    """Return how many top-ups there are: in a sampling run few, which do not show how long a page is by default."""
    return len(stage.some(range(MANY), 9))


def saver(stage: Stage) -> Person:
    """Return a person with many top-ups of 5001, 5002 … tokens, all confirmed, in that order."""
    count = many(stage)

    def make() -> Person:
        person = stage.cast.new("saver")
        for number in range(1, count + 1):
            _money.confirm(stage, money.topup(stage, person, 5000 + number)).need()
        return person

    found: Person = stage.shared(f"a person with {count} top-ups", make)
    return found


@law("B01", WALLET, BALANCE)
def test_wallet_and_balance_are_one_payload(stage: Stage, judge: Judge) -> None:
    """Wallet and balance answer the same payload with all fields.

    Balance, currency and updated_at are there as well as plan, status, cap and included_tokens, which follow the plan;
    where the two have different balances, the ledger says which is right.
    """
    for person in (stage.cast.new(), money.subscriber(stage)):
        wallet, balance = (judge.ok(stage.send(path, person)) for path in (WALLET, BALANCE))
        one = {"balance": sum(entry["amount"] for entry in money.history(stage, person))}
        agreed = wallet.json.get("balance") == balance.json.get("balance")
        right = [_is_true(stage, judge, person, reply, {} if agreed else one) for reply in (wallet, balance)]
        if all(right):
            judge.equal(balance.json, wallet.json, "balance and wallet differ", balance)


def _is_true(stage: Stage, judge: Judge, person: Person, reply: Reply, known: dict[str, Any]) -> bool:
    """Hold one of the two against what it is made of, so that the one that is wrong is named; return whether it holds.

    `known` is what decides between them besides.
    """
    held = money.subscription(stage, person)
    plan = money.plan(stage, held["plan"])
    true = {**known, "currency": "token", "plan": held["plan"], "status": held["status"]}
    if "tokens" in plan["limits"]:
        true["cap"] = plan["limits"]["tokens"]
    if "included_tokens" in plan["features"]:
        true["included_tokens"] = plan["features"]["included_tokens"]
    found = reply.json if isinstance(reply.json, dict) else {}
    lacks = [name for name in ("balance", "updated_at", "cap", "included_tokens", *true) if name not in found]
    holds = judge.equal(lacks, [], "fields are missing", reply)
    for name, value in true.items():
        if name in found:
            said = f"{name} is not that of the plan held" if name not in ("balance", "currency") else f"{name} is wrong"
            holds &= judge.equal(found[name], value, said, reply, about=name)
    return holds


@law("LIFE-200", WALLET, HISTORY)
@pytest.mark.parametrize("how", ["registered", "made by an administrator"])
def test_a_new_account_has_a_wallet_with_one_grant(how: str, stage: Stage, judge: Judge) -> None:
    """A new account has a wallet with the grant of the free plan, as one entry of its ledger."""
    person = stage.cast.new() if how == "registered" else _made_by_admin(stage)
    wallet, entries = judge.ok(stage.send(WALLET, person)), money.history(stage, person)
    judge.equal(wallet["plan"], "free", "a new account is not on the free plan", wallet)
    grant = wallet["included_tokens"]
    judge.equal(wallet["balance"], grant, "the balance of a new account is not the grant of its plan", wallet)
    judge.equal([one["amount"] for one in entries], [grant] if grant else [], "not exactly one grant", op=HISTORY)
    for one in entries:
        judge.equal(one["reason"], "grant", "the first entry is no grant", op=HISTORY)
        judge.equal(one.get("app_id"), None, "a grant names an app", op=HISTORY)
    judge.equal(money.payments(stage, person), [], "a new account has payments", op=PAYMENTS)


def _made_by_admin(stage: Stage) -> Person:
    person = Person("made", f"{stage.cast.fresh('made')}@example.com", "Specdouble-7!")
    body = {"email": person.email, "password": person.password, "role": "user"}
    made = stage.send("POST /v1/users", stage.cast.admin, body=body)
    stage.client.own(made["imperal_id"])
    person.tenant_id = str(made["tenant_id"])
    stage.cast.login(person)
    return person


@law("B02", HISTORY, BALANCE)
def test_the_ledger_adds_up_to_the_balance(stage: Stage, judge: Judge) -> None:
    """The amounts of all pages of the ledger add up to the balance, at every moment."""
    person = _money.customer(stage)
    steps = (
        ("a top-up", lambda: _money.confirm(stage, money.topup(stage, person, 6007)).need()),
        ("a priced call", lambda: _money.call(stage, person, _money.CHEAP).need()),
        ("a card", lambda: money.card(stage, person)),
        ("a plan", lambda: stage.send("POST /v1/billing/subscribe", person, body={"plan_id": money.small_plan(stage)})),
        ("another call", lambda: _money.call(stage, person, _money.DEAR).need()),
    )
    for what, step in steps:
        step()
        amounts: list[int] = []
        while page := stage.send(HISTORY, person, query={"limit": 2, "offset": len(amounts)}).need().json:
            amounts += [one["amount"] for one in page]
            judge.must(len(amounts) < 100, "the pages of the ledger do not end", op=HISTORY)
        balance = stage.send(BALANCE, person)
        judge.equal(balance["balance"], sum(amounts), f"after {what} the ledger does not add up", balance)
        judge.that(balance["balance"] >= 0, "the balance is negative", balance)
    entries = money.history(stage, person)
    for name in ("id", "transaction_id"):
        found = [one[name] for one in entries]
        judge.equal(len(set(found)), len(found), f"entries share their {name}", op=HISTORY)


@law("LIFE-201", HISTORY)
def test_a_priced_call_is_one_debit(stage: Stage, judge: Judge) -> None:
    """A priced call takes exactly its price, as one negative entry that names the app.

    A call that the wallet cannot pay is 402 and takes nothing.
    """
    person = _money.customer(stage)
    before, held, price = money.history(stage, person), money.balance(stage, person), _money.price(stage, _money.CHEAP)
    wallet = stage.send(WALLET, person)
    _money.let_time_pass(wallet["updated_at"])
    judge.ok(_money.call(stage, person, _money.CHEAP))
    new = _money.added(before, money.history(stage, person), "id")
    judge.equal(len(new), 1, "a priced call is not one entry in the ledger")
    for entry in new:
        judge.equal(entry["amount"], -price, "a debit is not the price, negative")
        judge.equal(entry["app_id"], _money.priced_app(stage), "a debit does not name the app")
        judge.equal(entry["reason"], "deduct", "the reason of a debit is not deduct")
    judge.equal(money.balance(stage, person), held - price, "the balance did not fall by the price")
    later = stage.send(WALLET, person)
    moved = _money.seconds(later["updated_at"]) > _money.seconds(wallet["updated_at"])
    judge.that(moved, "updated_at of the wallet did not move with a debit", later)
    with _money.unchanged(stage, judge, person, what="a call that the wallet cannot pay"):
        reply = _money.call(stage, person, _money.RUINOUS)
    judge.status(reply, 402, message=f"a call that the wallet cannot pay answered {reply.status}")


@law("LIFE-202", HISTORY)
def test_a_tier_is_paid_from_the_wallet(stage: Stage, judge: Judge) -> None:
    """A paid developer tier is one debit of its yearly price, with the reason tier_fee."""
    person = stage.cast.new()
    stage.cast.fund(person, 20_000)
    before = money.history(stage, person)
    body = {"display_name": "A studio", "tier": "indie", "nickname": stage.cast.fresh("nick")}
    stage.send("POST /v1/developer/register", person, body=body).need()
    new = _money.added(before, money.history(stage, person), "id")
    judge.equal([(one["amount"], one["reason"]) for one in new], [(-9000, "tier_fee")], "the fee is not one debit")


# -- pages ---------------------------------------------------------------------------------------------------------


@law("PAGE-200", HISTORY, PAYMENTS)
@pytest.mark.parametrize("path", [HISTORY, PAYMENTS])
def test_pages_concatenate_to_the_whole(path: str, stage: Stage, judge: Judge) -> None:
    """Limit and offset cut a list into pages that join to the whole: nothing twice, nothing left out.

    The limit is kept exactly, the default is 50, and beyond the end there is an empty list.
    """
    person = saver(stage)
    key = "id" if path == HISTORY else "payment_intent_id"
    field = "amount" if path == HISTORY else "tokens"

    def page(**query: int) -> list[object]:
        return [one[key] for one in judge.ok(stage.send(path, person, query=query)).json]

    whole = page(limit=200)
    known = [one[field] for one in stage.send(path, person, query={"limit": 200}).json]
    made = many(stage)
    judge.equal(known[:made], list(range(5000 + made, 5000, -1)), "the list does not hold what was made, newest first",
                op=path, rule="SORT-200")  # fmt: skip
    judge.equal(page(), whole[:50], "without a limit it is not the first 50", op=path)
    judge.equal(page(offset=0), whole[:50], "offset 0 is not the beginning", op=path)
    judge.equal(page(limit=1), whole[:1], "limit 1 is not the newest alone", op=path)
    judge.equal(page(limit=3, offset=1), whole[1:4], "limit 3 offset 1 is not the second to fourth", op=path)
    judge.equal(page(offset=2), whole[2:52], "offset 2 without a limit is not the 50 after two", op=path)
    judge.equal(page(limit=200, offset=len(whole) - 1), whole[-1:], "the last offset is not the last item", op=path)
    judge.equal(page(limit=5, offset=len(whole)), [], "beyond the end there is something", op=path)
    joined: list[object] = []
    for offset in range(0, len(whole), 7):
        joined += page(limit=7, offset=offset)
    judge.equal(joined, whole, "pages of 7 do not join to the whole", op=path)


@law("SORT-200", HISTORY, PAYMENTS)
def test_the_newest_comes_first(stage: Stage, judge: Judge) -> None:
    """The newest entry and the newest payment come first."""
    person = _money.customer(stage, 6000)
    _money.call(stage, person, _money.CHEAP).need()
    judge.equal(
        [one["amount"] for one in money.history(stage, person)][:2],
        [-_money.price(stage, _money.CHEAP), 6000],
        "not newest first",
        op=HISTORY,
    )
    intents = [money.topup(stage, person, tokens) for tokens in (5000, 9000, 7000)]
    _money.confirm(stage, intents[0]).need()
    listed = money.payments(stage, person)
    judge.equal([one["payment_intent_id"] for one in listed][:3], intents[::-1], "not newest first", op=PAYMENTS)
    for path, items in ((HISTORY, money.history(stage, person)), (PAYMENTS, listed)):
        times = [_money.seconds(one["created_at"]) for one in items]
        judge.equal(times, sorted(times, reverse=True), "created_at does not fall", op=path)


@law("E06", HISTORY, PAYMENTS)
@pytest.mark.parametrize("path", [HISTORY, PAYMENTS])
def test_bounds_of_pages_are_enforced(path: str, stage: Stage, judge: Judge) -> None:
    """A limit beyond 200 or below 1 and a negative offset are 422; the bounds themselves are taken."""
    for query in stage.some(({"limit": 201}, {"limit": 0}, {"limit": -1}, {"offset": -1}, {"limit": "x"}), 1, 1):
        judge.status(stage.send(path, stage.cast.user, query=query), 422, about=str(query))
    for query in stage.some(({"limit": 200}, {"limit": 1}, {"offset": 0}), 1):
        judge.status(stage.send(path, stage.cast.user, query=query), 200, about=str(query))


# -- units and owners ----------------------------------------------------------------------------------------------


@law("E12", WALLET, "GET /v1/billing/plans", "GET /v1/billing/topup-config", PAYMENTS)
def test_money_has_its_units(stage: Stage, judge: Judge) -> None:
    """Balances are whole tokens of a tenth of a cent, payments are cents, and a plan's price is dollars as a number."""
    person = money.payer(stage)
    config = stage.send("GET /v1/billing/topup-config", person)
    judge.equal(config["token_rate"], money.RATE, "a dollar does not buy 1000 tokens", config)
    intent = money.topup(stage, person, 12_000)
    judge.equal(
        _money.payment(stage, person, intent).get("amount_cents"), 1200, "12000 tokens are not 1200 cents", op=PAYMENTS
    )
    small, _ = money.two_plans(stage)
    judge.that(isinstance(small["price"], int | float), "the price of a plan is no number", op="GET /v1/billing/plans")
    made = stage.send("POST /v1/billing/subscribe", person, body={"plan_id": small["id"]})
    paid = _money.payment(stage, person, str(made["payment_intent_id"]))
    judge.equal(
        paid.get("amount_cents"), round(small["price"] * 100), "a plan is not paid at its price in cents", op=PAYMENTS
    )
    balance = stage.send(BALANCE, person)
    judge.that(type(balance["balance"]) is int, "the balance is no whole number", balance)


@law("ISO-200", WALLET, BALANCE, HISTORY, PAYMENTS)
def test_nobody_sees_the_money_of_another(stage: Stage, judge: Judge) -> None:
    """Balance, ledger, payments, cards, plan and automatic top-up are their owner's alone."""
    rich, poor = money.subscriber(stage), stage.cast.new()
    before = stage.look(money.books(poor))
    stage.cast.fund(rich, 7777)
    money.topup(stage, rich, 8888)
    body = {"enabled": True, "threshold_pct": 33, "recharge_tokens": 44_000}
    stage.send("PUT /v1/billing/auto-topup", rich, body=body).need()
    stage.send("POST /v1/billing/cancel", rich).need()
    for was, now in zip(before, stage.look(money.books(poor)), strict=True):
        judge.equal(now, was, f"what one person did shows to another in {was[0]}", op=was[0])
    for kind, key in ((money.history, "id"), (money.payments, "payment_intent_id")):
        common = {one[key] for one in kind(stage, rich)} & {one[key] for one in kind(stage, poor)}
        judge.equal(common, set(), "two people share entries", op=HISTORY if key == "id" else PAYMENTS)
