"""Rules of the audit log: what is written down, each filter alone and together, spans of time, pages, and walls."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared.lists import log
from ...shared.tenancy import new_tenant, own_tenant, trail
from .._rules import Doc

AUDIT = "GET /v1/audit"


def ask(session: Session, check: Check, who: Person, query: Doc) -> tuple[list[Doc], int]:
    """Return the entries and the total of a query."""
    reply = check.ok(session.send(AUDIT, who, query=query))
    return list(reply["entries"]), int(reply["total"])


@rule("FILTER-160", AUDIT)
def test_what_happened_is_in_the_log_once(session: Session, check: Check) -> None:
    """Every change of a role or a person is one entry, with the actor, the tenant, the target and the time."""
    known = log(session)
    check.that(known.entries, "the log of a tenant is empty", op=AUDIT)
    ids = [one["id"] for one in known.entries]
    check.equal(len(set(ids)), len(ids), "two entries have one number", op=AUDIT)
    tenants = {one["tenant_id"] for one in known.entries}
    check.equal(tenants, {known.home.tenant_id}, "the log has entries of other tenants", op=AUDIT)
    for target, actor in known.made.items():
        about = [one for one in known.entries if one["target_id"] == target]
        check.that(
            about, "something that happened is not in the log", op=AUDIT, expected=target, got="no entry", about="in"
        )
        actors = {one["actor_id"] for one in about}
        check.equal(actors, {actor}, "an entry names somebody else as the actor", op=AUDIT, about="actor")
        kinds = {one["actor_type"] for one in about}
        check.equal(kinds, {"user"}, "who called with a bearer is no user in the log", op=AUDIT, about="kind")


@rule("I03", AUDIT)
def test_a_tenant_reads_its_own_log(session: Session, check: Check) -> None:
    """Tenants are walls: an admin finds nothing of another tenant's log, by whatever filter."""
    known, other = log(session), own_tenant(session)
    entry = known.entries[0]
    for admin in (other.admin, session.users.deputy):
        for query in (
            {"actor_id": entry["actor_id"]},
            {"target_id": entry["target_id"]},
            {"tenant_id": known.home.tenant_id},
        ):
            found, total = ask(session, check, admin, {**query, "per_page": 200})
            strange = [one for one in found if one["tenant_id"] == known.home.tenant_id]
            check.equal(strange, [], "an admin reads the log of another tenant", op=AUDIT)
            if "tenant_id" not in query:
                check.equal(total, 0, "total counts the log of another tenant", op=AUDIT, about="total")


@rule("LIFE-194", AUDIT, "PATCH /v1/tenants/{tenant_id}", "PATCH /v1/admin/tenant-defaults")
def test_changes_of_a_tenant_are_in_its_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    A change of a tenant and one of its defaults each leave one audit entry with the actor and the target.
    """
    home = new_tenant(session)
    where: dict[str, Any] = {"tenant_id": home.tenant_id}
    query = {"target_id": home.tenant_id, "actor_id": home.admin.imperal_id}
    before = len(trail(session, home.admin, **query))
    change = "PATCH /v1/tenants/{tenant_id}"
    session.send(change, home.admin, params=where, body={"max_connections": 44}).need()
    check.equal(
        len(trail(session, home.admin, **query)), before + 1, "a change of a tenant is not one entry", op=change
    )
    change = "PATCH /v1/admin/tenant-defaults"
    session.send(change, home.admin, query=where, body={"max_tool_rounds": 4}).need()
    check.equal(
        len(trail(session, home.admin, **query)), before + 2, "a change of defaults is not one entry", op=change
    )
    session.send(change, home.admin, query=where, body={})
    check.equal(len(trail(session, home.admin, **query)), before + 2, "a refusal is in the log", op=change)


@rule("S16", AUDIT, "POST /v1/roles")
def test_the_admin_portal_reads_the_log_with_the_service_token_alone(session: Session, check: Check) -> None:
    """The admin portal reads the log with the service token alone; who it acts for is written down as the actor."""
    service, deputy = session.users.service, session.users.deputy
    alone = session.send("POST /v1/roles", service, body={"name": session.users.fresh("role")})["id"]
    acting = session.send("POST /v1/roles", session.users.acting(deputy), body={"name": session.users.fresh("role")})[
        "id"
    ]
    for role_id, actor in ((alone, None), (acting, deputy.imperal_id)):
        reply = check.ok(session.send(AUDIT, service, query={"target_id": role_id}))
        same = session.send(AUDIT, deputy, query={"target_id": role_id})
        check.equal(reply.json, same.json, "the service reads another log than an admin", reply)
        check.equal(len(reply["entries"]), 1, "what the portal did is not one entry", reply, about="count")
        for one in reply["entries"]:
            if actor:
                check.equal(one["actor_id"], actor, "who was acted for is not the actor", reply)
            check.that(one["actor_type"] != "user" or actor, "a service that names nobody is a user in the log", reply)
