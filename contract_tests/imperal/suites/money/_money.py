"""What the rules about money share: that nothing changed, what was spent, and times that pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from specdouble.verify.kit import Check, Reply

from ...people import Person
from ...session import Session
from ...shared import apps, money

Doc = dict[str, Any]
CHEAP, DEAR, RUINOUS = "write_page", "write_book", "write_library"
PATIENCE = 4.0  # seconds that something may take that happens by itself


@contextmanager
def unchanged(session: Session, check: Check, *people: Person, what: str = "") -> Iterator[None]:
    """Look at all the money of some people before and after, and say what is different."""
    reads = tuple(session.some((read for person in people for read in money.books(person)), 0, 2))
    before = session.look(reads)
    yield
    for was, now in zip(before, session.look(reads), strict=True):
        said = f"{what or 'a refused request'} changed {was[0].removeprefix('GET ')}"
        check.equal(now[1:], was[1:], said)


def added(before: list[Doc], after: list[Doc], key: str) -> list[Doc]:
    """Return the items that are in the second list only, in its order."""
    known = {one[key] for one in before}
    return [one for one in after if one[key] not in known]


def seconds(text: Any) -> float:
    """Return a timestamp as seconds; 0 for what is none."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0


def days(start: Any, end: Any) -> float:
    """Return the days between two timestamps."""
    return (seconds(end) - seconds(start)) / 86400


def let_time_pass(stamp: str) -> None:
    """Wait until the next timestamp can differ from one: at once, or a second where a server counts whole ones."""
    if "." not in stamp:
        for _ in range(4):
            time.sleep(0.28)


def eventually(holds: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Tell whether something becomes true within a few seconds."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


# -- spending ------------------------------------------------------------------------------------------------------


def price(session: Session, function: str) -> int:
    """Return what a function of the priced app costs: little, nearly all of a newcomer's tokens, or far too much."""
    grant: int = session.shared("the grant of a newcomer", lambda: money.balance(session, session.users.new()))
    return {CHEAP: 7, DEAR: max(grant * 9 // 10, 8), RUINOUS: 1_000_000}[function]


def priced_app(session: Session) -> str:
    """Return the shared app whose functions cost something."""

    def make() -> str:
        prices = {name: price(session, name) for name in (CHEAP, DEAR, RUINOUS)}
        tools = [
            {"name": name, "description": "Writes.", "action_type": "write", "params_schema": {"type": "object"}}
            for name in prices
        ]
        config = {"tool_prices": prices}
        return apps.published_app(session, manifest={"tools": tools}, pricing_model="per_action", pricing_config=config)

    found: str = session.shared("the app with prices", make)
    return found


def customer(session: Session, tokens: int = 0, kind: str = "") -> Person:
    """Make a person who has installed that app, with tokens and a card if they are asked for."""
    person = money.payer(session, kind) if kind else session.users.new("customer")
    apps.install(session, person, priced_app(session))
    if tokens:
        session.users.fund(person, tokens)
    return person


def call(session: Session, person: Person, function: str) -> Reply:
    """Call a priced function."""
    body = {"user_id": person.imperal_id, "function": function, "params": {"title": "A page"}}
    where = {"app_id": priced_app(session)}
    return session.send("POST /v1/extensions/{app_id}/call", person, params=where, body=body)


def confirm(session: Session, intent: str) -> Reply:
    """Confirm a payment as the service."""
    return session.send("POST /v1/billing/topup/confirm", session.users.service, body={"payment_intent_id": intent})


def payment(session: Session, person: Person, intent: str) -> Doc:
    """Return one payment of a person, {} when they have no such."""
    return next((one for one in money.payments(session, person) if one["payment_intent_id"] == intent), {})
