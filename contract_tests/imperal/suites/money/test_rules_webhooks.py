"""Rules of what Stripe and Google send: whose word counts, how often, and who hears of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from specdouble.verify.kit import Check, Reply, Unmet, rule, streams

from ...people import Person
from ...session import Session
from ...shared import money
from . import _money

STRIPE, GMAIL = "POST /v1/webhooks/stripe", "POST /v1/webhooks/gmail"
STREAM, PAYMENTS = "GET /v1/events/stream", "GET /v1/billing/payments"
DONE_BY = {"stripe": STRIPE, "confirm": "POST /v1/billing/topup/confirm"}
TOLERANCE = 300  # seconds that a signature may be old


def event(session: Session, kind: str, thing: dict[str, Any], event_id: str = "") -> bytes:
    """Write an event as Stripe does."""
    given = event_id or f"evt_{session.users.fresh('e')}"
    return json.dumps({"id": given, "type": kind, "data": {"object": thing}}).encode()


def sign(data: bytes, secret: str, age: int = 0, word: str = "v1") -> str:
    """Sign bytes as Stripe did some seconds ago."""
    stamp = str(int(time.time()) - age)
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + data, hashlib.sha256).hexdigest()
    return f"t={stamp},{word}={signed}"


def post(session: Session, data: bytes, signature: str | None) -> Reply:
    """Send an event with a signature, or without any."""
    headers = {} if signature is None else {"Stripe-Signature": signature}
    return session.send(STRIPE, content=data, headers=headers)


def secret(session: Session) -> str:
    """Return the secret that signs events.

    Raises:
        Unmet: none was given.

    """
    if not session.settings.stripe_secret:
        raise Unmet("no secret of Stripe's webhooks was given: --stripe-secret")
    return str(session.settings.stripe_secret)


# -- signatures ----------------------------------------------------------------------------------------------------


@rule("W03", STRIPE)
def test_a_bad_signature_changes_nothing(session: Session, check: Check) -> None:
    """An event without a good signature is 400 and changes nothing; with a good one it is played.

    Bad are: none, one of another secret or of other bytes, a half one, and one more than 300 seconds old or ahead.
    """
    key, person = secret(session), session.users.new()
    intent = money.topup(session, person, 5000)
    data = event(session, "payment_intent.succeeded", {"id": intent})
    good = sign(data, key)
    stamp, _, digest = good.partition(",")
    bad = {
        "none": None, "empty": "", "words": "nonsense", "a time alone": stamp, "a digest alone": digest,
        "another secret": sign(data, f"{key}x"), "the name of no secret": sign(data, ""),
        "other bytes": sign(data + b" ", key), "another word": sign(data, key, word="v0"),
        "too old": sign(data, key, TOLERANCE + 60), "a day old": sign(data, key, 86_400),
        "too far ahead": sign(data, key, -TOLERANCE - 60), "another time": f"t={int(time.time()) - 5},{digest}",
        "cut": good[:-1], "longer": f"{good}0", "no time": f"t=,{digest}", "a time of words": f"t=now,{digest}",
    }  # fmt: skip
    with _money.unchanged(session, check, person, what="an event with a bad signature"):
        for name, signature in bad.items():
            reply = post(session, data, signature)
            check.status(reply, 400, message=f"a bad signature ({name}) answered {reply.status}", about=name)
    held = money.balance(session, person)
    reply = check.ok(post(session, data, sign(data, key, TOLERANCE - 60)), "a good signature is refused")
    check.equal(reply.json, {"received": True, "event_id": json.loads(data)["id"]}, "the response is another", reply)
    check.equal(money.balance(session, person), held + 5000, "a good event after bad ones is not played", reply)


@rule("W03", STRIPE)
def test_one_good_signature_of_several_is_enough(session: Session, check: Check) -> None:
    """While a secret is exchanged Stripe signs with both: one good signature among several is enough."""
    key, person = secret(session), session.users.new()
    data = event(session, "payment_intent.succeeded", {"id": money.topup(session, person, 5000)})
    stamp, _, digest = sign(data, key).partition(",")
    held = money.balance(session, person)
    check.ok(
        post(session, data, f"{stamp},v1={'0' * 64},{digest},v0=abc"), "one good signature among several is refused"
    )
    check.equal(money.balance(session, person), held + 5000, "the event is not played", op=STRIPE)


@rule("W03", STRIPE)
def test_a_repeated_event_changes_nothing(session: Session, check: Check) -> None:
    """An event id that was handled before is acknowledged again and changes nothing, whatever it says now."""
    person, event_id = session.users.new(), f"evt_{session.users.fresh('e')}"
    first, second = money.topup(session, person, 5000), money.topup(session, person, 6000)
    check.ok(session.users.stripe("payment_intent.succeeded", {"id": first}, event_id))
    with _money.unchanged(session, check, person, what="a repeated event"):
        for kind, intent in (("payment_intent.succeeded", first), ("payment_intent.succeeded", second),
                             ("payment_intent.payment_failed", second)):  # fmt: skip
            reply = check.ok(session.users.stripe(kind, {"id": intent}, event_id))
            check.equal(reply["received"], True, "a repeated event is not acknowledged", reply)
    held = money.balance(session, person)
    check.ok(session.users.stripe("payment_intent.succeeded", {"id": second}))
    check.equal(money.balance(session, person), held + 6000, "the next event is not played", op=STRIPE)


@rule("LIFE-231", STRIPE)
@pytest.mark.parametrize(
    "kind",
    [
        "payment_intent.succeeded", "payment_intent.payment_failed", "setup_intent.succeeded", "invoice.paid",
        "invoice.payment_failed", "customer.subscription.updated", "customer.subscription.deleted", "charge.refunded",
    ],
)  # fmt: skip
def test_an_event_about_nothing_is_acknowledged(kind: str, session: Session, check: Check) -> None:
    """An event of an unknown kind, or about something unknown, is acknowledged and changes nothing."""
    person = session.shared("a subscriber whom no event concerns", lambda: money.subscriber(session))
    free, other = session.users.new(), money.topup(session, person, 5000)
    with _money.unchanged(session, check, person, free, what=f"{kind} about nobody"):
        things: tuple[dict[str, object], ...] = (
            {},
            {"id": session.users.fresh("pi")},
            {"id": 7},
            {"customer": "cus_nobody"},
            {"metadata": None},
        )
        for thing in session.some(things, 0, 1):
            check.ok(session.users.stripe(kind, thing), about="acknowledged")
        if not kind.startswith("setup"):
            check.ok(session.users.stripe(kind, {**money.customer(free), "cancel_at_period_end": True}))
        if kind == "charge.refunded":
            check.ok(session.users.stripe(kind, {"id": other, **money.customer(person)}))
            check.ok(session.users.stripe("payment_intent.created", {"id": other, **money.customer(person)}))


@rule("LIFE-232", STRIPE)
def test_the_signature_counts_before_the_body(session: Session, check: Check) -> None:
    """A body that is no event is refused: with 400 while it is not signed, with 422 (or 400) when it is."""
    key = secret(session)
    for data in (b"{}", b"not json", b"[]", b'{"id": "evt_1", "type": 5, "data": {}}', b'{"id": "evt_1"}'):
        check.status(post(session, data, None), 400, 422, about="unsigned")
        check.status(post(session, data, sign(data, key)), 422, 400, about="signed")


# -- who hears of it -----------------------------------------------------------------------------------------------


@rule("STREAM-200", STRIPE, "POST /v1/billing/topup/confirm", STREAM)
@pytest.mark.parametrize("how", ["stripe", "confirm"])
def test_a_completed_payment_is_told_to_its_payer(how: str, session: Session, check: Check) -> None:
    """When a payment completes, the payer's event stream says so, once, and nobody else's does."""
    person, other = session.users.new(), session.users.new()
    intent = money.topup(session, person, 5000)
    with streams.listen(session, person) as own, streams.listen(session, other) as foreign:
        check.must(own.open and foreign.open, "an event stream does not open", op=STREAM)
        complete(session, how, person, intent)
        check.that(own.wait(lambda one: intent in one.data), "no event of the payer names the payment", op=DONE_BY[how])
        _money.eventually(lambda: False, 0.1)
        told = [one.data for one in own.events if intent in one.data]
        complete(session, how, person, intent)
        _money.eventually(lambda: False, 0.1)
        again = [one.data for one in own.events if intent in one.data][len(told) :]
        check.equal(again, [], "the payer is told of a payment once more", op=DONE_BY[how])
        about = [one.data for one in foreign.events if intent in one.data or person.imperal_id in one.data]
        check.equal(about, [], "somebody else hears of the payment", op=STREAM, rule="ISO-203")


def complete(session: Session, how: str, person: Person, intent: str) -> None:
    """Complete a payment, by Stripe's event or by the service's confirmation."""
    if how == "confirm":
        _money.confirm(session, intent).need()
    else:
        session.users.stripe("payment_intent.succeeded", {"id": intent, **money.customer(person)}).need()


@rule("LIFE-233", GMAIL, STREAM)
def test_a_notice_reaches_the_owner_of_the_mailbox(session: Session, check: Check) -> None:
    """A push about a mailbox is published to its owner's event stream, and to nobody else's."""
    person, other = session.users.new(), session.users.new()
    number = time.time_ns() % 10**12 + 10**12
    with streams.listen(session, person) as own, streams.listen(session, other) as foreign:
        check.must(own.open and foreign.open, "an event stream does not open", op=STREAM)
        reply = check.ok(session.send(GMAIL, body=push({"emailAddress": person.email, "historyId": number})))
        check.equal(reply.json, {"status": "ok"}, "the response is not status ok", reply)
        found = own.wait(lambda one: person.email in one.data)
        check.that(found, "no event of the owner names the mailbox", op=GMAIL)
        check.that(found is None or str(number) in found.data, "the event does not carry the historyId", op=GMAIL)
        about = [one.data for one in foreign.events if person.email in one.data]
        check.equal(about, [], "somebody else hears of the mailbox", op=GMAIL, rule="ISO-203")


def push(notice: Any) -> dict[str, Any]:
    """Write a push of Pub/Sub: base64 of JSON."""
    data = base64.b64encode(json.dumps(notice).encode()).decode()
    return {"message": {"data": data, "messageId": "1"}, "subscription": "projects/p/subscriptions/s"}


@rule("W04", GMAIL)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_every_push_is_acknowledged(kind: str, session: Session, check: Check) -> None:
    """The receiver of Gmail's pushes always answers 2xx, whatever was pushed, so that Google does not try again."""
    bodies = [
        b"", b"not json", b"\xff\xfe", b"[]", b"7", b"null", b"{}", b'{"message": null}', b'{"message": []}',
        b'{"message": {"data": 7}}', b'{"message": {"data": "%%%"}}', b'{"message": {"data": "bm90IGpzb24="}}',
    ]  # fmt: skip
    notices: list[Any] = [[1], {}, {"emailAddress": None}, {"emailAddress": "nobody@example.com"}]
    bodies += [json.dumps(push(notice)).encode() for notice in notices]
    for data in bodies:
        reply = session.send(GMAIL, content=data, content_type=kind)
        check.that(
            reply.ok, f"a push answered {reply.status}", reply, expected="2xx", about=data[:40].decode("latin-1")
        )
