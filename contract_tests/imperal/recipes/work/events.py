"""The event stream and its figures (`/v1/events/…`)."""

from __future__ import annotations

from specdouble.verify.kit import Ready, Stage, recipe


@recipe("GET /v1/events/stream")
def stream(stage: Stage) -> Ready:
    """Open somebody's stream; the client reads its first words only."""
    user = stage.cast.user
    return Ready(user.bearer, user)


@recipe("GET /v1/events/stats")
def stats(stage: Stage) -> Ready:
    """Read the figures of the hub with the service token."""
    return Ready(stage.cast.service)
