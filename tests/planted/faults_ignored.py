"""Faults of writes that are taken and ignored, and of refusals that lead into a wall."""

from __future__ import annotations

from typing import Any

from specdouble.packs.imperal.mockserver.auth_gateway.apps import _lifecycle
from tests.planted.fault import gateway
from tests.planted.makers import unread, value
from tests.planted.witness import KATHERINE, Witness, ok

add = gateway.add
APPS, WAITING = "/v1/developer/apps/{app_id}", "/v1/developer/apps/mail-merge"
RULE = {"prompt": "Count my notes every Friday.", "cooldown_seconds": 77}
SHUT = {**_lifecycle.MOVES, "pending_review": ("active", "draft")}


def changed(w: Witness, **sent: Any) -> Any:
    """Change Katherine and tell what her record says."""
    ok(w.grace.patch(f"/v1/users/{KATHERINE}", sent))
    return {name: ok(w.grace.get(f"/v1/users/{KATHERINE}"))[name] for name in sent}


add("review-locks-prices", "states", f"PUT {APPS}", "The prices of an app in review are locked.",
    value(_lifecycle, "LOCKED", ("active", "pending_review")),
    lambda w: w.barbara.put(WAITING, {"revenue_split_dev": 50}).status)  # fmt: skip
add("review-is-a-wall", "states", f"POST {APPS}/suspend", "An app in review cannot be suspended.",
    value(_lifecycle, "MOVES", SHUT), lambda w: w.barbara.post(f"{WAITING}/suspend").status)  # fmt: skip
add("user-change-agency-ignored", "persistence", "PATCH /v1/users/{user_id}", "The agency of a change is ignored.",
    unread("agency_id"), lambda w: changed(w, agency_id="contoso"))  # fmt: skip
add("user-change-attributes-ignored", "persistence", "PATCH /v1/users/{user_id}", "Attributes are taken and ignored.",
    unread("attributes"), lambda w: changed(w, attributes={"desk": 7}))  # fmt: skip
add("agency-retention-ignored", "persistence", "PUT /v1/agencies/{agency_id}/settings", "The retention is ignored.",
    unread("retention_days"),
    lambda w: "77" in str(ok(w.grace.put("/v1/agencies/northwind/settings", {"retention_days": 77}))))  # fmt: skip
add("rule-cooldown-ignored", "persistence", "POST /v1/automations", "The cooldown of a new rule is ignored.",
    unread("cooldown_seconds"), lambda w: ok(w.ada.post("/v1/automations", RULE))["cooldown_seconds"])  # fmt: skip
add("topup-threshold-ignored", "persistence", "PUT /v1/billing/auto-topup", "The threshold is taken and ignored.",
    unread("threshold_pct"),
    lambda w: (w.ada.put("/v1/billing/auto-topup", {"enabled": True, "threshold_pct": 33, "recharge_tokens": 9000}),
               ok(w.ada.get("/v1/billing/auto-topup"))["threshold_pct"])[1])  # fmt: skip
