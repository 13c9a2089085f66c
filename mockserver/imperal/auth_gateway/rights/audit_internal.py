"""Audit entries that the platform's services write."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from . import _trail

DEFAULTS = {"tenant_id": "default", "actor_type": "user", "source": "api", "ip_address": None}
NAMED = ("actor_id", "action", "target_type", "target_id", "changes", "metadata", *DEFAULTS)


@op("POST /v1/internal/audit")
def write(call: Call) -> Doc:
    """Write an entry as it was sent; GET /v1/audit of its tenant shows it."""
    return call.show(_trail.write_audit(call.world, **{**DEFAULTS, **call.given(*NAMED)}))
