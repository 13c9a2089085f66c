"""Rules of the list of people: filters alone and together, search, pages and totals, the walls of a tenant."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared.lists import READING, WRITING, crowd
from ...shared.tenancy import member, own_tenant, record_of
from .._rules import Doc, refused

LIST, READ = "GET /v1/users", "GET /v1/users/{user_id}"
# How activity is asked for, and whom that shows.
ACTIVITY: list[tuple[Doc, set[bool]]] = [
    ({}, {True}),
    ({"include_inactive": False}, {True}),
    ({"include_inactive": True}, {True, False}),
    ({"is_active": True}, {True}),
    ({"is_active": False}, {False}),
    ({"is_active": False, "include_inactive": True}, {False}),
    ({"is_active": True, "include_inactive": True}, {True}),
]


@rule("FILTER-150", LIST)
@pytest.mark.parametrize(("activity", "active"), ACTIVITY, ids=[str(sorted(one.items())) for one, _set in ACTIVITY])
def test_deactivated_people_are_hidden_unless_asked_for(
    activity: Doc, active: set[bool], session: Session, check: Check
) -> None:
    """Scope keeps whom it names; deactivated people are hidden unless include_inactive or is_active asks for them."""
    known = crowd(session)
    admin = {known.home.admin.imperal_id}  # whose scope is a wildcard
    for query in ({}, {"scope": READING}, {"scope": WRITING}):
        reply = check.ok(session.send(LIST, known.home.admin, query={**query, **activity, "limit": 200}))
        found = {one["imperal_id"] for one in reply["items"]}
        wanted = {
            user_id for user_id, one in known.people.items()
            if one["is_active"] in active and query.get("scope", one["scopes"]) in (one["scopes"], *one["scopes"])
        }  # fmt: skip
        about = f"{sorted(query)} {sorted(activity.items())}"
        check.equal(sorted(found - admin), sorted(wanted - admin), "the list has somebody else", reply, about=about)
        check.equal(reply["total"], len(found), "total is not how many there are", reply, about="total")


@rule("E11", LIST)
def test_the_list_of_people_is_a_page(session: Session, check: Check) -> None:
    """Lists are not uniform: people stand under items, with total, limit and offset, each as on their own page."""
    known = crowd(session)
    reply = check.ok(session.send(LIST, known.home.admin, query={"include_inactive": True, "limit": 200}))
    check.equal(set(reply.json), {"items", "total", "limit", "offset"}, "the page of people has other fields", reply)
    for row in reply["items"]:
        own = record_of(session, known.home.admin, row["imperal_id"])
        check.equal(row, own, "the list shows somebody otherwise than their own page", reply, about="row")
    check.equal({one["imperal_id"]: one for one in reply["items"]}, known.people, "the list shows other people", reply)


@rule("I03", LIST, READ, "PATCH /v1/users/{user_id}", "DELETE /v1/users/{user_id}")
def test_an_admin_knows_the_people_of_their_tenant_only(session: Session, check: Check) -> None:
    """Tenants are walls: an admin does not list people of another tenant, and by id they are 404 (403 is tolerable)."""
    known, other = crowd(session), own_tenant(session)
    stranger = member(session, other)
    listed = check.ok(session.send(LIST, known.home.admin, query={"include_inactive": True, "limit": 200}))
    check.equal(
        {one["tenant_id"] for one in listed["items"]}, {known.home.tenant_id}, "other tenants are listed", listed
    )
    for admin in (known.home.admin, session.users.deputy):
        found = check.ok(session.send(LIST, admin, query={"search": stranger["email"], "include_inactive": True}))
        check.equal((found["items"], found["total"]), ([], 0), "somebody of another tenant is found", found)
    strangers(session, check, known.home.admin, stranger["imperal_id"])
    check.equal(
        record_of(session, other.admin, stranger["imperal_id"]), stranger, "somebody changed from outside", op=READ
    )


def strangers(session: Session, check: Check, admin: Person, user_id: str) -> None:
    """Check that an admin of another tenant gets nowhere with somebody."""
    tries: list[tuple[str, dict[str, Any]]] = [
        (READ, {}),
        ("PATCH /v1/users/{user_id}", {"body": {"role": "viewer", "is_active": False}}),
        ("DELETE /v1/users/{user_id}", {}),
        ("DELETE /v1/users/{user_id}", {"query": {"permanent": True}}),
        ("POST /v1/users/{user_id}/reset-conversation", {"body": {}}),
        ("GET /v1/users/{user_id}/extensions", {}),
        ("GET /v1/scopes/effective/{user_id}", {}),
    ]
    for op, more in tries:
        refused(
            check, session.send(op, admin, params={"user_id": user_id}, **more), 403, 404,
            why="an admin reaches somebody of another tenant",
        )  # fmt: skip
