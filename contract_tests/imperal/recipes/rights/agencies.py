"""Agencies (`/v1/agencies`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Stage, either, first, recipe


def body(stage: Stage, **more: Any) -> dict[str, Any]:
    """Return what an agency is made of, with every field given."""
    agency_id = stage.cast.fresh("agency")
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


def shared(stage: Stage) -> str:
    """Return an agency of the deputy's tenant that tests of this process share; agencies cannot be deleted."""
    return str(
        stage.shared(
            "an agency", lambda: stage.send("POST /v1/agencies", stage.cast.deputy, body=body(stage))["agency_id"]
        )
    )


@recipe("GET /v1/agencies/me")
def mine(stage: Stage) -> Ready:
    """Ask for one's own agency."""
    user = stage.cast.user
    return Ready(user.bearer, user)


@recipe("GET /v1/agencies")
def list_(stage: Stage) -> Ready:
    """List the agencies."""
    deputy = stage.cast.deputy
    return Ready(deputy.bearer, deputy, query={"limit": 500})


@recipe("POST /v1/agencies")
def create(stage: Stage) -> Ready:
    """Make an agency with a domain and settings."""
    deputy, new = stage.cast.deputy, body(stage)
    watch = (Read("GET /v1/agencies/{agency_id}", deputy.bearer, {"agency_id": new["agency_id"]}),)
    return Ready(deputy.bearer, deputy, body=new, watch=watch)


@recipe("GET /v1/agencies/{agency_id}")
def read(stage: Stage) -> Ready:
    """Read an agency of this run."""
    deputy = stage.cast.deputy
    agency_id = either(
        stage,
        lambda: shared(stage),
        lambda: first(stage, "an agency", "GET /v1/agencies", deputy, query={"limit": 1})["agency_id"],
    )
    return Ready(deputy.bearer, deputy, {"agency_id": agency_id})


@recipe("PUT /v1/agencies/{agency_id}/settings")
def settings(stage: Stage) -> Ready:
    """Change every setting."""
    deputy, where = stage.cast.deputy, {"agency_id": shared(stage)}
    new = body(stage)["settings"]
    changes = {**new, "compliance_tier": "standard", "retention_days": 730, "extra": {"fax": stage.cast.fresh("fax")}}
    watch = (Read("GET /v1/agencies/{agency_id}", deputy.bearer, where),)
    return Ready(deputy.bearer, deputy, where, body=changes, watch=watch)
