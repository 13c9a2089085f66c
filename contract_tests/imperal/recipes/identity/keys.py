"""API keys (`/v1/keys`)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, recipe

from ...session import Session


@recipe("POST /v1/keys")
def create(session: Session) -> Ready:
    """Make a key with a name and a scope."""
    user = session.users.user
    body = {"name": session.users.fresh("key"), "scopes": "notes:read"}
    return Ready(user.bearer, user, body=body, watch=(Read("GET /v1/keys", user.bearer),))
