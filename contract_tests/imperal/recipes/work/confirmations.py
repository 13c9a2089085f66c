"""Held calls (`/v1/confirmations`)."""

from __future__ import annotations

from specdouble.verify.kit import Person, Read, Ready, Stage, either, first, perhaps, recipe, veteran

from ...calling import hold, regular

_ONE = "GET /v1/confirmations/{confirmation_id}"


def _made(stage: Stage) -> tuple[Person, str]:
    person = regular(stage)
    return person, hold(stage, person)


def _found(stage: Stage) -> tuple[Person, str]:
    user = veteran(stage)
    return user, str(first(stage, "a held call", "GET /v1/confirmations/active", user)["confirmation_id"])


@recipe("GET /v1/confirmations/active")
def active(stage: Stage) -> Ready:
    """List the held calls of somebody who has one."""
    person = perhaps(stage, lambda: regular(stage)) or stage.cast.user
    perhaps(stage, lambda: stage.shared("a held call", lambda: hold(stage, person)))
    return Ready(person.bearer, person)


@recipe(_ONE)
def read(stage: Stage) -> Ready:
    """Read a held call."""
    person, held = stage.shared(
        "a held call to read", lambda: either(stage, lambda: _made(stage), lambda: _found(stage))
    )
    if person.stale:
        stage.cast.login(person)
    return Ready(person.bearer, person, {"confirmation_id": held})


@recipe("POST /v1/confirmations/{confirmation_id}/confirm", "POST /v1/confirmations/{confirmation_id}/cancel")
def settle(stage: Stage) -> Ready:
    """Settle a call that was just held, either way."""
    person = regular(stage)
    where = {"confirmation_id": hold(stage, person)}
    return Ready(person.bearer, person, where, watch=(Read(_ONE, person.bearer, where),))
