"""Isolation: what is one person's is no other's, by id or by list, to read or to change.

Another person of the same role repeats each prepared request with the first one's ids. 403 and 404 are equally good
(I02); no answer may show the first one's data, and nothing of theirs may have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from specdouble.verify.contract import GATEWAY, Op, contract
from specdouble.verify.credentials import Credential, Person
from specdouble.verify.judge import Judge
from specdouble.verify.problems import Unmet
from specdouble.verify.recipes import Ready
from specdouble.verify.rules import law
from specdouble.verify.stage import Stage
from specdouble.verify.suites._answers import rows, still

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


def stranger(stage: Stage, op: Op, ready: Ready) -> Person:
    """Return another person of the same role."""
    if op.spec.required_role == "developer":
        found: Person = stage.shared("another developer", lambda: stage.cast.new_developer())
        return found
    if not stage.settings.service_token:
        return stage.cast.other if ready.person is not stage.cast.other else stage.cast.user
    return stage.shared("a stranger", lambda: _unlike(stage))  # type: ignore[no-any-return]


def _unlike(stage: Stage) -> Person:
    """Make a person whose wallet, keys, name and settings differ from a fresh one's, so that a mix-up shows."""
    person = stage.cast.new("a stranger")
    steps: tuple[Callable[[], object], ...] = (
        lambda: stage.cast.fund(person, 7000),
        lambda: stage.cast.key(person),
        lambda: stage.send("PUT /v1/me/nickname", person, body={"nickname": stage.cast.fresh("stranger")}).need(),
        lambda: stage.send("PATCH /v1/me/settings", person, body={"confirmation_ttl": 77}).need(),
        lambda: stage.send("PUT /v1/billing/profile", person, body={"name": "Stranger", "country": "NZ"}).need(),
        lambda: stage.send("POST /v1/automations", person, body={"prompt": "Every Friday, count my notes."}).need(),
    )
    for step in steps:
        with suppress(Unmet):
            step()
    return person


def belongings(person: Person) -> tuple[str, ...]:
    """Return texts that stand in one person's data only."""
    return tuple(dict.fromkeys(text for text in (person.email, person.email.lower(), person.imperal_id) if text))


@law("ISO-01")
@pytest.mark.parametrize("op", BY_ID, ids=str)
def test_by_id_nobody_reaches_what_is_another_s(op: Op, stage: Stage, judge: Judge) -> None:
    """Another person's thing is 403 or 404 by its id, shows nothing of its owner, and does not change."""
    ready = stage.prepared(op)
    if ready.person is None:
        return
    other = stranger(stage, op, ready)
    before = stage.look(ready.watch)
    for rule, who in stage.some(_strangers(stage, op, ready.person, other), 1):
        reply = stage.play(ready, who)
        judge.that(
            reply.status in (401, 403, 404),
            f"{'another person' if rule == 'ISO-01' else 'a service acting for another person'} is answered with "
            f"{reply.status}",
            reply,
            rule=rule,
            expected="403 or 404",
            about=f"status {who.name}",
        )
        if reply.status >= 400:
            shown = [
                text for text in belongings(ready.person) if text in reply.text and text not in ready.params.values()
            ]
            judge.that(not shown, "a refusal shows whose it is", reply, rule="ISO-02", expected="no data", got=shown)
    judge.that(
        stage.look(ready.watch) == before,
        "another person's request changed something",
        op=op,
        rule="ISO-03",
        expected=before,
        got="something else",
        about="changed",
    )


def _strangers(stage: Stage, op: Op, owner: Person, other: Person) -> Iterator[tuple[str, Credential]]:
    """Yield the ways in which another person may ask, and the rule that refuses each."""
    yield "ISO-01", other.bearer
    yield "ISO-01", other.bearer.plus("naming the owner", X_Acting_User=owner.imperal_id)
    if stage.settings.service_token and ACTED in op.spec.security:
        yield "AUTH-26", stage.cast.acting(other)


@law("ISO-04")
@pytest.mark.parametrize("op", LISTS, ids=str)
def test_no_list_shows_what_is_another_s(op: Op, stage: Stage, judge: Judge) -> None:
    """Two people's lists share no row, and neither shows the other's name."""
    ready = stage.ready(op)
    if ready.person is None:
        return
    other = stranger(stage, op, ready)
    mine = stage.play(ready).need()
    named = ready.but(query={name: value for name, value in ready.query.items() if name != "user_id"})
    theirs = stage.play(named, other.bearer)
    if not theirs.ok:
        judge.status(theirs, 401, 403, 404, message=f"another person's own list is answered with {theirs.status}")
        return
    shown = [text for text in belongings(ready.person) if text in theirs.text]
    judge.that(not shown, "another person's answer shows this one's name", theirs, expected="no such text", got=shown)
    if stage.settings.service_token and ACTED in op.spec.security:
        acted = stage.play(named, stage.cast.acting(other))
        judge.equal(
            (acted.status, still(acted.json)), (theirs.status, still(theirs.json)),
            "a service acting for a person reads something else than they do", acted, rule="AUTH-26", about="acting",
        )  # fmt: skip
    if op.id not in COMMON:
        both = _keys(mine.json) & _keys(theirs.json)
        judge.that(
            not both, "two people's lists share rows", theirs, expected="no common id", got=sorted(both), about="rows"
        )


ACTING = [op for op in OPS if op.spec.required_role is None and op.id != "GET /v1/events/stream"]


@law("S14")
@pytest.mark.parametrize("op", ACTING, ids=str)
def test_a_person_acts_for_nobody_else(op: Op, stage: Stage, judge: Judge) -> None:
    """A person who names another one in X-Acting-User reads and changes what is their own, or is refused."""
    ready = stage.ready(op)
    if ready.person is None or stage.cast.of(ready.who) is not ready.person:
        return
    other = stranger(stage, op, ready)
    who = ready.who.plus("naming another person", X_Acting_User=other.imperal_id)
    if op.reads:
        own, named = stage.play(ready).need(), stage.play(ready, who)
        judge.that(
            named.status in (401, 403) or still(named.json) == still(own.json),
            "X-Acting-User changes whose data is read",
            named,
            expected=own.text,
            about="read",
        )
        return
    before = stage.look(ready.watch)
    reply = stage.play(ready, who)
    judge.that(
        not reply.ok or not ready.watch or stage.look(ready.watch) != before,
        "X-Acting-User changes whose data is written",
        reply,
        expected="a change of one's own, or a refusal",
        about="write",
    )


def _keys(value: Any) -> set[str]:
    """Return what names the rows of a list: of each row its own id."""
    own = (next((row[name] for name in OWN_IDS if row.get(name)), None) for row in rows(value) if isinstance(row, dict))
    return {str(one) for one in own if one is not None}
