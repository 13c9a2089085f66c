"""Rules of changes of a person: what a change writes, agencies, attributes and roles, and what the log says of it."""

from __future__ import annotations

from specdouble.verify.kit import Check, rule

from ...session import Session
from ...shared.tenancy import Tenant, agency_of, enter, member, new_body, own_tenant, record_of, trail
from .._rules import Doc, kept, refused, shows

LIST, CREATE, READ, CHANGE = "GET /v1/users", "POST /v1/users", "GET /v1/users/{user_id}", "PATCH /v1/users/{user_id}"
EFFECTIVE, ME = "GET /v1/scopes/effective/{user_id}", "GET /v1/auth/me"


def where(record: Doc) -> Doc:
    """Return the path parameters that name somebody."""
    return {"user_id": record["imperal_id"]}


@rule("LIFE-175", CREATE, CHANGE)
def test_unknown_roles_and_agencies_are_refused(session: Session, check: Check) -> None:
    """Nobody gets a role or an agency that is not there, or that is another tenant's: 404, and nothing is written."""
    home, other = own_tenant(session), own_tenant(session, "another tenant")
    session.send("POST /v1/roles", other.admin, body={"name": (foreign := session.users.fresh("role"))}).need()
    record = member(session, home, role="viewer")
    for wrong in (
        {"role": session.users.fresh("nobody")}, {"role": foreign}, {"agency_id": session.users.fresh("nowhere")},
        {"agency_id": agency_of(session, other)},
    ):  # fmt: skip
        new = new_body(session, **wrong)
        refused(
            check,
            session.send(CREATE, home.admin, body=new),
            404,
            why=f"somebody is made with an unknown {next(iter(wrong))}",
        )
        gone = session.send(LIST, home.admin, query={"search": new["email"], "include_inactive": True})
        check.equal(gone["total"], 0, "a refused person is there", gone)
        change = session.send(
            CHANGE, home.admin, params=where(record), body={**wrong, "scopes": [], "attributes": {"a": 1}}
        )
        refused(check, change, 404, why=f"somebody gets an unknown {next(iter(wrong))}")
        check.equal(record_of(session, home.admin, record["imperal_id"]), record, "a refused change is written", change)


@rule("LIFE-177", CHANGE, READ, "GET /v1/agencies/me")
def test_an_agency_is_joined_and_left(session: Session, check: Check) -> None:
    """Somebody joins an agency by its id and leaves it by null; their own page of the agency follows."""
    home = own_tenant(session)
    record, agency_id = member(session, home), agency_of(session, home)
    person = enter(session, record)
    for given, shown in ((agency_id, agency_id), (None, "default")):
        changed = check.ok(session.send(CHANGE, home.admin, params=where(record), body={"agency_id": given}))
        shows(check, changed, {"agency_id": given}, "who changed the agency")
        kept(check, changed, record, "who changed the agency", "agency_id", "last_login")
        mine = check.ok(session.send("GET /v1/agencies/me", person))
        check.equal(mine["agency_id"], shown, "one's agency is another one", mine)


@rule("E14", CHANGE)
def test_attributes_are_swapped_as_a_whole(session: Session, check: Check) -> None:
    """A PATCH of attributes puts the sent object in the place of the old one.

    Clients read, merge and send the whole object; what it lacks is gone.
    """
    home = own_tenant(session)
    record = member(session, home, attributes={"first": 1, "second": {"deep": 2, "deeper": 3}})
    for whole in ({"first": 1, "second": {"deep": 4}, "third": None}, {"second": {"other": 5}}, {}):
        changed = check.ok(session.send(CHANGE, home.admin, params=where(record), body={"attributes": whole}))
        check.equal(changed["attributes"], whole, "attributes are not the object that was sent", changed)
        shown = record_of(session, home.admin, record["imperal_id"])
        check.equal(shown["attributes"], whole, "attributes are not the object that was sent", changed)


@rule("LIFE-178", CHANGE, EFFECTIVE, ME)
def test_a_new_role_counts(session: Session, check: Check) -> None:
    """A new role shows in the profile and in the effective scopes, and an admin's powers come and go with it."""
    home = own_tenant(session)
    record = member(session, home, role="viewer")
    person = enter(session, record)
    refused(check, session.send(LIST, person), 403, 401, why="a viewer lists people")
    for role, may in (("admin", True), ("viewer", False)):
        check.ok(session.send(CHANGE, home.admin, params=where(record), body={"role": role}))
        session.users.login(person)
        check.equal(session.send(ME, person)["role"], role, "the profile shows another role", op=ME)
        check.equal(
            session.send(EFFECTIVE, person, params=where(record))["role"], role, "effective scopes name another role"
        )
        check.equal(
            session.send(LIST, person).ok, may, f"a new {role} {'may not' if may else 'may'} list people", op=CHANGE
        )


@rule("LIFE-194", CREATE, CHANGE)
def test_changes_of_somebody_are_in_the_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making and changing somebody leave one audit entry each, which says who did what to whom.
    """
    home = own_tenant(session)
    record = member(session, home, role="user")
    known = entries(session, check, home, record, 1, CREATE)
    session.send(CHANGE, home.admin, params=where(record), body={"role": "viewer"}).need()
    new = [one for one in entries(session, check, home, record, 2, CHANGE) if one not in known]
    told = str(new[0]["changes"]) if new else ""
    check.that("role" in told and "viewer" in told, "the entry does not say what changed", op=CHANGE, got=told)
    session.send(CHANGE, home.admin, params=where(record), body={"role": "nobody-has-this-role"})
    entries(session, check, home, record, 2, CHANGE)


def entries(session: Session, check: Check, home: Tenant, record: Doc, count: int, op: str) -> list[Doc]:
    """Return the audit entries about somebody after checking how many there are and what they say."""
    found = trail(session, home.admin, target_id=record["imperal_id"])
    check.equal(len(found), count, f"the log has not {count} entries about somebody", op=op, about=f"count {count}")
    for one in found:
        said = (one["actor_id"], one["target_id"], one["tenant_id"])
        expected = (home.admin.imperal_id, record["imperal_id"], home.tenant_id)
        check.equal(said, expected, "an audit entry names others", op=op)
    return found
