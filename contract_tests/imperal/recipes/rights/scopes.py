"""Scopes (`/v1/scopes`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Stage, recipe


def body(stage: Stage, **more: Any) -> dict[str, Any]:
    """Return what a scope is made of, with every field given and none at its default."""
    resource = stage.cast.fresh("notes")
    return {
        "name": f"{resource}:export",
        "resource": resource,
        "action": "read",
        "display_name": f"Export of {resource}",
        "description": "Take the notes out as one file.",
        "source": "extension",
        "source_id": stage.cast.fresh("app"),
        "tenant_id": stage.cast.deputy.tenant_id,
        **more,
    }


def _make(stage: Stage) -> tuple[dict[str, Any], Read]:
    """Make a scope; return its path parameter and the read that shows it."""
    deputy, new = stage.cast.deputy, body(stage)
    made = stage.send("POST /v1/scopes", deputy, body=new)
    return {"scope_id": made["id"]}, Read("GET /v1/scopes", deputy.bearer, query={"resource": new["resource"]})


@recipe("GET /v1/scopes")
def list_(stage: Stage) -> Ready:
    """List the scopes of one source."""
    deputy = stage.cast.deputy
    return Ready(deputy.bearer, deputy, query={"source": "platform"})


@recipe("POST /v1/scopes")
def create(stage: Stage) -> Ready:
    """Make a scope of the deputy's tenant."""
    deputy, new = stage.cast.deputy, body(stage)
    watch = (Read("GET /v1/scopes", deputy.bearer, query={"resource": new["resource"]}),)
    return Ready(deputy.bearer, deputy, body=new, watch=watch)


@recipe("GET /v1/scopes/effective/{user_id}")
def effective(stage: Stage) -> Ready:
    """Ask which scopes one really has."""
    user = stage.cast.user
    return Ready(user.bearer, user, {"user_id": user.imperal_id})


@recipe("PATCH /v1/scopes/{scope_id}")
def change(stage: Stage) -> Ready:
    """Change label and description."""
    deputy = stage.cast.deputy
    where, read = stage.shared("a scope", lambda: _make(stage))
    changes = {"display_name": stage.cast.fresh("label"), "description": stage.cast.fresh("description")}
    watch = (Read(read.op, deputy.bearer, query=read.query),)
    return Ready(deputy.bearer, deputy, where, body=changes, watch=watch)


@recipe("DELETE /v1/scopes/{scope_id}")
def delete(stage: Stage) -> Ready:
    """Delete a scope that was just made and that nothing refers to."""
    deputy = stage.cast.deputy
    where, read = _make(stage)
    return Ready(deputy.bearer, deputy, where, watch=(read,))
