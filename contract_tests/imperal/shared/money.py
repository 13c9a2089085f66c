"""Money of a run: plans of the catalogue, cards, top-ups, subscribers, and what a person's books say.

Everything is learned and made over HTTP. Cards are saved and payments reported as Stripe does it, with signed events;
without the secret that signs them a mock's control plane stands in for the bank where it can.
"""

from __future__ import annotations

import time
from typing import Any

from specdouble.verify.kit import Read, Unmet, lent

from ..parts import CARDS
from ..people import Person
from ..session import Session

Doc = dict[str, Any]

GOOD, ASKS, DECLINED = CARDS  # one that pays, one whose bank asks its holder, one that is declined
ARRIVES = 10.0  # seconds that the bank's own webhook may take
NOT_FOR_SALE = ("free", "enterprise")  # rule B10
LAPSED = ("past_due", "expired")
RATE = 1000  # tokens that one dollar buys: 100 cents, so ten tokens a cent


# -- the catalogue -------------------------------------------------------------------------------------------------


def catalogue(session: Session) -> list[Doc]:
    """Return the plans on offer."""
    return list(session.send("GET /v1/billing/plans").need().json)


def plan(session: Session, plan_id: str) -> Doc:
    """Return one plan of the catalogue.

    Raises:
        Unmet: there is no such plan.

    """
    found: Doc | None = next((one for one in catalogue(session) if one["id"] == plan_id), None)
    if found is None:
        raise Unmet(f"the catalogue has no plan {plan_id!r}")
    return found


def two_plans(session: Session) -> tuple[Doc, Doc]:
    """Return the cheapest and the dearest plan that can be bought.

    Raises:
        Unmet: there are fewer than two.

    """
    sold = [one for one in catalogue(session) if one["price"] > 0 and one["id"] not in NOT_FOR_SALE]
    if len(sold) < 2:
        raise Unmet("the catalogue has fewer than two plans that can be bought")
    sold.sort(key=lambda one: float(one["price"]))
    return sold[0], sold[-1]


def small_plan(session: Session) -> str:
    """Return the id of the cheapest plan that can be bought."""
    return str(two_plans(session)[0]["id"])


def cents(plan: Doc, months: int = 1) -> int:
    """Return what a plan costs in cents (rule E12: its price is dollars a month)."""
    return round(float(plan["price"]) * 100) * months


# -- people --------------------------------------------------------------------------------------------------------


def card(session: Session, person: Person, kind: str | Doc = GOOD, *, known: bool = True) -> str:
    """Save a card for a person and return its id; `kind` is what Stripe calls its payment_method.

    Its set-up is confirmed by the bank that was given, else reported by Stripe's webhook, else a mock saves it.
    Of who is not `known` to have a card a sampling run does not look for one first.

    Raises:
        Unmet: nobody plays the bank, or no card appeared.

    """
    settings, named = session.settings, kind
    if isinstance(kind, str) and kind in CARDS:
        named = session.parts.cards[CARDS.index(kind)]
    before = {one["id"] for one in session.users.cards(person)} if known or not session.sampling.on else set()
    if settings.stripe_secret or (settings.pay_command and isinstance(named, str)):
        secret = str(session.send("POST /v1/billing/payment-methods/setup", person)["client_secret"])
        if settings.pay_command and isinstance(named, str):
            session.parts.pay(secret, named, person.imperal_id)
        if settings.stripe_secret:
            done = {"id": secret.partition("_secret_")[0], "payment_method": named, **customer(person)}
            session.users.stripe("setup_intent.succeeded", done).need()
    elif session.control.there and isinstance(named, str):
        session.control.post("cards", {"user_id": person.imperal_id, "card": named})
    else:
        raise Unmet("a card is needed, and a bank in test mode to save it: --pay-command or --stripe-secret")
    until = time.monotonic() + (ARRIVES if settings.pay_command else 0)
    while not (added := _new_card(session, person, before)) and time.monotonic() < until:
        time.sleep(0.5)  # the bank tells the platform by a webhook of its own
    if not added:
        raise Unmet("a card is needed, and none appeared after its set-up")
    session.client.own(added)
    return added


def _new_card(session: Session, person: Person, before: set[Any]) -> str:
    return next((str(one["id"]) for one in session.users.cards(person) if one["id"] not in before), "")


def customer(person: Person) -> Doc:
    """Return how an object of Stripe's names a person."""
    return {"customer": f"cus_{person.imperal_id}", "metadata": {"user_id": person.imperal_id}}


@lent("payer")
def payer(session: Session, kind: str | Doc = GOOD) -> Person:
    """Make a person who has one card."""
    person = session.users.new("payer")
    card(session, person, kind, known=False)
    return person


@lent("subscriber")
def subscriber(session: Session, plan_id: str = "", period: str = "monthly") -> Person:
    """Make a person who pays for a plan by card (default: the cheapest)."""
    person = payer(session)
    body = {"plan_id": plan_id or small_plan(session), "period": period}
    session.send("POST /v1/billing/subscribe", person, body=body).need()
    return person


def invoice_failed(session: Session, person: Person) -> str:
    """Let Stripe report that the renewal of somebody's plan failed, and return the state of the subscription then."""
    session.users.stripe("invoice.payment_failed", {"id": f"in_{session.users.fresh('i')}", **customer(person)}).need()
    return str(session.send("GET /v1/billing/subscription", person)["status"])


def lapse(session: Session, person: Person) -> None:
    """Let the renewal of somebody's plan fail.

    Raises:
        Unmet: the report did not move the subscription.

    """
    status = invoice_failed(session, person)
    if status not in LAPSED:
        raise Unmet(f"a failed invoice left the subscription {status}; a lapsed one is needed")


def holder(session: Session) -> Person:
    """Return a person with two cards who is shared by recipes; whatever they do leaves two cards or more."""

    def make() -> Person:
        person = payer(session)
        card(session, person)
        return person

    found: Person = session.shared("a holder of two cards", make)
    if found.stale:
        session.users.login(found)
    return found


def buyer(session: Session) -> Person:
    """Return a person without a card who buys tokens, shared by recipes."""
    return session.users.resident("buyer of tokens")


# -- their books ---------------------------------------------------------------------------------------------------


def topup(session: Session, person: Person, tokens: int, **more: Any) -> str:
    """Begin a top-up and return the id of its payment."""
    body = {"tokens": tokens, "price_cents": max(1, tokens // 10), **more}
    intent = str(session.send("POST /v1/billing/topup", person, body=body)["payment_intent_id"])
    session.client.own(intent)
    return intent


def balance(session: Session, person: Person) -> int:
    """Return a person's balance in tokens."""
    return int(session.send("GET /v1/billing/balance", person)["balance"])


def history(session: Session, person: Person) -> list[Doc]:
    """Return the newest entries of a person's ledger, up to 200."""
    return list(session.send("GET /v1/billing/wallet/history", person, query={"limit": 200}).need().json)


def payments(session: Session, person: Person) -> list[Doc]:
    """Return the newest payments of a person, up to 200."""
    return list(session.send("GET /v1/billing/payments", person, query={"limit": 200}).need().json)


def subscription(session: Session, person: Person) -> Doc:
    """Return a person's subscription."""
    return dict(session.send("GET /v1/billing/subscription", person).need().json)


def books(person: Person) -> tuple[Read, ...]:
    """Return the reads that together show all of a person's money."""
    paths = (
        "subscription",
        "wallet",
        "balance",
        "wallet/history",
        "payments",
        "payment-methods",
        "auto-topup",
        "usage",
    )
    return tuple(Read(f"GET /v1/billing/{path}", person.bearer) for path in paths)
