"""Agencies: who sees which, and the stand-in for people without one."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc

from . import _tenancy

STAND_IN = "default"  # belongs to no tenant, so everybody sees it


def visible(call: Call, agency_id: str) -> Doc | None:
    """Return an agency of a tenant within the caller's reach, or the stand-in, or None."""
    agency = call.state["agencies"].get(agency_id)
    if agency is None or not (agency["tenant_id"] is None or _tenancy.reaches(call, agency["tenant_id"])):
        return None
    return agency


def of(call: Call, user: Doc) -> Doc:
    """Return a user's agency; without one it is the stand-in (endpoint agencies/me)."""
    agencies = call.state["agencies"]
    found = agencies.get(user["agency_id"]) or agencies.get(STAND_IN)
    return found or {
        "agency_id": STAND_IN,
        "tenant_id": None,
        "display_name": "Imperal Cloud",
        "domain": None,
        "settings": {},
        "created_at": user["created_at"],
        "theme": None,
    }
