"""Scopes (`/v1/scopes`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, recipe

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


def _make(session: Session) -> tuple[dict[str, Any], Read]:
    """Make a scope; return its path parameter and the read that shows it."""
    deputy, new = session.users.deputy, body(session)
    made = session.send("POST /v1/scopes", deputy, body=new)
    return {"scope_id": made["id"]}, Read("GET /v1/scopes", deputy.bearer, query={"resource": new["resource"]})


@recipe("GET /v1/scopes")
def list_(session: Session) -> Ready:
    """List the scopes of one source."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy, query={"source": "platform"})


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


@recipe("PATCH /v1/scopes/{scope_id}")
def change(session: Session) -> Ready:
    """Change label and description."""
    deputy = session.users.deputy
    where, read = session.shared("a scope", lambda: _make(session))
    changes = {"display_name": session.users.fresh("label"), "description": session.users.fresh("description")}
    watch = (Read(read.op, deputy.bearer, query=read.query),)
    return Ready(deputy.bearer, deputy, where, body=changes, watch=watch)


@recipe("DELETE /v1/scopes/{scope_id}")
def delete(session: Session) -> Ready:
    """Delete a scope that was just made and that nothing refers to."""
    deputy = session.users.deputy
    where, read = _make(session)
    return Ready(deputy.bearer, deputy, where, watch=(read,))
