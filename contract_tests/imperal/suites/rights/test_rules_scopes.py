"""Rules of scopes: the catalogue and its filters, who sees which, and what a person ends up with."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Credential, rule

from ...people import Person
from ...session import Session
from ...shared.tenancy import member, own_tenant, trail
from .._rules import Doc, find, refused, shows

LIST, CREATE = "GET /v1/scopes", "POST /v1/scopes"
CHANGE, DELETE = "PATCH /v1/scopes/{scope_id}", "DELETE /v1/scopes/{scope_id}"
EFFECTIVE = "GET /v1/scopes/effective/{user_id}"
SHARED = "_platform_"


def make(session: Session, who: Person | Credential, **fields: Any) -> Doc:
    """Make a scope with a resource of its own and return it."""
    new = {"resource": session.users.fresh("leaves"), "action": "read", **fields}
    made: Doc = session.send(CREATE, who, body=new).need().json
    return made


def listed(session: Session, who: Person, scope: Doc) -> Doc | None:
    """Return a scope as the list shows it."""
    return find(session.send(LIST, who), "id", scope["id"])


@rule("LIFE-151", CREATE)
def test_a_scope_has_the_documented_defaults(session: Session, check: Check) -> None:
    """What is not given when something is made has its documented default.

    Without a name a scope is called resource:action, without a tenant it is the platform's, its source is tenant.
    """
    new = {"resource": session.users.fresh("leaves"), "action": "rake"}
    made = check.ok(session.send(CREATE, session.users.deputy, body=new))
    expected = {
        **new, "name": f"{new['resource']}:rake", "source": "tenant", "source_id": None, "tenant_id": SHARED,
        "display_name": None, "description": None, "is_system": False,
    }  # fmt: skip
    shows(check, made, expected, "a new scope")
    check.that(
        listed(session, own_tenant(session).admin, made.json), "a scope of the platform is not everybody's", op=LIST
    )


@rule("LIFE-152", CREATE)
def test_a_scope_name_is_taken_once(session: Session, check: Check) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second scope of the same name is refused with 409, however it got the name, and the first one stays.
    """
    deputy = session.users.deputy
    first = make(session, deputy, description="First")
    for again in (
        {"resource": first["resource"], "action": "read", "description": "Second"},
        {"resource": session.users.fresh("other"), "action": "write", "name": first["name"]},
    ):
        refused(check, session.send(CREATE, deputy, body=again), 409, why="the name of a scope is taken twice")
    found = session.send(LIST, deputy).need()
    named = [one for one in found.json if one["name"] == first["name"]]
    check.equal(named, [first], "a refused scope is there, or the first one changed", found)
    check.ok(
        session.send(CREATE, deputy, body={"resource": first["resource"], "action": "write"}),
        "another action is refused",
    )


@rule("FILTER-155", LIST)
def test_each_filter_of_scopes_keeps_what_it_names(session: Session, check: Check) -> None:
    """Resource and source keep exactly the scopes that have them, alone and together."""
    deputy = session.users.deputy
    one, two = session.users.fresh("oak"), session.users.fresh("elm")
    made = [
        make(session, deputy, resource=resource, action=action, source=source)
        for resource in (one, two)
        for action, source in (("read", "tenant"), ("write", "extension"), ("burn", "platform"), ("rake", "extension"))
    ]
    ours = {scope["id"]: scope for scope in made}
    sources: list[Doc] = [{}, {"source": "tenant"}, {"source": "extension"}, {"source": "platform"}]
    resources: list[Doc] = [
        {},
        {"resource": one},
        {"resource": two},
        {"resource": one[:-2]},
        {"resource": f"{one}:read"},
    ]
    for query in ({**a, **b} for a in sources for b in resources):
        reply = check.ok(session.send(LIST, deputy, query=query))
        wanted = {id_ for id_, scope in ours.items() if all(scope[name] == value for name, value in query.items())}
        found = [scope["id"] for scope in reply.json if scope["id"] in ours]
        check.equal(
            sorted(found), sorted(wanted), f"filters {sorted(query)} keep others", reply, about=str(sorted(query))
        )
        strange = [scope["name"] for scope in reply.json if any(scope[name] != value for name, value in query.items())]
        check.equal(strange, [], f"filters {sorted(query)} keep others", reply, about=f"strange {sorted(query)}")


@rule("LIFE-190", DELETE, LIST)
def test_a_scope_goes_when_nothing_refers_to_it(session: Session, check: Check) -> None:
    """A scope that a role or a user refers to stays (409); once nothing does it can be deleted, then it is unknown."""
    home = own_tenant(session)
    scope = make(session, home.admin, tenant_id=home.tenant_id)
    where = {"scope_id": scope["id"]}
    role = session.send(
        "POST /v1/roles", home.admin, body={"name": session.users.fresh("role"), "default_scopes": [scope["name"]]}
    )
    refused(check, session.send(DELETE, home.admin, params=where), 409, why="a scope that a role refers to is deleted")
    session.send(
        "PATCH /v1/roles/{role_id}", home.admin, params={"role_id": role["id"]}, body={"default_scopes": []}
    ).need()
    user = {"user_id": member(session, home, scopes=["own:read", scope["name"]])["imperal_id"]}
    refused(check, session.send(DELETE, home.admin, params=where), 409, why="a scope that a user refers to is deleted")
    check.equal(listed(session, home.admin, scope), scope, "a refused deletion changed the scope", op=LIST)
    session.send("PATCH /v1/users/{user_id}", home.admin, params=user, body={"scopes": ["own:read"]}).need()
    gone = check.ok(session.send(DELETE, home.admin, params=where))
    check.equal(gone.json, {"deleted": True, "id": scope["id"]}, "a deletion says something else", gone)
    check.equal(listed(session, home.admin, scope), None, "a deleted scope is listed", op=LIST)
    refused(check, session.send(DELETE, home.admin, params=where), 404, why="a deleted scope is deleted again")
    refused(
        check,
        session.send(CHANGE, home.admin, params=where, body={"description": "x"}),
        404,
        why="a deleted scope changes",
    )


@rule("LIFE-191", DELETE)
def test_a_built_in_scope_stays(session: Session, check: Check) -> None:
    """A built-in scope cannot be deleted: 403, or 409 while somebody has it."""
    deputy = session.users.deputy
    system = [one for one in session.send(LIST, deputy).need().json if one["is_system"]]
    for scope in system[:5]:
        reply = session.send(DELETE, deputy, params={"scope_id": scope["id"]})
        refused(check, reply, 403, 409, why="a built-in scope is deleted")
        check.equal(listed(session, deputy, scope), scope, "a built-in scope changed", op=LIST)


@rule("I03", LIST, CHANGE, DELETE, CREATE)
def test_scopes_end_at_the_wall_of_a_tenant(session: Session, check: Check) -> None:
    """A tenant's scopes are neither listed nor changed nor deleted by an admin of another one."""
    home, other, deputy = own_tenant(session), own_tenant(session, "another tenant"), session.users.deputy
    theirs, ours = (
        make(session, other.admin, tenant_id=other.tenant_id),
        make(session, deputy, tenant_id=deputy.tenant_id),
    )
    check.equal(
        theirs["tenant_id"], other.tenant_id, "a scope belongs to another tenant than it was made for", op=CREATE
    )
    check.equal(listed(session, other.admin, theirs), theirs, "a tenant does not see its own scope", op=LIST)
    check.equal(listed(session, deputy, ours), ours, "a tenant does not see its own scope", op=LIST)
    for admin, scope in ((home.admin, theirs), (deputy, theirs), (home.admin, ours)):
        check.equal(listed(session, admin, scope), None, "a tenant sees a scope of another one", op=LIST)
        narrow = session.send(LIST, admin, query={"resource": scope["resource"]})
        check.equal(narrow.json, [], "a filter shows a scope of another tenant", narrow)
    for scope in (theirs, ours):
        where = {"scope_id": scope["id"]}
        change = session.send(CHANGE, home.admin, params=where, body={"description": "Mine"})
        refused(check, change, 403, 404, why="a scope of another tenant is changed")
        refused(
            check, session.send(DELETE, home.admin, params=where), 403, 404, why="a scope of another tenant is deleted"
        )
    check.equal(listed(session, other.admin, theirs), theirs, "a scope of another tenant changed", op=LIST)


@rule("LIFE-193", EFFECTIVE)
def test_effective_scopes_are_those_of_the_role_and_ones_own(session: Session, check: Check) -> None:
    """What a person may do is their role's scopes and their own, each once and with where it comes from."""
    home, name = own_tenant(session), session.users.fresh("role")
    session.send("POST /v1/roles", home.admin, body={"name": name, "default_scopes": ["leaves:read", "trees:*"]}).need()
    for own, from_user in (
        (["own:read", "own:write"], {"own:read", "own:write"}),
        ([], set()),
        (["leaves:read", "own:read"], {"own:read"}),
    ):
        record = member(session, home, role=name, scopes=own)
        reply = check.ok(session.send(EFFECTIVE, home.admin, params={"user_id": record["imperal_id"]}))
        shows(check, reply, {"user_id": record["imperal_id"], "role": name, "denied": []}, "effective scopes")
        scopes = [one["scope"] for one in reply["scopes"]]
        check.equal(sorted(scopes), sorted({"leaves:read", "trees:*", *own}), "other scopes are effective", reply)
        origins = {one["scope"]: one["source"] for one in reply["scopes"]}
        for scope, origin in origins.items():
            if scope not in own or scope in from_user:
                said = "user" if scope in from_user else "role"
                check.equal(origin, said, "a scope comes from somewhere else", reply, about=f"{said} origin")


@rule("E07", EFFECTIVE)
def test_effective_is_no_number_of_a_scope(session: Session, check: Check) -> None:
    """Fixed path segments win over parameters: scopes/effective/{id} is a route of its own."""
    user = session.users.user
    reply = check.ok(session.send(EFFECTIVE, user, params={"user_id": user.imperal_id}))
    check.equal(reply["user_id"], user.imperal_id, "the effective scopes are somebody else's", reply)


@rule("LIFE-194", CREATE, CHANGE, DELETE)
def test_changes_of_a_scope_are_in_the_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making, changing and deleting a scope each leave one audit entry with the actor and the target.
    """
    home = own_tenant(session)
    scope = make(session, home.admin, tenant_id=home.tenant_id)
    where, query = {"scope_id": scope["id"]}, {"target_type": "scope", "actor_id": home.admin.imperal_id}
    steps: list[tuple[str, Doc]] = [(CREATE, {}), (CHANGE, {"body": {"description": "Logged"}}), (DELETE, {})]
    for count, (op, more) in enumerate(steps, 1):
        if op != CREATE:
            session.send(op, home.admin, params=where, **more).need()
        found = [one for one in trail(session, home.admin, **query) if one["target_id"] == str(scope["id"])]
        check.equal(len(found), count, "a change of a scope is not one entry of the log", op=op, about=f"count {count}")
