"""Money of developers: apps whose calls cost, people who pay for them, and a developer who has earned enough.

A developer earns what others pay for calls: `floor(price * split / 100)` of each. `wealthy(session)` is the developer
that the recipes of one process share to ask for payouts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import Reply

from ..people import Person
from ..session import Session
from .apps import install, published_app

SMALLEST_PAYOUT = 10_000
PURCHASE = 400_000  # tokens of one top-up, below the largest custom purchase
DEAR = 300_000  # tokens of one call of the dear function: 255,000 of them are a studio's


def priced_app(session: Session, owner: Person, prices: dict[str, int], **fields: Any) -> str:
    """Publish an app whose functions are reads with these prices, and return its app_id."""
    tools = [{"name": name, "description": f"Read {name}.", "action_type": "read"} for name in prices]
    given = {"pricing_model": "per_action", "pricing_config": {"tool_prices": prices}, **fields}
    return published_app(session, owner, {"tools": tools, "webhooks": [], "secrets": [], "oauth": []}, **given)


def buyer(session: Session, *app_ids: str, tokens: int = 0) -> Person:
    """Make a person who has some apps and, where needed, more tokens than everybody begins with."""
    person = session.users.new("buyer")
    if tokens:
        session.users.fund(person, tokens)
    for app_id in app_ids:
        install(session, person, app_id)
    return person


def call(session: Session, person: Person, app_id: str, function: str, **params: Any) -> Reply:
    """Call a function of an app for a person."""
    body = {"user_id": person.imperal_id, "function": function, "params": params}
    return session.send("POST /v1/extensions/{app_id}/call", person, params={"app_id": app_id}, body=body)


def earn(session: Session, owner: Person, app_id: str, function: str, person: Person, price: int) -> None:
    """Let a person pay for one call; their wallet is filled for it."""
    for _ in range(-(-price // PURCHASE)):
        session.users.fund(person, min(PURCHASE, max(price, 5_000)))
    call(session, person, app_id, function).need()


@dataclass(frozen=True)
class Wealthy:
    """A developer who has earned enough to ask for payouts, their app, and the one who pays for it."""

    owner: Person
    app_id: str
    payer: Person


def wealthy(session: Session) -> Wealthy:
    """Return the shared developer (tier studio) who may ask for a payout of 20,000 tokens at any time."""

    def make() -> Wealthy:
        owner = session.users.new_developer("studio")
        app_id = priced_app(session, owner, {"list_dear": DEAR})
        return Wealthy(owner, app_id, buyer(session, app_id))

    found: Wealthy = session.shared("the wealthy developer", make)
    for person in (found.owner, found.payer):
        if person.stale:
            session.users.login(person)
    if session.send("GET /v1/developer/earnings", found.owner)["pending_payout"] < 2 * SMALLEST_PAYOUT:
        earn(session, found.owner, found.app_id, "list_dear", found.payer, DEAR)
    return found


def payout(session: Session, owner: Person, tokens: int = SMALLEST_PAYOUT) -> int:
    """Ask for a payout and return its number."""
    number = int(session.send("POST /v1/developer/payouts/request", owner, body={"amount_tokens": tokens})["id"])
    session.client.own(number)
    return number
