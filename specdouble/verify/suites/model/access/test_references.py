"""References: what another person owns cannot be named in a request of one's own."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import words
from specdouble.verify.api.rules import rule
from specdouble.verify.generated.workshop import _typed
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import REFUSED, body_members, by_model, has_role, still, workshop
from specdouble.verify.suites.model.access._pair import pair

WRITES = has_role("create", "upsert", "update", "replace")


@rule("ISO-48")
@by_model(lambda op, known: WRITES(op, known) and op.spec.body is not None and not op.spec.public)
def test_nobody_names_what_another_person_owns(op: Op, session: Session, check: Check) -> None:
    """A member that names a thing takes no key of a thing that its sender may not read."""
    shop = workshop(session)
    flats = shop.filler(op).flats
    resource = shop.known.resource(op)
    named = {
        name: meant
        for name, schema in body_members(session, op).items()
        if (meant := shop.known.meant(op.service, name)) is not None
        and len(words(name)) > 1
        and flats.of(schema).type in ("string", "integer")
        and not flats.of(schema).read_only
        and (resource is None or meant.name != resource.name)
    }
    if not named:
        check.does_not_apply("no member names another thing")
        return
    two = pair(op, session, check)
    if two is None:
        return
    _request, sender, owner = two
    judged = False
    for name, meant in named.items():
        try:
            theirs = shop.thing(op.service, meant.name, owner, fresh=False)
        except Unmet:
            continue
        read = shop.reading.get(theirs, sender)
        if not theirs.ours or theirs.who is not owner or read is None or read.status not in REFUSED:
            continue
        flat = flats.of(body_members(session, op)[name])
        key = _typed(flat, next(iter(theirs.keys.values()), None))
        fresh = shop.request(op)
        if key is None or not isinstance(fresh.body, dict) or fresh.body.get(name) == key:
            continue
        reply = shop.send(fresh, body={**fresh.body, name: key})
        judged = True
        check.that(
            not reply.ok,
            f"{name} names what another person owns, and is answered with {reply.status}",
            reply,
            expected="403, 404 or 422",
            about=name,
        )
        if reply.ok:
            shop.take(fresh, reply)
    if not judged:
        check.does_not_apply("what its members name is nobody's own")


@rule("ISO-49")
@by_model(
    lambda op, known: (
        op.reads
        and not op.spec.public
        and "{" not in op.spec.path
        and known.about(op).role in ("list", "singleton-read")
        and (resource := known.resource(op)) is not None
        and resource.owner == "caller"
    )
)
def test_what_one_person_writes_is_not_seen_by_another(op: Op, session: Session, check: Check) -> None:
    """What is the caller's own stays as it is for one person, whatever another one writes to theirs."""
    shop, two = workshop(session), pair(op, session, check)
    if two is None:
        return
    request, owner, other = two
    resource = shop.known.resource(op)
    if resource is not None and shop.known.reader(op.service, resource.name) is not None:
        try:
            own = shop.thing(op.service, resource.name, owner, fresh=False)
        except Unmet:
            own = None
        read = shop.reading.get(own, other) if own is not None and own.who is owner else None
        if read is None or read.status not in REFUSED:
            check.does_not_apply("it is nobody's own")
            return
    judged = False
    for write in session.contract.ops:
        below = write.spec.path == op.spec.path or write.spec.path.startswith(f"{op.spec.path.rstrip('/')}/")
        role = shop.known.about(write).role
        if write.service != op.service or not below or role not in ("create", "upsert", "singleton-write"):
            continue
        try:
            made = shop.request(write, owner)
        except Unmet:
            continue
        mine, theirs = shop.send(request, owner), shop.send(request, other)
        reply = shop.send(made)
        if reply.ok:
            shop.take(made, reply)
        mine_after, theirs_after = shop.send(request, owner), shop.send(request, other)
        if not (reply.ok and theirs.ok and theirs_after.ok) or still(mine.json) == still(mine_after.json):
            continue
        judged = True
        check.that(
            still(theirs.json) == still(theirs_after.json),
            f"what one person writes by {write.id} is seen by another",
            theirs_after,
            expected=theirs.json,
            about=write.id,
        )
    if not judged:
        check.does_not_apply("no write shows in it")
