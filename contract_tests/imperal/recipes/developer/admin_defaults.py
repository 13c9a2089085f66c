"""What a tenant hands down to its users (`/v1/admin/tenant-defaults`)."""

from __future__ import annotations

import time

from specdouble.verify.kit import Read, Ready, perhaps, recipe

from ...session import Session
from ..rights.tenants import make

INHERITED = ("max_response_tokens", "max_tool_rounds", "routing_context", "kav_max_retries", "confirmation_enabled")


def _tenant(session: Session) -> dict[str, str]:
    """Return the query that names a tenant where nobody lives: the defaults of the others are not touched."""
    return {"tenant_id": session.shared("a tenant with defaults", lambda: make(session))}


@recipe("GET /v1/admin/tenant-defaults")
def read(session: Session) -> Ready:
    """Read the defaults of a tenant of this run."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy, query=perhaps(session, lambda: _tenant(session)) or {})


@recipe("PATCH /v1/admin/tenant-defaults")
def change(session: Session) -> Ready:
    """Set every default.

    What people inherit is set to what it is in the deputy's own tenant: a suite that exchanges the query may reach a
    tenant where others work, and must not change how their calls are answered.
    """
    deputy, query = session.users.deputy, _tenant(session)
    now = session.send("GET /v1/admin/tenant-defaults", deputy, query={"tenant_id": deputy.tenant_id})["settings"]
    body = {
        **{name: now[name] for name in INHERITED if name in now},
        "history_ttl_days": 45,
        "default_max_result_tokens": 1500,
        "list_truncate_items": 25,
        "string_truncate_chars": 2500 + time.time_ns() % 1000,
    }
    watch = (Read("GET /v1/admin/tenant-defaults", deputy.bearer, query=query),)
    return Ready(deputy.bearer, deputy, query=query, body=body, watch=watch)
