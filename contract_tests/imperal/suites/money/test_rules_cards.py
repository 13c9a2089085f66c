"""Rules of cards, automatic top-up, the customer portal and what stands on invoices."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared import money
from . import _money

CARDS, SETUP = "GET /v1/billing/payment-methods", "POST /v1/billing/payment-methods/setup"
REMOVE, DEFAULT = "DELETE /v1/billing/payment-methods/{pm_id}", "PUT /v1/billing/payment-methods/{pm_id}/default"
READ_AUTO, SAVE_AUTO = "GET /v1/billing/auto-topup", "PUT /v1/billing/auto-topup"
PROFILE, ME, STRIPE = "PUT /v1/billing/profile", "GET /v1/auth/me", "POST /v1/webhooks/stripe"
Doc = dict[str, Any]


def amex(session: Session) -> Doc:
    """Return a payment method as Stripe expands it."""
    card = {"brand": "amex", "last4": "8431", "exp_month": 3, "exp_year": 2031}
    return {"id": f"pm_{session.users.fresh('c')}", "object": "payment_method", "type": "card", "card": card}


def make_default(session: Session, person: Person, card: str) -> Any:
    """Choose the default card."""
    return session.send(DEFAULT, person, params={"pm_id": card})


def remove(session: Session, person: Person, card: str) -> Any:
    """Remove a card."""
    return session.send(REMOVE, person, params={"pm_id": card})


def defaults(session: Session, person: Person) -> list[str]:
    """Return the cards that are the default."""
    return [one["id"] for one in session.users.cards(person) if one["is_default"]]


# -- cards ---------------------------------------------------------------------------------------------------------


@rule("LIFE-212", SETUP, CARDS, STRIPE)
def test_a_card_is_there_once_stripe_has_it(session: Session, check: Check) -> None:
    """A set-up alone lists no card; once Stripe reports it, exactly one is there, as Stripe says, and the default."""
    person = session.users.new()
    check.equal(session.users.cards(person), [], "a new account has cards", op=CARDS)
    first, second = (check.ok(session.send(SETUP, person)) for _ in range(2))
    check.that(first["client_secret"] != second["client_secret"], "two set-ups share their client_secret", second)
    config = session.send("GET /v1/billing/topup-config", person)
    check.equal(first["publishable_key"], config["publishable_key"], "not the key of the configuration", first)
    check.equal(session.users.cards(person), [], "a set-up alone lists a card", op=CARDS)
    method = amex(session)
    done = {"id": first["client_secret"].partition("_secret_")[0], "payment_method": method, **money.customer(person)}
    for _ in range(2):
        check.ok(session.users.stripe("setup_intent.succeeded", done))
        expected = [{"id": method["id"], "type": "card", **method["card"], "is_default": True}]
        check.equal(
            session.users.cards(person), expected, "the card is not as Stripe says, once, and the default", op=CARDS
        )
    again = {**done, "id": second["client_secret"].partition("_secret_")[0], "payment_method": money.GOOD}
    for _ in range(2):
        check.ok(session.users.stripe("setup_intent.succeeded", again))
        more = [(one["brand"], one["is_default"]) for one in session.users.cards(person) if one["id"] != method["id"]]
        check.equal(more, [("visa", False)], "another set-up is not one more card, a Visa that is no default", op=CARDS)
    check.equal(money.payments(session, person), [], "saving a card is a payment", op="GET /v1/billing/payments")
    other = session.users.new()
    check.equal(session.users.cards(other), [], "another person has that card", op=CARDS, rule="ISO-201")


@rule("B09", DEFAULT, REMOVE, CARDS)
def test_exactly_one_card_is_the_default(session: Session, check: Check) -> None:
    """Among cards exactly one is the default: the first, then the chosen one, and another when that one goes."""
    person = session.users.new()
    cards = [money.card(session, person, kind) for kind in (money.GOOD, money.GOOD, amex(session))]
    check.equal(defaults(session, person), cards[:1], "not the first card alone is the default", op=CARDS)
    for chosen in (cards[2], cards[1], cards[1]):
        reply = check.ok(make_default(session, person, chosen))
        check.equal(reply.json, {"status": "ok"}, "the response is not status ok", reply)
        check.equal(defaults(session, person), [chosen], "not the chosen card alone is the default", op=DEFAULT)
    check.equal(
        sorted(one["id"] for one in session.users.cards(person)),
        sorted(cards),
        "choosing a default changed the list",
        op=DEFAULT,
    )
    check.ok(remove(session, person, cards[2]))
    check.equal(defaults(session, person), [cards[1]], "removing another card moved the default", op=REMOVE)
    check.ok(remove(session, person, cards[1]))
    check.equal(defaults(session, person), [cards[0]], "no card took over as default", op=REMOVE)
    check.ok(remove(session, person, cards[0]))
    check.equal(session.users.cards(person), [], "a removed card is still listed", op=REMOVE)
    last = money.card(session, person)
    check.equal(defaults(session, person), [last], "a card after none is not the default", op=CARDS)


@rule("LIFE-213", REMOVE, CARDS)
def test_a_removed_card_is_gone(session: Session, check: Check) -> None:
    """A removed card is not listed any more, is 404 to a second removal and as a default, and the others stay."""
    person = session.users.new()
    kept, gone = money.card(session, person, amex(session)), money.card(session, person)
    before = session.users.cards(person)
    reply = check.ok(remove(session, person, gone))
    check.equal(reply.json, {"status": "ok"}, "the response is not status ok", reply)
    left = [one for one in before if one["id"] == kept]
    check.equal(session.users.cards(person), left, "not the removed card alone is gone", op=CARDS)
    for reply in (remove(session, person, gone), make_default(session, person, gone)):
        check.status(reply, 404, message=f"a removed card answers {reply.status}")
    check.equal(defaults(session, person), [kept], "the default moved", op=CARDS)


@rule("LIFE-214", DEFAULT, REMOVE, SAVE_AUTO)
def test_an_unknown_card_is_404(session: Session, check: Check) -> None:
    """A card that is unknown or somebody else's is 404, to be chosen, removed, or charged automatically."""
    person, other = money.payer(session), money.payer(session)
    foreign = session.users.cards(other)[0]["id"]
    with _money.unchanged(session, check, person, other):
        for card in (foreign, session.users.fresh("pm")):
            body = {"enabled": True, "threshold_pct": 20, "recharge_tokens": 9000, "payment_method_id": card}
            saved = session.send(SAVE_AUTO, person, body=body)
            for reply in (make_default(session, person, card), remove(session, person, card), saved):
                check.status(reply, 404, 403, message=f"a card that is not one's own answers {reply.status}")


@rule("B08", REMOVE)
def test_the_only_card_of_a_paid_plan_stays(session: Session, check: Check) -> None:
    """The only card of an active paid plan cannot be removed (409); with another one, or on the free plan, it can."""
    person = money.subscriber(session)
    only = session.users.cards(person)[0]["id"]
    with _money.unchanged(session, check, person):
        check.status(remove(session, person, only), 409, message="the only card of a paid plan was not kept with 409")
    other = money.card(session, person)
    check.ok(remove(session, person, only))
    check.equal(defaults(session, person), [other], "the card that is left is not the default", op=CARDS)
    check.status(remove(session, person, other), 409, message="the last card of a paid plan was not kept with 409")
    free = money.payer(session)
    check.ok(remove(session, free, session.users.cards(free)[0]["id"]), "the only card of a free plan was kept")


# -- automatic top-up ----------------------------------------------------------------------------------------------


@rule("LIFE-215", READ_AUTO)
def test_automatic_topup_has_defaults(session: Session, check: Check) -> None:
    """Who never saved anything has automatic top-up off, at 10 percent, with 20000 tokens for 2000 cents."""
    reply = check.ok(session.send(READ_AUTO, session.users.new()))
    for name, value in (
        ("enabled", False), ("threshold_pct", 10), ("recharge_tokens", 20_000), ("recharge_cents", 2000),
        ("payment_method_id", ""),
    ):  # fmt: skip
        check.equal(reply.json.get(name, value), value, f"{name} has another default", reply)


@rule("B12", READ_AUTO, SAVE_AUTO)
@pytest.mark.parametrize(
    ("tokens", "cents"), [(30_000, 3000), (5000, 500), (20_001, 2001), (20_009, 2001), (100_000, 10_000)]
)
def test_the_price_of_a_recharge_is_computed(tokens: int, cents: int, session: Session, check: Check) -> None:
    """Saving automatic top-up takes no recharge_cents; reading shows the computed ones, 100 for 1000 tokens.

    Every other field is read back as it was written; a setting replaces the one before, and without a card it is empty.
    """
    person = money.payer(session)
    card = session.users.cards(person)[0]["id"]
    bodies: tuple[dict[str, Any], ...] = (
        {"enabled": True, "threshold_pct": 50, "recharge_tokens": tokens, "payment_method_id": card},
        {"enabled": False, "threshold_pct": 1, "recharge_tokens": tokens, "payment_method_id": ""},
        {
            "enabled": True,
            "threshold_pct": 23,
            "recharge_tokens": tokens,
            "payment_method_id": card,
            "recharge_cents": 1,
        },
        {"enabled": True, "threshold_pct": 49, "recharge_tokens": tokens},
    )
    for body in session.some(bodies, 1, 1):
        reply = check.ok(session.send(SAVE_AUTO, person, body=body))
        check.equal(reply.json, {"status": "ok"}, "the response is not status ok", reply)
        shown = session.send(READ_AUTO, person)
        expected = {"payment_method_id": "", **body, "recharge_cents": cents}
        for name, value in expected.items():
            check.equal(shown.json.get(name), value, f"{name} is not as it was saved or computed", shown, about=name)


@rule("LIFE-216", REMOVE, READ_AUTO)
def test_automatic_topup_forgets_a_removed_card(session: Session, check: Check) -> None:
    """Automatic top-up that used a removed card goes back to the default card; its other settings stay."""
    person = money.payer(session)
    kept, gone = session.users.cards(person)[0]["id"], money.card(session, person)
    for card in (gone, kept):
        body = {"enabled": True, "threshold_pct": 20, "recharge_tokens": 9000, "payment_method_id": card}
        session.send(SAVE_AUTO, person, body=body).need()
        doomed = gone if card == gone else money.card(session, person)
        check.ok(remove(session, person, doomed))
        shown = session.send(READ_AUTO, person)
        allowed = ("", kept) if card == gone else (kept,)
        check.that(
            shown["payment_method_id"] in allowed, "the card of automatic top-up is another", shown, expected=allowed
        )
        rest = {name: shown[name] for name in ("enabled", "threshold_pct", "recharge_tokens")}
        check.equal(rest, {name: body[name] for name in rest}, "removing a card changed other settings", shown)


# -- portal and invoices -------------------------------------------------------------------------------------------


@rule("LIFE-217", "POST /v1/billing/portal")
def test_each_portal_link_is_fresh(session: Session, check: Check) -> None:
    """Each call makes a new link to the customer portal, an address of its own."""
    replies = [check.ok(session.send("POST /v1/billing/portal", session.users.user)) for _ in range(3)]
    links = [str(reply["url"]) for reply in replies]
    check.equal(len(set(links)), 3, "two calls answered the same link", replies[-1])
    for link in links:
        check.that("://" in link, "the link is no address", replies[0], got=link)


@rule("LIFE-218", PROFILE, ME)
def test_the_invoicing_profile_is_in_the_attributes(session: Session, check: Check) -> None:
    """What is saved for invoices shows in GET /v1/auth/me as attributes.billing, beside the other attributes."""
    person, other = session.users.new(), session.users.new()
    for attributes in (person, other):
        session.send(
            "PATCH /v1/users/{user_id}", session.users.admin, params={"user_id": attributes.imperal_id},
            body={"attributes": {"colour": "blue"}},
        ).need()  # fmt: skip
    before = session.send(ME, other).need().json
    for number in (1, 2):
        body = {
            "name": f"Ada {number}",
            "company": f"Engines {number}",
            "vat": f"GB00{number}",
            "country": "GBDE"[2 * number - 2 :][:2],
        }
        reply = check.ok(session.send(PROFILE, person, body=body))
        check.equal(reply.json, {"status": "ok"}, "the response is not status ok", reply)
        shown = session.send(ME, person)
        attributes = shown["attributes"]
        check.equal(attributes.get("billing"), body, "attributes.billing is not what was saved", shown)
        check.equal(attributes.get("colour"), "blue", "another attribute is gone", shown)
    check.equal(session.send(ME, other).json, before, "the profile shows to somebody else", rule="ISO-202")
    part = {"name": "Only a name"}
    check.ok(session.send(PROFILE, person, body=part))
    now = session.send(ME, person)["attributes"].get("billing") or {}
    check.equal(now.get("name"), "Only a name", "a part of the profile is not saved", op=PROFILE)
