"""Laws of roles: what they give to their holders, when, and when they may go."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Person, Stage, law

from ...recipes.rights.roles import body
from ...tenancy import House, house, member, new_house, record_of, trail
from .._laws import Doc, find, kept, refused, shows

CREATE, LIST = "POST /v1/roles", "GET /v1/roles"
CHANGE, DELETE = "PATCH /v1/roles/{role_id}", "DELETE /v1/roles/{role_id}"
USER, EFFECTIVE = "PATCH /v1/users/{user_id}", "GET /v1/scopes/effective/{user_id}"
BUILT_IN = {"admin", "user", "viewer", "developer"}
POLICIES = ("enforced", "default_on", "default_off", "disabled")
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


def make(stage: Stage, home: House, **fields: Any) -> Doc:
    """Make a role of a tenant and return it."""
    made: Doc = stage.send(CREATE, home.admin, body={"name": stage.cast.fresh("role"), **fields}).need().json
    return made


def listed(stage: Stage, admin: Person, role_id: str) -> Doc | None:
    """Return a role as the list shows it."""
    return find(stage.send(LIST, admin), "id", role_id)


@law("LIFE-150", CREATE, LIST)
def test_a_role_has_every_field_that_it_was_made_with(stage: Stage, judge: Judge) -> None:
    """What is made has every field that it was made with; its own page and the list show the same.

    A role is made with every given field, in its maker's tenant, and the list shows the same.
    """
    home, new = house(stage), body(stage)
    made = judge.ok(stage.send(CREATE, home.admin, body=new))
    shows(judge, made, {**new, "tenant_id": home.tenant_id, "is_system": False}, "a new role")
    judge.equal(listed(stage, home.admin, made["id"]), made.json, "the list shows a new role otherwise", op=LIST)
    for policy in POLICIES:
        one = judge.ok(
            stage.send(CREATE, home.admin, body={"name": stage.cast.fresh("role"), "confirmation_policy": policy})
        )
        shows(judge, one, {"confirmation_policy": policy}, f"a role that is {policy}")


@law("LIFE-151", CREATE)
def test_a_role_has_the_documented_defaults(stage: Stage, judge: Judge) -> None:
    """What is not given when something is made has its documented default.

    What is not given has its default: nothing to give, default_off, 3 tasks, 500 actions, a window of 20.
    """
    made = judge.ok(stage.send(CREATE, house(stage).admin, body={"name": stage.cast.fresh("role")}))
    shows(judge, made, DEFAULTS, "a new role")


@law("LIFE-152", CREATE)
def test_a_role_name_is_taken_once_in_a_tenant(stage: Stage, judge: Judge) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second role of the same name is refused with 409 and changes nothing; another tenant may use the name.
    """
    home, other = house(stage), house(stage, "another house")
    first = make(stage, home, display_name="First")
    before = stage.send(LIST, home.admin).need().json
    again = stage.send(CREATE, home.admin, body={"name": first["name"], "display_name": "Second"})
    refused(judge, again, 409, why="a role name is taken twice")
    builtin = stage.send(CREATE, home.admin, body={"name": "viewer"})
    refused(judge, builtin, 409, why="the name of a built-in role is taken")
    judge.equal(stage.send(LIST, home.admin).json, before, "a refused role changed the list", again, op=LIST)
    judge.ok(stage.send(CREATE, other.admin, body={"name": first["name"]}), "a role name of another tenant is refused")


@law("LIFE-163", LIST)
def test_a_tenant_has_the_built_in_roles(stage: Stage, judge: Judge) -> None:
    """Every tenant has the built-in roles admin, user, viewer and developer, marked as built in."""
    for admin in (house(stage).admin, stage.cast.deputy):
        reply = judge.ok(stage.send(LIST, admin))
        system = {one["name"] for one in reply.json if one["is_system"]}
        judge.equal(BUILT_IN - system, set(), "built-in roles are missing, or not marked as such", reply)


@law("LIFE-153", CHANGE, LIST)
@pytest.mark.parametrize(("name", "value"), CHANGES, ids=[name for name, _value in CHANGES])
def test_a_change_of_a_role_touches_what_is_given(name: str, value: Any, stage: Stage, judge: Judge) -> None:
    """A change writes the given field and leaves the others; the page and the list show it.

    A PATCH of a role writes the given field, leaves the others, and nobody's scopes unless it cascades.
    """
    home, new = house(stage), body(stage)
    before = judge.ok(stage.send(CREATE, home.admin, body=new)).json
    holder = member(stage, home, role=new["name"])
    changed = judge.ok(stage.send(CHANGE, home.admin, params={"role_id": before["id"]}, body={name: value}))
    shows(judge, changed, {name: value, "cascaded_count": 0}, "a changed role")
    kept(judge, changed, before, "a changed role", name)
    shown = {key: one for key, one in changed.json.items() if key != "cascaded_count"}
    judge.equal(listed(stage, home.admin, before["id"]), shown, "the list shows the old role", op=LIST)
    now = record_of(stage, home.admin, holder["imperal_id"])
    judge.equal(now, holder, "a holder changed with a role that does not cascade", op=CHANGE)


@law("LIFE-153", CHANGE)
def test_a_role_keeps_what_is_not_given(stage: Stage, judge: Judge) -> None:
    """A change writes the given field and leaves the others; the page and the list show it.

    An empty change of a role, or one of nulls, leaves every field as it was.
    """
    home = house(stage)
    before = judge.ok(stage.send(CREATE, home.admin, body=body(stage))).json
    where = {"role_id": before["id"]}
    kept(judge, judge.ok(stage.send(CHANGE, home.admin, params=where, body={})), before, "an unchanged role")
    nothing = dict.fromkeys(name for name, _value in CHANGES)
    stage.send(CHANGE, home.admin, params=where, body=nothing)
    judge.equal(listed(stage, home.admin, before["id"]), before, "nulls took fields of a role away", op=CHANGE)


@law("LIFE-166", CHANGE, EFFECTIVE)
def test_a_cascade_gives_every_holder_the_role_anew(stage: Stage, judge: Judge) -> None:
    """With cascade, every holder gets the role's scopes and attributes anew, and the answer counts them.

    Nobody else is touched: not who has another role, and not who has a role of that name in another tenant.
    """
    home, other = house(stage), house(stage, "another house")
    role = make(stage, home, default_scopes=["notes:read"], default_attributes={"team": "old"})
    make(stage, other, name=role["name"], default_scopes=["notes:read"])
    holders = [member(stage, home, role=role["name"]) for _ in range(3)]
    holders.append(member(stage, home, role=role["name"], scopes=["own:read"], attributes={"team": "own"}))
    outside, foreign = member(stage, home, role="viewer"), member(stage, other, role=role["name"])
    where, new = (
        {"role_id": role["id"]},
        {"default_scopes": ["tasks:read", "notes:*"], "default_attributes": {"team": "new"}},
    )
    changed = judge.ok(stage.send(CHANGE, home.admin, params=where, query={"cascade": True}, body=new))
    shows(judge, changed, {**new, "cascaded_count": len(holders)}, "a role that cascades")
    for holder in holders:
        now = record_of(stage, home.admin, holder["imperal_id"])
        judge.equal(now["scopes"], new["default_scopes"], "a holder does not have the role's new scopes", changed)
        judge.equal(now["attributes"].get("team"), "new", "a holder does not have the role's new attributes", changed)
        kept(judge, changed, holder, "a holder", "scopes", "attributes", shown=now)
        effective = judge.ok(stage.send(EFFECTIVE, home.admin, params={"user_id": holder["imperal_id"]}))
        scopes = sorted(one["scope"] for one in effective["scopes"])
        judge.equal(scopes, sorted(new["default_scopes"]), "effective scopes do not follow the role", effective)
    for admin, person in ((home.admin, outside), (other.admin, foreign)):
        judge.equal(record_of(stage, admin, person["imperal_id"]), person, "a cascade reached somebody else", changed)
    none = make(stage, home)
    empty = stage.send(
        CHANGE, home.admin, params={"role_id": none["id"]}, query={"cascade": True}, body={"context_window": 5}
    )
    shows(judge, judge.ok(empty), {"cascaded_count": 0}, "a role that nobody holds")


@law("LIFE-167", DELETE, LIST)
def test_a_role_goes_when_nobody_holds_it(stage: Stage, judge: Judge) -> None:
    """A role that somebody holds stays (409); once nobody does it can be deleted, and then it is unknown."""
    home = house(stage)
    role = make(stage, home, display_name="To go")
    where, holder = {"role_id": role["id"]}, member(stage, home, role=role["name"])
    refused(judge, stage.send(DELETE, home.admin, params=where), 409, why="a role that is held is deleted")
    judge.equal(listed(stage, home.admin, role["id"]), role, "a refused deletion changed the role", op=LIST)
    stage.send(USER, home.admin, params={"user_id": holder["imperal_id"]}, body={"role": "viewer"}).need()
    gone = judge.ok(stage.send(DELETE, home.admin, params=where))
    judge.equal(gone.json, {"deleted": True, "role_id": role["id"]}, "a deletion says something else", gone)
    judge.equal(listed(stage, home.admin, role["id"]), None, "a deleted role is listed", op=LIST)
    refused(judge, stage.send(DELETE, home.admin, params=where), 404, why="a deleted role is deleted again")
    refused(
        judge,
        stage.send(CHANGE, home.admin, params=where, body={"display_name": "x"}),
        404,
        why="a deleted role changes",
    )
    given = stage.send("POST /v1/users", home.admin, body={"email": f"{stage.cast.fresh('late')}@example.com",
                       "password": "Specdouble-8!", "role": role["name"]})  # fmt: skip
    refused(judge, given, 404, why="a deleted role is given to somebody")


@law("LIFE-168", DELETE)
def test_a_built_in_role_stays(stage: Stage, judge: Judge) -> None:
    """A built-in role cannot be deleted: 403, whether somebody holds it or not."""
    home = new_house(stage)
    before = stage.send(LIST, home.admin).need().json
    for role in [one for one in before if one["is_system"]]:
        reply = stage.send(DELETE, home.admin, params={"role_id": role["id"]})
        refused(judge, reply, 403, *([409] if role["name"] == "admin" else []), why="a built-in role is deleted")
    judge.equal(stage.send(LIST, home.admin).json, before, "built-in roles changed", op=LIST)


@law("I03", LIST, CHANGE, DELETE)
def test_roles_end_at_the_wall_of_a_tenant(stage: Stage, judge: Judge) -> None:
    """Roles of another tenant are neither listed nor changed nor deleted by an admin."""
    home, other = house(stage), house(stage, "another house")
    role = make(stage, other)
    where = {"role_id": role["id"]}
    for admin in (home.admin, stage.cast.deputy):
        reply = judge.ok(stage.send(LIST, admin))
        judge.that(role["name"] not in reply.text, "the list shows a role of another tenant", reply)
        strangers = {one["tenant_id"] for one in reply.json if not one["is_system"]} - {admin.tenant_id}
        judge.equal(strangers, set(), "the list shows roles of other tenants", reply, about="tenants")
    change = stage.send(CHANGE, home.admin, params=where, query={"cascade": True}, body={"display_name": "Mine"})
    refused(judge, change, 403, 404, why="a role of another tenant is changed")
    refused(judge, stage.send(DELETE, home.admin, params=where), 403, 404, why="a role of another tenant is deleted")
    judge.equal(listed(stage, other.admin, role["id"]), role, "a role of another tenant changed", op=LIST)


@law("LIFE-194", CREATE, CHANGE, DELETE)
def test_changes_of_a_role_are_in_the_log(stage: Stage, judge: Judge) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making, changing and deleting a role each leave one audit entry with the actor and the target; refusals none.
    """
    home = house(stage)
    role = make(stage, home, context_window=21)
    where, query = {"role_id": role["id"]}, {"target_id": role["id"]}
    first = judge_entry(judge, trail(stage, home.admin, **query), 1, CREATE, home, role["id"])
    stage.send(CHANGE, home.admin, params=where, body={"context_window": 77}).need()
    entries = trail(stage, home.admin, **query)
    second = judge_entry(judge, entries, 2, CHANGE, home, role["id"], first)
    told = str(second.get("changes"))
    judge.that("context_window" in told and "77" in told, "the entry does not say what changed", op=CHANGE, got=told)
    stage.send(CREATE, home.admin, body={"name": role["name"]})
    judge.equal(len(trail(stage, home.admin, **query)), 2, "a refusal is in the log", op=CREATE)
    stage.send(DELETE, home.admin, params=where).need()
    third = judge_entry(judge, trail(stage, home.admin, **query), 3, DELETE, home, role["id"], first, second)
    actions = {one.get("action") for one in (first, second, third)}
    judge.equal(
        len(actions),
        3,
        f"making, changing and deleting are not three actions in the log: {sorted(map(str, actions))}",
        op=DELETE,
        about="actions",
    )


def judge_entry(judge: Judge, entries: list[Doc], count: int, op: str, home: House, target: str, *known: Doc) -> Doc:
    """Check that the log has so many entries of a target, and return the one that is new."""
    judge.equal(len(entries), count, "the log does not have one entry more", op=op, about="count")
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
        judge.equal(new[0][name], value, f"{name} of an audit entry is wrong", op=op, about=name)
    return new[0]


@law("S16", LIST, CREATE, CHANGE, DELETE)
def test_the_admin_portal_keeps_roles_with_the_service_token_alone(stage: Stage, judge: Judge) -> None:
    """The admin portal lists, makes, changes and deletes roles with the service token alone."""
    service = stage.cast.service
    made = judge.ok(stage.send(CREATE, service, body={"name": stage.cast.fresh("role"), "context_window": 12}))
    where = {"role_id": made["id"]}
    judge.equal(find(judge.ok(stage.send(LIST, service)), "id", made["id"]), made.json, "the list lacks the role", made)
    changed = judge.ok(stage.send(CHANGE, service, params=where, body={"context_window": 13}))
    shows(judge, changed, {"context_window": 13}, "a role that the portal changed")
    judge.ok(stage.send(DELETE, service, params=where))
    judge.equal(find(stage.send(LIST, service), "id", made["id"]), None, "a deleted role is listed", op=LIST)
