"""What the rules of confirmations share."""

from __future__ import annotations

from specdouble.verify.kit import Reply

from ...people import Person
from ...session import Session

PENDING, ONE = "GET /v1/confirmations/active", "GET /v1/confirmations/{confirmation_id}"
CONFIRM, CANCEL = (f"POST /v1/confirmations/{{confirmation_id}}/{word}" for word in ("confirm", "cancel"))


def pending(session: Session, person: Person) -> list[str]:
    """Return the ids of a person's pending confirmations."""
    return [str(one["confirmation_id"]) for one in session.send(PENDING, person)["confirmations"]]


def read(session: Session, person: Person, held: str) -> Reply:
    """Read one confirmation."""
    return session.send(ONE, person, params={"confirmation_id": held})


def settle(session: Session, person: Person, held: str, op: str = CONFIRM) -> Reply:
    """Confirm or cancel."""
    return session.send(op, person, params={"confirmation_id": held})
