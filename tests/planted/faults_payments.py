"""Faults of top-ups, cards, automatic top-up and what Stripe reports."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway import policy
from specdouble.packs.imperal.mockserver.auth_gateway.money import (
    _auto_topup,
    _cards,
    _money,
    _payments,
    _stripe,
    _subscriptions,
)
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.faults_billing import B, adds_up, balance, ledger
from tests.planted.gates import administrator, anybody, forgives, loosely
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    both,
    crash,
    extra,
    field,
    keeps,
    loses,
    null,
    put,
    refuses,
    rename,
    skips,
    store,
    stores,
    swap,
    unread,
)  # fmt: skip
from tests.planted.witness import GRACE, MARGARET, Witness, names, ok

add = gateway.add
TOPUP, CONFIRM = "POST /v1/billing/topup", "POST /v1/billing/topup/confirm"


def topup(client: Client, tokens: int = 10_000, **more: Any) -> Any:
    return client.post(f"{B}/topup", {"tokens": tokens, "price_cents": max(tokens // 10, 1), **more})


def confirm(client: Client, intent: str) -> Any:
    return client.post(f"{B}/topup/confirm", {"payment_intent_id": intent})


def bought(w: Witness, times: int = 1) -> Any:
    """Buy tokens, confirm that many times; what the balance gained, and whether the ledger agrees."""
    start, intent = balance(w.ada), ok(topup(w.ada))["payment_intent_id"]
    opened = balance(w.ada) - start
    replies = [confirm(w.svc, intent) for _ in range(times)]
    return opened, balance(w.ada) - start, adds_up(w.ada), [one.status for one in replies], len(ledger(w.ada))


def _twice(inner: Any, world: Any, user_id: str, amount: int, *args: Any, **named: Any) -> Any:
    inner(world, user_id, amount, *args, **named)
    return inner(world, user_id, amount, *args, **named)


def _credit_by(change: Any) -> Any:
    return swap(_money, "credit", lambda inner, world, user_id, amount, *a, **n: inner(
        world, user_id, change(amount), *a, **n))  # fmt: skip


add("billing-topup-credits-at-once", "ledger", TOPUP, "Opening an intent credits the tokens already.",
    after(lambda call, shown: (_money.credit(call.world, call.user_id, call.body["tokens"], "topup"), shown)[1]),
    bought)  # fmt: skip
add("billing-topup-client-price", "ledger", TOPUP, "The price that the client names is taken.",
    swap(_payments, "open_intent", lambda inner, world, user_id, kind, cents, tokens, **more: inner(
        world, user_id, kind, tokens // 100, tokens, **more)),
    lambda w: (ok(topup(w.ada)), ok(w.ada.get(f"{B}/payments"))[0]["amount_cents"])[1])  # fmt: skip
add("billing-topup-price-rounded-down", "rounding", TOPUP, "A price is rounded down to the cent.",
    swap(_money, "cents", lambda _inner, _world, tokens: tokens // 10),
    lambda w: (ok(topup(w.ada, 5_001)), ok(w.ada.get(f"{B}/payments"))[0]["amount_cents"])[1])  # fmt: skip
add("billing-topup-below-minimum", "bounds", TOPUP, "Less than the smallest amount can be bought.",
    swap(_payments, "topup_price", lambda _inner, world, tokens: _money.cents(world, tokens)),
    lambda w: topup(w.ada, 4_989).status)  # fmt: skip
add("billing-topup-minimum-refused", "bounds", TOPUP, "The smallest amount itself is refused.",
    around(lambda call, inner: _refuse(400) if call.body["tokens"] <= 5_000 else inner(call)),
    lambda w: topup(w.ada, 5_000).status)  # fmt: skip
add("billing-topup-zero", "validation", TOPUP, "Zero tokens can be bought for nothing.",
    both(body("tokens", exclusiveMinimum=None), skips(_payments, "topup_price", 0)),
    lambda w: topup(w.ada, 0).status)  # fmt: skip
add("billing-topup-off-session-no-card", "states", TOPUP, "A charge without a card is taken for done.",
    swap(_payments, "charge_default", lambda _inner, world, user_id, kind, cents, tokens, **more: _payments.complete(
        world, _payments.open_intent(world, user_id, kind, cents, tokens, **more))),
    lambda w: topup(w.grace, off_session=True).status)  # fmt: skip
add("billing-topup-off-session-no-credit", "effects", TOPUP, "A charged top-up credits nothing.",
    swap(_money, "credit", lambda _inner, *_a, **_n: {}),
    lambda w: (start := balance(w.ada), ok(topup(w.ada, off_session=True)), balance(w.ada) - start)[2])  # fmt: skip
add("billing-topup-500-on-large", "500", TOPUP, "More than may be bought at a time is a crash.",
    crash(lambda call: call.body["tokens"] > 500_000), lambda w: topup(w.ada, 500_001).status)  # fmt: skip
add("billing-topup-secret-null", "null", TOPUP, "client_secret is null.",
    null("client_secret"), lambda w: type(ok(topup(w.ada))["client_secret"]).__name__)  # fmt: skip


def _refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


add("billing-topup-confirm-credits-twice", "ledger", CONFIRM, "A confirmation credits the tokens twice.",
    swap(_money, "credit", _twice), bought)  # fmt: skip
add("billing-topup-confirm-repeats", "idempotency", CONFIRM, "Each repeated confirmation credits again.",
    around(lambda call, inner: _again(call, inner)), lambda w: bought(w, 2))  # fmt: skip
add("billing-topup-repeat-409", "idempotency", CONFIRM, "A repeated confirmation is refused.",
    around(lambda call, inner: _refuse(409) if _settled(call) else inner(call)), lambda w: bought(w, 2))  # fmt: skip
add("billing-topup-confirm-short", "rounding", CONFIRM, "A tenth of the tokens is missing from the credit.",
    _credit_by(lambda amount: amount - amount // 10), bought)  # fmt: skip
add("billing-topup-confirm-stays-pending", "effects", CONFIRM, "The payment stays pending after its credit.",
    stores("payments", status="pending"),
    lambda w: (intent := ok(topup(w.ada))["payment_intent_id"], ok(confirm(w.svc, intent)),
               ok(w.ada.get(f"{B}/payments"))[0]["status"])[2])  # fmt: skip
add("billing-topup-confirm-payer", "service-token", CONFIRM, "The paying user confirms their own top-up.",
    forgives(anybody, 401, 403),
    lambda w: (intent := ok(topup(w.ada))["payment_intent_id"], confirm(w.ada, intent).status)[1])  # fmt: skip
add("billing-topup-confirm-admin", "service-token", CONFIRM, "An administrator confirms a top-up.",
    forgives(administrator, 401, 403),
    lambda w: (intent := ok(topup(w.ada))["payment_intent_id"], confirm(w.grace, intent).status)[1])  # fmt: skip
add("billing-topup-confirm-suffix", "service-token", CONFIRM, "The service token may be followed by anything.",
    loosely(policy, "_is_ours", lambda _inner, world, sent: sent.startswith(world.options.service_token)),
    lambda w: confirm(Client(w.app, {"X-Service-Token": "dev-service-token-x"}), "pi_none").status)  # fmt: skip
add("billing-topup-confirm-other", "isolation", CONFIRM, "The tokens go to the wrong wallet.",
    swap(_money, "credit", lambda inner, world, _user, *a, **n: inner(world, GRACE, *a, **n)), bought)  # fmt: skip
add("billing-topup-confirm-unknown-500", "500", CONFIRM, "An unknown intent is a crash.",
    crash(lambda call: call.body["payment_intent_id"] not in call.state["payments"]),
    lambda w: confirm(w.svc, "pi_none").status)  # fmt: skip
add("billing-topup-confirm-failed", "states", CONFIRM, "A failed payment can be confirmed.",
    before(lambda call: _reopen(call)), lambda w: confirm(w.svc, "pi_ada_topup_2").status)  # fmt: skip
add("billing-topup-confirm-balance-before", "ledger", CONFIRM, "The response shows the balance before the credit.",
    after(lambda _call, shown: {**shown, "balance": shown["balance"] - shown["tokens"]}),
    lambda w: (intent := ok(topup(w.ada))["payment_intent_id"],
               ok(confirm(w.svc, intent))["balance"] == balance(w.ada))[1])  # fmt: skip


def _settled(call: Call) -> bool:
    held = call.state["payments"].get(call.body["payment_intent_id"])
    return bool(held and held["status"] == "completed")


def _again(call: Call, inner: Any) -> Any:
    if _settled(call):
        payment = call.state["payments"].get(call.body["payment_intent_id"])
        _money.credit(call.world, payment["user_id"], payment["tokens"], "topup")
    return inner(call)


def _reopen(call: Call) -> None:
    held = call.state["payments"].get(call.body["payment_intent_id"])
    if held and held["status"] == "failed":
        call.state["payments"].update(held["payment_intent_id"], status="pending")


CONFIG = "GET /v1/billing/topup-config"
add("billing-config-prices", "rounding", CONFIG, "The tiers are priced in dollars.",
    field("tiers.[].price_cents", lambda cents: cents // 100),
    lambda w: ok(w.ada.get(f"{B}/topup-config"))["tiers"])  # fmt: skip
add("billing-config-secret-key", "secrets", CONFIG, "The secret key of Stripe is sent too.",
    extra("secret_key", "sk_test_51H"), lambda w: sorted(ok(w.ada.get(f"{B}/topup-config"))))  # fmt: skip
add("billing-config-no-minimum", "field", CONFIG, "custom_min_cents is called min_cents.",
    rename("custom_min_cents", "min_cents"), lambda w: sorted(ok(w.ada.get(f"{B}/topup-config"))))  # fmt: skip

# -- cards -----------------------------------------------------------------------------------------------------------

LIST, REMOVE = "GET /v1/billing/payment-methods", "DELETE /v1/billing/payment-methods/{pm_id}"
DEFAULT, SETUP = "PUT /v1/billing/payment-methods/{pm_id}/default", "POST /v1/billing/payment-methods/setup"


def cards(client: Client) -> list[dict[str, Any]]:
    return ok(client.get(f"{B}/payment-methods"))


def defaults(client: Client) -> list[str]:
    return [one["id"] for one in cards(client) if one["is_default"]]


def after_removal(w: Witness) -> Any:
    reply = w.ada.delete(f"{B}/payment-methods/pm_visa4242")
    return reply.status, names(cards(w.ada), "id"), len(defaults(w.ada))


def made_default(w: Witness) -> Any:
    return w.ada.put(f"{B}/payment-methods/pm_mc5454/default").status, defaults(w.ada)


add("billing-cards-everybodys", "isolation", LIST, "The cards of all people are listed.",
    store("cards", find=lambda self, **_equals: Store.find(self)), lambda w: len(cards(w.ada)))  # fmt: skip
add("billing-cards-number", "secrets", LIST, "Cards are listed with their full number.",
    after(lambda _call, rows: [{**row, "number": "424242424242" + row["last4"]} for row in rows]),
    lambda w: sorted(cards(w.ada)[0]))  # fmt: skip
add("billing-cards-last4-number", "field", LIST, "last4 is a number and loses its zeros.",
    field("[].last4", int), lambda w: names(cards(w.ada), "last4"))  # fmt: skip
add("billing-cards-two-defaults", "states", DEFAULT, "The former default stays one too.",
    store("cards", update=lambda self, key, /, **c: Store.update(self, key, **c) if c.get("is_default") else {}),
    made_default)  # fmt: skip
add("billing-cards-default-lost", "persistence", DEFAULT, "Choosing a default is not stored.",
    loses("cards"), made_default)  # fmt: skip
add("billing-cards-default-foreign", "isolation", DEFAULT, "Somebody else's card becomes one's default.",
    swap(_cards, "own", lambda _inner, world, _user, card_id: world.state["cards"].get(card_id) or _refuse(404)),
    lambda w: w.ada.put(f"{B}/payment-methods/pm_margaret4242/default").status)  # fmt: skip
add("billing-cards-kept", "delete", REMOVE, "A removed card is still listed.", keeps("cards"), after_removal)
add("billing-cards-no-heir", "states", REMOVE, "Nobody takes over from a removed default.",
    store("cards", update=lambda self, key, /, **c: Store.get(self, key)), after_removal)  # fmt: skip
add("billing-cards-last-one", "states", REMOVE, "The only card of a running plan can be removed.",
    skips(_subscriptions, "needs_card", False),
    lambda w: w.margaret.delete(f"{B}/payment-methods/pm_margaret4242").status)  # fmt: skip
add("billing-cards-remove-foreign", "isolation", REMOVE, "Somebody else's card can be removed.",
    swap(_cards, "own", lambda _inner, world, _user, card_id: world.state["cards"].get(card_id) or _refuse(404)),
    lambda w: (w.ada.delete(f"{B}/payment-methods/pm_frances3184").status, len(cards(w.frances))))  # fmt: skip
add("billing-cards-remove-again", "delete", REMOVE, "Removing an unknown card is a success.",
    around(lambda call, inner: inner(call) if call.params["pm_id"] in call.state["cards"] else {"status": "ok"}),
    lambda w: w.ada.delete(f"{B}/payment-methods/pm_nothing").status)  # fmt: skip
add("billing-cards-remove-204", "status", REMOVE, "Removing a card answers 204.",
    around(lambda call, inner: (inner(call), _empty())[1]), lambda w: after_removal(w)[0])  # fmt: skip
add("billing-cards-setup-no-key", "field", SETUP, "The publishable key is left out.",
    after(lambda _call, shown: {"client_secret": shown["client_secret"]}),
    lambda w: sorted(ok(w.ada.post(f"{B}/payment-methods/setup"))))  # fmt: skip


def _empty() -> Any:
    from specdouble.mock.pipeline.call import Response

    return Response(b"", status=204)


# -- automatic top-up ------------------------------------------------------------------------------------------------

READ, SAVE = "GET /v1/billing/auto-topup", "PUT /v1/billing/auto-topup"


def auto(w: Witness, **more: Any) -> Any:
    sent = {"enabled": True, "threshold_pct": 20, "recharge_tokens": 30_000, "payment_method_id": "pm_mc5454"}
    return w.ada.put(f"{B}/auto-topup", {**sent, **more}).status, ok(w.ada.get(f"{B}/auto-topup"))


add("billing-auto-cents", "rounding", READ, "recharge_cents counts a token as a cent.",
    after(lambda _call, shown: {**shown, "recharge_cents": shown["recharge_tokens"]}), auto)  # fmt: skip
add("billing-auto-threshold-51", "bounds", SAVE, "A threshold of 51 per cent is accepted.",
    body("threshold_pct", maximum=100), lambda w: auto(w, threshold_pct=51)[0])  # fmt: skip
add("billing-auto-threshold-50", "bounds", SAVE, "A threshold of 50 per cent is refused.",
    body("threshold_pct", maximum=49), lambda w: auto(w, threshold_pct=50)[0])  # fmt: skip
add("billing-auto-threshold-0", "bounds", SAVE, "A threshold of 0 per cent is accepted.",
    body("threshold_pct", minimum=0), lambda w: auto(w, threshold_pct=0)[0])  # fmt: skip
add("billing-auto-card-forgotten", "persistence", SAVE, "The chosen card is not stored.",
    unread("payment_method_id"), auto)  # fmt: skip
add("billing-auto-off", "persistence", SAVE, "Automatic top-up is always stored as off.",
    stores("auto_topups", enabled=False), auto)  # fmt: skip
add("billing-auto-foreign-card", "isolation", SAVE, "Somebody else's card can be chosen.",
    skips(_cards, "own"), lambda w: auto(w, payment_method_id="pm_margaret4242")[0])  # fmt: skip
add("billing-auto-tokens-missing", "500", SAVE, "Leaving recharge_tokens out is a crash.",
    both(body("recharge_tokens", required=False), before(lambda call: call.body["recharge_tokens"])),
    lambda w: w.ada.put(f"{B}/auto-topup", {"enabled": True, "threshold_pct": 20}).status)  # fmt: skip
add("billing-auto-shared", "isolation", SAVE, "One person's automatic top-up is everybody's.",
    swap(_auto_topup, "save", lambda inner, world, user_id, given: [
        inner(world, one, {**given, "payment_method_id": ""}) for one in (user_id, MARGARET)]),
    lambda w: (auto(w, payment_method_id=""), ok(w.margaret.get(f"{B}/auto-topup"))["enabled"])[1])  # fmt: skip

# -- Stripe ----------------------------------------------------------------------------------------------------------

HOOK = "POST /v1/webhooks/stripe"


def report(w: Witness, kind: str, obj: dict[str, Any], event: str = "evt_1", secret: str = "whsec_dev") -> Any:
    raw = json.dumps({"id": event, "type": kind, "data": {"object": obj}}).encode()
    stamp = int(time.time())
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={stamp},v1={signature}", "Content-Type": "application/json"}
    return w.post("/v1/webhooks/stripe", data=raw, headers=headers)


def paid(w: Witness, *events: str, **how: Any) -> Any:
    start, intent = balance(w.ada), ok(topup(w.ada))["payment_intent_id"]
    replies = [report(w, "payment_intent.succeeded", {"id": intent}, event, **how).status for event in events]
    return replies, balance(w.ada) - start, adds_up(w.ada)


add("webhooks-stripe-unsigned", "auth", HOOK, "The signature is not checked.",
    skips(_stripe, "require_signature"), lambda w: paid(w, "evt_1", secret="whsec_other"))  # fmt: skip
add("webhooks-stripe-missing-signature", "auth", HOOK, "A report without any signature is taken.",
    swap(_stripe, "require_signature", lambda inner, world, header, raw: header and inner(world, header, raw)),
    lambda w: w.post("/v1/webhooks/stripe", {"id": "evt_2", "type": "ping", "data": {}}).status)  # fmt: skip
add("webhooks-stripe-signature-401", "status", HOOK, "A bad signature is 401.",
    refuses(400, 401), lambda w: paid(w, "evt_1", secret="whsec_other")[0])  # fmt: skip
add("webhooks-stripe-replayed", "idempotency", HOOK, "A repeated event is played again.",
    around(lambda call, inner: _replayed(call, inner)), lambda w: paid(w, "evt_1", "evt_1"))  # fmt: skip
add("webhooks-stripe-second-event", "ledger", HOOK, "A second event for a paid intent credits it again.",
    around(lambda call, inner: _paid_again(call, inner)),
    lambda w: paid(w, "evt_1", "evt_2"))  # fmt: skip
add("webhooks-stripe-no-credit", "effects", HOOK, "A paid intent is not credited.",
    skips(_stripe, "receive"), lambda w: paid(w, "evt_1"))  # fmt: skip
add("webhooks-stripe-failed-credits", "states", HOOK, "A failed payment completes the intent.",
    swap(_stripe, "receive", lambda inner, world, event: inner(
        world, {**event, "type": event["type"].replace("payment_failed", "succeeded")})),
    lambda w: (start := balance(w.ada), intent := ok(topup(w.ada))["payment_intent_id"],
               report(w, "payment_intent.payment_failed", {"id": intent}).status, balance(w.ada) - start)[2:],
)  # fmt: skip
add("webhooks-stripe-unknown-type-500", "500", HOOK, "An event of an unknown type is a crash.",
    crash(lambda call: json.loads(call.raw or b"{}").get("type") not in _stripe.EVENTS),
    lambda w: report(w, "customer.created", {"id": "cus_1"}).status)  # fmt: skip
add("webhooks-stripe-received-text", "field", HOOK, "received is a text.",
    put("received", "true"), lambda w: report(w, "customer.created", {"id": "cus_1"}).json)  # fmt: skip


def _replayed(call: Call, inner: Any) -> Any:
    event = json.loads(call.raw)
    result = inner(call)
    payment = call.state["payments"].get(event["data"].get("object", {}).get("id"))
    seen = call.state["stripe_events"].get(event["id"])
    if payment and seen and seen.get("played"):
        _money.credit(call.world, payment["user_id"], payment["tokens"], "topup")
    call.state["stripe_events"].update(event["id"], played=True)
    return result


def _paid_again(call: Call, inner: Any) -> Any:
    event = json.loads(call.raw)
    payment = call.state["payments"].get(event["data"]["object"].get("id"))
    result = inner(call)
    if payment and payment["status"] == "completed":
        _money.credit(call.world, payment["user_id"], payment["tokens"], "topup")
    return result


GMAIL = "POST /v1/webhooks/gmail"
add("webhooks-gmail-bad-notice-400", "status", GMAIL, "A notice that cannot be read is refused.",
    around(lambda call, inner: _refuse(400) if b"message" not in call.raw else inner(call)),
    lambda w: w.post("/v1/webhooks/gmail", {"subscription": "s"}).status)  # fmt: skip
add("webhooks-gmail-needs-login", "auth", GMAIL, "Google has to log in to push.",
    around(lambda call, inner: inner(call) if call.headers.get("authorization") else _refuse(401)),
    lambda w: w.post("/v1/webhooks/gmail", {"message": {"data": "e30="}}).status)  # fmt: skip
add("webhooks-gmail-status", "enum", GMAIL, "The status is accepted instead of ok.",
    put("status", "accepted"), lambda w: w.post("/v1/webhooks/gmail", {}).json)  # fmt: skip
