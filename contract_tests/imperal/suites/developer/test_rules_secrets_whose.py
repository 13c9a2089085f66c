"""Rules of whose secrets are: everybody has their own, and an app's shared ones are its developer's."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Credential, rule

from ...session import Session
from ...shared.apps import APP_SECRET, BOTH_SECRET, USER_SECRET, shop
from ...shared.tenancy import own_tenant
from .._rules import refused
from ._secrets import DELETE, LIST, META, PUT, READ, Vault, code, declaring, extension, vault

CALLS: tuple[tuple[str, str | None, Any], ...] = (
    (LIST, None, None), (READ, USER_SECRET, None), (PUT, USER_SECRET, {"value": "st0len-it"}),
    (DELETE, USER_SECRET, None), (META, USER_SECRET, None),
)  # fmt: skip


@rule("I01", PUT, LIST, META, DELETE, READ)
def test_everybody_has_their_own_value(session: Session, check: Check) -> None:
    """One person's value is set, read and cleared for that person alone; nobody sees that another has one."""
    one, other = vault(session, "one person"), vault(session, "another person")
    for name in (USER_SECRET, BOTH_SECRET):
        before = other.rows()
        check.ok(one.put(name, f"value of one, {name}"))
        check.equal(other.rows(), before, "a value of one person is another's", op=PUT)
        check.equal(other.value(name), "SECRET_NOT_SET", "an app reads one person's value for another", op=READ)
        cleared = check.ok(other.ask(DELETE, name))
        check.equal(cleared.json, {"was_set": False}, "one person clears another's", cleared)
        check.equal(one.value(name), f"value of one, {name}", "one person cleared another's value", op=DELETE)
        check.ok(other.put(name, f"value of other, {name}"))
        check.equal(one.value(name), f"value of one, {name}", "one person wrote another's value", op=PUT)
        check.equal(other.value(name), f"value of other, {name}", "a value is not its writer's", op=PUT)
        check.ok(one.ask(DELETE, name))
        check.equal(other.value(name), f"value of other, {name}", "one person cleared another's value", op=DELETE)
    second = declaring(session, {"name": USER_SECRET, "description": "The same name."})
    mine = Vault(session, second.app_id, one.person)
    check.ok(one.put(USER_SECRET, "of the first app"))
    check.equal(mine.meta(USER_SECRET)["is_set"], False, "a value of one app is another's", op=PUT)
    check.ok(mine.put(USER_SECRET, "of the second app"))
    check.equal(one.value(USER_SECRET), "of the first app", "two apps have one value", op=PUT)


@rule("S14", PUT, LIST, META, DELETE, READ)
def test_nobody_acts_for_another_with_a_bearer(session: Session, check: Check) -> None:
    """X-Acting-User with a person's bearer is refused, or changes nothing about whose secrets are touched."""
    mine, other = vault(session, "one person"), vault(session, "another person")
    check.ok(mine.put(USER_SECRET, "mine and mine alone"))
    callers = [other.person.bearer, session.users.key(other.person)]
    if session.settings.admin:
        callers.append(session.users.deputy.bearer)
    for who in callers:
        for op, name, body in CALLS:
            more: dict[str, Any] = {} if body is None else {"body": body}
            reply = mine.ask(op, name, who.plus("naming another", X_Acting_User=mine.person.imperal_id), **more)
            if reply.ok and op in (LIST, META):
                rows = reply.json if op == LIST else [reply.json]
                check.that(not any(row["is_set"] for row in rows), "another person's state is shown", reply)
            check.that("mine and mine alone" not in reply.text, "another person's value is shown", reply)
    check.equal(mine.value(USER_SECRET), "mine and mine alone", "another person's value changed", op=PUT)
    own = mine.person.bearer.plus("naming themselves", X_Acting_User=mine.person.imperal_id)
    check.ok(mine.ask(META, USER_SECRET, own), "naming oneself is refused")


@rule("S13", PUT, LIST, META, DELETE, READ)
def test_a_service_acts_for_the_named_person(session: Session, check: Check) -> None:
    """With the service token and an acting user the same secrets are read and written as with that person's bearer."""
    mine, other = vault(session, "one person"), vault(session, "another person")
    acting = session.users.acting(mine.person)
    reply = check.ok(mine.put(USER_SECRET, "written by a service", acting))
    check.equal(mine.meta(USER_SECRET)["is_set"], True, "what a service wrote is not the person's", reply)
    check.equal(mine.rows(acting), mine.rows(), "a service is told otherwise than the person", op=LIST)
    check.equal(mine.meta(USER_SECRET, acting), mine.meta(USER_SECRET), "a service is told otherwise", op=META)
    check.equal(other.meta(USER_SECRET)["is_set"], False, "what a service wrote is another's", reply)
    check.equal(other.value(USER_SECRET), "SECRET_NOT_SET", "a service reads another person's value", op=READ)
    cleared = check.ok(mine.ask(DELETE, USER_SECRET, acting))
    check.equal(cleared.json, {"was_set": True}, "a service clears nothing", cleared)
    check.equal(mine.meta(USER_SECRET)["is_set"], False, "what a service cleared is set", cleared)


@rule("S12", PUT, LIST, META, DELETE, READ)
def test_a_service_without_a_person_touches_nothing(session: Session, check: Check) -> None:
    """The service token without X-Acting-User is refused on everybody's secrets, also when it names the app."""
    mine = vault(session)
    check.ok(mine.put(USER_SECRET, "a value that stays"))
    service = session.users.service
    for who in (service, service.plus("for the app", X_Ext_Id=mine.app_id), service.plus("nobody", X_Acting_User="")):
        for op, name, body in CALLS:
            more: dict[str, Any] = {} if body is None else {"body": body}
            refused(check, mine.ask(op, name, who, **more), 401, 403, why=f"{who.name}, without a person")
    check.equal(mine.value(USER_SECRET), "a value that stays", "a service without a person changed a value", op=PUT)


@rule("K08", PUT, LIST, META, DELETE, READ)
def test_a_shared_secret_belongs_to_the_app(session: Session, check: Check) -> None:
    """A secret of scope app is written by the app's developer or an administrator only, and is one for everybody.

    Others neither see nor list it; the app reads the same value whoever it acts for.
    """
    mine, store = vault(session), shop(session)
    owner = Vault(session, store.app_id, store.owner)
    keepers: list[Vault] = [owner]
    if session.settings.admin:
        keepers.append(Vault(session, store.app_id, session.users.deputy))
    outsiders: list[tuple[str, Credential]] = [
        ("a person", mine.person.bearer), ("a person's key", session.users.key(mine.person)),
        ("a service acting for a person", session.users.acting(mine.person)),
        ("another developer", session.users.developer.bearer),
        ("the administrator of another tenant", own_tenant(session).admin.bearer),
    ]  # fmt: skip
    for number, keeper in enumerate(keepers):
        value = f"shared value {number} of {store.app_id}"
        reply = check.ok(keeper.put(APP_SECRET, value), "a keeper of the app cannot write a shared secret")
        row = keeper.meta(APP_SECRET)
        check.equal((row["is_set"], row["scope"]), (True, "app"), "a shared secret that was written", reply)
        check.equal(owner.row(APP_SECRET), owner.meta(APP_SECRET), "the list of the developer", op=LIST)
        for said, who in session.some(outsiders, 0, 2):
            check.that(APP_SECRET not in mine.ask(LIST, None, who).text, f"{said} is told of a shared secret", op=LIST)
            hidden = mine.ask(META, APP_SECRET, who)
            refused(check, hidden, 404, 403, why=f"{said} asks for a shared secret")
            if hidden.status == 404:
                check.equal(code(hidden), "SECRET_NOT_DECLARED", "the code of a hidden secret", hidden, about="code")
            refused(check, mine.put(APP_SECRET, "st0len-it", who), 403, 404, why=f"{said} writes a shared secret")
            refused(check, mine.ask(DELETE, APP_SECRET, who), 403, 404, why=f"{said} clears a shared secret")
        refused(check, owner.ask(READ, APP_SECRET), 403, 404, why="a developer reads a shared secret")
        for one in (mine, owner):
            check.equal(one.value(APP_SECRET, one.kernel), value, "the app reads another value", op=READ)
    if session.control.there:
        token = extension(session, mine.person, store.app_id)
        check.equal(mine.value(APP_SECRET, token), value, "the app's token reads another value", op=READ)
        refused(check, mine.put(APP_SECRET, "st0len-it", token), 403, why="an app writes its shared secret")
    check.equal(mine.value(APP_SECRET, mine.kernel), value, "a refused write changed a shared secret", op=PUT)
    cleared = check.ok(owner.ask(DELETE, APP_SECRET))
    check.equal(cleared.json, {"was_set": True}, "the developer clears a shared secret", cleared)
    check.equal(mine.value(APP_SECRET, mine.kernel), "SECRET_NOT_SET", "a cleared shared secret is read", op=DELETE)
