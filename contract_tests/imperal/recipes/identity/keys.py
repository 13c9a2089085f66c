"""API keys (`/v1/keys`)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, Stage, perhaps, recipe


@recipe("POST /v1/keys")
def create(stage: Stage) -> Ready:
    """Make a key with a name and a scope."""
    user = stage.cast.user
    body = {"name": stage.cast.fresh("key"), "scopes": "notes:read"}
    return Ready(user.bearer, user, body=body, watch=(Read("GET /v1/keys", user.bearer),))


@recipe("GET /v1/keys")
def list_(stage: Stage) -> Ready:
    """List the keys of somebody who has one."""
    user = stage.cast.user
    perhaps(
        stage, lambda: stage.shared("a key", lambda: stage.send("POST /v1/keys", user, body={"name": "kept"}).need())
    )
    return Ready(user.bearer, user)


@recipe("DELETE /v1/keys/{key_id}")
def delete(stage: Stage) -> Ready:
    """Delete a key that was just made."""
    user = stage.cast.user
    made = stage.send("POST /v1/keys", user, body={"name": stage.cast.fresh("key")})
    return Ready(user.bearer, user, {"key_id": made["id"]}, watch=(Read("GET /v1/keys", user.bearer),))
