"""Rules of buying tokens: when a payment credits, how often, what it costs, and who may say that it was paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from specdouble.verify.kit import Check, Credential, rule

from ...people import Person
from ...session import Session
from ...shared import money
from . import _money

WALLET = "GET /v1/billing/wallet"
TOPUP, CONFIRM, CONFIG = "POST /v1/billing/topup", "POST /v1/billing/topup/confirm", "GET /v1/billing/topup-config"
PAYMENTS, HISTORY, STRIPE = "GET /v1/billing/payments", "GET /v1/billing/wallet/history", "POST /v1/webhooks/stripe"
Doc = dict[str, Any]


def paid(session: Session, intent: str) -> Any:
    """Let Stripe report that a payment succeeded."""
    return session.users.stripe("payment_intent.succeeded", {"id": intent})


def credited(
    session: Session, check: Check, person: Person, intent: str, tokens: int, cents: int, before: list[Doc]
) -> None:
    """Check that a top-up is completed and stands in the ledger once, since a moment when the ledger was `before`."""
    shown = _money.payment(session, person, intent)
    check.equal(shown.get("status"), "completed", "the payment is not completed", op=PAYMENTS)
    check.equal(shown.get("type"), "topup", "the type of the payment is not topup", op=PAYMENTS)
    check.equal((shown.get("tokens"), shown.get("amount_cents")), (tokens, cents), "tokens or price moved", op=PAYMENTS)
    in_time = _money.seconds(shown.get("completed_at")) >= _money.seconds(shown.get("created_at")) > 0
    check.that(in_time, "completed_at is not at or after created_at", op=PAYMENTS, got=shown)
    new = _money.added(before, money.history(session, person), "id")
    check.equal([one["amount"] for one in new], [tokens], "not credited exactly once", op=HISTORY)
    for one in new:
        apart = abs(_money.seconds(one.get("created_at")) - _money.seconds(shown.get("completed_at")))
        check.that(apart < 60 or not one.get("created_at"), "the credit has another time than its payment", got=one)
        check.equal(one["reason"], "topup", "the reason of the credit is not topup", op=HISTORY)
        check.equal(one["transaction_id"], intent, "the credit does not name its payment", op=HISTORY)
    total = sum(one["amount"] for one in before) + tokens
    check.equal(
        money.balance(session, person), total, "the balance did not grow by the tokens", op="GET /v1/billing/balance"
    )


@rule("B03", TOPUP, CONFIRM, PAYMENTS)
def test_a_topup_counts_when_it_is_confirmed_and_once(session: Session, check: Check) -> None:
    """A top-up alone leaves the balance; its confirmation credits it, once; a repeated one is 200 and adds nothing."""
    person = session.users.new()
    before = money.history(session, person)
    made = check.ok(session.send(TOPUP, person, body={"tokens": 7000, "price_cents": 700}))
    intent = str(made["payment_intent_id"])
    check.that(intent.startswith("pi_"), "the id of a payment does not begin with pi_", made)
    check.that(bool(made["client_secret"]), "the client_secret is empty", made)
    told = (made.json.get("succeeded", False), made.json.get("requires_action", False))
    check.equal(told, (False, False), "a top-up that was only begun says succeeded or requires_action", made)
    config = session.send(CONFIG, person)
    check.equal(
        made["publishable_key"], config["publishable_key"], "not the publishable_key of the configuration", made
    )
    check.equal(money.history(session, person), before, "a top-up that nobody confirmed is in the ledger")
    shown = _money.payment(session, person, intent)
    expected = {"amount_cents": 700, "tokens": 7000, "status": "pending", "type": "topup", "completed_at": None}
    check.equal(
        {name: shown.get(name) for name in expected}, expected, "the pending payment is listed otherwise", op=PAYMENTS
    )
    check.equal(shown.get("currency", "usd"), "usd", "the currency is not usd", op=PAYMENTS)
    stamp = str(session.send(WALLET, person)["updated_at"])
    _money.let_time_pass(stamp)
    done = check.ok(_money.confirm(session, intent))
    check.equal(done.json, {
        "status": "completed", "payment_intent_id": intent, "tokens": 7000, "already_completed": False,
        "balance": sum(one["amount"] for one in before) + 7000,
    }, "the confirmation says something else", done)  # fmt: skip
    credited(session, check, person, intent, 7000, 700, before)
    moved = _money.seconds(session.send(WALLET, person)["updated_at"]) > _money.seconds(stamp)
    check.that(moved, "updated_at of the wallet did not move with a credit", op=WALLET)
    with _money.unchanged(session, check, person, what="a repeated confirmation"):
        again = check.ok(_money.confirm(session, intent))
    check.equal(again.json, {**done.json, "already_completed": True}, "the repeated confirmation says otherwise", again)


@rule("B04", CONFIRM, STRIPE)
@pytest.mark.parametrize("first", ["confirm", "stripe"])
def test_webhook_and_confirmation_credit_once_together(first: str, session: Session, check: Check) -> None:
    """Stripe's event and the confirmation of one payment credit it once together, in either order."""
    person = session.users.new()
    before = money.history(session, person)
    intent = money.topup(session, person, 6000)
    steps: list[Callable[[], Any]] = [lambda: _money.confirm(session, intent), lambda: paid(session, intent)]
    for step in steps if first == "confirm" else steps[::-1]:
        check.ok(step())
        credited(session, check, person, intent, 6000, 600, before)
    with _money.unchanged(session, check, person, what="another event about a paid payment"):
        check.ok(paid(session, intent))
        last = check.ok(_money.confirm(session, intent))
    check.equal(last["already_completed"], True, "already_completed is not true after Stripe's event", last)


@rule("S04", CONFIRM, PAYMENTS)
def test_the_payer_cannot_confirm(session: Session, check: Check) -> None:
    """Who pays cannot confirm: their own bearer is refused, and balance, history and payment stay."""
    person = session.users.new()
    body = {"payment_intent_id": money.topup(session, person, 5000)}
    key = session.users.key(person)
    with _money.unchanged(session, check, person):
        for who in (
            person.bearer,
            key,
            *([session.users.admin.bearer] if session.settings.admin else []),
            person.bearer.plus("acting", X_Acting_User=person.imperal_id),
        ):
            check.status(session.send(CONFIRM, who, body=body), 401, 403, 422, about=who.name)
        wrong = Credential("a wrong token", {**person.bearer.headers, "X-Service-Token": "wrong"})
        check.status(session.send(CONFIRM, wrong, body=body), 401, 403, 422, about=wrong.name)


@rule("LIFE-203", CONFIRM, STRIPE)
def test_what_cannot_be_confirmed(session: Session, check: Check) -> None:
    """An unknown payment is 404 to a confirmation and a failed one 409; neither credits anything."""
    person = session.users.new()
    check.status(_money.confirm(session, session.users.fresh("pi")), 404, message="an unknown payment is not 404")
    intent = money.topup(session, person, 5000)
    check.ok(session.users.stripe("payment_intent.payment_failed", {"id": intent}))
    shown = _money.payment(session, person, intent)
    check.equal(shown.get("status"), "failed", "a payment that Stripe reports as failed is not failed", op=STRIPE)
    check.equal(shown.get("completed_at"), None, "a failed payment has completed_at", op=PAYMENTS)
    with _money.unchanged(session, check, person):
        check.status(_money.confirm(session, intent), 409, message="a failed payment is not 409")


@rule("LIFE-204", STRIPE, PAYMENTS)
@pytest.mark.parametrize("kind", ["payment_intent.payment_failed", "payment_intent.canceled"])
def test_a_failed_payment_credits_nothing(kind: str, session: Session, check: Check) -> None:
    """A payment that failed or was called off credits nothing, and a completed one stays completed."""
    person = session.users.new()
    before, held = money.history(session, person), money.balance(session, person)
    intent, other = money.topup(session, person, 5000), money.topup(session, person, 6000)
    check.ok(session.users.stripe(kind, {"id": intent}))
    check.equal(_money.payment(session, person, intent).get("status"), "failed", f"{kind} did not fail the payment")
    check.equal(_money.payment(session, person, other).get("status"), "pending", f"{kind} touched another payment")
    check.equal(
        (money.history(session, person), money.balance(session, person)), (before, held), f"{kind} moved the wallet"
    )
    check.ok(paid(session, other))
    credited(session, check, person, other, 6000, 600, before)
    with _money.unchanged(session, check, person, what=f"{kind} after the payment"):
        check.ok(session.users.stripe(kind, {"id": other}))


# -- prices --------------------------------------------------------------------------------------------------------


@rule("B11", TOPUP, PAYMENTS)
def test_the_price_is_computed_here(session: Session, check: Check) -> None:
    """The server computes the price of a top-up: 100 cents for 1000 tokens, rounded up; the client's is not trusted."""
    person = session.users.new()
    for tokens, price in ((5000, 1), (5000, 49_999), (5001, 501), (5009, 400), (5010, 501), (123_450, 1), (4995, 500)):
        reply = check.ok(session.send(TOPUP, person, body={"tokens": tokens, "price_cents": price}), about=str(tokens))
        shown = _money.payment(session, person, str(reply["payment_intent_id"]))
        check.equal(shown.get("tokens"), tokens, "the payment is for other tokens than were asked for")
        check.equal(
            shown.get("amount_cents"), -(-tokens // 10), f"{tokens} tokens have a wrong price", about=str(tokens)
        )


@rule("LIFE-205", TOPUP, CONFIG)
def test_a_purchase_has_limits(session: Session, check: Check) -> None:
    """A purchase from custom_min_cents to custom_max_cents is taken; one below or above is 400 and begins nothing."""
    person = session.users.new()
    config = check.ok(session.send(CONFIG, person))
    least, most = config["custom_min_cents"] * 10, config["custom_max_cents"] * 10
    check.that(0 < least < most, "the limits are not in order", config)
    for tokens in (least, most):
        check.ok(session.send(TOPUP, person, body={"tokens": tokens, "price_cents": tokens // 10}), about=f"{tokens}")
    with _money.unchanged(session, check, person):
        for tokens in (1, least - 10, most + 10, most * 100):
            reply = session.send(TOPUP, person, body={"tokens": tokens, "price_cents": config["custom_min_cents"]})
            check.status(reply, 400, about=f"{tokens}")


@rule("LIFE-206", CONFIG, TOPUP)
def test_every_tier_can_be_bought_at_its_price(session: Session, check: Check) -> None:
    """Each tier of the configuration has a label and the price that a purchase of its tokens really costs."""
    person = session.users.new()
    config = check.ok(session.send(CONFIG, person))
    check.that(config["tiers"], "there are no tiers", config)
    check.that(config["publishable_key"].startswith("pk_"), "the publishable_key does not begin with pk_", config)
    for tier in config["tiers"]:
        expected = tier["tokens"] * 100 // config["token_rate"]
        check.equal(tier["price_cents"], expected, f"{tier['label']} has another price than its tokens", config)
        check.that(tier["label"].strip(), "a tier has no label", config)
        intent = money.topup(session, person, tier["tokens"])
        cents = _money.payment(session, person, intent).get("amount_cents")
        check.equal(cents, tier["price_cents"], f"{tier['label']} costs something else", op=TOPUP)


# -- without the holder --------------------------------------------------------------------------------------------


@rule("LIFE-207", TOPUP, PAYMENTS)
def test_off_session_pays_at_once(session: Session, check: Check) -> None:
    """An off-session top-up charges the default card at once: it succeeds, is completed, and the wallet has grown."""
    person = money.payer(session)
    before = money.history(session, person)
    made = check.ok(session.send(TOPUP, person, body={"tokens": 8000, "price_cents": 800, "off_session": True}))
    told = (made["succeeded"], made.json.get("requires_action", False))
    check.equal(told, (True, False), "a charge of a good card did not succeed", made)
    intent = str(made["payment_intent_id"])
    credited(session, check, person, intent, 8000, 800, before)
    with _money.unchanged(session, check, person, what="the confirmation of a completed top-up"):
        check.equal(
            check.ok(_money.confirm(session, intent))["already_completed"], True, "already_completed is not true"
        )


@rule("B06", TOPUP, PAYMENTS)
def test_off_session_without_a_good_card_is_402(session: Session, check: Check) -> None:
    """An off-session top-up without a card, or with one that is declined, is 402 and credits nothing."""
    body = {"tokens": 5000, "price_cents": 500, "off_session": True}
    person = session.users.new()
    with _money.unchanged(session, check, person):
        check.status(session.send(TOPUP, person, body=body), 402, message="no card, yet not 402")
    other = money.payer(session, money.DECLINED)
    held, before = money.balance(session, other), money.history(session, other)
    check.status(session.send(TOPUP, other, body=body), 402, message="a declined card, yet not 402")
    check.equal(
        (money.balance(session, other), money.history(session, other)), (held, before), "a declined card credits"
    )
    done = [one for one in money.payments(session, other) if one["status"] != "failed"]
    check.equal(done, [], "a declined charge is listed as something else than failed", op=PAYMENTS)


@rule("LIFE-208", TOPUP, STRIPE)
def test_a_bank_that_asks_delays_the_credit(session: Session, check: Check) -> None:
    """When the bank wants the holder to confirm, requires_action is true and nothing is credited before that."""
    person = money.payer(session, money.ASKS)
    before = money.history(session, person)
    made = check.ok(session.send(TOPUP, person, body={"tokens": 6000, "price_cents": 600, "off_session": True}))
    told = (made.json.get("succeeded", False), made["requires_action"])
    check.equal(told, (False, True), "the response does not ask for the holder's action", made)
    check.equal(money.history(session, person), before, "credited before the holder confirmed", made)
    intent = str(made["payment_intent_id"])
    check.equal(
        _money.payment(session, person, intent).get("status"), "pending", "the payment is not pending", op=PAYMENTS
    )
    check.ok(paid(session, intent))
    credited(session, check, person, intent, 6000, 600, before)


@rule("LIFE-209", TOPUP, STRIPE, "GET /v1/billing/payment-methods")
@pytest.mark.parametrize("save", [True, False])
def test_a_card_is_saved_with_a_purchase_on_wish(save: bool, session: Session, check: Check) -> None:
    """A top-up with save_payment_method leaves its card behind once it is paid; without, it does not."""
    person = session.users.new()
    body = {"tokens": 5000, "price_cents": 500, "save_payment_method": save}
    intent = str(check.ok(session.send(TOPUP, person, body=body))["payment_intent_id"])
    check.equal(session.users.cards(person), [], "a card is saved before the payment")
    method = {"id": f"pm_{session.users.fresh('c')}", "type": "card", "card": {"brand": "visa", "last4": "1881"}}
    check.ok(
        session.users.stripe(
            "payment_intent.succeeded", {"id": intent, "payment_method": method, **money.customer(person)}
        )
    )
    cards = session.users.cards(person)
    check.equal([one["last4"] for one in cards], ["1881"] if save else [], "the card was not saved as wished")
    check.equal([one["is_default"] for one in cards], [True] if save else [], "the first card is not the default")


# -- by itself -----------------------------------------------------------------------------------------------------


@rule("LIFE-210", "PUT /v1/billing/auto-topup", PAYMENTS)
@pytest.mark.parametrize("chosen", [False, True])
def test_a_low_balance_is_recharged(chosen: bool, session: Session, check: Check) -> None:
    """Automatic top-up buys recharge_tokens when a debit leaves too little, with the chosen card or the default one."""
    person = _money.customer(session, kind=money.DECLINED if chosen else money.GOOD)
    body: Doc = {"enabled": True, "threshold_pct": 50, "recharge_tokens": 5500}
    if chosen:
        body["payment_method_id"] = money.card(session, person)
    check.ok(session.send("PUT /v1/billing/auto-topup", person, body=body))
    held = money.balance(session, person)
    _money.call(session, person, _money.DEAR).need()
    left = held - _money.price(session, _money.DEAR)
    came = _money.eventually(lambda: money.balance(session, person) != left)
    check.must(came, "a balance below the threshold was not recharged", expected=left + 5500, got=left)
    check.equal(money.balance(session, person), left + 5500, "not recharged by recharge_tokens, once")
    newest = money.payments(session, person)[0]
    shown = (newest["type"], newest["status"], newest["tokens"], newest["amount_cents"])
    check.equal(shown, ("auto_topup", "completed", 5500, 550), "the payment of a recharge is another", op=PAYMENTS)
    entry = money.history(session, person)[0]
    credit = (entry["reason"], entry["amount"], entry["transaction_id"])
    check.equal(credit, ("auto_topup", 5500, newest["payment_intent_id"]), "the credit of a recharge is another")


@rule("LIFE-211", "PUT /v1/billing/auto-topup", PAYMENTS)
def test_automatic_topup_keeps_still(session: Session, check: Check) -> None:
    """Automatic top-up buys nothing while it is off, while the balance is high, or by a card that is declined."""
    off, rich = _money.customer(session, kind=money.GOOD), _money.customer(session, 20_000, kind=money.GOOD)
    declined = _money.customer(session, kind=money.GOOD)
    body: Doc = {"enabled": True, "threshold_pct": 50, "recharge_tokens": 5500}
    bad = money.card(session, declined, money.DECLINED)
    for person, more in (
        (off, {"enabled": False}), (rich, {"threshold_pct": 1}), (declined, {"payment_method_id": bad}),
    ):  # fmt: skip
        session.send("PUT /v1/billing/auto-topup", person, body={**body, **more}).need()
        _money.call(session, person, _money.DEAR).need()
    _money.eventually(lambda: False, 0.25)
    for person, why in ((off, "it is off"), (rich, "the balance is high"), (declined, "the chosen card is declined")):
        bought = [
            one
            for one in money.payments(session, person)
            if (one["type"], one["status"]) == ("auto_topup", "completed")
        ]
        check.equal(bought, [], f"tokens were bought although {why}", op=PAYMENTS)
        amounts = [one["amount"] for one in money.history(session, person)][:1]
        check.equal(amounts, [-_money.price(session, _money.DEAR)], f"something was credited although {why}")
