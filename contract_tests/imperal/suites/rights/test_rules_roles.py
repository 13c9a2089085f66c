"""Rules of roles: what they give to their holders, when, and when they may go."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...recipes.rights.roles import body
from ...session import Session
from ...shared.tenancy import Tenant, member, new_tenant, own_tenant, record_of, trail
from .._rules import Doc, find, kept, refused, shows

CREATE, LIST = "POST /v1/roles", "GET /v1/roles"
CHANGE, DELETE = "PATCH /v1/roles/{role_id}", "DELETE /v1/roles/{role_id}"
USER, EFFECTIVE = "PATCH /v1/users/{user_id}", "GET /v1/scopes/effective/{user_id}"
BUILT_IN = {"admin", "user", "viewer", "developer"}
DEFAULTS = {
    "display_name": "",
    "default_scopes": [],
    "default_attributes": {},
    "default_extensions": [],
    "confirmation_policy": "default_off",
    "max_concurrent_tasks": 3,
    "monthly_action_limit": 500,
    "context_window": 20,
    "is_system": False,
}
CHANGES: list[tuple[str, Any]] = [
    ("display_name", "Renamed"),
    ("default_scopes", ["tasks:read", "notes:*"]),
    ("default_attributes", {"team": "sales"}),
    ("default_extensions", []),
    ("confirmation_policy", "default_on"),
    ("max_concurrent_tasks", 9),
    ("monthly_action_limit", 4321),
    ("context_window", 44),
]


def make(session: Session, home: Tenant, **fields: Any) -> Doc:
    """Make a role of a tenant and return it."""
    made: Doc = session.send(CREATE, home.admin, body={"name": session.users.fresh("role"), **fields}).need().json
    return made


def listed(session: Session, admin: Person, role_id: str) -> Doc | None:
    """Return a role as the list shows it."""
    return find(session.send(LIST, admin), "id", role_id)


@rule("LIFE-151", CREATE)
def test_a_role_has_the_documented_defaults(session: Session, check: Check) -> None:
    """What is not given when something is made has its documented default.

    What is not given has its default: nothing to give, default_off, 3 tasks, 500 actions, a window of 20.
    """
    made = check.ok(session.send(CREATE, own_tenant(session).admin, body={"name": session.users.fresh("role")}))
    shows(check, made, DEFAULTS, "a new role")


@rule("LIFE-152", CREATE)
def test_a_role_name_is_taken_once_in_a_tenant(session: Session, check: Check) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second role of the same name is refused with 409 and changes nothing; another tenant may use the name.
    """
    home, other = own_tenant(session), own_tenant(session, "another tenant")
    first = make(session, home, display_name="First")
    before = session.send(LIST, home.admin).need().json
    again = session.send(CREATE, home.admin, body={"name": first["name"], "display_name": "Second"})
    refused(check, again, 409, why="a role name is taken twice")
    builtin = session.send(CREATE, home.admin, body={"name": "viewer"})
    refused(check, builtin, 409, why="the name of a built-in role is taken")
    check.equal(session.send(LIST, home.admin).json, before, "a refused role changed the list", again, op=LIST)
    check.ok(
        session.send(CREATE, other.admin, body={"name": first["name"]}), "a role name of another tenant is refused"
    )


@rule("LIFE-163", LIST)
def test_a_tenant_has_the_built_in_roles(session: Session, check: Check) -> None:
    """Every tenant has the built-in roles admin, user, viewer and developer, marked as built in."""
    for admin in (own_tenant(session).admin, session.users.deputy):
        reply = check.ok(session.send(LIST, admin))
        system = {one["name"] for one in reply.json if one["is_system"]}
        check.equal(BUILT_IN - system, set(), "built-in roles are missing, or not marked as such", reply)


@rule("LIFE-153", CHANGE)
def test_a_role_keeps_what_is_not_given(session: Session, check: Check) -> None:
    """A change writes the given field and leaves the others; the page and the list show it.

    An empty change of a role, or one of nulls, leaves every field as it was.
    """
    home = own_tenant(session)
    before = check.ok(session.send(CREATE, home.admin, body=body(session))).json
    where = {"role_id": before["id"]}
    kept(check, check.ok(session.send(CHANGE, home.admin, params=where, body={})), before, "an unchanged role")
    nothing = dict.fromkeys(name for name, _value in CHANGES)
    session.send(CHANGE, home.admin, params=where, body=nothing)
    check.equal(listed(session, home.admin, before["id"]), before, "nulls took fields of a role away", op=CHANGE)


@rule("LIFE-166", CHANGE)
def test_without_a_cascade_holders_stay_as_they_are(session: Session, check: Check) -> None:
    """A change that does not cascade changes nobody who holds the role."""
    home, new = own_tenant(session), body(session)
    made = session.send(CREATE, home.admin, body=new).need()
    holder, where = member(session, home, role=new["name"]), {"role_id": made["id"]}
    changed = check.ok(session.send(CHANGE, home.admin, params=where, body={"default_scopes": ["tasks:read"]}))
    check.equal(changed["cascaded_count"], 0, "a change that does not cascade counts holders", changed)
    now = record_of(session, home.admin, holder["imperal_id"])
    check.equal(now, holder, "a holder changed with a role that does not cascade", op=CHANGE)


@rule("LIFE-166", CHANGE, EFFECTIVE)
def test_a_cascade_gives_every_holder_the_role_anew(session: Session, check: Check) -> None:
    """With cascade, every holder gets the role's scopes and attributes anew, and the response counts them.

    Nobody else is touched: not who has another role, and not who has a role of that name in another tenant.
    """
    home, other = own_tenant(session), own_tenant(session, "another tenant")
    role = make(session, home, default_scopes=["notes:read"], default_attributes={"team": "old"})
    make(session, other, name=role["name"], default_scopes=["notes:read"])
    holders = [member(session, home, role=role["name"]) for _ in range(3)]
    holders.append(member(session, home, role=role["name"], scopes=["own:read"], attributes={"team": "own"}))
    outside, foreign = member(session, home, role="viewer"), member(session, other, role=role["name"])
    where, new = (
        {"role_id": role["id"]},
        {"default_scopes": ["tasks:read", "notes:*"], "default_attributes": {"team": "new"}},
    )
    changed = check.ok(session.send(CHANGE, home.admin, params=where, query={"cascade": True}, body=new))
    shows(check, changed, {**new, "cascaded_count": len(holders)}, "a role that cascades")
    for holder in holders:
        now = record_of(session, home.admin, holder["imperal_id"])
        check.equal(now["scopes"], new["default_scopes"], "a holder does not have the role's new scopes", changed)
        check.equal(now["attributes"].get("team"), "new", "a holder does not have the role's new attributes", changed)
        kept(check, changed, holder, "a holder", "scopes", "attributes", shown=now)
        effective = check.ok(session.send(EFFECTIVE, home.admin, params={"user_id": holder["imperal_id"]}))
        scopes = sorted(one["scope"] for one in effective["scopes"])
        check.equal(scopes, sorted(new["default_scopes"]), "effective scopes do not follow the role", effective)
    for admin, person in ((home.admin, outside), (other.admin, foreign)):
        check.equal(record_of(session, admin, person["imperal_id"]), person, "a cascade reached somebody else", changed)
    none = make(session, home)
    empty = session.send(
        CHANGE, home.admin, params={"role_id": none["id"]}, query={"cascade": True}, body={"context_window": 5}
    )
    shows(check, check.ok(empty), {"cascaded_count": 0}, "a role that nobody holds")


@rule("LIFE-167", DELETE, LIST)
def test_a_role_goes_when_nobody_holds_it(session: Session, check: Check) -> None:
    """A role that somebody holds stays (409); once nobody does it can be deleted, and then it is unknown."""
    home = own_tenant(session)
    role = make(session, home, display_name="To go")
    where, holder = {"role_id": role["id"]}, member(session, home, role=role["name"])
    refused(check, session.send(DELETE, home.admin, params=where), 409, why="a role that is held is deleted")
    check.equal(listed(session, home.admin, role["id"]), role, "a refused deletion changed the role", op=LIST)
    session.send(USER, home.admin, params={"user_id": holder["imperal_id"]}, body={"role": "viewer"}).need()
    gone = check.ok(session.send(DELETE, home.admin, params=where))
    check.equal(gone.json, {"deleted": True, "role_id": role["id"]}, "a deletion says something else", gone)
    check.equal(listed(session, home.admin, role["id"]), None, "a deleted role is listed", op=LIST)
    refused(check, session.send(DELETE, home.admin, params=where), 404, why="a deleted role is deleted again")
    refused(
        check,
        session.send(CHANGE, home.admin, params=where, body={"display_name": "x"}),
        404,
        why="a deleted role changes",
    )
    given = session.send("POST /v1/users", home.admin, body={"email": f"{session.users.fresh('late')}@example.com",
                       "password": "Specdouble-8!", "role": role["name"]})  # fmt: skip
    refused(check, given, 404, why="a deleted role is given to somebody")


@rule("LIFE-168", DELETE)
def test_a_built_in_role_stays(session: Session, check: Check) -> None:
    """A built-in role cannot be deleted: 403, whether somebody holds it or not."""
    home = new_tenant(session)
    before = session.send(LIST, home.admin).need().json
    for role in [one for one in before if one["is_system"]]:
        reply = session.send(DELETE, home.admin, params={"role_id": role["id"]})
        refused(check, reply, 403, *([409] if role["name"] == "admin" else []), why="a built-in role is deleted")
    check.equal(session.send(LIST, home.admin).json, before, "built-in roles changed", op=LIST)


@rule("I03", LIST, CHANGE, DELETE)
def test_roles_end_at_the_wall_of_a_tenant(session: Session, check: Check) -> None:
    """Roles of another tenant are neither listed nor changed nor deleted by an admin."""
    home, other = own_tenant(session), own_tenant(session, "another tenant")
    role = make(session, other)
    where = {"role_id": role["id"]}
    for admin in (home.admin, session.users.deputy):
        reply = check.ok(session.send(LIST, admin))
        check.that(role["name"] not in reply.text, "the list shows a role of another tenant", reply)
        strangers = {one["tenant_id"] for one in reply.json if not one["is_system"]} - {admin.tenant_id}
        check.equal(strangers, set(), "the list shows roles of other tenants", reply, about="tenants")
    change = session.send(CHANGE, home.admin, params=where, query={"cascade": True}, body={"display_name": "Mine"})
    refused(check, change, 403, 404, why="a role of another tenant is changed")
    refused(check, session.send(DELETE, home.admin, params=where), 403, 404, why="a role of another tenant is deleted")
    check.equal(listed(session, other.admin, role["id"]), role, "a role of another tenant changed", op=LIST)


@rule("LIFE-194", CREATE, CHANGE, DELETE)
def test_changes_of_a_role_are_in_the_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making, changing and deleting a role each leave one audit entry with the actor and the target; refusals none.
    """
    home = own_tenant(session)
    role = make(session, home, context_window=21)
    where, query = {"role_id": role["id"]}, {"target_id": role["id"]}
    first = check_entry(check, trail(session, home.admin, **query), 1, CREATE, home, role["id"])
    session.send(CHANGE, home.admin, params=where, body={"context_window": 77}).need()
    entries = trail(session, home.admin, **query)
    second = check_entry(check, entries, 2, CHANGE, home, role["id"], first)
    told = str(second.get("changes"))
    check.that("context_window" in told and "77" in told, "the entry does not say what changed", op=CHANGE, got=told)
    session.send(CREATE, home.admin, body={"name": role["name"]})
    check.equal(len(trail(session, home.admin, **query)), 2, "a refusal is in the log", op=CREATE)
    session.send(DELETE, home.admin, params=where).need()
    third = check_entry(check, trail(session, home.admin, **query), 3, DELETE, home, role["id"], first, second)
    actions = {one.get("action") for one in (first, second, third)}
    check.equal(
        len(actions),
        3,
        f"making, changing and deleting are not three actions in the log: {sorted(map(str, actions))}",
        op=DELETE,
        about="actions",
    )


def check_entry(check: Check, entries: list[Doc], count: int, op: str, home: Tenant, target: str, *known: Doc) -> Doc:
    """Check that the log has so many entries of a target, and return the one that is new."""
    check.equal(len(entries), count, "the log does not have one entry more", op=op, about="count")
    new = [one for one in entries if one["id"] not in {seen.get("id") for seen in known}]
    if not new:
        return {}
    expected = {
        "actor_id": home.admin.imperal_id,
        "target_id": target,
        "tenant_id": home.tenant_id,
        "actor_type": "user",
    }
    for name, value in expected.items():
        check.equal(new[0][name], value, f"{name} of an audit entry is wrong", op=op, about=name)
    return new[0]
