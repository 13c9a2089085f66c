"""Agencies (`/v1/agencies`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, changes, recipe

from ...session import Session


def body(session: Session, **more: Any) -> dict[str, Any]:
    """Return what an agency is made of, with every field given."""
    agency_id = session.users.fresh("agency")
    settings = {
        "logo_url": f"https://{agency_id}.example/logo.svg",
        "logo_dark_url": "/static/logo-dark.svg",
        "compliance_tier": "strict",
        "retention_days": 90,
        "extra": {"support_mail": f"help@{agency_id}.example"},
    }
    return {
        "agency_id": agency_id,
        "display_name": f"Agency {agency_id}",
        "domain": f"{agency_id}.example",
        "settings": settings,
        **more,
    }


def shared(session: Session) -> str:
    """Return an agency of the deputy's tenant that tests of this process share; agencies cannot be deleted."""
    return str(
        session.shared(
            "an agency",
            lambda: session.send("POST /v1/agencies", session.users.deputy, body=body(session))["agency_id"],
        )
    )


@recipe("POST /v1/agencies")
def create(session: Session) -> Ready:
    """Make an agency with a domain and settings."""
    deputy, new = session.users.deputy, body(session)
    watch = (Read("GET /v1/agencies/{agency_id}", deputy.bearer, {"agency_id": new["agency_id"]}),)
    return Ready(deputy.bearer, deputy, body=new, watch=watch)


@changes("PUT /v1/agencies/{agency_id}/settings")
def settings(session: Session) -> dict[str, Any]:
    """Change every setting."""
    other = {"compliance_tier": "standard", "retention_days": 730, "extra": {"fax": session.users.fresh("fax")}}
    return {**body(session)["settings"], **other}
