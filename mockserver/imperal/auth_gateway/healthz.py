"""The liveness probe."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op


@op("GET /healthz")
def healthz(_call: Call) -> Doc:
    """Say that the service is up."""
    return {"status": "ok"}
