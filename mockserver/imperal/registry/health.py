"""The Registry's health probe."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op


@op("GET /v1/health")
def health(_call: Call) -> Doc:
    """Say that the Registry is up."""
    return {"status": "ok"}
