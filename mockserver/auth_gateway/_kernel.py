"""What the kernel routes share: people named in a path or a body, known to the platform in every tenant."""

from __future__ import annotations

from mockserver.kit import Call, Doc


def person(call: Call) -> Doc:
    """Return the user in the path; refuses with 404. Only an ``imperal_id`` names anybody (gotcha A15)."""
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
