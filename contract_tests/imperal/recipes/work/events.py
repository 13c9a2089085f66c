"""The event stream and its figures (`/v1/events/…`)."""

from __future__ import annotations

from specdouble.verify.kit import Ready, recipe

from ...session import Session


@recipe("GET /v1/events/stream")
def stream(session: Session) -> Ready:
    """Open somebody's stream; the client reads its first words only."""
    user = session.users.user
    return Ready(user.bearer, user)


@recipe("GET /v1/events/stats")
def stats(session: Session) -> Ready:
    """Read the figures of the hub with the service token."""
    return Ready(session.users.service)
