"""Tenants (`/v1/tenants`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Read, Ready, Stage, either, recipe


def body(stage: Stage, **more: Any) -> dict[str, Any]:
    """Return what a tenant is made of, with every field given and none at its default."""
    tenant_id = stage.cast.fresh("tenant")
    return {
        "tenant_id": tenant_id,
        "name": f"Tenant {tenant_id}",
        "db_backend": "postgresql",
        "db_config": {
            "host": f"db.{tenant_id}.example",
            "port": 5432,
            "database": "people",
            "username": "gateway",
            "password": stage.cast.fresh("database-password"),
        },
        "isolation": "shared",
        "allowed_auth_methods": "email",
        "max_connections": 7,
        "features": {"automations": True, "seats": 12},
        **more,
    }


def make(stage: Stage, **more: Any) -> str:
    """Make a tenant of the deputy's and return its tenant_id."""
    return str(stage.send("POST /v1/tenants", stage.cast.deputy, body=body(stage, **more))["tenant_id"])


def _shared(stage: Stage) -> dict[str, Any]:
    return {"tenant_id": stage.shared("a tenant", lambda: make(stage))}


def _platform(stage: Stage) -> Credential:
    """Return who sees every tenant, whoever made it."""
    return stage.cast.service if stage.settings.service_token else stage.cast.deputy.bearer


@recipe("POST /v1/tenants")
def create(stage: Stage) -> Ready:
    """Make a tenant below the deputy's own."""
    deputy = stage.cast.deputy
    made = body(stage, parent_tenant_id=deputy.tenant_id)
    watch = (Read("GET /v1/tenants/{tenant_id}", _platform(stage), {"tenant_id": made["tenant_id"]}),)
    return Ready(deputy.bearer, deputy, body=made, watch=watch)


@recipe("GET /v1/tenants")
def list_(stage: Stage) -> Ready:
    """List the tenants."""
    deputy = stage.cast.deputy
    return Ready(deputy.bearer, deputy)


@recipe("GET /v1/tenants/{tenant_id}", "GET /v1/tenants/{tenant_id}/health")
def read(stage: Stage) -> Ready:
    """Read a tenant of this run, or ask for its health."""
    deputy = stage.cast.deputy
    where = either(stage, lambda: _shared(stage), lambda: {"tenant_id": deputy.tenant_id})
    return Ready(deputy.bearer, deputy, where)


@recipe("PATCH /v1/tenants/{tenant_id}")
def change(stage: Stage) -> Ready:
    """Change everything that can be changed of a tenant where nobody lives."""
    deputy, where = stage.cast.deputy, _shared(stage)
    new = body(stage)
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
def delete(stage: Stage) -> Ready:
    """Delete a tenant that was just made, where nobody lives."""
    deputy, where = stage.cast.deputy, {"tenant_id": make(stage)}
    watch = (Read("GET /v1/tenants/{tenant_id}", deputy.bearer, where),)
    return Ready(deputy.bearer, deputy, where, watch=watch)
