"""The liveness probe (`/healthz`)."""

from __future__ import annotations

from specdouble.verify.kit import Ready, recipe

from ...session import Session


@recipe("GET /healthz")
def healthz(_session: Session) -> Ready:
    """Ask whether the service is up."""
    return Ready()
