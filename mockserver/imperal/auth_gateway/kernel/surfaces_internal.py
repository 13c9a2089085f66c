"""Where a user can be reached."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from . import _kernel


@op("GET /v1/internal/surfaces/{user_id}")
def surfaces(call: Call) -> Doc:
    """List a user's surfaces: panel and e-mail, a terminal that is logged in, and Telegram once it is linked.

    It is linked when the account's attributes hold a ``telegram_id``.
    """
    user, now = _kernel.person(call), call.world.clock.now()
    sessions = call.state["sessions"].find(user_id=user["imperal_id"])
    found = ["panel", "email"]
    if any(one["surface"] == "cli" and one["refresh_until"] > now for one in sessions):
        found.append("terminal")
    if user["attributes"].get("telegram_id"):
        found.append("telegram")
    return {"surfaces": found}
