"""Tenants (`/v1/tenants`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Read, Ready, changes, recipe

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


@changes("PATCH /v1/tenants/{tenant_id}")
def change(session: Session) -> dict[str, Any]:
    """Change everything that can be changed of a tenant where nobody lives."""
    new = body(session)
    return {
        "name": f"Renamed {new['tenant_id']}",
        "db_config": new["db_config"],
        "allowed_auth_methods": "api_key",
        "max_connections": 21,
        "features": {"automations": False, "seats": 3},
        "is_active": False,
    }
