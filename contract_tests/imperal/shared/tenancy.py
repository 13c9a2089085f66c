"""A tenant of a run: people, roles and a log of its own, where counts and lists are exact whatever others do.

`own_tenant(session)` is what tests of a process share; `new_tenant(session)` makes another. Its administrator is
a throw-away person whom the service token let in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..people import Person
from ..recipes.rights import agencies
from ..recipes.rights.tenants import make
from ..session import Session
from ..users import PASSWORD

Doc = dict[str, Any]


@dataclass(frozen=True)
class Tenant:
    """A tenant of this run and its administrator."""

    tenant_id: str
    admin: Person


def new_tenant(session: Session) -> Tenant:
    """Make a tenant with an administrator of its own.

    Raises:
        Unmet: there is no service token, which lets people into a tenant, or a step was refused.

    """
    service = session.users.service
    tenant_id = make(session, allowed_auth_methods="email,api_key")
    admin = session.users.new("admin of a tenant", tenant_id=tenant_id)
    where = {"user_id": admin.imperal_id}
    session.send("PATCH /v1/users/{user_id}", service, params=where, body={"role": "admin"}).need()
    admin.role = "admin"
    session.users.login(admin)
    return Tenant(tenant_id, admin)


def own_tenant(session: Session, label: str = "a tenant of tests") -> Tenant:
    """Return the tenant that tests of this process share under a label."""
    found: Tenant = session.shared(label, lambda: new_tenant(session))
    if found.admin.stale:
        session.users.login(found.admin)
    return found


def new_body(session: Session, **fields: Any) -> Doc:
    """Return the least that somebody is made of, and more fields."""
    return {"email": f"{session.users.fresh('member')}@example.com", "password": PASSWORD, **fields}


def member(session: Session, home: Tenant, **fields: Any) -> Doc:
    """Let the administrator of a tenant make somebody and return their record."""
    made: Doc = session.send("POST /v1/users", home.admin, body=new_body(session, **fields)).need().json
    return made


def agency_of(session: Session, home: Tenant) -> str:
    """Return an agency of a tenant; agencies cannot be deleted, so tests share it."""

    def make_agency() -> str:
        return str(session.send("POST /v1/agencies", home.admin, body=agencies.body(session))["agency_id"])

    return str(session.shared(f"agency of {home.tenant_id}", make_agency))


def enter(session: Session, record: Doc, password: str = PASSWORD) -> Person:
    """Log somebody in of whom there is a record."""
    person = Person("member", record["email"], password, record["imperal_id"])
    person.tenant_id, person.role = record["tenant_id"], record["role"]
    session.users.login(person)
    return person


def record_of(session: Session, admin: Person, user_id: str) -> Doc:
    """Return the record of somebody, as an administrator sees it."""
    found: Doc = session.send("GET /v1/users/{user_id}", admin, params={"user_id": user_id}).need().json
    return found


def trail(session: Session, admin: Person, **query: Any) -> list[Doc]:
    """Return the entries of the log that a query finds, as an administrator sees them."""
    found = session.send("GET /v1/audit", admin, query={"per_page": 200, **query})
    return list(found["entries"])
