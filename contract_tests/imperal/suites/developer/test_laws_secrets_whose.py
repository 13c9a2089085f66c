"""Laws of whose secrets are: everybody has their own, and an app's shared ones are its developer's."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Judge, Stage, law

from ...apps import APP_SECRET, BOTH_SECRET, USER_SECRET, shop
from ...tenancy import house
from .._laws import refused
from ._secrets import DELETE, LIST, META, PUT, READ, Vault, code, declaring, extension, vault

CALLS: tuple[tuple[str, str | None, Any], ...] = (
    (LIST, None, None), (READ, USER_SECRET, None), (PUT, USER_SECRET, {"value": "st0len-it"}),
    (DELETE, USER_SECRET, None), (META, USER_SECRET, None),
)  # fmt: skip


@law("I01", PUT, LIST, META, DELETE, READ)
def test_everybody_has_their_own_value(stage: Stage, judge: Judge) -> None:
    """One person's value is set, read and cleared for that person alone; nobody sees that another has one."""
    one, other = vault(stage, "one person"), vault(stage, "another person")
    for name in (USER_SECRET, BOTH_SECRET):
        before = other.rows()
        judge.ok(one.put(name, f"value of one, {name}"))
        judge.equal(other.rows(), before, "a value of one person is another's", op=PUT)
        judge.equal(other.value(name), "SECRET_NOT_SET", "an app reads one person's value for another", op=READ)
        cleared = judge.ok(other.ask(DELETE, name))
        judge.equal(cleared.json, {"was_set": False}, "one person clears another's", cleared)
        judge.equal(one.value(name), f"value of one, {name}", "one person cleared another's value", op=DELETE)
        judge.ok(other.put(name, f"value of other, {name}"))
        judge.equal(one.value(name), f"value of one, {name}", "one person wrote another's value", op=PUT)
        judge.equal(other.value(name), f"value of other, {name}", "a value is not its writer's", op=PUT)
        judge.ok(one.ask(DELETE, name))
        judge.equal(other.value(name), f"value of other, {name}", "one person cleared another's value", op=DELETE)
    second = declaring(stage, {"name": USER_SECRET, "description": "The same name."})
    mine = Vault(stage, second.app_id, one.person)
    judge.ok(one.put(USER_SECRET, "of the first app"))
    judge.equal(mine.meta(USER_SECRET)["is_set"], False, "a value of one app is another's", op=PUT)
    judge.ok(mine.put(USER_SECRET, "of the second app"))
    judge.equal(one.value(USER_SECRET), "of the first app", "two apps have one value", op=PUT)


@law("S14", PUT, LIST, META, DELETE, READ)
def test_nobody_acts_for_another_with_a_bearer(stage: Stage, judge: Judge) -> None:
    """X-Acting-User with a person's bearer is refused, or changes nothing about whose secrets are touched."""
    mine, other = vault(stage, "one person"), vault(stage, "another person")
    judge.ok(mine.put(USER_SECRET, "mine and mine alone"))
    callers = [other.person.bearer, stage.cast.key(other.person)]
    if stage.settings.admin:
        callers.append(stage.cast.deputy.bearer)
    for who in callers:
        for op, name, body in CALLS:
            more: dict[str, Any] = {} if body is None else {"body": body}
            reply = mine.ask(op, name, who.plus("naming another", X_Acting_User=mine.person.imperal_id), **more)
            if reply.ok and op in (LIST, META):
                rows = reply.json if op == LIST else [reply.json]
                judge.that(not any(row["is_set"] for row in rows), "another person's state is shown", reply)
            judge.that("mine and mine alone" not in reply.text, "another person's value is shown", reply)
    judge.equal(mine.value(USER_SECRET), "mine and mine alone", "another person's value changed", op=PUT)
    own = mine.person.bearer.plus("naming themselves", X_Acting_User=mine.person.imperal_id)
    judge.ok(mine.ask(META, USER_SECRET, own), "naming oneself is refused")


@law("S13", PUT, LIST, META, DELETE, READ)
def test_a_service_acts_for_the_named_person(stage: Stage, judge: Judge) -> None:
    """With the service token and an acting user the same secrets are read and written as with that person's bearer."""
    mine, other = vault(stage, "one person"), vault(stage, "another person")
    acting = stage.cast.acting(mine.person)
    reply = judge.ok(mine.put(USER_SECRET, "written by a service", acting))
    judge.equal(mine.meta(USER_SECRET)["is_set"], True, "what a service wrote is not the person's", reply)
    judge.equal(mine.rows(acting), mine.rows(), "a service is told otherwise than the person", op=LIST)
    judge.equal(mine.meta(USER_SECRET, acting), mine.meta(USER_SECRET), "a service is told otherwise", op=META)
    judge.equal(other.meta(USER_SECRET)["is_set"], False, "what a service wrote is another's", reply)
    judge.equal(other.value(USER_SECRET), "SECRET_NOT_SET", "a service reads another person's value", op=READ)
    cleared = judge.ok(mine.ask(DELETE, USER_SECRET, acting))
    judge.equal(cleared.json, {"was_set": True}, "a service clears nothing", cleared)
    judge.equal(mine.meta(USER_SECRET)["is_set"], False, "what a service cleared is set", cleared)


@law("S12", PUT, LIST, META, DELETE, READ)
def test_a_service_without_a_person_touches_nothing(stage: Stage, judge: Judge) -> None:
    """The service token without X-Acting-User is refused on everybody's secrets, also when it names the app."""
    mine = vault(stage)
    judge.ok(mine.put(USER_SECRET, "a value that stays"))
    service = stage.cast.service
    for who in (service, service.plus("for the app", X_Ext_Id=mine.app_id), service.plus("nobody", X_Acting_User="")):
        for op, name, body in CALLS:
            more: dict[str, Any] = {} if body is None else {"body": body}
            refused(judge, mine.ask(op, name, who, **more), 401, 403, why=f"{who.name}, without a person")
    judge.equal(mine.value(USER_SECRET), "a value that stays", "a service without a person changed a value", op=PUT)


@law("K08", PUT, LIST, META, DELETE, READ)
def test_a_shared_secret_belongs_to_the_app(stage: Stage, judge: Judge) -> None:
    """A secret of scope app is written by the app's developer or an administrator only, and is one for everybody.

    Others neither see nor list it; the app reads the same value whoever it acts for.
    """
    mine, store = vault(stage), shop(stage)
    owner = Vault(stage, store.app_id, store.owner)
    keepers: list[Vault] = [owner]
    if stage.settings.admin:
        keepers.append(Vault(stage, store.app_id, stage.cast.deputy))
    outsiders: list[tuple[str, Credential]] = [
        ("a person", mine.person.bearer), ("a person's key", stage.cast.key(mine.person)),
        ("a service acting for a person", stage.cast.acting(mine.person)),
        ("another developer", stage.cast.developer.bearer),
        ("the administrator of another tenant", house(stage).admin.bearer),
    ]  # fmt: skip
    for number, keeper in enumerate(keepers):
        value = f"shared value {number} of {store.app_id}"
        reply = judge.ok(keeper.put(APP_SECRET, value), "a keeper of the app cannot write a shared secret")
        row = keeper.meta(APP_SECRET)
        judge.equal((row["is_set"], row["scope"]), (True, "app"), "a shared secret that was written", reply)
        judge.equal(owner.row(APP_SECRET), owner.meta(APP_SECRET), "the list of the developer", op=LIST)
        for said, who in stage.some(outsiders, 0, 2):
            judge.that(APP_SECRET not in mine.ask(LIST, None, who).text, f"{said} is told of a shared secret", op=LIST)
            hidden = mine.ask(META, APP_SECRET, who)
            refused(judge, hidden, 404, 403, why=f"{said} asks for a shared secret")
            if hidden.status == 404:
                judge.equal(code(hidden), "SECRET_NOT_DECLARED", "the code of a hidden secret", hidden, about="code")
            refused(judge, mine.put(APP_SECRET, "st0len-it", who), 403, 404, why=f"{said} writes a shared secret")
            refused(judge, mine.ask(DELETE, APP_SECRET, who), 403, 404, why=f"{said} clears a shared secret")
        refused(judge, owner.ask(READ, APP_SECRET), 403, 404, why="a developer reads a shared secret")
        for one in (mine, owner):
            judge.equal(one.value(APP_SECRET, one.kernel), value, "the app reads another value", op=READ)
    if stage.control.there:
        token = extension(stage, mine.person, store.app_id)
        judge.equal(mine.value(APP_SECRET, token), value, "the app's token reads another value", op=READ)
        refused(judge, mine.put(APP_SECRET, "st0len-it", token), 403, why="an app writes its shared secret")
    judge.equal(mine.value(APP_SECRET, mine.kernel), value, "a refused write changed a shared secret", op=PUT)
    cleared = judge.ok(owner.ask(DELETE, APP_SECRET))
    judge.equal(cleared.json, {"was_set": True}, "the developer clears a shared secret", cleared)
    judge.equal(mine.value(APP_SECRET, mine.kernel), "SECRET_NOT_SET", "a cleared shared secret is read", op=DELETE)
