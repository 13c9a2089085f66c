"""Isolation: what is one person's is no other's, by id or by list, to read or to change.

Another person of the same role repeats each prepared request with the first one's ids. 403 and 404 are equally good
(I02); no response may show the first one's data, and nothing of theirs may have changed.
"""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.credentials import Person
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites._responses import rows_in, without_volatile


def protected(op: Op, api: Api) -> bool:
    """Whether people call an operation, and nobody without a credential does."""
    return api.for_people(op) and not op.spec.public


def by_id(op: Op, api: Api) -> bool:
    """Whether an operation is about a thing of one person, which its path names."""
    mine = any(f"{{{name}}}" in op.spec.path for name in api.words.things)
    app = op.spec.required_role is not None and any(f"{{{name}}}" in op.spec.path for name in api.words.role_things)
    high = op.spec.required_role in api.words.high_roles
    return protected(op, api) and not high and (mine or app) and not api.facts(op).public_id


def lists(op: Op, api: Api) -> bool:
    """Whether an operation reads what is the caller's own."""
    own = op.reads and "{" not in op.spec.path and op.spec.required_role not in api.words.high_roles
    return protected(op, api) and own and not api.is_stream(op)


def belongings(person: Person) -> tuple[str, ...]:
    """Return texts that stand in one person's data only."""
    return tuple(dict.fromkeys(text for text in (person.email, person.email.lower(), person.id) if text))


@rule("ISO-01")
@operations(by_id)
def test_by_id_nobody_reaches_what_is_another_s(op: Op, session: Session, check: Check) -> None:
    """Another person's thing is 403 or 404 by its id, shows nothing of its owner, and does not change."""
    ready = session.prepared(op)
    if ready.person is None:
        raise Unmet("nothing says whose data it is: the recipe names no person")
    other = session.callers.stranger(op, ready)
    before = session.look(ready.watch)
    for id_, whoever, who in session.some(session.callers.strangers(op, ready.person, other), 1):
        reply = session.play(ready, who)
        check.that(
            reply.status in (401, 403, 404),
            f"{whoever} is answered with {reply.status}",
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


@rule("ISO-04")
@operations(lists)
def test_no_list_shows_what_is_another_s(op: Op, session: Session, check: Check) -> None:
    """Two people's lists share no row, and neither shows the other's name."""
    ready = session.ready(op)
    if ready.person is None:
        raise Unmet("nothing says whose data it is: the recipe names no person")
    other = session.callers.stranger(op, ready)
    mine = session.play(ready).need()
    named = ready.but(
        query={name: value for name, value in ready.query.items() if name not in session.api.words.owners}
    )
    theirs = session.play(named, other.bearer)
    if not theirs.ok:
        check.status(theirs, 401, 403, 404, message=f"another person's own list is answered with {theirs.status}")
        return
    shown = [text for text in belongings(ready.person) if text in theirs.text]
    check.that(not shown, "another person's response shows this one's name", theirs, expected="no such text", got=shown)
    service = session.callers.on_behalf(op, other)
    if service is not None:
        acted = session.play(named, service)
        check.equal(
            (acted.status, without_volatile(session.api, acted.json)),
            (theirs.status, without_volatile(session.api, theirs.json)),
            "a service that acts for a person reads something else than they do", acted, rule="AUTH-26", about="acts",
        )  # fmt: skip
    if not session.api.facts(op).common:
        both = _keys(session.api, mine.json) & _keys(session.api, theirs.json)
        check.that(
            not both, "two people's lists share rows", theirs, expected="no common id", got=sorted(both), about="rows"
        )


def _keys(api: Api, value: Any) -> set[str]:
    """Return what names the rows of a list: of each row its own id."""
    own = (
        next((row[name] for name in api.words.own_ids if row.get(name)), None)
        for row in rows_in(api, value)
        if isinstance(row, dict)
    )
    return {str(one) for one in own if one is not None}
