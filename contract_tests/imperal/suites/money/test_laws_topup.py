"""Laws of buying tokens: when a payment credits, how often, what it costs, and who may say that it was paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from specdouble.verify.kit import Credential, Judge, Person, Stage, law

from ... import money
from . import _money

WALLET = "GET /v1/billing/wallet"
TOPUP, CONFIRM, CONFIG = "POST /v1/billing/topup", "POST /v1/billing/topup/confirm", "GET /v1/billing/topup-config"
PAYMENTS, HISTORY, STRIPE = "GET /v1/billing/payments", "GET /v1/billing/wallet/history", "POST /v1/webhooks/stripe"
Doc = dict[str, Any]


def paid(stage: Stage, intent: str) -> Any:
    """Let Stripe report that a payment succeeded."""
    return stage.cast.stripe("payment_intent.succeeded", {"id": intent})


def credited(
    stage: Stage, judge: Judge, person: Person, intent: str, tokens: int, cents: int, before: list[Doc]
) -> None:
    """Check that a top-up is completed and stands in the ledger once, since a moment when the ledger was `before`."""
    shown = _money.payment(stage, person, intent)
    judge.equal(shown.get("status"), "completed", "the payment is not completed", op=PAYMENTS)
    judge.equal(shown.get("type"), "topup", "the type of the payment is not topup", op=PAYMENTS)
    judge.equal((shown.get("tokens"), shown.get("amount_cents")), (tokens, cents), "tokens or price moved", op=PAYMENTS)
    in_time = _money.seconds(shown.get("completed_at")) >= _money.seconds(shown.get("created_at")) > 0
    judge.that(in_time, "completed_at is not at or after created_at", op=PAYMENTS, got=shown)
    new = _money.added(before, money.history(stage, person), "id")
    judge.equal([one["amount"] for one in new], [tokens], "not credited exactly once", op=HISTORY)
    for one in new:
        apart = abs(_money.seconds(one.get("created_at")) - _money.seconds(shown.get("completed_at")))
        judge.that(apart < 60 or not one.get("created_at"), "the credit has another time than its payment", got=one)
        judge.equal(one["reason"], "topup", "the reason of the credit is not topup", op=HISTORY)
        judge.equal(one["transaction_id"], intent, "the credit does not name its payment", op=HISTORY)
    total = sum(one["amount"] for one in before) + tokens
    judge.equal(
        money.balance(stage, person), total, "the balance did not grow by the tokens", op="GET /v1/billing/balance"
    )


@law("B03", TOPUP, CONFIRM, PAYMENTS)
def test_a_topup_counts_when_it_is_confirmed_and_once(stage: Stage, judge: Judge) -> None:
    """A top-up alone leaves the balance; its confirmation credits it, once; a repeated one is 200 and adds nothing."""
    person = stage.cast.new()
    before = money.history(stage, person)
    made = judge.ok(stage.send(TOPUP, person, body={"tokens": 7000, "price_cents": 700}))
    intent = str(made["payment_intent_id"])
    judge.that(intent.startswith("pi_"), "the id of a payment does not begin with pi_", made)
    judge.that(bool(made["client_secret"]), "the client_secret is empty", made)
    told = (made.json.get("succeeded", False), made.json.get("requires_action", False))
    judge.equal(told, (False, False), "a top-up that was only begun says succeeded or requires_action", made)
    config = stage.send(CONFIG, person)
    judge.equal(
        made["publishable_key"], config["publishable_key"], "not the publishable_key of the configuration", made
    )
    judge.equal(money.history(stage, person), before, "a top-up that nobody confirmed is in the ledger")
    shown = _money.payment(stage, person, intent)
    expected = {"amount_cents": 700, "tokens": 7000, "status": "pending", "type": "topup", "completed_at": None}
    judge.equal(
        {name: shown.get(name) for name in expected}, expected, "the pending payment is listed otherwise", op=PAYMENTS
    )
    judge.equal(shown.get("currency", "usd"), "usd", "the currency is not usd", op=PAYMENTS)
    stamp = str(stage.send(WALLET, person)["updated_at"])
    _money.let_time_pass(stamp)
    done = judge.ok(_money.confirm(stage, intent))
    judge.equal(done.json, {
        "status": "completed", "payment_intent_id": intent, "tokens": 7000, "already_completed": False,
        "balance": sum(one["amount"] for one in before) + 7000,
    }, "the confirmation says something else", done)  # fmt: skip
    credited(stage, judge, person, intent, 7000, 700, before)
    moved = _money.seconds(stage.send(WALLET, person)["updated_at"]) > _money.seconds(stamp)
    judge.that(moved, "updated_at of the wallet did not move with a credit", op=WALLET)
    with _money.unchanged(stage, judge, person, what="a repeated confirmation"):
        again = judge.ok(_money.confirm(stage, intent))
    judge.equal(again.json, {**done.json, "already_completed": True}, "the repeated confirmation says otherwise", again)


@law("B04", CONFIRM, STRIPE)
@pytest.mark.parametrize("first", ["confirm", "stripe"])
def test_webhook_and_confirmation_credit_once_together(first: str, stage: Stage, judge: Judge) -> None:
    """Stripe's event and the confirmation of one payment credit it once together, in either order."""
    person = stage.cast.new()
    before = money.history(stage, person)
    intent = money.topup(stage, person, 6000)
    steps: list[Callable[[], Any]] = [lambda: _money.confirm(stage, intent), lambda: paid(stage, intent)]
    for step in steps if first == "confirm" else steps[::-1]:
        judge.ok(step())
        credited(stage, judge, person, intent, 6000, 600, before)
    with _money.unchanged(stage, judge, person, what="another event about a paid payment"):
        judge.ok(paid(stage, intent))
        last = judge.ok(_money.confirm(stage, intent))
    judge.equal(last["already_completed"], True, "already_completed is not true after Stripe's event", last)


@law("S04", CONFIRM, PAYMENTS)
def test_the_payer_cannot_confirm(stage: Stage, judge: Judge) -> None:
    """Who pays cannot confirm: their own bearer is refused, and balance, history and payment stay."""
    person = stage.cast.new()
    body = {"payment_intent_id": money.topup(stage, person, 5000)}
    key = stage.cast.key(person)
    with _money.unchanged(stage, judge, person):
        for who in (
            person.bearer,
            key,
            *([stage.cast.admin.bearer] if stage.settings.admin else []),
            person.bearer.plus("acting", X_Acting_User=person.imperal_id),
        ):
            judge.status(stage.send(CONFIRM, who, body=body), 401, 403, 422, about=who.name)
        wrong = Credential("a wrong token", {**person.bearer.headers, "X-Service-Token": "wrong"})
        judge.status(stage.send(CONFIRM, wrong, body=body), 401, 403, 422, about=wrong.name)


@law("LIFE-203", CONFIRM, STRIPE)
def test_what_cannot_be_confirmed(stage: Stage, judge: Judge) -> None:
    """An unknown payment is 404 to a confirmation and a failed one 409; neither credits anything."""
    person = stage.cast.new()
    judge.status(_money.confirm(stage, stage.cast.fresh("pi")), 404, message="an unknown payment is not 404")
    intent = money.topup(stage, person, 5000)
    judge.ok(stage.cast.stripe("payment_intent.payment_failed", {"id": intent}))
    shown = _money.payment(stage, person, intent)
    judge.equal(shown.get("status"), "failed", "a payment that Stripe reports as failed is not failed", op=STRIPE)
    judge.equal(shown.get("completed_at"), None, "a failed payment has completed_at", op=PAYMENTS)
    with _money.unchanged(stage, judge, person):
        judge.status(_money.confirm(stage, intent), 409, message="a failed payment is not 409")


@law("LIFE-204", STRIPE, PAYMENTS)
@pytest.mark.parametrize("kind", ["payment_intent.payment_failed", "payment_intent.canceled"])
def test_a_failed_payment_credits_nothing(kind: str, stage: Stage, judge: Judge) -> None:
    """A payment that failed or was called off credits nothing, and a completed one stays completed."""
    person = stage.cast.new()
    before, held = money.history(stage, person), money.balance(stage, person)
    intent, other = money.topup(stage, person, 5000), money.topup(stage, person, 6000)
    judge.ok(stage.cast.stripe(kind, {"id": intent}))
    judge.equal(_money.payment(stage, person, intent).get("status"), "failed", f"{kind} did not fail the payment")
    judge.equal(_money.payment(stage, person, other).get("status"), "pending", f"{kind} touched another payment")
    judge.equal(
        (money.history(stage, person), money.balance(stage, person)), (before, held), f"{kind} moved the wallet"
    )
    judge.ok(paid(stage, other))
    credited(stage, judge, person, other, 6000, 600, before)
    with _money.unchanged(stage, judge, person, what=f"{kind} after the payment"):
        judge.ok(stage.cast.stripe(kind, {"id": other}))


# -- prices --------------------------------------------------------------------------------------------------------


@law("B11", TOPUP, PAYMENTS)
def test_the_price_is_computed_here(stage: Stage, judge: Judge) -> None:
    """The server computes the price of a top-up: 100 cents for 1000 tokens, rounded up; the client's is not trusted."""
    person = stage.cast.new()
    for tokens, price in ((5000, 1), (5000, 49_999), (5001, 501), (5009, 400), (5010, 501), (123_450, 1), (4995, 500)):
        reply = judge.ok(stage.send(TOPUP, person, body={"tokens": tokens, "price_cents": price}), about=str(tokens))
        shown = _money.payment(stage, person, str(reply["payment_intent_id"]))
        judge.equal(shown.get("tokens"), tokens, "the payment is for other tokens than were asked for")
        judge.equal(
            shown.get("amount_cents"), -(-tokens // 10), f"{tokens} tokens have a wrong price", about=str(tokens)
        )


@law("LIFE-205", TOPUP, CONFIG)
def test_a_purchase_has_limits(stage: Stage, judge: Judge) -> None:
    """A purchase from custom_min_cents to custom_max_cents is taken; one below or above is 400 and begins nothing."""
    person = stage.cast.new()
    config = judge.ok(stage.send(CONFIG, person))
    least, most = config["custom_min_cents"] * 10, config["custom_max_cents"] * 10
    judge.that(0 < least < most, "the limits are not in order", config)
    for tokens in (least, most):
        judge.ok(stage.send(TOPUP, person, body={"tokens": tokens, "price_cents": tokens // 10}), about=f"{tokens}")
    with _money.unchanged(stage, judge, person):
        for tokens in (1, least - 10, most + 10, most * 100):
            reply = stage.send(TOPUP, person, body={"tokens": tokens, "price_cents": config["custom_min_cents"]})
            judge.status(reply, 400, about=f"{tokens}")


@law("LIFE-206", CONFIG, TOPUP)
def test_every_tier_can_be_bought_at_its_price(stage: Stage, judge: Judge) -> None:
    """Each tier of the configuration has a label and the price that a purchase of its tokens really costs."""
    person = stage.cast.new()
    config = judge.ok(stage.send(CONFIG, person))
    judge.that(config["tiers"], "there are no tiers", config)
    judge.that(config["publishable_key"].startswith("pk_"), "the publishable_key does not begin with pk_", config)
    for tier in config["tiers"]:
        expected = tier["tokens"] * 100 // config["token_rate"]
        judge.equal(tier["price_cents"], expected, f"{tier['label']} has another price than its tokens", config)
        judge.that(tier["label"].strip(), "a tier has no label", config)
        intent = money.topup(stage, person, tier["tokens"])
        cents = _money.payment(stage, person, intent).get("amount_cents")
        judge.equal(cents, tier["price_cents"], f"{tier['label']} costs something else", op=TOPUP)


# -- without the holder --------------------------------------------------------------------------------------------


@law("LIFE-207", TOPUP, PAYMENTS)
def test_off_session_pays_at_once(stage: Stage, judge: Judge) -> None:
    """An off-session top-up charges the default card at once: it succeeds, is completed, and the wallet has grown."""
    person = money.payer(stage)
    before = money.history(stage, person)
    made = judge.ok(stage.send(TOPUP, person, body={"tokens": 8000, "price_cents": 800, "off_session": True}))
    told = (made["succeeded"], made.json.get("requires_action", False))
    judge.equal(told, (True, False), "a charge of a good card did not succeed", made)
    intent = str(made["payment_intent_id"])
    credited(stage, judge, person, intent, 8000, 800, before)
    with _money.unchanged(stage, judge, person, what="the confirmation of a completed top-up"):
        judge.equal(judge.ok(_money.confirm(stage, intent))["already_completed"], True, "already_completed is not true")


@law("B06", TOPUP, PAYMENTS)
def test_off_session_without_a_good_card_is_402(stage: Stage, judge: Judge) -> None:
    """An off-session top-up without a card, or with one that is declined, is 402 and credits nothing."""
    body = {"tokens": 5000, "price_cents": 500, "off_session": True}
    person = stage.cast.new()
    with _money.unchanged(stage, judge, person):
        judge.status(stage.send(TOPUP, person, body=body), 402, message="no card, yet not 402")
    other = money.payer(stage, money.DECLINED)
    held, before = money.balance(stage, other), money.history(stage, other)
    judge.status(stage.send(TOPUP, other, body=body), 402, message="a declined card, yet not 402")
    judge.equal((money.balance(stage, other), money.history(stage, other)), (held, before), "a declined card credits")
    done = [one for one in money.payments(stage, other) if one["status"] != "failed"]
    judge.equal(done, [], "a declined charge is listed as something else than failed", op=PAYMENTS)


@law("LIFE-208", TOPUP, STRIPE)
def test_a_bank_that_asks_delays_the_credit(stage: Stage, judge: Judge) -> None:
    """When the bank wants the holder to confirm, requires_action is true and nothing is credited before that."""
    person = money.payer(stage, money.ASKS)
    before = money.history(stage, person)
    made = judge.ok(stage.send(TOPUP, person, body={"tokens": 6000, "price_cents": 600, "off_session": True}))
    told = (made.json.get("succeeded", False), made["requires_action"])
    judge.equal(told, (False, True), "the answer does not ask for the holder's action", made)
    judge.equal(money.history(stage, person), before, "credited before the holder confirmed", made)
    intent = str(made["payment_intent_id"])
    judge.equal(
        _money.payment(stage, person, intent).get("status"), "pending", "the payment is not pending", op=PAYMENTS
    )
    judge.ok(paid(stage, intent))
    credited(stage, judge, person, intent, 6000, 600, before)


@law("LIFE-209", TOPUP, STRIPE, "GET /v1/billing/payment-methods")
@pytest.mark.parametrize("save", [True, False])
def test_a_card_is_saved_with_a_purchase_on_wish(save: bool, stage: Stage, judge: Judge) -> None:
    """A top-up with save_payment_method leaves its card behind once it is paid; without, it does not."""
    person = stage.cast.new()
    body = {"tokens": 5000, "price_cents": 500, "save_payment_method": save}
    intent = str(judge.ok(stage.send(TOPUP, person, body=body))["payment_intent_id"])
    judge.equal(stage.cast.cards(person), [], "a card is saved before the payment")
    method = {"id": f"pm_{stage.cast.fresh('c')}", "type": "card", "card": {"brand": "visa", "last4": "1881"}}
    judge.ok(
        stage.cast.stripe(
            "payment_intent.succeeded", {"id": intent, "payment_method": method, **money.customer(person)}
        )
    )
    cards = stage.cast.cards(person)
    judge.equal([one["last4"] for one in cards], ["1881"] if save else [], "the card was not saved as wished")
    judge.equal([one["is_default"] for one in cards], [True] if save else [], "the first card is not the default")


# -- by itself -----------------------------------------------------------------------------------------------------


@law("LIFE-210", "PUT /v1/billing/auto-topup", PAYMENTS)
@pytest.mark.parametrize("chosen", [False, True])
def test_a_low_balance_is_recharged(chosen: bool, stage: Stage, judge: Judge) -> None:
    """Automatic top-up buys recharge_tokens when a debit leaves too little, with the chosen card or the default one."""
    person = _money.customer(stage, kind=money.DECLINED if chosen else money.GOOD)
    body: Doc = {"enabled": True, "threshold_pct": 50, "recharge_tokens": 5500}
    if chosen:
        body["payment_method_id"] = money.card(stage, person)
    judge.ok(stage.send("PUT /v1/billing/auto-topup", person, body=body))
    held = money.balance(stage, person)
    _money.call(stage, person, _money.DEAR).need()
    left = held - _money.price(stage, _money.DEAR)
    came = _money.eventually(lambda: money.balance(stage, person) != left)
    judge.must(came, "a balance below the threshold was not recharged", expected=left + 5500, got=left)
    judge.equal(money.balance(stage, person), left + 5500, "not recharged by recharge_tokens, once")
    newest = money.payments(stage, person)[0]
    shown = (newest["type"], newest["status"], newest["tokens"], newest["amount_cents"])
    judge.equal(shown, ("auto_topup", "completed", 5500, 550), "the payment of a recharge is another", op=PAYMENTS)
    entry = money.history(stage, person)[0]
    credit = (entry["reason"], entry["amount"], entry["transaction_id"])
    judge.equal(credit, ("auto_topup", 5500, newest["payment_intent_id"]), "the credit of a recharge is another")


@law("LIFE-211", "PUT /v1/billing/auto-topup", PAYMENTS)
def test_automatic_topup_keeps_still(stage: Stage, judge: Judge) -> None:
    """Automatic top-up buys nothing while it is off, while the balance is high, or by a card that is declined."""
    off, rich = _money.customer(stage, kind=money.GOOD), _money.customer(stage, 20_000, kind=money.GOOD)
    declined = _money.customer(stage, kind=money.GOOD)
    body: Doc = {"enabled": True, "threshold_pct": 50, "recharge_tokens": 5500}
    bad = money.card(stage, declined, money.DECLINED)
    for person, more in (
        (off, {"enabled": False}), (rich, {"threshold_pct": 1}), (declined, {"payment_method_id": bad}),
    ):  # fmt: skip
        stage.send("PUT /v1/billing/auto-topup", person, body={**body, **more}).need()
        _money.call(stage, person, _money.DEAR).need()
    _money.eventually(lambda: False, 0.25)
    for person, why in ((off, "it is off"), (rich, "the balance is high"), (declined, "the chosen card is declined")):
        bought = [
            one for one in money.payments(stage, person) if (one["type"], one["status"]) == ("auto_topup", "completed")
        ]
        judge.equal(bought, [], f"tokens were bought although {why}", op=PAYMENTS)
        amounts = [one["amount"] for one in money.history(stage, person)][:1]
        judge.equal(amounts, [-_money.price(stage, _money.DEAR)], f"something was credited although {why}")
