"""What belongs to one person: reading it by id (rules I01, I02)."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, Doc, Problem


def require(call: Call, collection: str, key: Any, what: str, where: str) -> Doc:
    """Return a document of the caller by id.

    Refuses with 404 what is unknown or another tenant's, and with 403 what belongs to somebody else of the tenant.
    ``what`` names the thing in the sentence, ``where`` the operation that lists the caller's own.
    """
    doc = call.state[collection].get(key)
    if doc is not None:
        if doc["user_id"] == call.user_id:
            return doc
        owner = call.state["users"].get(doc["user_id"])
        if owner is not None and owner["tenant_id"] == call.user["tenant_id"]:
            raise Problem(403, f"This {what} belongs to another user. {where} lists yours.")
    raise Problem(404, f"There is no {what} {str(key)[:80]!r}. {where} lists yours.")
