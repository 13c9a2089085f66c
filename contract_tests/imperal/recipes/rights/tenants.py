"""Tenants (`/v1/tenants`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Read, Ready, either, recipe

from ...session import Session


def body(session: Session, **more: Any) -> dict[str, Any]:
    """Return what a tenant is made of, with every field given and none at its default."""
    tenant_id = session.users.fresh("tenant")
    return {
        "tenant_id": tenant_id,
        "name": f"Tenant {tenant_id}",
        "db_backend": "postgresql",
        "db_config": {
            "host": f"db.{tenant_id}.example",
            "port": 5432,
            "database": "people",
            "username": "gateway",
            "password": session.users.fresh("database-password"),
        },
        "isolation": "shared",
        "allowed_auth_methods": "email",
        "max_connections": 7,
        "features": {"automations": True, "seats": 12},
        **more,
    }


def make(session: Session, **more: Any) -> str:
    """Make a tenant of the deputy's and return its tenant_id."""
    return str(session.send("POST /v1/tenants", session.users.deputy, body=body(session, **more))["tenant_id"])


def _shared(session: Session) -> dict[str, Any]:
    return {"tenant_id": session.shared("a tenant", lambda: make(session))}


def _platform(session: Session) -> Credential:
    """Return who sees every tenant, whoever made it."""
    return session.users.service if session.settings.service_token else session.users.deputy.bearer


@recipe("POST /v1/tenants")
def create(session: Session) -> Ready:
    """Make a tenant below the deputy's own."""
    deputy = session.users.deputy
    made = body(session, parent_tenant_id=deputy.tenant_id)
    watch = (Read("GET /v1/tenants/{tenant_id}", _platform(session), {"tenant_id": made["tenant_id"]}),)
    return Ready(deputy.bearer, deputy, body=made, watch=watch)


@recipe("GET /v1/tenants")
def list_(session: Session) -> Ready:
    """List the tenants."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy)


@recipe("GET /v1/tenants/{tenant_id}", "GET /v1/tenants/{tenant_id}/health")
def read(session: Session) -> Ready:
    """Read a tenant of this run, or ask for its health."""
    deputy = session.users.deputy
    where = either(session, lambda: _shared(session), lambda: {"tenant_id": deputy.tenant_id})
    return Ready(deputy.bearer, deputy, where)


@recipe("PATCH /v1/tenants/{tenant_id}")
def change(session: Session) -> Ready:
    """Change everything that can be changed of a tenant where nobody lives."""
    deputy, where = session.users.deputy, _shared(session)
    new = body(session)
    changes = {
        "name": f"Renamed {new['tenant_id']}",
        "db_config": new["db_config"],
        "allowed_auth_methods": "api_key",
        "max_connections": 21,
        "features": {"automations": False, "seats": 3},
        "is_active": False,
    }
    watch = (Read("GET /v1/tenants/{tenant_id}", deputy.bearer, where),)
    return Ready(deputy.bearer, deputy, where, body=changes, watch=watch)


@recipe("DELETE /v1/tenants/{tenant_id}")
def delete(session: Session) -> Ready:
    """Delete a tenant that was just made, where nobody lives."""
    deputy, where = session.users.deputy, {"tenant_id": make(session)}
    watch = (Read("GET /v1/tenants/{tenant_id}", deputy.bearer, where),)
    return Ready(deputy.bearer, deputy, where, watch=watch)
