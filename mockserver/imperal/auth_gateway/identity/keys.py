"""API keys of the caller: shown once, listed by prefix, dead after deletion (A13)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _tokens

PREFIX_LENGTH = 13


@op("POST /v1/keys")
def create_key(call: Call) -> Doc:
    """Create a key; this answer is the only one that holds it."""
    secret = call.world.ids.new("imp_live_", 32)
    key = {
        "id": call.world.ids.new("key_", 12),
        "user_id": call.user_id,
        "secret_hash": _tokens.digest(secret),
        "key_prefix": secret[:PREFIX_LENGTH],
        "name": call.body["name"],
        "scopes": call.body.get("scopes", "*"),
        "last_used_at": None,
        "created_at": call.world.clock.stamp(),
    }
    return call.show(call.state["keys"].add(key), key=secret)


@op("GET /v1/keys")
def list_keys(call: Call) -> list[Doc]:
    """List the caller's keys, newest first."""
    return call.show_all(call.state["keys"].newest(user_id=call.user_id))


@op("DELETE /v1/keys/{key_id}")
def delete_key(call: Call) -> Doc:
    """Revoke a key; somebody else's is unknown to the caller (I02)."""
    key = call.state["keys"].get(call.params["key_id"])
    if key is None or key["user_id"] != call.user_id:
        raise Problem(404, "There is no such key of yours. GET /v1/keys lists them.")
    call.state["keys"].remove(key["id"])
    return {"id": key["id"], "deleted": True}
