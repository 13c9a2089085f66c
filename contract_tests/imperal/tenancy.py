"""A tenant of a run: people, roles and a log of its own, where counts and lists are exact whatever others do.

`house(stage)` is the tenant that tests of one process share; `new_house(stage)` makes another one. Its administrator is
a throw-away person whom the service token let in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import PASSWORD, Person, Stage

from .recipes.rights import agencies
from .recipes.rights.tenants import make

Doc = dict[str, Any]


@dataclass(frozen=True)
class House:
    """A tenant of this run and its administrator."""

    tenant_id: str
    admin: Person


def new_house(stage: Stage) -> House:
    """Make a tenant with an administrator of its own.

    Raises:
        Unmet: there is no service token, which lets people into a tenant, or a step was refused.

    """
    service = stage.cast.service
    tenant_id = make(stage, allowed_auth_methods="email,api_key")
    admin = stage.cast.new("admin of a tenant", tenant_id=tenant_id)
    where = {"user_id": admin.imperal_id}
    stage.send("PATCH /v1/users/{user_id}", service, params=where, body={"role": "admin"}).need()
    admin.role = "admin"
    stage.cast.login(admin)
    return House(tenant_id, admin)


def house(stage: Stage, label: str = "a house") -> House:
    """Return the tenant that tests of this process share under a label."""
    found: House = stage.shared(label, lambda: new_house(stage))
    if found.admin.stale:
        stage.cast.login(found.admin)
    return found


def new_body(stage: Stage, **fields: Any) -> Doc:
    """Return the least that somebody is made of, and more fields."""
    return {"email": f"{stage.cast.fresh('member')}@example.com", "password": PASSWORD, **fields}


def member(stage: Stage, home: House, **fields: Any) -> Doc:
    """Let the administrator of a tenant make somebody and return their record."""
    made: Doc = stage.send("POST /v1/users", home.admin, body=new_body(stage, **fields)).need().json
    return made


def agency_of(stage: Stage, home: House) -> str:
    """Return an agency of a tenant; agencies cannot be deleted, so tests share it."""

    def make_agency() -> str:
        return str(stage.send("POST /v1/agencies", home.admin, body=agencies.body(stage))["agency_id"])

    return str(stage.shared(f"agency of {home.tenant_id}", make_agency))


def enter(stage: Stage, record: Doc, password: str = PASSWORD) -> Person:
    """Log somebody in of whom there is a record."""
    person = Person("member", record["email"], password, record["tenant_id"], record["imperal_id"], record["role"])
    stage.cast.login(person)
    return person


def record_of(stage: Stage, admin: Person, user_id: str) -> Doc:
    """Return the record of somebody, as an administrator sees it."""
    found: Doc = stage.send("GET /v1/users/{user_id}", admin, params={"user_id": user_id}).need().json
    return found


def trail(stage: Stage, admin: Person, **query: Any) -> list[Doc]:
    """Return the entries of the log that a query finds, as an administrator sees them."""
    found = stage.send("GET /v1/audit", admin, query={"per_page": 200, **query})
    return list(found["entries"])
