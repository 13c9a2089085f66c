"""The Registry's catalogue and its health."""

from __future__ import annotations

from specdouble.verify.kit import Ready, perhaps, recipe

from ...session import Session
from ...shared import registry


@recipe(registry.CATALOG)
def catalog(session: Session) -> Ready:
    """Read the catalogue of somebody who has an app."""
    return Ready(session.users.registry, query={"user_id": registry.person(session).imperal_id})


@recipe(registry.ALL_TOOLS)
def tools(session: Session) -> Ready:
    """Read every tool; there is one at least."""
    perhaps(session, lambda: registry.kept_app(session))
    return Ready(session.users.registry)
