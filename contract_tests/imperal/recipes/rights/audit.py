"""The log of access-control changes (`/v1/audit`)."""

from __future__ import annotations

from specdouble.verify.kit import Ready, about, perhaps, recipe

from ...session import Session


@recipe("GET /v1/audit")
def query(session: Session) -> Ready:
    """Ask what the deputy has done: a role at least."""
    deputy = session.users.deputy
    perhaps(session, lambda: about(session, "PATCH /v1/roles/{role_id}", fresh=False))
    return Ready(deputy.bearer, deputy, query={"actor_id": deputy.imperal_id, "page": 1, "per_page": 20})
