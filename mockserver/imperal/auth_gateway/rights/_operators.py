"""For whom the platform's own settings change: a service by itself, or for an administrator of the platform."""

from __future__ import annotations

from specdouble.mock.kit import Call, Problem

from . import _tenancy

NOT_AN_ADMIN = "X-Acting-User must name an administrator of the platform here. Send an admin's imperal_id, or none."


def require(call: Call) -> str:
    """Return who changes something: the acting administrator, else ``service``; refuses with 403 anybody else."""
    user = call.caller.user
    if user is None:
        return "service"
    if user["role"] != "admin" or not _tenancy.runs_platform(call):
        raise Problem(403, NOT_AN_ADMIN)
    return str(user["imperal_id"])
