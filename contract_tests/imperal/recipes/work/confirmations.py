"""Held calls (`/v1/confirmations`)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, either, first, perhaps, recipe

from ...people import Person
from ...session import Session, veteran
from ...shared.calling import hold, regular

_ONE = "GET /v1/confirmations/{confirmation_id}"


def _made(session: Session) -> tuple[Person, str]:
    person = regular(session)
    return person, hold(session, person)


def _found(session: Session) -> tuple[Person, str]:
    user = veteran(session)
    return user, str(first(session, "a held call", "GET /v1/confirmations/active", user)["confirmation_id"])


@recipe("GET /v1/confirmations/active")
def active(session: Session) -> Ready:
    """List the held calls of somebody who has one."""
    person = perhaps(session, lambda: regular(session)) or session.users.user
    perhaps(session, lambda: session.shared("a held call", lambda: hold(session, person)))
    return Ready(person.bearer, person)


@recipe(_ONE)
def read(session: Session) -> Ready:
    """Read a held call."""
    person, held = session.shared(
        "a held call to read", lambda: either(session, lambda: _made(session), lambda: _found(session))
    )
    if person.stale:
        session.users.login(person)
    return Ready(person.bearer, person, {"confirmation_id": held})


@recipe("POST /v1/confirmations/{confirmation_id}/confirm", "POST /v1/confirmations/{confirmation_id}/cancel")
def settle(session: Session) -> Ready:
    """Settle a call that was just held, either way."""
    person = regular(session)
    where = {"confirmation_id": hold(session, person)}
    return Ready(person.bearer, person, where, watch=(Read(_ONE, person.bearer, where),))
