"""Repeats and edges of writes: a second delete, a second upsert, values that look like nothing."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.known import MISSING
from specdouble.verify.api.rules import rule
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import (
    GONE,
    body_members,
    by_model,
    has_role,
    hidden,
    item,
    make,
    moves,
    same,
    thing_for,
    workshop,
)
from specdouble.verify.suites.model.bounds.test_bounds import _refers
from specdouble.verify.suites.model.writes._subject import Subject

_NOTHING: tuple[Any, ...] = (False, 0, "", [], {}, None)  # what a careless "if value" takes for absent
_KNOWN_AT_MOST = 8


@rule("LIFE-60")
@by_model(has_role("delete"))
def test_a_second_delete_finds_nothing(op: Op, session: Session, check: Check) -> None:
    """A second DELETE is answered as one of an id that nobody has: where that is not found, so is this one."""
    shop = workshop(session)
    request, thing = thing_for(session, op)
    last = next((one for one in reversed(op.spec.parameters) if one.location == "path"), None)
    if last is None:
        check.does_not_apply("the path names nothing")
        return
    shop.send(request).need()
    thing.gone = True
    again = shop.send(request)
    if not again.ok:
        check.that(again.status < 500, f"a second DELETE is answered with {again.status}", again, expected="404")
        return
    made = shop.filler(op).parameter(last, None, fresh=True)
    session.client.own(str(made))
    unknown = shop.send(request, params={**request.params, last.name: made})
    declared = any(one in op.spec.responses for one in GONE)
    read = shop.reading.get(thing)
    there = read is not None and read.ok  # it is in a state that says so, and may be removed for good
    check.that(
        there or not (unknown.status in GONE and declared),
        f"a second DELETE is answered with {again.status}, that of an unknown id with {unknown.status}",
        again,
        expected=unknown.status,
        about="second",
    )


@rule("LIFE-64")
@by_model(
    lambda op, known: (
        has_role("create", "upsert", "update", "replace", "singleton-write")(op, known) and op.spec.body is not None
    )
)
def test_values_that_look_like_nothing_are_kept(op: Op, session: Session, check: Check) -> None:
    """0, false, an empty text or list and null are values: what is written with them is read with them."""
    shop = workshop(session)
    makes = shop.known.about(op).role in ("create", "upsert")
    members = body_members(session, op)
    flats = shop.filler(op).flats
    request = shop.request(op)
    if not isinstance(request.body, dict):
        check.does_not_apply("the body is no object")
        return
    chosen: dict[str, Any] = {}
    for name, schema in members.items():
        if flats.of(schema).read_only or _refers(session, op, name) or hidden(name) or name in _keys(session, op):
            continue
        if flats.of(schema).enum:
            continue
        value = next((one for one in _NOTHING if shop.filler(op).fitting(schema, one) is not MISSING), MISSING)
        if value is not MISSING:
            chosen[name] = value
    if not chosen:
        check.does_not_apply("no member may have such a value")
        return
    if not _kept(session, check, op, chosen, makes=makes):
        for name, value in list(chosen.items())[:_KNOWN_AT_MOST]:
            _kept(session, check, op, {name: value}, makes=makes)
    if not session.record.judged[op.id]["LIFE-64"]:
        check.does_not_apply("no such value is taken and shown")


def _keys(session: Session, op: Op) -> set[str]:
    """Return the members that a thing is named by, which no write changes."""
    resource = workshop(session).known.resource(op)
    named = {part.field.removeprefix("/") for part in resource.key.parts} if resource is not None else set()
    return named | {one.name for one in op.spec.parameters if one.location == "path"}


def _kept(session: Session, check: Check, op: Op, values: dict[str, Any], *, makes: bool) -> bool:
    """Write values and read them back; whether they were taken."""
    shop = workshop(session)
    if makes:
        request = shop.request(op)
        body = {**(request.body if isinstance(request.body, dict) else {}), **values}
        reply = shop.send(request, body=body)
        thing = shop.take(request, reply) if reply.ok else None
        shown = (shop.reading.item(thing) if thing is not None else None) or shop.known.item(op, reply.json)
    else:
        subject = Subject(session, op)
        before = subject.shown()
        whole = subject.request.body if isinstance(subject.request.body, dict) else {}
        partial = op.spec.method == "PATCH"
        reply = shop.send(subject.request, body={**(subject.needed(before) if partial else whole), **values})
        shown = subject.shown() if reply.ok else None
    if not reply.ok:
        return False
    for name, value in values.items():
        if shown is not None and name in shown and not moves(name):
            blank = value in ("", None) and shown[name] in ("", None)
            check.that(
                same(value, shown[name], name) or blank,
                f"{name} was written as {value!r}, and a read says something else",
                reply,
                expected=value,
                got=shown[name],
                about=f"{name} {value!r}",
            )
    return True


@rule("LIFE-65")
@by_model(has_role("upsert"))
def test_a_second_upsert_replaces_the_first(op: Op, session: Session, check: Check) -> None:
    """A PUT to what is there stores its values in place of the first ones, and makes nothing beside it."""
    shop = workshop(session)
    request, _reply, thing = make(session, op)
    members = body_members(session, op)
    if thing is None or not isinstance(request.body, dict):
        raise Unmet("the key of what was made is not known")
    listings = shop.reading.lists(thing)
    before = [shop.reading.all_rows(one, shop.reading.list_request(one, thing, thing.who)) for one in listings]
    body = dict(request.body)
    for name, value in request.body.items():
        if name not in members or hidden(name) or _refers(session, op, name) or name in _keys(session, op):
            continue
        other = shop.filler(op).another(members[name], value, name)
        if other is MISSING:
            continue
        body[name] = other
        reply = shop.send(request, body=body)
        if not reply.ok:
            body[name] = value
            continue
        shown = item(session, thing)
        if name in shown:
            check.that(
                same(other, shown[name], name),
                f"{name} of a second PUT is not stored",
                reply,
                expected=other,
                got=shown[name],
                about=name,
            )
    after = [shop.reading.all_rows(one, shop.reading.list_request(one, thing, thing.who)) for one in listings]
    for listing, one, other in zip(listings, before, after, strict=True):
        check.that(
            one is None or other is None or len(one) == len(other),
            "a second PUT adds a row",
            op=op,
            expected=len(one or ()),
            got=len(other or ()),
            about=f"rows {listing.id}",
        )
    if not session.record.judged[op.id]["LIFE-65"]:
        check.does_not_apply("no read shows what it writes")
