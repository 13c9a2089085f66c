"""Creates: what is made is shown as it was written, is found where it should be, and is something new."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import words
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Thing
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import (
    MISSING,
    body_members,
    by_model,
    has_role,
    hidden,
    item,
    make,
    moves,
    same,
    still,
    workshop,
    written,
)

MAKES = has_role("create", "upsert")
_FAR = 10_007


@rule("LIFE-41")
@by_model(lambda op, known: MAKES(op, known) and op.spec.body is not None)
def test_what_is_made_is_shown_as_it_was_written(op: Op, session: Session, check: Check) -> None:
    """Each member of the request comes back unchanged: in the response, in the item's own read and in the list."""
    shop = workshop(session)
    request, reply, thing = make(session, op)
    shown = shop.known.item(op, reply.json)
    views: list[tuple[str, dict[str, Any]]] = []
    if shown and shop.known.about(op).answers != "receipt":
        views.append(("the response", shown))
    if thing is not None:
        views += _views(session, check, thing)
    for where, view in views:
        for name, value in written(request, view):
            shown_value = view[name]
            if where.startswith("the list") and isinstance(value, dict) and isinstance(shown_value, dict):
                value = {key: one for key, one in value.items() if key in shown_value}
            check.that(
                same(value, shown_value, name) or (value is None and name not in view),
                f"{name} was sent, and {where} says something else",
                op=op,
                expected=value,
                got=view[name],
                about=f"{where} {name}",
            )
    if not views or not session.record.judged[op.id]["LIFE-41"]:
        check.does_not_apply("no response shows what was made")


def _views(session: Session, check: Check, thing: Thing) -> list[tuple[str, dict[str, Any]]]:
    """Return how an item's read and its lists show it; that it is missing there is a finding."""
    shop = workshop(session)
    found: list[tuple[str, dict[str, Any]]] = []
    reply = shop.reading.get(thing)
    reader = shop.reading.of(thing)
    if reply is not None and reply.status in (401, 403):
        return found  # whoever made it may not read it
    if (
        reply is not None
        and reader is not None
        and check.that(
            reply.ok,
            f"what was made is answered with {reply.status} when it is read",
            reply,
            op=check.ops[0],
            expected="2xx",
            about="read",
        )
    ):
        shown = shop.known.item(reader, reply.json)
        found += [("the item's read", shown)] if shown else []
    for listing in shop.reading.lists(thing) if thing.keys else ():
        request = shop.reading.list_request(listing, thing, shop.reading.reader(listing, thing))
        rows = shop.reading.all_rows(listing, request)
        if rows is None or shop.reading.reader(listing, thing) is not thing.who:
            continue
        row = next((one for one in rows if shop.known.same(thing.resource, one, thing.keys)), None)
        if check.that(
            row is not None,
            f"what was made is not in {listing.id}",
            op=check.ops[0],
            expected=thing.name,
            got=f"{len(rows)} rows without it",
            about=f"list {listing.id}",
        ):
            found += [(f"the list {listing.id}", row)] if isinstance(row, dict) else []
    return found


@rule("LIFE-42")
@by_model(lambda op, known: MAKES(op, known))
def test_every_response_shows_an_item_alike(op: Op, session: Session, check: Check) -> None:
    """What the create, the item's read and the list show of one item is the same, member by member."""
    shop = workshop(session)
    _request, reply, thing = make(session, op)
    if thing is None:
        raise Unmet("the key of what was made is not known")
    views = []
    shown = shop.known.item(op, reply.json)
    if shown and shop.known.about(op).answers == "item":
        views.append((op.id, shown))
    read, reader = shop.reading.get(thing), shop.reading.of(thing)
    if read is not None and reader is not None and read.ok and (found := shop.known.item(reader, read.json)):
        views.append((reader.id, found))
    for listing in shop.reading.lists(thing):
        row = shop.reading.row(listing, thing)
        views += [(listing.id, row)] if isinstance(row, dict) else []
    if len(views) < 2:
        check.does_not_apply("one response shows it, or none")
        return
    (first, one), *others = views
    for where, other in others:
        for name in one.keys() & other.keys():
            check.that(
                moves(name) or hidden(name) or _alike(one[name], other[name]),
                f"{name} differs between {first} and {where}",
                op=op,
                expected=one[name],
                got=other[name],
                about=f"{name} {where}",
            )


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):  # a list may show less of what is inside
        return all(_alike(one[name], other[name]) for name in one.keys() & other.keys() if not moves(name))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return same(one, other) or same(other, one)


@rule("LIFE-43")
@by_model(lambda op, known: MAKES(op, known) and not op.spec.path.endswith("}"))
def test_each_create_makes_something_new(op: Op, session: Session, check: Check) -> None:
    """Two creates make two things, with keys of their own; the second leaves the first as it was."""
    shop = workshop(session)
    _request, _reply, first = make(session, op)
    if first is None or not first.keys:
        raise Unmet("the key of what was made is not known")
    before = shop.reading.item(first)
    _request, reply, second = make(session, op)
    if second is None:
        raise Unmet("the key of what was made is not known")
    check.that(
        second.keys != first.keys or second.above != first.above,
        "two creates make one thing",
        reply,
        expected="another key",
        got=second.keys,
        about="key",
    )
    if before is not None:
        after = shop.reading.item(first)
        check.that(
            after is not None and still(after) == still(before),
            "a create changes what was made before",
            reply,
            expected=before,
            got=after,
            about="first",
        )


def _leads_anywhere(session: Session, op: Op, location: str) -> bool:
    """Whether a URL has the path of an operation of the service."""
    path = urlsplit(location).path.rstrip("/")
    paths = [one.spec.path for one in session.contract.ops if one.service == op.service]
    forms = [re.sub(r"\\\{.+?\\\}", "[^/]+", re.escape(one.rstrip("/"))) for one in paths]
    return any(form and re.search(f"{form}$", path) for form in forms)


@rule("LIFE-44")
@by_model(lambda op, known: MAKES(op, known))
def test_the_location_leads_to_what_was_made(op: Op, session: Session, check: Check) -> None:
    """A header Location in the response to a create leads to what was made, for whoever made it."""
    shop = workshop(session)
    request, reply, thing = make(session, op)
    declared = {name.lower() for one in (op.spec.response(reply.status),) if one for name in one.headers or ()}
    if "location" not in reply.headers:
        if "location" not in declared:
            check.does_not_apply("no Location is declared, and none comes")
            return
        check.that(
            False,
            "the response to a create has no Location, which is declared",
            reply,
            expected="Location",
            got="no such header",
            about="missing",
        )
        return
    keys = shop.known.from_location(thing.resource, reply) if thing is not None else {}
    if thing is not None and keys:
        check.equal(
            keys, {name: thing.keys.get(name) for name in keys}, "Location names another thing", reply, about="key"
        )
    reader = shop.reading.of(thing) if thing is not None else None
    nowhere = reader is not None or not _leads_anywhere(session, op, reply.headers["location"])
    if thing is not None and nowhere and not keys and thing.resource.item:
        check.that(
            False,
            "Location leads to no path of the item",
            reply,
            expected=thing.resource.item,
            got=reply.headers["location"],
            about="form",
        )
    elif request is not None:
        check.that(True, "", reply)


@rule("LIFE-47")
@by_model(lambda op, known: MAKES(op, known))
def test_times_of_what_was_just_made_are_now(op: Op, session: Session, check: Check) -> None:
    """The times at which a thing says that it was made and changed are the time of the create, and in that order."""
    shop = workshop(session)
    _request, reply, thing = make(session, op)
    view = shop.known.item(op, reply.json) or (shop.reading.item(thing) if thing is not None else None) or {}
    judged = False
    made = {
        name: moment
        for name, value in view.items()
        if words(name)[:1] in (("created",), ("updated",), ("modified",), ("inserted",))
        and (moment := zoned(value)) is not None
    }
    for name, moment in made.items():
        if len(words(name)) <= 2 and not {"by"} & set(words(name)):
            judged = True
            check.that(
                abs(moment - time.time()) < _CLOCK,
                f"{name} of what was just made is another time",
                reply,
                expected="now",
                got=view[name],
                about=name,
            )
    first, last = (
        next((made[one] for one in names if one in made), None)
        for names in (("created_at", "createdAt", "created"), ("updated_at", "updatedAt", "updated"))
    )
    if first is not None and last is not None:
        check.that(
            first <= last + 1, "a thing was changed before it was made", reply, expected=first, got=last, about="order"
        )
    if not judged:
        check.does_not_apply("nothing says when it was made")


_CLOCK = 600  # seconds by which the clocks of two machines may differ


def zoned(value: Any) -> float | None:
    """Return a time with a zone as seconds, None for anything else."""
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$", value):
        return None
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


@rule("LIFE-46")
@by_model(lambda op, known: has_role("create")(op, known) and op.spec.body is not None)
def test_what_the_server_writes_is_not_taken_from_a_request(op: Op, session: Session, check: Check) -> None:
    """Members that only the server writes keep their own values, whatever a create says of them (mass assignment)."""
    shop = workshop(session)
    request, reply, thing = make(session, op)
    shown = shop.known.item(op, reply.json) or (item(session, thing) if thing is not None else None)
    if not isinstance(request.body, dict):
        check.does_not_apply("the body is no object")
        return
    if not shown:
        raise Unmet("no response shows what was made")
    extra = foreign(session, op, request.body, shown)
    if not extra:
        check.does_not_apply("every member of the item may be written")
        return
    fresh = shop.request(op)
    reply = shop.send(fresh, body={**fresh.body, **extra})
    judge_extra(session, check, reply, extra, lambda: shop.take(fresh, reply))
    for name, value in extra.items() if not reply.ok else ():  # one may be taken where another one is refused
        fresh = shop.request(op)
        alone = shop.send(fresh, body={**fresh.body, name: value})
        judge_extra(session, check, alone, {name: value}, lambda one=fresh, two=alone: shop.take(one, two))


def foreign(session: Session, op: Op, sent: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """Return other values for the members of an item that no request may write: not declared there, or readOnly."""
    shop = workshop(session)
    filler, members = shop.filler(op), body_members(session, op)
    schema = shop.known.resource(op)
    reader = shop.known.reader(op.service, schema.name) if schema is not None else None
    source = reader or op
    declared = filler.flats.members(source.spec.success.schema)
    for part in shop.known.about(source).at.split("/")[1:]:
        declared = filler.flats.members(declared[part]) if part in declared else declared
    extra: dict[str, Any] = {}
    for name, value in shown.items():
        writable = name in members and not filler.flats.of(members[name]).read_only
        if writable or name in sent or name not in declared or isinstance(value, dict | list):
            continue
        other = filler.another(declared[name], value, name)
        if isinstance(value, int) and not isinstance(
            value, bool
        ):  # the next number is what the server would take itself
            far = filler.fitting(declared[name], value + _FAR)
            other = other if far is MISSING else far
        if other is not MISSING:
            extra[name] = other
    return extra


def judge_extra(session: Session, check: Check, reply: Any, extra: dict[str, Any], take: Any) -> None:
    """Look at what came of members that a request may not write: refused, or left out."""
    shop = workshop(session)
    if not reply.ok:
        check.that(reply.status < 500, f"members that may not be written are answered with {reply.status}", reply)
        return
    thing = take()
    view = shop.reading.item(thing) if thing is not None else None
    view = view or shop.known.item(reply.op, reply.json) or {}
    for name, value in extra.items():
        check.that(
            name not in view or not same(value, view[name], name) or value in (False, 0, 1, None),
            f"{name}, which only the server writes, is taken from the request",
            reply,
            expected="the server's own value",
            got=view.get(name),
            about=name,
        )
