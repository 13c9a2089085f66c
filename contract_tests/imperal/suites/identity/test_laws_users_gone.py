"""Laws of leaving: who is deactivated, who comes back, and who is deleted for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specdouble.verify.kit import NOBODY, PASSWORD, Judge, Person, Stage, claims, law

from ... import apps
from ...tenancy import House, enter, house, member, record_of, trail
from .._laws import Doc, find, kept, refused, shows

LIST, CREATE, READ = "GET /v1/users", "POST /v1/users", "GET /v1/users/{user_id}"
CHANGE, DELETE = "PATCH /v1/users/{user_id}", "DELETE /v1/users/{user_id}"
LOGIN, REFRESH, ME = "POST /v1/auth/login", "POST /v1/auth/refresh", "GET /v1/auth/me"
SESSIONS = "GET /v1/auth/sessions"


def by_change(stage: Stage, admin: Person, where: Doc) -> None:
    """Deactivate by a change of the record."""
    stage.send(CHANGE, admin, params=where, body={"is_active": False}).need()


def by_deletion(stage: Stage, admin: Person, where: Doc) -> None:
    """Deactivate by the deletion that is not permanent."""
    stage.send(DELETE, admin, params=where).need()


WAYS: list[Callable[[Stage, Person, Doc], None]] = [by_change, by_deletion]


@law("A14", CHANGE, DELETE, LOGIN)
@pytest.mark.parametrize("leave", WAYS, ids=[one.__name__ for one in WAYS])
def test_who_is_deactivated_is_locked_out_until_they_return(
    leave: Callable[[Stage, Person, Doc], None], stage: Stage, judge: Judge
) -> None:
    """A deactivated user cannot log in (403) and live tokens and keys stop working (401).

    Every session ends (effect 2): when they are active again they log in anew, and the old tokens stay dead.
    """
    home = house(stage)
    record = member(stage, home)
    where = {"user_id": record["imperal_id"]}
    person, tablet = enter(stage, record), enter(stage, record)
    key = stage.cast.key(person)
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    leave(stage, home.admin, where)
    shown = record_of(stage, home.admin, record["imperal_id"])
    judge.equal(shown["is_active"], False, "a deactivated person is active", op=DELETE)
    kept(judge, stage.send(READ, home.admin, params=where), record, "who is deactivated", "is_active", "last_login")
    refused(judge, stage.send(LOGIN, NOBODY, body=login), 403, why="a deactivated person logs in")
    for who in (person.bearer, tablet.bearer, key):
        refused(judge, stage.send(ME, who), 401, why="a live credential of a deactivated person works")
    refused(
        judge, stage.send(REFRESH, NOBODY, body={"refresh_token": tablet.refresh_token}), 401, why="their refresh works"
    )
    acting = stage.send("GET /v1/billing/payment-methods", stage.cast.acting(person))
    refused(judge, acting, 401, 403, 404, why="a service acts for a deactivated person")
    plain = stage.send(LIST, home.admin, query={"search": record["email"]})
    judge.equal(plain["total"], 0, "a deactivated person is in the plain list", plain)
    for query in ({"include_inactive": True}, {"is_active": False}):
        asked = stage.send(LIST, home.admin, query={"search": record["email"], **query})
        judge.equal(asked["total"], 1, f"a deactivated person is not listed with {query}", asked)
    back = judge.ok(stage.send(CHANGE, home.admin, params=where, body={"is_active": True}))
    shows(judge, back, {"is_active": True}, "who is active again")
    for who in (person.bearer, tablet.bearer):
        refused(judge, stage.send(ME, who), 401, why="an old token works again after the return")
    refused(
        judge,
        stage.send(REFRESH, NOBODY, body={"refresh_token": person.refresh_token}),
        401,
        why="an old refresh works",
    )
    judge.ok(stage.send(LOGIN, NOBODY, body=login), "who is active again cannot log in")
    again = enter(stage, record)
    known = {one["session_id"] for one in stage.send(SESSIONS, again)["sessions"]}
    old = {str(claims(one.access_token).get("sid")) for one in (person, tablet)}
    judge.equal(known & old, set(), "sessions from before the deactivation are listed", op=CHANGE)


@law("LIFE-181", DELETE, READ, LIST)
def test_the_default_deletion_only_deactivates(stage: Stage, judge: Judge) -> None:
    """A deletion that is not permanent keeps the record, readable with is_active false."""
    home = house(stage)
    record, other = member(stage, home), member(stage, home)
    where = {"user_id": record["imperal_id"]}
    gone = judge.ok(stage.send(DELETE, home.admin, params=where))
    said = {"imperal_id": record["imperal_id"], "deleted": True, "permanent": False}
    shows(judge, gone, said, "a deletion")
    judge.equal(gone.json.get("is_active", False), False, "a deletion says that they are active", gone)
    shown = judge.ok(stage.send(READ, home.admin, params=where), "the record is gone after a deletion by default")
    kept(judge, shown, {**record, "is_active": False}, "who was deleted by default")
    asked = judge.ok(
        stage.send(DELETE, home.admin, params={"user_id": other["imperal_id"]}, query={"permanent": False})
    )
    shows(judge, asked, {"permanent": False}, "a deletion that says permanent=false")
    judge.ok(stage.send(READ, home.admin, params={"user_id": other["imperal_id"]}), "permanent=false erased somebody")


@law("LIFE-182", DELETE, READ, LIST)
def test_a_permanent_deletion_erases_somebody(stage: Stage, judge: Judge) -> None:
    """After permanent=true there is nobody: no record, no login, no token, no place in any list; others stay."""
    home = house(stage)
    record, other = member(stage, home), member(stage, home)
    where = {"user_id": record["imperal_id"]}
    person, friend = enter(stage, record), enter(stage, other)
    key, before = stage.cast.key(person), record_of(stage, home.admin, other["imperal_id"])
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    gone = judge.ok(stage.send(DELETE, home.admin, params=where, query={"permanent": True}))
    said = {"imperal_id": record["imperal_id"], "deleted": True, "permanent": True}
    shows(judge, gone, said, "a permanent deletion")
    for op, more in (
        (READ, {}),
        (CHANGE, {"body": {"is_active": True}}),
        (DELETE, {}),
        (DELETE, {"query": {"permanent": True}}),
    ):
        refused(judge, stage.send(op, home.admin, params=where, **more), 404, why="who was erased is there")
    for who in (person.bearer, key):
        refused(judge, stage.send(ME, who), 401, why="a credential of who was erased works")
    refused(
        judge, stage.send(REFRESH, NOBODY, body={"refresh_token": person.refresh_token}), 401, why="their refresh works"
    )
    refused(judge, stage.send(LOGIN, NOBODY, body=login), 401, why="who was erased logs in")
    listed = stage.send(LIST, home.admin, query={"search": record["email"], "include_inactive": True})
    judge.equal((listed["items"], listed["total"]), ([], 0), "who was erased is listed", listed)
    judge.ok(stage.send(ME, friend), "somebody else lost their session with an erased person")
    judge.equal(record_of(stage, home.admin, other["imperal_id"]), before, "somebody else changed", op=DELETE)
    again = judge.ok(stage.send(CREATE, home.admin, body=login), "the address of who was erased is still taken")
    judge.that(again["imperal_id"] != record["imperal_id"], "an imperal_id is used again", again)


@law("LIFE-182", DELETE, "GET /v1/marketplace/apps/{app_id}", "PUT /v1/me/nickname")
def test_what_belongs_to_who_is_erased_goes_along(stage: Stage, judge: Judge) -> None:
    """After permanent=true there is nobody: their installs count no more and their nickname is free again."""
    home, app_id, nickname = house(stage), apps.shop(stage).app_id, stage.cast.fresh("n")
    person, heir = (enter(stage, member(stage, home)) for _ in range(2))
    detail = "GET /v1/marketplace/apps/{app_id}"

    def installs() -> int:
        return int(stage.send(detail, heir, params={"app_id": app_id})["install_count"])

    before = installs()
    apps.install(stage, person, app_id)
    judge.equal(installs(), before + 1, "an install does not count", op=detail)
    stage.send("PUT /v1/me/nickname", person, body={"nickname": nickname}).need()
    stage.send(DELETE, home.admin, params={"user_id": person.imperal_id}, query={"permanent": True}).need()
    judge.equal(installs(), before, "the installs of who was erased count still", op=DELETE)
    reply = stage.send("GET /v1/extensions/{app_id}/users", home.admin, params={"app_id": app_id})
    judge.that(person.imperal_id not in reply.text, "who was erased is among the people of an app", reply)
    judge.ok(
        stage.send("PUT /v1/me/nickname", heir, body={"nickname": nickname}), "the nickname of who was erased is taken"
    )


@law("LIFE-183", DELETE)
def test_nobody_deletes_themselves(stage: Stage, judge: Judge) -> None:
    """An admin cannot delete their own account, for good or not, by bearer or through the service: 409."""
    home = house(stage)
    admin = an_admin(stage, home)
    where = {"user_id": admin.imperal_id}
    for who in (admin.bearer, stage.cast.acting(admin)):
        for query in ({}, {"permanent": True}):
            refused(judge, stage.send(DELETE, who, params=where, query=query), 409, why="an admin deletes themselves")
    judge.ok(stage.send(ME, admin), "who may not delete themselves is locked out")
    shown = find(stage.send(LIST, home.admin, query={"limit": 200}), "imperal_id", admin.imperal_id, "items")
    judge.that(shown and shown["is_active"], "who may not delete themselves is gone", op=DELETE)
    judge.ok(stage.send(DELETE, home.admin, params=where), "an admin cannot delete another admin")


def an_admin(stage: Stage, home: House) -> Person:
    """Return another administrator of a tenant."""
    return enter(stage, member(stage, home, role="admin"))


@law("LIFE-194", DELETE, CHANGE)
def test_who_leaves_is_in_the_log(stage: Stage, judge: Judge) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Deactivating, reactivating and erasing somebody each leave an audit entry with actor and target.
    """
    home = house(stage)
    record = member(stage, home)
    where, count = {"user_id": record["imperal_id"]}, 1
    steps: list[tuple[str, Doc]] = [
        (DELETE, {}), (CHANGE, {"body": {"is_active": True}}), (CHANGE, {"body": {"is_active": False}}),
        (DELETE, {"query": {"permanent": True}}),
    ]  # fmt: skip
    for op, more in steps:
        stage.send(op, home.admin, params=where, **more).need()
        count += 1
        found = trail(stage, home.admin, target_id=record["imperal_id"], actor_id=home.admin.imperal_id)
        judge.equal(len(found), count, "a step of leaving is not one entry of the log", op=op, about=f"step {count}")


@law("S16", LIST, CREATE, CHANGE, DELETE)
def test_the_admin_portal_keeps_people_with_the_service_token_alone(stage: Stage, judge: Judge) -> None:
    """The admin portal lists, makes, changes and deletes people with the service token alone."""
    service, email = stage.cast.service, f"{stage.cast.fresh('portal')}@example.com"
    made = judge.ok(stage.send(CREATE, service, body={"email": email, "password": PASSWORD, "role": "viewer"}))
    where = {"user_id": made["imperal_id"]}
    listed = judge.ok(stage.send(LIST, service, query={"search": email}))
    judge.equal(listed["items"], [made.json], "the service token does not list whom it made", listed)
    changed = judge.ok(stage.send(CHANGE, service, params=where, body={"attributes": {"desk": 4}}))
    shows(judge, changed, {"attributes": {"desk": 4}}, "whom the portal changed")
    judge.ok(stage.send(DELETE, service, params=where, query={"permanent": True}))
    judge.equal(stage.send(LIST, service, query={"search": email, "include_inactive": True})["total"], 0, "they stayed")
    refused(judge, stage.send(READ, service, params=where), 401, 403, 404, why="a service reads a record for nobody")
