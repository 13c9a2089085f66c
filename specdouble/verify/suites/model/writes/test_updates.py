"""Updates: a write is there, changes what it names and nothing else, and one that is refused changes nothing."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.known import MISSING
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Request
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import (
    by_model,
    has_role,
    hidden,
    same,
    still,
    workshop,
    written,
)
from specdouble.verify.suites.model.writes._subject import Subject, is_fixed, is_partial, stamped, untouched
from specdouble.verify.suites.model.writes.test_creates import foreign

_KEEPS = re.compile(r"\b(merge|partial|patch|only the (fields|members)|left out stays)", re.IGNORECASE)


_WHOLE = re.compile(r"\b(replace|whole|full|overwrite|entire|default)", re.IGNORECASE)


WRITES = has_role("update", "replace", "singleton-write")


@rule("LIFE-51")
@by_model(lambda op, known: WRITES(op, known) and op.spec.body is not None)
def test_what_is_written_is_there(op: Op, session: Session, check: Check) -> None:
    """Each member that an update sends is shown afterwards as it was sent: in the response and by a read."""
    subject = Subject(session, op)
    before = None
    with suppress(Unmet):
        before = subject.shown()
    reply = subject.shop.send(subject.request).need()
    view = subject.shop.known.item(op, reply.json)
    if view and subject.shop.known.about(op).answers in ("item", ""):
        _compare(check, op, subject.request, view, "the response")
    if not isinstance(subject.request.body, dict):
        read = subject.read()
        if read is None or subject.request.body is None:
            check.does_not_apply("no read shows what was written")
            return
        check.that(
            same(subject.request.body, read.json),
            "what was written is not what a read shows",
            op=op,
            expected=subject.request.body,
            got=read.json,
            about="whole",
        )
        return
    after = subject.shown()
    _compare(check, op, subject.request, after, "a read")
    if before is not None and any(before.get(name) != after.get(name) for name in subject.members):
        stamped(check, reply, before, after)
    if subject.thing is not None:
        for listing in subject.shop.reading.lists(subject.thing):
            row = subject.shop.reading.row(listing, subject.thing)
            if isinstance(row, dict):
                _compare(check, op, subject.request, row, f"the list {listing.id}")
    _of_several(check, subject)
    if not session.record.judged[op.id]["LIFE-51"]:
        check.does_not_apply("no response shows a member that was written")


def _of_several(check: Check, subject: Subject) -> None:
    """Write lists of two: one that is lost shows only among several."""
    filler, body = subject.shop.filler(subject.op), subject.request.body
    for name, schema in subject.members.items():
        two = filler.several(schema, name) if filler.flats.of(schema).type == "array" else []
        if not two or not isinstance(body, dict):
            continue
        reply = subject.shop.send(subject.request, body={**body, name: two})
        shown = subject.shown() if reply.ok else {}
        check.that(
            name not in shown or same(two, shown[name], name),
            f"{name} was written with two, and a read says something else",
            reply,
            expected=two,
            got=shown.get(name),
            about=f"two {name}",
        )


def _compare(check: Check, op: Op, request: Request, view: dict[str, Any], where: str) -> None:
    for name, value in written(request, view):
        check.that(
            same(value, view[name], name),
            f"{name} was written, and {where} says something else",
            op=op,
            expected=value,
            got=view[name],
            about=f"{where} {name}",
        )


@rule("LIFE-52")
@by_model(lambda op, known: WRITES(op, known) and op.spec.body is not None)
def test_a_partial_update_changes_what_it_names(op: Op, session: Session, check: Check) -> None:
    """An update of one member stores it, and leaves every other member that can be written as it was."""
    if not is_partial(op, session):
        check.does_not_apply("the operation writes the whole")
        return
    subject = Subject(session, op)
    if not subject.members:
        raise Unmet("the body has no declared members")
    before = subject.shown()
    flats = subject.shop.filler(op).flats
    lists = [one for one in subject.members if flats.of(subject.members[one]).type in ("array", "object")]
    for name in (*lists, *(one for one in subject.members if one not in lists)):  # what is lost has to be there first
        if hidden(name) or name in subject.request.how.without:
            continue
        value = subject.another(name, before.get(name))
        if value is MISSING:
            continue
        body = {**subject.needed(before), name: value}
        reply = subject.shop.send(subject.request, body=body)
        if not reply.ok:
            after = subject.shown()
            check.that(
                still(after) == still(before),
                f"a refused update of {name} changes something",
                reply,
                rule="LIFE-55",
                expected=before,
                got=after,
                about=f"refused {name}",
            )
            continue
        after = subject.shown()
        if name in after:
            check.that(
                same(value, after[name], name),
                f"an update of {name} alone is not stored",
                reply,
                expected=value,
                got=after[name],
                about=f"{name} stored",
            )
        untouched(check, subject, reply, name, before, after)
        _replaced(check, subject, name, after)
        stamped(check, reply, before, after)
        before = subject.shown() if isinstance(after.get(name), list) else after


def _replaced(check: Check, subject: Subject, name: str, shown: dict[str, Any]) -> None:
    """Judge that a list that is written replaces the one that was there."""
    held = shown.get(name)
    if not isinstance(held, list) or not held:
        return
    value = subject.another(name, held)
    if value is MISSING or value == held:
        return
    reply = subject.shop.send(subject.request, body={**subject.needed(shown), name: value})
    if reply.ok:
        got = subject.shown().get(name)
        check.that(
            same(value, got, name),
            f"a list that is written to {name} does not replace the one before",
            reply,
            expected=value,
            got=got,
            about=f"{name} replaced",
        )


@rule("LIFE-53")
@by_model(lambda op, known: WRITES(op, known) and op.spec.body is not None)
def test_null_clears_a_member(op: Op, session: Session, check: Check) -> None:
    """In a partial update null clears a member that may be null, and the others stay (RFC 7396)."""
    subject = Subject(session, op)
    flats = subject.shop.filler(op).flats
    nullable = [name for name, one in subject.members.items() if flats.of(one).nullable and not hidden(name)]
    if not is_partial(op, session) or not nullable:
        check.does_not_apply("no member of a partial update may be null")
        return
    for name in nullable:
        before = subject.shown()
        if before.get(name) is None:
            value = subject.another(name, None)
            if (
                value is MISSING
                or not subject.shop.send(subject.request, body={**subject.needed(before), name: value}).ok
            ):
                continue
            before = subject.shown()
        reply = subject.shop.send(subject.request, body={**subject.needed(before), name: None})
        if not check.that(
            reply.ok,
            f"{name} may be null, and an update with null is answered with {reply.status}",
            reply,
            expected="2xx",
            about=f"{name} null",
        ):
            continue
        after = subject.shown()
        check.that(
            after.get(name) is None,
            f"null does not clear {name}",
            reply,
            expected=None,
            got=after.get(name),
            about=f"{name} cleared",
        )
        untouched(check, subject, reply, name, before, after)


@rule("LIFE-56")
@by_model(lambda op, known: has_role("replace", "upsert", "singleton-write")(op, known) and op.spec.method == "PUT")
def test_a_put_writes_the_whole_and_may_be_repeated(op: Op, session: Session, check: Check) -> None:
    """The same PUT twice has the effect of one; what it leaves out gets the default that the document declares."""
    subject = Subject(session, op) if workshop(session).known.about(op).role != "upsert" else _made(session, op)
    if not isinstance(subject.request.body, dict):
        raise Unmet("the body is no object")
    subject.shop.send(subject.request).need()
    once = subject.shown()
    again = subject.shop.send(subject.request)
    if again.status in (409, 412, 428):
        raise Unmet(f"a repeated PUT is answered with {again.status}")
    check.that(
        again.ok, f"the same PUT a second time is answered with {again.status}", again, expected="2xx", about="again"
    )
    twice = subject.shown()
    check.equal(
        {k: v for k, v in still(twice).items() if k in subject.members or is_fixed(k)},
        {k: v for k, v in still(once).items() if k in subject.members or is_fixed(k)},
        "the same PUT a second time changes something",
        again,
        about="repeat",
    )
    needed = {name: subject.request.body[name] for name in subject.needed(once) if name in subject.request.body}
    left_out = [name for name in subject.members if name not in needed and name in twice and not hidden(name)]
    if not left_out:
        return
    said = f"{op.spec.summary} {op.spec.description} {op.spec.operation_id}"
    reply = subject.shop.send(subject.request, body=needed)
    if not reply.ok:
        return
    after, flats = subject.shown(), subject.shop.filler(op).flats
    for name in left_out:
        flat = flats.of(subject.members[name])
        if flat.has_default:
            check.that(
                same(flat.default, after.get(name), name),
                f"{name} is left out of a PUT, and does not get its default",
                reply,
                expected=flat.default,
                got=after.get(name),
                about=f"default {name}",
            )
        elif flat.nullable and twice[name] is not None and _WHOLE.search(said) and not _KEEPS.search(said):
            check.that(
                after.get(name) != twice[name],
                f"{name} is left out of a PUT, and stays",
                reply,
                expected="null, or its default",
                got=after.get(name),
                about=f"stays {name}",
            )


def _made(session: Session, op: Op) -> Subject:
    """Return the subject of an upsert: what it has made."""
    subject = Subject(session, op)
    reply = subject.shop.send(subject.request).need()
    subject.thing = subject.shop.take(subject.request, reply)
    if subject.thing is None:
        raise Unmet("the key of what was made is not known")
    return subject


@rule("LIFE-55")
@by_model(lambda op, known: WRITES(op, known) and op.spec.body is not None)
def test_a_refused_update_changes_nothing(op: Op, session: Session, check: Check) -> None:
    """An update that is refused for one member leaves the others as they were, though the request names them."""
    subject = Subject(session, op)
    schemas, flats = subject.shop.filler(op).schemas, subject.shop.filler(op).flats
    before = subject.shown()
    good: dict[str, Any] = {}
    for name in subject.members:
        if name in before and not hidden(name) and (value := subject.another(name, before[name])) is not MISSING:
            good[name] = value
    judged = 0
    for name, schema in subject.members.items():
        bad = next(
            (one for one in ({"a": [1]}, "", -1, 10**12, ["x"]) if not schemas.validator(schema).is_valid(one)), MISSING
        )
        if bad is MISSING or flats.of(schema).read_only or judged >= 4:
            continue
        body = {**subject.needed(before), **good, name: bad}
        reply = subject.shop.send(subject.request, body=body)
        if reply.ok:
            continue  # the suite of bounds says so
        judged += 1
        after = subject.shown()
        check.that(
            still(after) == still(before),
            f"an update that is refused for {name} changes something",
            reply,
            expected=before,
            got=after,
            about=name,
        )
    if not judged:
        check.does_not_apply("no member has a value that is refused")


@rule("LIFE-57")
@by_model(lambda op, known: WRITES(op, known) and op.spec.body is not None)
def test_an_update_does_not_write_what_the_server_writes(op: Op, session: Session, check: Check) -> None:
    """Members that only the server writes keep their values, whatever an update says of them (mass assignment)."""
    subject = Subject(session, op)
    before = subject.shown()
    sent = subject.request.body if isinstance(subject.request.body, dict) else {}
    extra = foreign(session, op, sent, before)
    if not extra:
        check.does_not_apply("every member of the item may be written")
        return
    reply = subject.shop.send(subject.request, body={**sent, **extra})
    tries = [(reply, extra)]
    if not reply.ok:  # one of them may be taken where another one is refused
        tries += [
            (subject.shop.send(subject.request, body={**sent, name: one}), {name: one}) for name, one in extra.items()
        ]
    after = subject.shown()
    fixed = [name for name in before if is_fixed(name) and name in extra]
    check.that(
        all(same(before[name], after.get(name), name) for name in fixed),
        "an update that names what the server writes changes the identity",
        reply,
        expected={name: before[name] for name in fixed},
        got={name: after.get(name) for name in fixed},
        about="identity",
    )
    for reply, values in tries:
        check.that(reply.status < 500, f"members that may not be written are answered with {reply.status}", reply)
        for name, value in values.items():
            check.that(
                name not in after or same(before.get(name), after[name], name) or not same(value, after[name], name),
                f"{name}, which only the server writes, is taken from an update",
                reply,
                expected=before.get(name),
                got=after.get(name),
                about=name,
            )
