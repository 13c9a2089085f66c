"""Laws of changes of a person: what a change writes, agencies, attributes and roles, and what the log says of it."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Stage, law

from ...tenancy import House, agency_of, enter, house, member, new_body, record_of, trail
from .._laws import Doc, kept, refused, shows

LIST, CREATE, READ, CHANGE = "GET /v1/users", "POST /v1/users", "GET /v1/users/{user_id}", "PATCH /v1/users/{user_id}"
EFFECTIVE, ME = "GET /v1/scopes/effective/{user_id}", "GET /v1/auth/me"


def where(record: Doc) -> Doc:
    """Return the path parameters that name somebody."""
    return {"user_id": record["imperal_id"]}


@law("LIFE-175", CREATE, CHANGE)
def test_unknown_roles_and_agencies_are_refused(stage: Stage, judge: Judge) -> None:
    """Nobody gets a role or an agency that is not there, or that is another tenant's: 404, and nothing is written."""
    home, other = house(stage), house(stage, "another house")
    stage.send("POST /v1/roles", other.admin, body={"name": (foreign := stage.cast.fresh("role"))}).need()
    record = member(stage, home, role="viewer")
    for wrong in (
        {"role": stage.cast.fresh("nobody")}, {"role": foreign}, {"agency_id": stage.cast.fresh("nowhere")},
        {"agency_id": agency_of(stage, other)},
    ):  # fmt: skip
        new = new_body(stage, **wrong)
        refused(
            judge,
            stage.send(CREATE, home.admin, body=new),
            404,
            why=f"somebody is made with an unknown {next(iter(wrong))}",
        )
        gone = stage.send(LIST, home.admin, query={"search": new["email"], "include_inactive": True})
        judge.equal(gone["total"], 0, "a refused person is there", gone)
        change = stage.send(
            CHANGE, home.admin, params=where(record), body={**wrong, "scopes": [], "attributes": {"a": 1}}
        )
        refused(judge, change, 404, why=f"somebody gets an unknown {next(iter(wrong))}")
        judge.equal(record_of(stage, home.admin, record["imperal_id"]), record, "a refused change is written", change)


CHANGES: list[tuple[str, Any, tuple[str, ...]]] = [
    ("role", "viewer", ("scopes", "attributes")),  # a server may give what the new role gives
    ("scopes", ["tasks:read", "own:*"], ()),
    ("scopes", [], ()),
    ("attributes", {"desk": 4, "list": [1, {"deep": True}]}, ()),
    ("attributes", {}, ()),
    ("is_active", False, ()),
]


@law("LIFE-153", CHANGE, READ)
@pytest.mark.parametrize(("name", "value", "free"), CHANGES, ids=[f"{name}-{value}" for name, value, _o in CHANGES])
def test_a_change_of_somebody_touches_what_is_given(
    name: str, value: Any, free: tuple[str, ...], stage: Stage, judge: Judge
) -> None:
    """A change writes the given field and leaves the others; the page and the list show it.

    A PATCH writes the given field of a person and leaves the others; page and list show it.
    """
    home = house(stage)
    before = member(
        stage, home, role="user", scopes=["notes:read"], attributes={"desk": 3}, agency_id=agency_of(stage, home)
    )
    changed = judge.ok(stage.send(CHANGE, home.admin, params=where(before), body={name: value}))
    shows(judge, changed, {name: value}, "somebody changed")
    kept(judge, changed, before, "somebody changed", name, *free)
    judge.equal(
        record_of(stage, home.admin, before["imperal_id"]), changed.json, "the page shows the old record", op=READ
    )
    listed = stage.send(LIST, home.admin, query={"search": before["email"], "include_inactive": True})
    judge.equal(listed["items"], [changed.json], "the list shows the old record", listed)
    empty = judge.ok(stage.send(CHANGE, home.admin, params=where(before), body={}))
    kept(judge, empty, changed.json, "somebody after an empty change")
    stage.send(CHANGE, home.admin, params=where(before), body={"role": None, "scopes": None, "attributes": None})
    judge.equal(
        record_of(stage, home.admin, before["imperal_id"]), changed.json, "nulls took something away", op=CHANGE
    )


@law("LIFE-177", CHANGE, READ, "GET /v1/agencies/me")
def test_an_agency_is_joined_and_left(stage: Stage, judge: Judge) -> None:
    """Somebody joins an agency by its id and leaves it by null; their own page of the agency follows."""
    home = house(stage)
    record, agency_id = member(stage, home), agency_of(stage, home)
    person = enter(stage, record)
    for given, shown in ((agency_id, agency_id), (None, "default")):
        changed = judge.ok(stage.send(CHANGE, home.admin, params=where(record), body={"agency_id": given}))
        shows(judge, changed, {"agency_id": given}, "who changed the agency")
        kept(judge, changed, record, "who changed the agency", "agency_id", "last_login")
        mine = judge.ok(stage.send("GET /v1/agencies/me", person))
        judge.equal(mine["agency_id"], shown, "one's agency is another one", mine)


@law("E14", CHANGE)
def test_attributes_are_swapped_as_a_whole(stage: Stage, judge: Judge) -> None:
    """A PATCH of attributes puts the sent object in the place of the old one.

    Clients read, merge and send the whole object; what it lacks is gone.
    """
    home = house(stage)
    record = member(stage, home, attributes={"first": 1, "second": {"deep": 2, "deeper": 3}})
    for whole in ({"first": 1, "second": {"deep": 4}, "third": None}, {"second": {"other": 5}}, {}):
        changed = judge.ok(stage.send(CHANGE, home.admin, params=where(record), body={"attributes": whole}))
        judge.equal(changed["attributes"], whole, "attributes are not the object that was sent", changed)
        shown = record_of(stage, home.admin, record["imperal_id"])
        judge.equal(shown["attributes"], whole, "attributes are not the object that was sent", changed)


@law("LIFE-178", CHANGE, EFFECTIVE, ME)
def test_a_new_role_counts(stage: Stage, judge: Judge) -> None:
    """A new role shows in the profile and in the effective scopes, and an admin's powers come and go with it."""
    home = house(stage)
    record = member(stage, home, role="viewer")
    person = enter(stage, record)
    refused(judge, stage.send(LIST, person), 403, 401, why="a viewer lists people")
    for role, may in (("admin", True), ("viewer", False)):
        judge.ok(stage.send(CHANGE, home.admin, params=where(record), body={"role": role}))
        stage.cast.login(person)
        judge.equal(stage.send(ME, person)["role"], role, "the profile shows another role", op=ME)
        judge.equal(
            stage.send(EFFECTIVE, person, params=where(record))["role"], role, "effective scopes name another role"
        )
        judge.equal(
            stage.send(LIST, person).ok, may, f"a new {role} {'may not' if may else 'may'} list people", op=CHANGE
        )


@law("LIFE-194", CREATE, CHANGE)
def test_changes_of_somebody_are_in_the_log(stage: Stage, judge: Judge) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making and changing somebody leave one audit entry each, which says who did what to whom.
    """
    home = house(stage)
    record = member(stage, home, role="user")
    known = entries(stage, judge, home, record, 1, CREATE)
    stage.send(CHANGE, home.admin, params=where(record), body={"role": "viewer"}).need()
    new = [one for one in entries(stage, judge, home, record, 2, CHANGE) if one not in known]
    told = str(new[0]["changes"]) if new else ""
    judge.that("role" in told and "viewer" in told, "the entry does not say what changed", op=CHANGE, got=told)
    stage.send(CHANGE, home.admin, params=where(record), body={"role": "nobody-has-this-role"})
    entries(stage, judge, home, record, 2, CHANGE)


def entries(stage: Stage, judge: Judge, home: House, record: Doc, count: int, op: str) -> list[Doc]:
    """Return the audit entries about somebody after checking how many there are and what they say."""
    found = trail(stage, home.admin, target_id=record["imperal_id"])
    judge.equal(len(found), count, f"the log has not {count} entries about somebody", op=op, about=f"count {count}")
    for one in found:
        said = (one["actor_id"], one["target_id"], one["tenant_id"])
        expected = (home.admin.imperal_id, record["imperal_id"], home.tenant_id)
        judge.equal(said, expected, "an audit entry names others", op=op)
    return found
