"""The log of access-control changes (`/v1/audit`)."""

from __future__ import annotations

from specdouble.verify.kit import Ready, recipe

from ...session import Session


@recipe("GET /v1/audit")
def query(session: Session) -> Ready:
    """Ask what the deputy has done."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy, query={"actor_id": deputy.imperal_id, "page": 1, "per_page": 20})
