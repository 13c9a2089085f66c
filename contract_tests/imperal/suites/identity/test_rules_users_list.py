"""Rules of the list of people: filters alone and together, search, pages and totals, the walls of a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared.tenancy import Tenant, member, new_tenant, own_tenant, record_of
from .._rules import Doc, refused

LIST, READ = "GET /v1/users", "GET /v1/users/{user_id}"
READING, WRITING = "leaves:read", "leaves:write"
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


@dataclass(frozen=True)
class Crowd:
    """A tenant whose people are known: their records by imperal_id, and the two roles that were made for them."""

    home: Tenant
    people: dict[str, Doc]
    roles: tuple[str, str]
    tag: str


def crowd(session: Session) -> Crowd:
    """Return the tenant whose people nobody changes: two roles, three kinds of addresses, five of fourteen inactive."""
    found: Crowd = session.shared("a crowd", lambda: _gather(session))
    if found.home.admin.stale:
        session.users.login(found.home.admin)
    return found


def _gather(session: Session) -> Crowd:
    home, tag = new_tenant(session), session.users.fresh("c")
    plain, reader = session.users.fresh("plain"), session.users.fresh("reader")
    for name, gives in ((plain, []), (reader, [READING])):
        session.send("POST /v1/roles", home.admin, body={"name": name, "default_scopes": gives}).need()
    people = {}
    kinds: list[tuple[str, str, list[str] | None]] = [
        ("maple", plain, [WRITING]),
        ("birch", plain, []),
        ("maple", reader, None),
        ("cedar", plain, [READING, WRITING]),
    ]
    for number in range(13):
        tree, role, scopes = kinds[number % 4]
        email = f"{tag}-{number:02}-{tree}@{'north' if number < 7 else 'south'}.example"
        more: Doc = {} if scopes is None else {"scopes": scopes}
        made = member(session, home, email=email, role=role, **more)
        if number % 3 == 1:
            where = {"user_id": made["imperal_id"]}
            made = (
                session.send("PATCH /v1/users/{user_id}", home.admin, params=where, body={"is_active": False})
                .need()
                .json
            )
        people[made["imperal_id"]] = made
    admin = record_of(session, home.admin, home.admin.imperal_id)
    people[admin["imperal_id"]] = admin
    return Crowd(home, people, (plain, reader), tag)


def wanted(known: Crowd, query: Doc, active: set[bool]) -> set[str]:
    """Return the ids of those whom a query should find; the admin, whose scope is a wildcard, aside."""
    role, search, scope = query.get("role"), str(query.get("search", "")).lower(), query.get("scope")
    return {
        user_id
        for user_id, one in known.people.items()
        if one["is_active"] in active
        and (role is None or one["role"] == role)
        and search in one["email"]
        and (scope is None or scope in one["scopes"] or user_id == known.home.admin.imperal_id)
    }


def queries(known: Crowd) -> list[Doc]:
    """Return the filters to try: each alone, and combinations of them."""
    plain, reader = known.roles
    roles: list[Doc] = [{}, {"role": plain}, {"role": reader}, {"role": "admin"}, {"role": "nobody-has-this-role"}]
    searches: list[Doc] = [{}, {"search": "maple"}, {"search": "-05-birch@north.ex"}, {"search": "north.example"},
                           {"search": "no-such-tree"}, {"search": f"{known.tag}-0"}]  # fmt: skip
    scopes: list[Doc] = [{}, {"scope": READING}, {"scope": WRITING}]
    few = [
        *product(roles, searches[:1], scopes[:1]),
        *product(roles[:1], searches, scopes[:1]),
        *product(roles[:1], searches[:1], scopes),
    ]
    some = [*product(roles[1:3], searches[1:4], scopes), *product(roles[:1], searches[1:4:2], scopes[1:])]
    return [{**a, **b, **c} for a, b, c in [*few, *some]]


@rule("FILTER-150", LIST)
@pytest.mark.parametrize(("activity", "active"), ACTIVITY, ids=[str(sorted(one.items())) for one, _set in ACTIVITY])
def test_each_filter_keeps_exactly_whom_it_names(
    activity: Doc, active: set[bool], session: Session, check: Check
) -> None:
    """Role, search, scope and activity keep exactly whom they name, alone and together, and total counts them.

    Deactivated people are hidden unless include_inactive or is_active asks for them.
    """
    known = crowd(session)
    for query in session.some(queries(known), 2, 3):
        reply = check.ok(session.send(LIST, known.home.admin, query={**query, **activity, "limit": 200}))
        found = {one["imperal_id"] for one in reply["items"]}
        admin = {known.home.admin.imperal_id} if "scope" in query else set()
        check.equal(
            sorted(found - admin), sorted(wanted(known, query, active) - admin),
            f"filters {sorted({**query, **activity})} find somebody else", reply,
            about=f"{sorted(query)} {sorted(activity.items())}",
        )  # fmt: skip
        check.equal(reply["total"], len(found), "total is not how many there are", reply, about="total")


@rule("FILTER-151", LIST)
def test_search_looks_into_the_address_whatever_the_case(session: Session, check: Check) -> None:
    """Search finds any part of an e-mail address, written in small or capital letters."""
    known = crowd(session)
    one = next(one for one in known.people.values() if "maple" in one["email"] and one["is_active"])
    email = one["email"]
    for text in (email, email.upper(), email[:-3], email[3:], email[2:9].title()):
        reply = check.ok(session.send(LIST, known.home.admin, query={"search": text, "limit": 200}))
        shown = [row["email"] for row in reply["items"]]
        check.that(email in shown, "a part of an address does not find its owner", reply, expected=email, about="finds")
        strange = [row for row in shown if text.lower() not in row]
        check.equal(strange, [], "a search finds somebody else", reply, about="strangers")


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
