"""Stripe's signed events and Google's mailbox notices."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from billing_helpers import ADA, add_card, again, balance, days, everything, newcomer, plan_of, report, sign

from specdouble.mock.state.world import World

STRIPE, GMAIL = "/v1/webhooks/stripe", "/v1/webhooks/gmail"
EVENT = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_ada_topup_3"}}}
RAW = json.dumps(EVENT).encode()
CUSTOMER = {"customer": f"cus_{ADA}"}


def send(gateway: Any, raw: bytes, signature: str | None) -> Any:
    headers = {"Content-Type": "application/json", **({"Stripe-Signature": signature} if signature is not None else {})}
    return gateway.post(STRIPE, data=raw, headers=headers)


def test_a_signed_event_is_played(user: Any, gateway: Any) -> None:
    reply = send(gateway, RAW, sign(RAW))
    assert (reply.status, reply.json) == (200, {"received": True, "event_id": "evt_1"})
    assert balance(user) == 9200


@pytest.mark.rule("W03")
@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "nonsense",
        "t=1,v1=00",
        f"t={int(time.time())}",
        sign(RAW, secret="whsec_other"),
        sign(RAW + b" "),
        sign(RAW).replace("v1=", "v0="),
        sign(RAW, at=time.time() - 7200),
        sign(RAW, at=time.time() + 7200),
        sign(RAW).replace("v1=", "v1=é"),
    ],
    ids=["none", "empty", "nonsense", "short", "time only", "another secret", "another body", "another scheme",
         "too old", "too new", "no hex"],
)  # fmt: skip
def test_a_bad_signature_changes_nothing(user: Any, gateway: Any, world: World, signature: str | None) -> None:
    before = everything(world)
    assert send(gateway, RAW, signature).status == 400
    assert everything(world) == before
    assert len(world.state["stripe_events"]) == 0
    assert balance(user) == 4200


@pytest.mark.rule("W03")
def test_a_repeated_event_changes_nothing(user: Any, gateway: Any, world: World) -> None:
    assert report(gateway, "payment_intent.succeeded", {"id": "pi_ada_topup_3"}, "evt_same").status == 200
    assert balance(user) == 9200
    before = everything(world)
    assert report(gateway, "payment_intent.succeeded", {"id": "pi_ada_topup_3"}, "evt_same").json["received"] is True
    other = user.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500}).json["payment_intent_id"]
    assert report(gateway, "payment_intent.succeeded", {"id": other}, "evt_same").status == 200
    assert balance(user) == 9200
    assert [one["id"] for one in world.state["stripe_events"]] == ["evt_same"]
    assert everything(world)["ledger"] == before["ledger"]


def test_the_signature_counts_before_the_body(gateway: Any) -> None:
    assert send(gateway, b"{}", None).status == 400
    assert send(gateway, b"{}", sign(b"{}")).status == 422
    assert send(gateway, b"not json", sign(b"not json")).status == 422
    assert send(gateway, b"", sign(b"")).status == 422


def test_one_of_several_signatures_is_enough(user: Any, gateway: Any) -> None:
    stamp, _, genuine = sign(RAW).partition(",")
    assert send(gateway, RAW, f"{stamp},v1={'0' * 64},{genuine},v0=abc").status == 200
    assert balance(user) == 9200


def test_a_signature_lives_in_real_time(gateway: Any, world: World) -> None:
    days(world, 2)
    assert send(gateway, RAW, sign(RAW)).status == 200


@pytest.mark.parametrize(
    "data",
    [{}, {"object": None}, {"object": []}, {"object": {}}, {"object": {"id": 7}}, {"object": {"id": "pi_nothing"}}],
)
@pytest.mark.parametrize(
    "kind",
    [
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "setup_intent.succeeded",
        "invoice.paid",
        "invoice.payment_failed",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "charge.refunded",
    ],
)
def test_an_event_about_nothing_is_acknowledged(gateway: Any, world: World, kind: str, data: dict[str, Any]) -> None:
    before = everything(world)
    raw = json.dumps({"id": "evt_1", "type": kind, "data": data}).encode()
    assert send(gateway, raw, sign(raw)).status == 200
    assert everything(world) == before


@pytest.mark.parametrize("kind", ["payment_intent.payment_failed", "payment_intent.canceled"])
def test_a_failed_intent_credits_nothing_until_it_is_paid(user: Any, gateway: Any, kind: str) -> None:
    assert report(gateway, kind, {"id": "pi_ada_topup_3"}, "evt_1").status == 200
    newest = user.get("/v1/billing/payments").json[0]
    assert (newest["payment_intent_id"], newest["status"]) == ("pi_ada_topup_3", "failed")
    assert gateway.service().post("/v1/billing/topup/confirm", {"payment_intent_id": "pi_ada_topup_3"}).status == 409
    assert balance(user) == 4200
    report(gateway, "payment_intent.succeeded", {"id": "pi_ada_topup_3"}, "evt_2")
    assert balance(user) == 9200
    report(gateway, kind, {"id": "pi_ada_topup_3"}, "evt_3")
    assert user.get("/v1/billing/payments").json[0]["status"] == "completed"


def test_a_setup_intent_adds_one_card(gateway: Any) -> None:
    nina = newcomer(gateway)
    secret = nina.post("/v1/billing/payment-methods/setup").json["client_secret"]
    intent = {"id": secret.partition("_secret_")[0], "payment_method": "pm_nina1"}
    for number in range(2):
        assert report(gateway, "setup_intent.succeeded", intent, f"evt_{number}").status == 200
    assert [card["id"] for card in nina.get("/v1/billing/payment-methods").json] == ["pm_nina1"]


def test_an_unpaid_invoice_puts_a_plan_into_arrears(user: Any, gateway: Any) -> None:
    assert report(gateway, "invoice.payment_failed", CUSTOMER, "evt_1").status == 200
    assert plan_of(user) == ("pro", "past_due")
    assert report(gateway, "invoice.paid", {"metadata": {"user_id": ADA}}, "evt_2").status == 200
    assert plan_of(user) == ("pro", "active")
    assert balance(user) == 24200
    assert report(gateway, "invoice.paid", CUSTOMER, "evt_3").status == 200
    assert balance(user) == 24200


def test_an_invoice_completes_its_intent(user: Any, gateway: Any) -> None:
    report(gateway, "invoice.paid", {"id": "in_1", "payment_intent": "pi_ada_topup_3"})
    assert balance(user) == 9200


def test_the_portal_s_cancellation_is_followed(user: Any, gateway: Any) -> None:
    def cancelled() -> bool:
        return user.get("/v1/billing/subscription").json["cancel_at_period_end"]

    report(gateway, "customer.subscription.updated", {**CUSTOMER, "cancel_at_period_end": True}, "evt_1")
    assert cancelled()
    report(gateway, "customer.subscription.updated", {**CUSTOMER, "cancel_at_period_end": True}, "evt_2")
    assert cancelled()
    report(gateway, "customer.subscription.updated", {**CUSTOMER, "cancel_at_period_end": False}, "evt_3")
    assert not cancelled()
    report(gateway, "customer.subscription.deleted", CUSTOMER, "evt_4")
    assert plan_of(user) == ("free", "active")


def test_a_late_payment_of_a_renewal_brings_the_plan_back(gateway: Any, world: World) -> None:
    nina = newcomer(gateway)
    first = add_card(gateway, nina)
    nina.post("/v1/billing/subscribe", {"plan_id": "pro"})
    second = add_card(gateway, nina, "pm_card_authenticationRequired", "evt_other")
    nina.put(f"/v1/billing/payment-methods/{second}/default")
    nina.delete(f"/v1/billing/payment-methods/{first}")
    days(world, 31)
    nina = again(gateway)
    waiting = nina.get("/v1/billing/payments").json[0]
    assert (waiting["status"], plan_of(nina)) == ("pending", ("pro", "past_due"))
    report(gateway, "payment_intent.succeeded", {"id": waiting["payment_intent_id"]}, "evt_late")
    assert plan_of(nina) == ("pro", "active")
    assert balance(nina) == 41000


# -- gmail ---------------------------------------------------------------------------------------------------------


def push(notice: Any) -> dict[str, Any]:
    return {"message": {"data": base64.b64encode(json.dumps(notice).encode()).decode(), "messageId": "1"}}


def test_a_notice_reaches_the_mailbox_s_owner(gateway: Any, world: World) -> None:
    reply = gateway.post(GMAIL, push({"emailAddress": "User@example.com", "historyId": 1001}))
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    event = next(world.state["events"].newest(user_id=ADA))
    assert event["type"] == "notification"
    assert event["payload"] == {"kind": "gmail", "email": "User@example.com", "history_id": 1001}


@pytest.mark.rule("W04")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"message": null}',
        b'{"message": []}',
        b'{"message": {"data": 7}}',
        b'{"message": {"data": "%%%"}}',
        b'{"message": {"data": "bm90IGpzb24="}}',
        json.dumps(push([1])).encode(),
        json.dumps(push({"emailAddress": None})).encode(),
        json.dumps(push({"emailAddress": "nobody@example.com"})).encode(),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_every_push_is_acknowledged(gateway: Any, world: World, body: bytes, kind: str) -> None:
    before = everything(world)
    assert gateway.post(GMAIL, data=body, headers={"Content-Type": kind}).json == {"status": "ok"}
    assert everything(world) == before
