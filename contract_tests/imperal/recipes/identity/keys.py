"""API keys (`/v1/keys`)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, perhaps, recipe

from ...session import Session


@recipe("POST /v1/keys")
def create(session: Session) -> Ready:
    """Make a key with a name and a scope."""
    user = session.users.user
    body = {"name": session.users.fresh("key"), "scopes": "notes:read"}
    return Ready(user.bearer, user, body=body, watch=(Read("GET /v1/keys", user.bearer),))


@recipe("GET /v1/keys")
def list_(session: Session) -> Ready:
    """List the keys of somebody who has one."""
    user = session.users.user
    perhaps(
        session,
        lambda: session.shared("a key", lambda: session.send("POST /v1/keys", user, body={"name": "kept"}).need()),
    )
    return Ready(user.bearer, user)


@recipe("DELETE /v1/keys/{key_id}")
def delete(session: Session) -> Ready:
    """Delete a key that was just made."""
    user = session.users.user
    made = session.send("POST /v1/keys", user, body={"name": session.users.fresh("key")})
    return Ready(user.bearer, user, {"key_id": made["id"]}, watch=(Read("GET /v1/keys", user.bearer),))
