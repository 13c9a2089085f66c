"""The liveness probe (`/healthz`)."""

from __future__ import annotations

from specdouble.verify.kit import Ready, Stage, recipe


@recipe("GET /healthz")
def healthz(_stage: Stage) -> Ready:
    """Ask whether the service is up."""
    return Ready()
