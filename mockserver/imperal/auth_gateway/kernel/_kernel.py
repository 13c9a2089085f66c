"""What the kernel routes share: people named in a path or a body, known to the platform in every tenant."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, invalid

from ..rights._tenancy import HOME


def person(call: Call) -> Doc:
    """Return the user in the path; refuses with 404. Only an ``imperal_id`` names anybody (rule A15)."""
    user_id = call.params["user_id"]
    return call.need("users", user_id, f"There is no user {user_id[:80]!r}; check the imperal_id.")


def named_person(call: Call) -> Doc:
    """Return the user whom the body names; refuses with 404."""
    user_id = call.body["user_id"]
    return call.need("users", user_id, f"There is no user {user_id[:80]!r}; check user_id.")


def asked_person(call: Call) -> Doc:
    """Return the user whom the query names; refuses with 404."""
    user_id = call.query["user_id"]
    return call.need("users", user_id, f"There is no user {user_id[:80]!r}; check user_id.")


def require_tenant(call: Call, tenant_id: str) -> None:
    """Refuse with 422 a body that names another tenant than the one that counts.

    Clients write ``default`` for everybody, so that is no name here.
    """
    if call.body.get("tenant_id", HOME) not in ("", HOME, tenant_id):
        raise invalid(
            (("body", "tenant_id"), f"This is in the tenant {tenant_id}; name that one, or none", "value_error")
        )
