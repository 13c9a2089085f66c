"""Rules of leaving: who is deactivated, who comes back, and who is deleted for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specdouble.verify.kit import NOBODY, Check, claims, rule

from ...people import Person
from ...session import Session
from ...shared import apps
from ...shared.tenancy import Tenant, enter, member, own_tenant, record_of, trail
from ...users import PASSWORD
from .._rules import Doc, find, kept, refused, shows

LIST, CREATE, READ = "GET /v1/users", "POST /v1/users", "GET /v1/users/{user_id}"
CHANGE, DELETE = "PATCH /v1/users/{user_id}", "DELETE /v1/users/{user_id}"
LOGIN, REFRESH, ME = "POST /v1/auth/login", "POST /v1/auth/refresh", "GET /v1/auth/me"
SESSIONS = "GET /v1/auth/sessions"


def by_change(session: Session, admin: Person, where: Doc) -> None:
    """Deactivate by a change of the record."""
    session.send(CHANGE, admin, params=where, body={"is_active": False}).need()


def by_deletion(session: Session, admin: Person, where: Doc) -> None:
    """Deactivate by the deletion that is not permanent."""
    session.send(DELETE, admin, params=where).need()


WAYS: list[Callable[[Session, Person, Doc], None]] = [by_change, by_deletion]


@rule("A14", CHANGE, DELETE, LOGIN)
@pytest.mark.parametrize("leave", WAYS, ids=[one.__name__ for one in WAYS])
def test_who_is_deactivated_is_locked_out_until_they_return(
    leave: Callable[[Session, Person, Doc], None], session: Session, check: Check
) -> None:
    """A deactivated user cannot log in (403) and live tokens and keys stop working (401).

    Every session ends: when they are active again they log in anew, and the old tokens stay dead.
    """
    home = own_tenant(session)
    record = member(session, home)
    where = {"user_id": record["imperal_id"]}
    person, tablet = enter(session, record), enter(session, record)
    key = session.users.key(person)
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    leave(session, home.admin, where)
    shown = record_of(session, home.admin, record["imperal_id"])
    check.equal(shown["is_active"], False, "a deactivated person is active", op=DELETE)
    kept(check, session.send(READ, home.admin, params=where), record, "who is deactivated", "is_active", "last_login")
    refused(check, session.send(LOGIN, NOBODY, body=login), 403, why="a deactivated person logs in")
    for who in (person.bearer, tablet.bearer, key):
        refused(check, session.send(ME, who), 401, why="a live credential of a deactivated person works")
    refused(
        check,
        session.send(REFRESH, NOBODY, body={"refresh_token": tablet.refresh_token}),
        401,
        why="their refresh works",
    )
    acting = session.send("GET /v1/billing/payment-methods", session.users.acting(person))
    refused(check, acting, 401, 403, 404, why="a service acts for a deactivated person")
    plain = session.send(LIST, home.admin, query={"search": record["email"]})
    check.equal(plain["total"], 0, "a deactivated person is in the plain list", plain)
    for query in ({"include_inactive": True}, {"is_active": False}):
        asked = session.send(LIST, home.admin, query={"search": record["email"], **query})
        check.equal(asked["total"], 1, f"a deactivated person is not listed with {query}", asked)
    back = check.ok(session.send(CHANGE, home.admin, params=where, body={"is_active": True}))
    shows(check, back, {"is_active": True}, "who is active again")
    for who in (person.bearer, tablet.bearer):
        refused(check, session.send(ME, who), 401, why="an old token works again after the return")
    refused(
        check,
        session.send(REFRESH, NOBODY, body={"refresh_token": person.refresh_token}),
        401,
        why="an old refresh works",
    )
    check.ok(session.send(LOGIN, NOBODY, body=login), "who is active again cannot log in")
    again = enter(session, record)
    known = {one["session_id"] for one in session.send(SESSIONS, again)["sessions"]}
    old = {str(claims(one.access_token).get("sid")) for one in (person, tablet)}
    check.equal(known & old, set(), "sessions from before the deactivation are listed", op=CHANGE)


@rule("LIFE-181", DELETE, READ, LIST)
def test_the_default_deletion_only_deactivates(session: Session, check: Check) -> None:
    """A deletion that is not permanent keeps the record, readable with is_active false."""
    home = own_tenant(session)
    record, other = member(session, home), member(session, home)
    where = {"user_id": record["imperal_id"]}
    gone = check.ok(session.send(DELETE, home.admin, params=where))
    said = {"imperal_id": record["imperal_id"], "deleted": True, "permanent": False}
    shows(check, gone, said, "a deletion")
    check.equal(gone.json.get("is_active", False), False, "a deletion says that they are active", gone)
    shown = check.ok(session.send(READ, home.admin, params=where), "the record is gone after a deletion by default")
    kept(check, shown, {**record, "is_active": False}, "who was deleted by default")
    asked = check.ok(
        session.send(DELETE, home.admin, params={"user_id": other["imperal_id"]}, query={"permanent": False})
    )
    shows(check, asked, {"permanent": False}, "a deletion that says permanent=false")
    check.ok(session.send(READ, home.admin, params={"user_id": other["imperal_id"]}), "permanent=false erased somebody")


@rule("LIFE-182", DELETE, READ, LIST)
def test_a_permanent_deletion_erases_somebody(session: Session, check: Check) -> None:
    """After permanent=true there is nobody: no record, no login, no token, no place in any list; others stay."""
    home = own_tenant(session)
    record, other = member(session, home), member(session, home)
    where = {"user_id": record["imperal_id"]}
    person, friend = enter(session, record), enter(session, other)
    key, before = session.users.key(person), record_of(session, home.admin, other["imperal_id"])
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    gone = check.ok(session.send(DELETE, home.admin, params=where, query={"permanent": True}))
    said = {"imperal_id": record["imperal_id"], "deleted": True, "permanent": True}
    shows(check, gone, said, "a permanent deletion")
    for op, more in (
        (READ, {}),
        (CHANGE, {"body": {"is_active": True}}),
        (DELETE, {}),
        (DELETE, {"query": {"permanent": True}}),
    ):
        refused(check, session.send(op, home.admin, params=where, **more), 404, why="who was erased is there")
    for who in (person.bearer, key):
        refused(check, session.send(ME, who), 401, why="a credential of who was erased works")
    refused(
        check,
        session.send(REFRESH, NOBODY, body={"refresh_token": person.refresh_token}),
        401,
        why="their refresh works",
    )
    refused(check, session.send(LOGIN, NOBODY, body=login), 401, why="who was erased logs in")
    listed = session.send(LIST, home.admin, query={"search": record["email"], "include_inactive": True})
    check.equal((listed["items"], listed["total"]), ([], 0), "who was erased is listed", listed)
    check.ok(session.send(ME, friend), "somebody else lost their session with an erased person")
    check.equal(record_of(session, home.admin, other["imperal_id"]), before, "somebody else changed", op=DELETE)
    again = check.ok(session.send(CREATE, home.admin, body=login), "the address of who was erased is still taken")
    check.that(again["imperal_id"] != record["imperal_id"], "an imperal_id is used again", again)


@rule("LIFE-182", DELETE, "GET /v1/marketplace/apps/{app_id}", "PUT /v1/me/nickname")
def test_what_belongs_to_who_is_erased_goes_along(session: Session, check: Check) -> None:
    """After permanent=true there is nobody: their installs count no more and their nickname is free again."""
    home, app_id, nickname = own_tenant(session), apps.shop(session).app_id, session.users.fresh("n")
    person, heir = (enter(session, member(session, home)) for _ in range(2))
    detail = "GET /v1/marketplace/apps/{app_id}"

    def installs() -> int:
        return int(session.send(detail, heir, params={"app_id": app_id})["install_count"])

    before = installs()
    apps.install(session, person, app_id)
    check.equal(installs(), before + 1, "an install does not count", op=detail)
    session.send("PUT /v1/me/nickname", person, body={"nickname": nickname}).need()
    session.send(DELETE, home.admin, params={"user_id": person.imperal_id}, query={"permanent": True}).need()
    check.equal(installs(), before, "the installs of who was erased count still", op=DELETE)
    reply = session.send("GET /v1/extensions/{app_id}/users", home.admin, params={"app_id": app_id})
    check.that(person.imperal_id not in reply.text, "who was erased is among the people of an app", reply)
    check.ok(
        session.send("PUT /v1/me/nickname", heir, body={"nickname": nickname}),
        "the nickname of who was erased is taken",
    )


@rule("LIFE-183", DELETE)
def test_nobody_deletes_themselves(session: Session, check: Check) -> None:
    """An admin cannot delete their own account, for good or not, by bearer or through the service: 409."""
    home = own_tenant(session)
    admin = an_admin(session, home)
    where = {"user_id": admin.imperal_id}
    for who in (admin.bearer, session.users.acting(admin)):
        for query in ({}, {"permanent": True}):
            refused(check, session.send(DELETE, who, params=where, query=query), 409, why="an admin deletes themselves")
    check.ok(session.send(ME, admin), "who may not delete themselves is locked out")
    shown = find(session.send(LIST, home.admin, query={"limit": 200}), "imperal_id", admin.imperal_id, "items")
    check.that(shown and shown["is_active"], "who may not delete themselves is gone", op=DELETE)
    check.ok(session.send(DELETE, home.admin, params=where), "an admin cannot delete another admin")


def an_admin(session: Session, home: Tenant) -> Person:
    """Return another administrator of a tenant."""
    return enter(session, member(session, home, role="admin"))


@rule("LIFE-194", DELETE, CHANGE)
def test_who_leaves_is_in_the_log(session: Session, check: Check) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Deactivating, reactivating and erasing somebody each leave an audit entry with actor and target.
    """
    home = own_tenant(session)
    record = member(session, home)
    where, count = {"user_id": record["imperal_id"]}, 1
    steps: list[tuple[str, Doc]] = [
        (DELETE, {}), (CHANGE, {"body": {"is_active": True}}), (CHANGE, {"body": {"is_active": False}}),
        (DELETE, {"query": {"permanent": True}}),
    ]  # fmt: skip
    for op, more in steps:
        session.send(op, home.admin, params=where, **more).need()
        count += 1
        found = trail(session, home.admin, target_id=record["imperal_id"], actor_id=home.admin.imperal_id)
        check.equal(len(found), count, "a step of leaving is not one entry of the log", op=op, about=f"step {count}")


@rule("S16", LIST, CREATE, CHANGE, DELETE)
def test_the_admin_portal_keeps_people_with_the_service_token_alone(session: Session, check: Check) -> None:
    """The admin portal lists, makes, changes and deletes people with the service token alone."""
    service, email = session.users.service, f"{session.users.fresh('portal')}@example.com"
    made = check.ok(session.send(CREATE, service, body={"email": email, "password": PASSWORD, "role": "viewer"}))
    where = {"user_id": made["imperal_id"]}
    listed = check.ok(session.send(LIST, service, query={"search": email}))
    check.equal(listed["items"], [made.json], "the service token does not list whom it made", listed)
    changed = check.ok(session.send(CHANGE, service, params=where, body={"attributes": {"desk": 4}}))
    shows(check, changed, {"attributes": {"desk": 4}}, "whom the portal changed")
    check.ok(session.send(DELETE, service, params=where, query={"permanent": True}))
    check.equal(
        session.send(LIST, service, query={"search": email, "include_inactive": True})["total"], 0, "they stayed"
    )
    refused(check, session.send(READ, service, params=where), 401, 403, 404, why="a service reads a record for nobody")
