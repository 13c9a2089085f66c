"""The liveness probe (`/healthz`)."""

from __future__ import annotations

from contract_tests.recipes import Ready, recipe
from contract_tests.stage import Stage


@recipe("GET /healthz")
def healthz(_stage: Stage) -> Ready:
    """Ask whether the service is up."""
    return Ready()
