"""Isolation: what is one person's is no other's, by its key or in a list, to read or to change.

Documents do not say whose a thing is, so it is learnt from the server: where some ways to a thing refuse another person
and others let them in, the things are private and the open ways are holes. What is open by every way is shared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import ME, words
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known, Thing
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import REFUSED, by_model, lists_nothing, still, workshop
from specdouble.verify.suites.model.access._pair import pair

_YOURS = re.compile(
    r"\b(your|one's own|their own|its author|the author|only (the |its )?(owner|author|creator))\b", re.IGNORECASE
)
READS = ("read", "list", "download", "find")
_MINE = ME | {"account", "profile"}
WRITING = ("update", "replace", "delete", "action", "create", "upload", "upsert")


@dataclass(frozen=True)
class Way:
    """A way to somebody's thing, and whether another person gets in."""

    op: Op
    open: bool
    reads: bool
    reply: Reply
    changed: bool = False
    unknown: int = 0


def leads(op: Op, known: Known) -> bool:
    """Whether an operation stands for its resource: the one that makes things of it."""
    makers = known.makers(op.service, known.about(op).resource) if known.about(op).resource else []
    return bool(makers) and makers[0] is op


@rule("ISO-41")
@by_model(leads)
def test_another_person_gets_in_by_no_way(op: Op, session: Session, check: Check) -> None:
    """Where a thing is private, every way to it is closed to another person: by its key, in lists, to read or to write.

    It is private where most ways to it are closed, or where it cannot even be read.
    """
    shop, two = workshop(session), pair(op, session, check)
    if two is None:
        return
    _request, owner, other = two
    with shop.making.apart():
        found = ways(session, op, owner, other)
        private = _private(session, op, owner, other)
    closed, opened = [one for one in found if not one.open], [one for one in found if one.open]
    if not closed and not any(_own(one) for one in opened):
        check.that(True, "", op=op)
        return
    reads_closed = sum(one.reads for one in closed)
    for one in opened:
        hole = (
            len(closed) >= len(opened)
            or _own(one)
            or (not one.reads and reads_closed and not any(w.open and w.reads for w in found))
        )
        shared = one.reads and not reads_closed and not private  # everybody reads, the owner alone writes
        check.that(
            not hole or shared,
            f"another person gets in ({one.reply.status}), who is refused by {len(closed)} other ways",
            one.reply,
            op=one.op,
            expected="403 or 404",
            about="open",
        )
        if one.changed:
            check.that(
                not hole or shared,
                "another person's write has happened",
                one.reply,
                op=one.op,
                rule="ISO-42",
                expected="nothing changes",
                about="changed",
            )
    for one in closed:
        if one.changed:
            check.that(
                False,
                "a write that was refused to another person has happened",
                one.reply,
                op=one.op,
                rule="ISO-42",
                expected="nothing changes",
                about="refused and changed",
            )
        else:
            session.record.checked(one.op.id, "ISO-41", "ISO-42")
    _existence(check, session, closed)
    _told(check, session, closed, owner)


def _own(way: Way) -> bool:
    """Whether the document says that a write is for whoever owns the thing, and has a refusal for others."""
    text = f"{way.op.spec.summary} {way.op.spec.description}"
    refuses = not {403, 404}.isdisjoint(way.op.spec.responses)
    return not way.reads and refuses and bool(_YOURS.search(text))


def _private(session: Session, op: Op, owner: Identity, other: Identity) -> bool:
    """Whether things are private by their place: the collection is the caller's own, or their parent is closed."""
    shop = workshop(session)
    resource = shop.known.resource(op)
    if resource is None or resource.owner == "caller":
        return resource is not None
    try:
        made = shop.thing(op.service, resource.name, owner, fresh=False)
    except Unmet:
        return False
    parent = next(reversed(made.above.values()), None)
    reply = shop.reading.get(parent, other) if parent is not None and parent.ours else None
    return reply is not None and reply.status in REFUSED


@rule("ISO-46")
@by_model(lambda op, known: not op.spec.public and len(_chain(op, known)) > 1)
def test_nobody_gets_in_through_a_parent_of_their_own(op: Op, session: Session, check: Check) -> None:
    """A path that begins with another person's own parent does not lead to what is below somebody else's."""
    shop, two = workshop(session), pair(op, session, check)
    if two is None:
        return
    request, _owner, other = two
    names = _chain(op, shop.known)
    before = shop.reading.item(request.thing) if request.thing is not None else None
    judged = False
    for depth in range(1, len(names)):
        inside = shop.known.about(op).within.get(names[depth - 1])
        if inside is None:
            continue
        try:
            theirs = shop.thing(op.service, inside, other, fresh=False)
        except Unmet:
            continue
        if not theirs.ours or theirs.who is not other:
            continue
        params = dict(request.params)
        for name in names[:depth]:
            held = (
                theirs
                if shop.known.about(op).within[name] == inside
                else theirs.within(shop.known.about(op).within[name])
            )
            if held is not None:
                params[name] = next(reversed(held.keys.values()))
        if params == request.params:
            continue
        reply = shop.send(request, other, params=params)
        judged = True
        nothing = reply.ok and op.reads and lists_nothing(session, op, reply)
        check.that(
            not reply.ok or nothing,
            f"another person gets in below their own {inside} ({reply.status})",
            reply,
            expected="403 or 404",
            about=f"through {inside}",
        )
        if reply.ok:
            shop.take(request, reply)
    if before is not None and request.thing is not None and judged and not op.reads:
        after = shop.reading.item(request.thing)
        check.that(
            after is not None and still(after) == still(before),
            "another person's write has happened",
            op=op,
            rule="ISO-42",
            expected=before,
            got=after,
            about="through",
        )
    if not judged:
        check.does_not_apply("another person has no such parent")


def _chain(op: Op, known: Known) -> list[str]:
    """Return the parameters of a path that name things, from the top down."""
    about = known.about(op)
    names = re.findall(r"\{([^{}]+)\}", op.spec.path)
    own = (
        [name for name in names if name not in about.within]
        if about.resource and about.role not in ("list", "create", "find", "upsert")
        else []
    )
    return [name for name in names if name in about.within or name in own]


def ways(session: Session, maker: Op, owner: Identity, other: Identity) -> list[Way]:
    """Return every way to a thing of one person, tried by another."""
    shop = workshop(session)
    resource = shop.known.resource(maker)
    assert resource is not None
    made = shop.thing(maker.service, resource.name, owner, fresh=True)
    found: list[Way] = []
    inside = [op for op in session.contract.ops if op.service == maker.service]
    for op in inside:
        about = shop.known.about(op)
        mine = about.resource == resource.name
        below = resource.name in about.within.values()
        if op.spec.public or not (mine or below) or about.role not in (*READS, *WRITING):
            continue
        try:
            way = _try(session, op, made, owner, other, below=below and not mine)
        except Unmet:
            continue
        if way is not None:
            found.append(way)
    return found


def _try(session: Session, op: Op, made: Thing, owner: Identity, other: Identity, *, below: bool) -> Way | None:
    shop = workshop(session)
    about = shop.known.about(op)
    reads = about.role in READS
    if about.role == "list" and not below:
        return _listed(session, op, made, other)
    if op.id not in shop.how:
        shop.learn(op)
    if about.role in ("create", "upsert") and not below and not about.within:
        return None  # making one's own
    thing = made if reads and not below else None
    request = shop.request(op, owner, thing=thing)
    subject = request.thing or next(reversed(request.above.values()), None)
    if subject is None or not subject.ours or subject.who is not owner:
        return None
    if not any(str(value) in {str(one) for one in request.params.values()} for value in subject.keys.values()):
        return None
    before = shop.reading.item(subject) if not reads else None
    reply = shop.send(request, other)
    if reply.status in (400, 405, 409, 415, 422, 429):
        return None  # it says nothing about who may
    changed = False
    if not reads:
        after = shop.reading.item(subject)
        changed = before is not None and (after is None or still(after) != still(before))
        if reply.ok:
            shop.take(request, reply)
    unknown = _unknown(session, op, request, other) if not reply.ok else 0
    return Way(op, reply.ok, reads, reply, changed, unknown)


def _listed(session: Session, op: Op, made: Thing, other: Identity) -> Way | None:
    """Whether another person's list shows the thing."""
    shop = workshop(session)
    request = shop.reading.list_request(op, made, other)
    pages = shop.reading.pages(op, request, other)
    last = pages[-1]
    if last.status in (400, 422):
        return None
    rows = [row for one in pages if one.ok for row in shop.known.rows(op, one.json)]
    shown = any(shop.known.same(made.resource, row, made.keys) for row in rows)
    if not shop.known.about(op).within and pages[0].status in (401, 403):
        return None  # a list for others, such as administrators
    return Way(op, shown, True, last)


def _unknown(session: Session, op: Op, request: Any, other: Identity) -> int:
    """Return the status for another person's id that nobody has."""
    shop = workshop(session)
    about = shop.known.about(op)
    own = [one for one in op.spec.parameters if one.location == "path" and one.name not in about.within]
    last = own[-1] if own else next((one for one in reversed(op.spec.parameters) if one.location == "path"), None)
    if last is None:
        return 0
    made = shop.filler(op).parameter(last, None, fresh=True)
    return int(shop.send(request, other, params={**request.params, last.name: made}).status)


def _existence(check: Check, session: Session, closed: list[Way]) -> None:
    """Where refusals do not tell whether a thing exists, none of them does."""
    told = [one for one in closed if one.unknown and one.reply.status in REFUSED]
    tells = [one for one in told if one.reply.status != one.unknown]
    hides = len(told) - len(tells)
    for one in tells:
        check.that(
            hides <= len(tells),
            f"another person's thing is answered with {one.reply.status}, and an unknown one with "
            f"{one.unknown}: its existence shows",
            one.reply,
            op=one.op,
            rule="ISO-43",
            expected=one.unknown,
            about="existence",
        )
    for one in told:
        session.record.checked(one.op.id, "ISO-43")


def _told(check: Check, session: Session, closed: list[Way], owner: Identity) -> None:
    """Judge that a refusal shows nothing of the owner."""
    for one in closed:
        if one.reply.ok:
            continue
        shown = [text for text in owner.texts if text in one.reply.text and text.encode() not in one.reply.asked]
        check.that(
            not shown,
            "a refusal shows whose the thing is",
            one.reply,
            op=one.op,
            rule="ISO-44",
            expected="no such text",
            got=shown,
            about="refusal",
        )


@rule("ISO-45")
@by_model(
    lambda op, known: (
        not op.spec.public
        and known.about(op).role in ("singleton-read", "list", "find")
        and op.reads
        and "{" not in op.spec.path
    )
)
def test_what_is_shown_to_one_person_is_not_shown_to_another(op: Op, session: Session, check: Check) -> None:
    """What is the caller's own (`/me`, `my …`) is another one's for another caller, and names nobody else."""
    shop, two = workshop(session), pair(op, session, check)
    if two is None:
        return
    request, owner, other = two
    mine, theirs = shop.send(request, owner), shop.send(request, other)
    own = shop.known.about(op).role == "singleton-read" and shop.people.itself(op.service, owner) != {}
    if not (mine.ok and theirs.ok):
        check.that(True, "", theirs)
        return
    static = {word for part in op.spec.path.split("/") for word in words(part)}
    alike = mine.json == theirs.json and isinstance(shop.known.item(op, mine.json), dict)
    named = any(one in mine.text for one in owner.texts | other.texts)
    check.that(
        not (alike and named and static & _MINE),
        "two people are shown one and the same account",
        theirs,
        expected="the caller's own",
        about="alike",
    )
    texts = {one for one in owner.texts if one in mine.text}
    if own and texts:
        shown = [one for one in texts if one in theirs.text]
        check.that(
            not shown,
            "one person's own data is shown to another",
            theirs,
            expected="the caller's own",
            got=shown,
            about="own",
        )
    else:
        check.that(True, "", theirs)
