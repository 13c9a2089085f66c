"""Effects beside the item itself: who made it, what it names, races for one name, files."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import plain
from specdouble.verify.api.known import MISSING
from specdouble.verify.api.rules import rule
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import body_members, by_model, has_role, item, make, workshop
from specdouble.verify.suites.model.bounds.test_bounds import look
from specdouble.verify.suites.model.writes.test_unique import unique_members

MAKES = has_role("create", "upsert")
_MADE_BY = frozenset(
    {"createdby", "authorid", "creatorid", "createdbyid", "reporterid", "uploadedby", "author", "owner", "ownerid"}
)
_MUST_BE = re.compile(r"\b(member|existing|must exist|one of the|belong|known)\b", re.IGNORECASE)
_RACERS = 6


@rule("LIFE-48")
@by_model(lambda op, known: MAKES(op, known) and not op.spec.public)
def test_whoever_makes_a_thing_is_shown_as_its_maker(op: Op, session: Session, check: Check) -> None:
    """A member that says who made a thing names whoever did, and no other person that the run knows."""
    shop = workshop(session)
    request, reply, thing = make(session, op)
    view = shop.known.item(op, reply.json) or (item(session, thing) if thing is not None else {})
    who = request.identity
    names = [name for name in view if plain(name) in _MADE_BY and name not in (request.body or {})]
    if who is None or not names:
        check.does_not_apply("nothing says who made it")
        return
    own = {
        str(value) for value in shop.people.itself(op.service, who).values() if isinstance(value, str | int)
    } | who.texts
    others = {
        str(value)
        for one in shop.identities.people
        if one is not who
        for key, value in shop.people.itself(op.service, one).items()
        if key in ("id", "user_id", "email", "username", "name") and isinstance(value, str | int)
    }
    for name in names:
        shown = str(view[name])
        by_id = plain(name) in ("createdby", "authorid", "creatorid", "createdbyid", "uploadedby")
        wrong = shown in others - own or (by_id and bool(own) and view[name] is not None and shown not in own)
        check.that(
            not wrong or not own,
            f"{name} names somebody else than who made it",
            reply,
            expected=sorted(own)[:4],
            got=shown,
            about=name,
        )


@rule("BOUND-59")
@by_model(lambda op, known: op.spec.body is not None and has_role("create", "update", "replace")(op, known))
def test_a_name_of_nothing_in_a_body_is_refused(op: Op, session: Session, check: Check) -> None:
    """A member that names another thing or a person and names nothing is refused, and then nothing is written."""
    shop = workshop(session)
    members = body_members(session, op)
    flats = shop.filler(op).flats
    names = [
        name
        for name, schema in members.items()
        if plain(name) != "id"
        and plain(name).endswith(("id", "uid"))
        and not flats.of(schema).read_only
        and flats.of(schema).rules.get("format") == "uuid"
    ]
    if not names:
        check.does_not_apply("no member of the body names another thing")
        return
    request = shop.request(op)
    body = request.body if isinstance(request.body, dict) else {}
    for name in names:
        before = look(session, request)
        value = shop.filler(op).another(members[name], body.get(name), name)
        if value is MISSING:
            continue
        reply = shop.send(request, body={**body, name: value})
        check.that(
            reply.status < 500,
            f"{name} names nothing, and is answered with {reply.status}",
            reply,
            expected="4xx",
            about=name,
        )
        if not reply.ok:
            after = look(session, request)
            check.that(
                before is None or before == after,
                f"a request that is refused for {name} has written something",
                reply,
                rule="LIFE-55",
                expected=before,
                got=after,
                about=f"unknown {name}",
            )
        else:
            said = str(shop.filler(op).schemas.resolve(members[name]).get("description") or "")
            check.that(
                not _MUST_BE.search(said),
                f"{name} names nothing, and is taken, though the document says what it is: {said}",
                reply,
                expected="4xx",
                about=f"{name} taken",
            )
            shop.take(request, reply)
            request = shop.request(op)


@rule("LIFE-75")
@by_model(lambda op, _known: op.spec.method == "POST" and 409 in op.spec.responses and op.spec.body is not None)
def test_of_many_who_ask_for_one_name_one_gets_it(op: Op, session: Session, check: Check) -> None:
    """The same create, sent several times at once, succeeds once where the second one alone is a clash."""
    shop = workshop(session)
    unique = unique_members(session, op)
    request = shop.request(op)
    if not isinstance(request.body, dict) or unique.isdisjoint(request.body):
        check.does_not_apply("nothing says that a member is unique")
        return
    first = shop.send(request).need()
    shop.take(request, first)
    if shop.send(request).ok:
        check.does_not_apply("the same create twice in a row is no clash")
        return
    fresh = shop.request(op)
    with ThreadPoolExecutor(_RACERS) as racers:
        replies = list(racers.map(lambda _one: shop.send(fresh), range(_RACERS)))
    for reply in replies:
        if reply.ok:
            shop.take(fresh, reply)
    won = sum(reply.ok for reply in replies)
    check.that(
        won <= 1,
        f"{won} of {_RACERS} who asked for one name at once got it",
        replies[0],
        expected=1,
        got=won,
        about="race",
    )
    broken = next((reply for reply in replies if reply.status >= 500), None)
    check.that(
        broken is None,
        "one who asked for a name at once was answered with a failure",
        broken or replies[0],
        expected="409",
        about="race fails",
    )
