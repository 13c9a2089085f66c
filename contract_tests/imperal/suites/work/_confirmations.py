"""What the laws of confirmations share."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Person, Reply, Stage

Doc = dict[str, Any]
PENDING, ONE = "GET /v1/confirmations/active", "GET /v1/confirmations/{confirmation_id}"
CONFIRM, CANCEL = (f"POST /v1/confirmations/{{confirmation_id}}/{word}" for word in ("confirm", "cancel"))


def pending(stage: Stage, person: Person) -> list[str]:
    """Return the ids of a person's pending confirmations."""
    return [str(one["confirmation_id"]) for one in stage.send(PENDING, person)["confirmations"]]


def read(stage: Stage, person: Person, held: str) -> Reply:
    """Read one confirmation."""
    return stage.send(ONE, person, params={"confirmation_id": held})


def settle(stage: Stage, person: Person, held: str, op: str = CONFIRM) -> Reply:
    """Confirm or cancel."""
    return stage.send(op, person, params={"confirmation_id": held})
