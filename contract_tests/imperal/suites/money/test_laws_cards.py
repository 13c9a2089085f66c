"""Laws of cards, automatic top-up, the customer portal and what stands on invoices."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Person, Stage, law

from ... import money
from . import _money

CARDS, SETUP = "GET /v1/billing/payment-methods", "POST /v1/billing/payment-methods/setup"
REMOVE, DEFAULT = "DELETE /v1/billing/payment-methods/{pm_id}", "PUT /v1/billing/payment-methods/{pm_id}/default"
READ_AUTO, SAVE_AUTO = "GET /v1/billing/auto-topup", "PUT /v1/billing/auto-topup"
PROFILE, ME, STRIPE = "PUT /v1/billing/profile", "GET /v1/auth/me", "POST /v1/webhooks/stripe"
Doc = dict[str, Any]


def amex(stage: Stage) -> Doc:
    """Return a payment method as Stripe expands it."""
    card = {"brand": "amex", "last4": "8431", "exp_month": 3, "exp_year": 2031}
    return {"id": f"pm_{stage.cast.fresh('c')}", "object": "payment_method", "type": "card", "card": card}


def make_default(stage: Stage, person: Person, card: str) -> Any:
    """Choose the default card."""
    return stage.send(DEFAULT, person, params={"pm_id": card})


def remove(stage: Stage, person: Person, card: str) -> Any:
    """Remove a card."""
    return stage.send(REMOVE, person, params={"pm_id": card})


def defaults(stage: Stage, person: Person) -> list[str]:
    """Return the cards that are the default."""
    return [one["id"] for one in stage.cast.cards(person) if one["is_default"]]


# -- cards ---------------------------------------------------------------------------------------------------------


@law("LIFE-212", SETUP, CARDS, STRIPE)
def test_a_card_is_there_once_stripe_has_it(stage: Stage, judge: Judge) -> None:
    """A set-up alone lists no card; once Stripe reports it, exactly one is there, as Stripe says, and the default."""
    person = stage.cast.new()
    judge.equal(stage.cast.cards(person), [], "a new account has cards", op=CARDS)
    first, second = (judge.ok(stage.send(SETUP, person)) for _ in range(2))
    judge.that(first["client_secret"] != second["client_secret"], "two set-ups share their client_secret", second)
    config = stage.send("GET /v1/billing/topup-config", person)
    judge.equal(first["publishable_key"], config["publishable_key"], "not the key of the configuration", first)
    judge.equal(stage.cast.cards(person), [], "a set-up alone lists a card", op=CARDS)
    method = amex(stage)
    done = {"id": first["client_secret"].partition("_secret_")[0], "payment_method": method, **money.customer(person)}
    for _ in range(2):
        judge.ok(stage.cast.stripe("setup_intent.succeeded", done))
        expected = [{"id": method["id"], "type": "card", **method["card"], "is_default": True}]
        judge.equal(
            stage.cast.cards(person), expected, "the card is not as Stripe says, once, and the default", op=CARDS
        )
    again = {**done, "id": second["client_secret"].partition("_secret_")[0], "payment_method": money.GOOD}
    for _ in range(2):
        judge.ok(stage.cast.stripe("setup_intent.succeeded", again))
        more = [(one["brand"], one["is_default"]) for one in stage.cast.cards(person) if one["id"] != method["id"]]
        judge.equal(more, [("visa", False)], "another set-up is not one more card, a Visa that is no default", op=CARDS)
    judge.equal(money.payments(stage, person), [], "saving a card is a payment", op="GET /v1/billing/payments")
    other = stage.cast.new()
    judge.equal(stage.cast.cards(other), [], "another person has that card", op=CARDS, rule="ISO-201")


@law("B09", DEFAULT, REMOVE, CARDS)
def test_exactly_one_card_is_the_default(stage: Stage, judge: Judge) -> None:
    """Among cards exactly one is the default: the first, then the chosen one, and another when that one goes."""
    person = stage.cast.new()
    cards = [money.card(stage, person, kind) for kind in (money.GOOD, money.GOOD, amex(stage))]
    judge.equal(defaults(stage, person), cards[:1], "not the first card alone is the default", op=CARDS)
    for chosen in (cards[2], cards[1], cards[1]):
        reply = judge.ok(make_default(stage, person, chosen))
        judge.equal(reply.json, {"status": "ok"}, "the answer is not status ok", reply)
        judge.equal(defaults(stage, person), [chosen], "not the chosen card alone is the default", op=DEFAULT)
    judge.equal(
        sorted(one["id"] for one in stage.cast.cards(person)),
        sorted(cards),
        "choosing a default changed the list",
        op=DEFAULT,
    )
    judge.ok(remove(stage, person, cards[2]))
    judge.equal(defaults(stage, person), [cards[1]], "removing another card moved the default", op=REMOVE)
    judge.ok(remove(stage, person, cards[1]))
    judge.equal(defaults(stage, person), [cards[0]], "no card took over as default", op=REMOVE)
    judge.ok(remove(stage, person, cards[0]))
    judge.equal(stage.cast.cards(person), [], "a removed card is still listed", op=REMOVE)
    last = money.card(stage, person)
    judge.equal(defaults(stage, person), [last], "a card after none is not the default", op=CARDS)


@law("LIFE-213", REMOVE, CARDS)
def test_a_removed_card_is_gone(stage: Stage, judge: Judge) -> None:
    """A removed card is not listed any more, is 404 to a second removal and as a default, and the others stay."""
    person = stage.cast.new()
    kept, gone = money.card(stage, person, amex(stage)), money.card(stage, person)
    before = stage.cast.cards(person)
    reply = judge.ok(remove(stage, person, gone))
    judge.equal(reply.json, {"status": "ok"}, "the answer is not status ok", reply)
    left = [one for one in before if one["id"] == kept]
    judge.equal(stage.cast.cards(person), left, "not the removed card alone is gone", op=CARDS)
    for reply in (remove(stage, person, gone), make_default(stage, person, gone)):
        judge.status(reply, 404, message=f"a removed card answers {reply.status}")
    judge.equal(defaults(stage, person), [kept], "the default moved", op=CARDS)


@law("LIFE-214", DEFAULT, REMOVE, SAVE_AUTO)
def test_an_unknown_card_is_404(stage: Stage, judge: Judge) -> None:
    """A card that is unknown or somebody else's is 404, to be chosen, removed, or charged automatically."""
    person, other = money.payer(stage), money.payer(stage)
    foreign = stage.cast.cards(other)[0]["id"]
    with _money.unchanged(stage, judge, person, other):
        for card in (foreign, stage.cast.fresh("pm")):
            body = {"enabled": True, "threshold_pct": 20, "recharge_tokens": 9000, "payment_method_id": card}
            saved = stage.send(SAVE_AUTO, person, body=body)
            for reply in (make_default(stage, person, card), remove(stage, person, card), saved):
                judge.status(reply, 404, 403, message=f"a card that is not one's own answers {reply.status}")


@law("B08", REMOVE)
def test_the_only_card_of_a_paid_plan_stays(stage: Stage, judge: Judge) -> None:
    """The only card of an active paid plan cannot be removed (409); with another one, or on the free plan, it can."""
    person = money.subscriber(stage)
    only = stage.cast.cards(person)[0]["id"]
    with _money.unchanged(stage, judge, person):
        judge.status(remove(stage, person, only), 409, message="the only card of a paid plan was not kept with 409")
    other = money.card(stage, person)
    judge.ok(remove(stage, person, only))
    judge.equal(defaults(stage, person), [other], "the card that is left is not the default", op=CARDS)
    judge.status(remove(stage, person, other), 409, message="the last card of a paid plan was not kept with 409")
    free = money.payer(stage)
    judge.ok(remove(stage, free, stage.cast.cards(free)[0]["id"]), "the only card of a free plan was kept")


# -- automatic top-up ----------------------------------------------------------------------------------------------


@law("LIFE-215", READ_AUTO)
def test_automatic_topup_has_defaults(stage: Stage, judge: Judge) -> None:
    """Who never saved anything has automatic top-up off, at 10 percent, with 20000 tokens for 2000 cents."""
    reply = judge.ok(stage.send(READ_AUTO, stage.cast.new()))
    for name, value in (
        ("enabled", False), ("threshold_pct", 10), ("recharge_tokens", 20_000), ("recharge_cents", 2000),
        ("payment_method_id", ""),
    ):  # fmt: skip
        judge.equal(reply.json.get(name, value), value, f"{name} has another default", reply)


@law("B12", READ_AUTO, SAVE_AUTO)
@pytest.mark.parametrize(
    ("tokens", "cents"), [(30_000, 3000), (5000, 500), (20_001, 2001), (20_009, 2001), (100_000, 10_000)]
)
def test_the_price_of_a_recharge_is_computed(tokens: int, cents: int, stage: Stage, judge: Judge) -> None:
    """Saving automatic top-up takes no recharge_cents; reading shows the computed ones, 100 for 1000 tokens.

    Every other field is read back as it was written; a setting replaces the one before, and without a card it is empty.
    """
    person = money.payer(stage)
    card = stage.cast.cards(person)[0]["id"]
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
    for body in stage.some(bodies, 1, 1):
        reply = judge.ok(stage.send(SAVE_AUTO, person, body=body))
        judge.equal(reply.json, {"status": "ok"}, "the answer is not status ok", reply)
        shown = stage.send(READ_AUTO, person)
        expected = {"payment_method_id": "", **body, "recharge_cents": cents}
        for name, value in expected.items():
            judge.equal(shown.json.get(name), value, f"{name} is not as it was saved or computed", shown, about=name)


@law("LIFE-216", REMOVE, READ_AUTO)
def test_automatic_topup_forgets_a_removed_card(stage: Stage, judge: Judge) -> None:
    """Automatic top-up that used a removed card goes back to the default card; its other settings stay."""
    person = money.payer(stage)
    kept, gone = stage.cast.cards(person)[0]["id"], money.card(stage, person)
    for card in (gone, kept):
        body = {"enabled": True, "threshold_pct": 20, "recharge_tokens": 9000, "payment_method_id": card}
        stage.send(SAVE_AUTO, person, body=body).need()
        doomed = gone if card == gone else money.card(stage, person)
        judge.ok(remove(stage, person, doomed))
        shown = stage.send(READ_AUTO, person)
        allowed = ("", kept) if card == gone else (kept,)
        judge.that(
            shown["payment_method_id"] in allowed, "the card of automatic top-up is another", shown, expected=allowed
        )
        rest = {name: shown[name] for name in ("enabled", "threshold_pct", "recharge_tokens")}
        judge.equal(rest, {name: body[name] for name in rest}, "removing a card changed other settings", shown)


# -- portal and invoices -------------------------------------------------------------------------------------------


@law("LIFE-217", "POST /v1/billing/portal")
def test_each_portal_link_is_fresh(stage: Stage, judge: Judge) -> None:
    """Each call makes a new link to the customer portal, an address of its own."""
    replies = [judge.ok(stage.send("POST /v1/billing/portal", stage.cast.user)) for _ in range(3)]
    links = [str(reply["url"]) for reply in replies]
    judge.equal(len(set(links)), 3, "two calls answered the same link", replies[-1])
    for link in links:
        judge.that("://" in link, "the link is no address", replies[0], got=link)


@law("LIFE-218", PROFILE, ME)
def test_the_invoicing_profile_is_in_the_attributes(stage: Stage, judge: Judge) -> None:
    """What is saved for invoices shows in GET /v1/auth/me as attributes.billing, beside the other attributes."""
    person, other = stage.cast.new(), stage.cast.new()
    for attributes in (person, other):
        stage.send(
            "PATCH /v1/users/{user_id}", stage.cast.admin, params={"user_id": attributes.imperal_id},
            body={"attributes": {"colour": "blue"}},
        ).need()  # fmt: skip
    before = stage.send(ME, other).need().json
    for number in (1, 2):
        body = {
            "name": f"Ada {number}",
            "company": f"Engines {number}",
            "vat": f"GB00{number}",
            "country": "GBDE"[2 * number - 2 :][:2],
        }
        reply = judge.ok(stage.send(PROFILE, person, body=body))
        judge.equal(reply.json, {"status": "ok"}, "the answer is not status ok", reply)
        shown = stage.send(ME, person)
        attributes = shown["attributes"]
        judge.equal(attributes.get("billing"), body, "attributes.billing is not what was saved", shown)
        judge.equal(attributes.get("colour"), "blue", "another attribute is gone", shown)
    judge.equal(stage.send(ME, other).json, before, "the profile shows to somebody else", rule="ISO-202")
    part = {"name": "Only a name"}
    judge.ok(stage.send(PROFILE, person, body=part))
    now = stage.send(ME, person)["attributes"].get("billing") or {}
    judge.equal(now.get("name"), "Only a name", "a part of the profile is not saved", op=PROFILE)
