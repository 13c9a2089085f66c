"""What a tenant hands down to its users (`/v1/admin/tenant-defaults`)."""

from __future__ import annotations

import time

from contract_tests.recipes import Read, Ready, recipe
from contract_tests.recipes.tenants import make
from contract_tests.stage import Stage


def _tenant(stage: Stage) -> dict[str, str]:
    """Return the query that names a tenant where nobody lives: the defaults of the others are not touched."""
    return {"tenant_id": stage.shared("a tenant with defaults", lambda: make(stage))}


@recipe("GET /v1/admin/tenant-defaults")
def read(stage: Stage) -> Ready:
    """Read the defaults of a tenant of this run."""
    deputy = stage.cast.deputy
    return Ready(deputy.bearer, deputy, query=_tenant(stage))


@recipe("PATCH /v1/admin/tenant-defaults")
def change(stage: Stage) -> Ready:
    """Set every default."""
    deputy, query = stage.cast.deputy, _tenant(stage)
    body = {
        "max_response_tokens": 1000 + time.time_ns() % 3000,
        "max_tool_rounds": 5,
        "routing_context": 6,
        "kav_max_retries": 1,
        "confirmation_enabled": False,
        "history_ttl_days": 45,
        "default_max_result_tokens": 1500,
        "list_truncate_items": 25,
        "string_truncate_chars": 2500,
    }
    watch = (Read("GET /v1/admin/tenant-defaults", deputy.bearer, query=query),)
    return Ready(deputy.bearer, deputy, query=query, body=body, watch=watch)
