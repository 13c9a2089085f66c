"""Rules of the traces of secrets: when one was last read, what the audit log holds, what happens without the vault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specdouble.verify.kit import Check, Reply, Unmet, claims, rule

from ...session import Session
from ...shared.apps import BOTH_SECRET, EXTENSION_SECRET, USER_SECRET
from .._rules import eventually
from ._secrets import AUDIT, DELETE, LIST, META, PUT, READ, declaring, secret, vault


@rule("LIFE-402", READ, META, LIST)
def test_a_read_of_a_value_moves_last_accessed_at(session: Session, check: Check) -> None:
    """last_accessed_at is null until the value is read, then whole epoch seconds, of this secret alone (E10).

    Lists, meta and writes do not move it.
    """
    mine = vault(session)
    for name in (USER_SECRET, BOTH_SECRET):
        check.ok(mine.put(name, secret(session)))
    for _ in range(2):
        mine.rows()
        mine.meta(USER_SECRET)
    check.equal(mine.meta(USER_SECRET)["last_accessed_at"], None, "a secret that nobody read was accessed", op=META)
    mine.ask(READ, USER_SECRET, session.users.acting(mine.person)).need()
    now = float(claims(mine.person.access_token).get("iat", 0))
    at = mine.meta(USER_SECRET)["last_accessed_at"]
    check.must(type(at) is int and abs(at - now) <= 60, "last_accessed_at is not now", op=META, got=at)
    check.equal(mine.row(USER_SECRET).get("last_accessed_at"), at, "the list has another last_accessed_at", op=LIST)
    check.equal(mine.meta(BOTH_SECRET)["last_accessed_at"], None, "a read moved another secret", op=READ)
    check.ok(mine.put(USER_SECRET, secret(session)))
    check.equal(mine.meta(USER_SECRET)["last_accessed_at"], at, "a write moved last_accessed_at", op=PUT)

    def moved() -> bool:
        mine.value(USER_SECRET)
        return bool((mine.meta(USER_SECRET)["last_accessed_at"] or 0) > at)

    check.that(eventually(moved), "a later read does not move last_accessed_at", op=READ)


@rule("K10", READ, LIST, META, AUDIT)
def test_a_read_of_a_value_is_audited_and_a_look_is_not(session: Session, check: Check) -> None:
    """Meta and list write no audit entry; each read of a value, each write and each deletion writes one."""
    mine = declaring(session, {"name": "pin", "description": "A pin."})
    platform = session.users.acting(mine.person)
    entries = mine.logged()
    acts: tuple[tuple[Callable[[], Reply], str, int], ...] = (
        (lambda: mine.ask(LIST), "a list", 0), (lambda: mine.ask(META, "pin"), "a meta", 0),
        (lambda: mine.put("pin", secret(session)), "a write", 1), (lambda: mine.ask(LIST), "a list", 0),
        (lambda: mine.ask(READ, "pin", platform), "a read", 1), (lambda: mine.ask(READ, "pin", platform), "a read", 1),
        (lambda: mine.ask(META, "pin", platform), "a meta", 0), (lambda: mine.ask(LIST, None, platform), "a list", 0),
        (lambda: mine.put("pin", secret(session)), "a rotation", 1), (lambda: mine.ask(DELETE, "pin"), "a deletion", 1),
    )  # fmt: skip
    for act, what, more in acts:
        reply = check.ok(act())
        now = mine.logged()
        check.equal(now - entries, more, f"the entries that {what} writes", reply, about=what)
        entries = now


@rule("K01", PUT, LIST, META, DELETE, READ, AUDIT)
def test_no_answer_for_people_holds_a_value(session: Session, check: Check) -> None:
    """No answer for people holds a value: no write, list, meta or refusal, no action, audit entry or event."""
    mine = vault(session)
    values = [secret(session) for _ in range(3)] + [secret(session) + "x" * 70]
    replies = [
        mine.put(USER_SECRET, values[0]), mine.put(USER_SECRET, values[1]), mine.put(EXTENSION_SECRET, values[2]),
        mine.put(BOTH_SECRET, values[3]), mine.put("undeclared", values[2]),
        mine.ask(PUT, USER_SECRET, body={"value": {"nested": values[2]}}), mine.ask(PUT, USER_SECRET, body=[values[2]]),
        mine.ask(READ, USER_SECRET),
    ]  # fmt: skip
    mine.value(USER_SECRET)
    where = {"user_id": mine.person.imperal_id}
    replies += [mine.ask(LIST), mine.ask(META, USER_SECRET), session.send("GET /v1/actions", mine.person)]
    replies += [session.send("GET /v1/auth/me", mine.person), session.send("GET /v1/me/extensions", mine.person)]
    replies.append(session.send("GET /v1/users/{user_id}", mine.person, params=where))
    if session.settings.admin:
        replies.append(session.send(AUDIT, session.users.admin, query={"per_page": 200}))
    replies.append(mine.ask(DELETE, USER_SECRET))
    for reply in replies:
        check.that(not any(one in reply.text for one in values), "a response holds a value", reply, about="value")


@pytest.mark.alone
@rule("K09", READ, PUT, DELETE)
def test_without_the_vault_nothing_opens_and_nothing_changes(session: Session, check: Check) -> None:
    """While the key vault is away, reading, writing and clearing are 503 and change nothing; list and meta answer."""
    mine, value = vault(session), secret(session)
    if not session.settings.local:
        raise Unmet("the key vault of this target is not for a test to take away")
    check.ok(mine.put(USER_SECRET, value))
    platform = session.users.acting(mine.person)
    before = mine.rows()
    session.control.post("vault", {"available": False})
    try:
        replies = [mine.put(USER_SECRET, "other"), mine.ask(DELETE, USER_SECRET), mine.ask(READ, USER_SECRET, platform)]
        looks = [mine.ask(LIST), mine.ask(META, USER_SECRET)]
    finally:
        session.control.post("vault", {"available": True})
    for reply in replies:
        check.status(reply, 503, message="without the vault a value is touched")
    for reply in looks:
        check.ok(reply, "without the vault nobody is told what is set")
    check.equal(mine.rows(), before, "without the vault something changed", op=PUT)
    check.equal(mine.value(USER_SECRET), value, "without the vault the value changed", op=PUT)
