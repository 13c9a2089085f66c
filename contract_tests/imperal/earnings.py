"""Money of developers: apps whose calls cost, people who pay for them, and a developer who has earned enough.

A developer earns what others pay for calls: `floor(price * split / 100)` of each. `wealthy(stage)` is the developer
that the recipes of one process share to ask for payouts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import Person, Reply, Stage

from .apps import install, published_app

SMALLEST_PAYOUT = 10_000
PURCHASE = 400_000  # tokens of one top-up, below the largest custom purchase
DEAR = 300_000  # tokens of one call of the dear function: 255,000 of them are a studio's


def priced_app(stage: Stage, owner: Person, prices: dict[str, int], **fields: Any) -> str:
    """Publish an app whose functions are reads with these prices, and return its app_id."""
    tools = [{"name": name, "description": f"Read {name}.", "action_type": "read"} for name in prices]
    given = {"pricing_model": "per_action", "pricing_config": {"tool_prices": prices}, **fields}
    return published_app(stage, owner, {"tools": tools, "webhooks": [], "secrets": [], "oauth": []}, **given)


def buyer(stage: Stage, *app_ids: str, tokens: int = 0) -> Person:
    """Make a person who has some apps and, where needed, more tokens than everybody begins with."""
    person = stage.cast.new("buyer")
    if tokens:
        stage.cast.fund(person, tokens)
    for app_id in app_ids:
        install(stage, person, app_id)
    return person


def call(stage: Stage, person: Person, app_id: str, function: str, **params: Any) -> Reply:
    """Call a function of an app for a person."""
    body = {"user_id": person.imperal_id, "function": function, "params": params}
    return stage.send("POST /v1/extensions/{app_id}/call", person, params={"app_id": app_id}, body=body)


def earn(stage: Stage, owner: Person, app_id: str, function: str, person: Person, price: int) -> None:
    """Let a person pay for one call; their wallet is filled for it."""
    for _ in range(-(-price // PURCHASE)):
        stage.cast.fund(person, min(PURCHASE, max(price, 5_000)))
    call(stage, person, app_id, function).need()


@dataclass(frozen=True)
class Wealthy:
    """A developer who has earned enough to ask for payouts, their app, and the one who pays for it."""

    owner: Person
    app_id: str
    payer: Person


def wealthy(stage: Stage) -> Wealthy:
    """Return the shared developer (tier studio) who may ask for a payout of 20,000 tokens at any time."""

    def make() -> Wealthy:
        owner = stage.cast.new_developer("studio")
        app_id = priced_app(stage, owner, {"list_dear": DEAR})
        return Wealthy(owner, app_id, buyer(stage, app_id))

    found: Wealthy = stage.shared("the wealthy developer", make)
    for person in (found.owner, found.payer):
        if person.stale:
            stage.cast.login(person)
    if stage.send("GET /v1/developer/earnings", found.owner)["pending_payout"] < 2 * SMALLEST_PAYOUT:
        earn(stage, found.owner, found.app_id, "list_dear", found.payer, DEAR)
    return found


def payout(stage: Stage, owner: Person, tokens: int = SMALLEST_PAYOUT) -> int:
    """Ask for a payout and return its number."""
    number = int(stage.send("POST /v1/developer/payouts/request", owner, body={"amount_tokens": tokens})["id"])
    stage.client.own(number)
    return number
