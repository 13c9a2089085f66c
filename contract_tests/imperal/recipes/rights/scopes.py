"""Scopes (`/v1/scopes`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, changes, recipe

from ...session import Session


def body(session: Session, **more: Any) -> dict[str, Any]:
    """Return what a scope is made of, with every field given and none at its default."""
    resource = session.users.fresh("notes")
    return {
        "name": f"{resource}:export",
        "resource": resource,
        "action": "read",
        "display_name": f"Export of {resource}",
        "description": "Take the notes out as one file.",
        "source": "extension",
        "source_id": session.users.fresh("app"),
        "tenant_id": session.users.deputy.tenant_id,
        **more,
    }


@recipe("POST /v1/scopes")
def create(session: Session) -> Ready:
    """Make a scope of the deputy's tenant."""
    deputy, new = session.users.deputy, body(session)
    watch = (Read("GET /v1/scopes", deputy.bearer, query={"resource": new["resource"]}),)
    return Ready(deputy.bearer, deputy, body=new, watch=watch)


@recipe("GET /v1/scopes/effective/{user_id}")
def effective(session: Session) -> Ready:
    """Ask which scopes one really has."""
    user = session.users.user
    return Ready(user.bearer, user, {"user_id": user.imperal_id})


@changes("PATCH /v1/scopes/{scope_id}")
def change(session: Session) -> dict[str, Any]:
    """Change label and description."""
    return {"display_name": session.users.fresh("label"), "description": session.users.fresh("description")}
