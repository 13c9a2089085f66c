"""Isolation: what is one person's is no other's, by id or by list, to read or to change.

Another person of the same role repeats each prepared request with the first one's ids. 403 and 404 are equally good
(I02); no response may show the first one's data, and nothing of theirs may have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from specdouble.verify.check import Check
from specdouble.verify.contract import GATEWAY, Op, contract
from specdouble.verify.credentials import Credential, Person
from specdouble.verify.problems import Unmet
from specdouble.verify.recipes import Ready
from specdouble.verify.rules import rule
from specdouble.verify.session import Session
from specdouble.verify.suites._responses import rows, without_volatile

PERSONAL = frozenset({"bearerAuth", "apiKey"})
ACTED = frozenset({"serviceToken", "actingUser"})
# Things of one person: their ids stand in the path. Apps of the marketplace and extensions are everybody's.
THINGS = (
    "key_id",
    "session_id",
    "pm_id",
    "confirmation_id",
    "task_id",
    "trace_id",
    "rule_id",
    "review_id",
    "user_id",
    "imperal_id",
)
OPS = [
    op
    for op in contract().ops
    if op.service == GATEWAY and not op.spec.public and any(not PERSONAL.isdisjoint(way) for way in op.spec.security)
]
BY_ID = [
    op
    for op in OPS
    if op.spec.required_role != "admin"
    and (
        any(f"{{{name}}}" in op.spec.path for name in THINGS)
        or (op.spec.required_role == "developer" and "{app_id}" in op.spec.path)
    )
    and op.id != "POST /v1/marketplace/reviews/{review_id}/vote"
]
LISTS = [
    op
    for op in OPS
    if op.reads and "{" not in op.spec.path and op.spec.required_role != "admin" and op.id != "GET /v1/events/stream"
]
OWN_IDS = (
    "id", "key_id", "rule_id", "trace_id", "payment_intent_id", "session_id", "confirmation_id", "task_id", "app_id",
)  # fmt: skip
# Rows of these lists are everybody's (what one has of them is not).
COMMON = frozenset({"GET /v1/me/extensions", "GET /v1/billing/topup-config", "GET /v1/agencies/me"})


def stranger(session: Session, op: Op, ready: Ready) -> Person:
    """Return another person of the same role."""
    if op.spec.required_role == "developer":
        found: Person = session.shared("another developer", lambda: session.users.new_developer())
        return found
    if not session.settings.service_token:
        return session.users.other if ready.person is not session.users.other else session.users.user
    return session.shared("a stranger", lambda: _unlike(session))  # type: ignore[no-any-return]


def _unlike(session: Session) -> Person:
    """Make a person whose wallet, keys, name and settings differ from a fresh one's, so that a mix-up shows."""
    person = session.users.new("a stranger")
    steps: tuple[Callable[[], object], ...] = (
        lambda: session.users.fund(person, 7000),
        lambda: session.users.key(person),
        lambda: session.send("PUT /v1/me/nickname", person, body={"nickname": session.users.fresh("stranger")}).need(),
        lambda: session.send("PATCH /v1/me/settings", person, body={"confirmation_ttl": 77}).need(),
        lambda: session.send("PUT /v1/billing/profile", person, body={"name": "Stranger", "country": "NZ"}).need(),
        lambda: session.send("POST /v1/automations", person, body={"prompt": "Every Friday, count my notes."}).need(),
    )
    for step in steps:
        with suppress(Unmet):
            step()
    return person


def belongings(person: Person) -> tuple[str, ...]:
    """Return texts that stand in one person's data only."""
    return tuple(dict.fromkeys(text for text in (person.email, person.email.lower(), person.imperal_id) if text))


@rule("ISO-01")
@pytest.mark.parametrize("op", BY_ID, ids=str)
def test_by_id_nobody_reaches_what_is_another_s(op: Op, session: Session, check: Check) -> None:
    """Another person's thing is 403 or 404 by its id, shows nothing of its owner, and does not change."""
    ready = session.prepared(op)
    if ready.person is None:
        return
    other = stranger(session, op, ready)
    before = session.look(ready.watch)
    for id_, who in session.some(_strangers(session, op, ready.person, other), 1):
        reply = session.play(ready, who)
        check.that(
            reply.status in (401, 403, 404),
            f"{'another person' if id_ == 'ISO-01' else 'a service acting for another person'} is answered with "
            f"{reply.status}",
            reply,
            rule=id_,
            expected="403 or 404",
            about=f"status {who.name}",
        )
        if reply.status >= 400:
            shown = [
                text for text in belongings(ready.person) if text in reply.text and text not in ready.params.values()
            ]
            check.that(not shown, "a refusal shows whose it is", reply, rule="ISO-02", expected="no data", got=shown)
    check.that(
        session.look(ready.watch) == before,
        "another person's request changed something",
        op=op,
        rule="ISO-03",
        expected=before,
        got="something else",
        about="changed",
    )


def _strangers(session: Session, op: Op, owner: Person, other: Person) -> Iterator[tuple[str, Credential]]:
    """Yield the ways in which another person may ask, and the rule that refuses each."""
    yield "ISO-01", other.bearer
    yield "ISO-01", other.bearer.plus("naming the owner", X_Acting_User=owner.imperal_id)
    if session.settings.service_token and ACTED in op.spec.security:
        yield "AUTH-26", session.users.acting(other)


@rule("ISO-04")
@pytest.mark.parametrize("op", LISTS, ids=str)
def test_no_list_shows_what_is_another_s(op: Op, session: Session, check: Check) -> None:
    """Two people's lists share no row, and neither shows the other's name."""
    ready = session.ready(op)
    if ready.person is None:
        return
    other = stranger(session, op, ready)
    mine = session.play(ready).need()
    named = ready.but(query={name: value for name, value in ready.query.items() if name != "user_id"})
    theirs = session.play(named, other.bearer)
    if not theirs.ok:
        check.status(theirs, 401, 403, 404, message=f"another person's own list is answered with {theirs.status}")
        return
    shown = [text for text in belongings(ready.person) if text in theirs.text]
    check.that(not shown, "another person's response shows this one's name", theirs, expected="no such text", got=shown)
    if session.settings.service_token and ACTED in op.spec.security:
        acted = session.play(named, session.users.acting(other))
        check.equal(
            (acted.status, without_volatile(acted.json)), (theirs.status, without_volatile(theirs.json)),
            "a service acting for a person reads something else than they do", acted, rule="AUTH-26", about="acting",
        )  # fmt: skip
    if op.id not in COMMON:
        both = _keys(mine.json) & _keys(theirs.json)
        check.that(
            not both, "two people's lists share rows", theirs, expected="no common id", got=sorted(both), about="rows"
        )


ACTING = [op for op in OPS if op.spec.required_role is None and op.id != "GET /v1/events/stream"]


@rule("S14")
@pytest.mark.parametrize("op", ACTING, ids=str)
def test_a_person_acts_for_nobody_else(op: Op, session: Session, check: Check) -> None:
    """A person who names another one in X-Acting-User reads and changes what is their own, or is refused."""
    ready = session.ready(op)
    if ready.person is None or session.users.of(ready.who) is not ready.person:
        return
    other = stranger(session, op, ready)
    who = ready.who.plus("naming another person", X_Acting_User=other.imperal_id)
    if op.reads:
        own, named = session.play(ready).need(), session.play(ready, who)
        check.that(
            named.status in (401, 403) or without_volatile(named.json) == without_volatile(own.json),
            "X-Acting-User changes whose data is read",
            named,
            expected=own.text,
            about="read",
        )
        return
    before = session.look(ready.watch)
    reply = session.play(ready, who)
    check.that(
        not reply.ok or not ready.watch or session.look(ready.watch) != before,
        "X-Acting-User changes whose data is written",
        reply,
        expected="a change of one's own, or a refusal",
        about="write",
    )


def _keys(value: Any) -> set[str]:
    """Return what names the rows of a list: of each row its own id."""
    own = (next((row[name] for name in OWN_IDS if row.get(name)), None) for row in rows(value) if isinstance(row, dict))
    return {str(one) for one in own if one is not None}
