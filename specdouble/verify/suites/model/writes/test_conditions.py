"""Conditions: entity tags, keys of repeated requests, and figures that follow from other things."""

from __future__ import annotations

from uuid import uuid4

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import plain, words
from specdouble.verify.api.known import MISSING
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known, Request, Thing
from specdouble.verify.generated.making import USED_UP
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import body_members, by_model, has_role, make, still, thing_for, workshop
from specdouble.verify.suites.model.writes._subject import Subject


def _header(op: Op, *names: str) -> str:
    """Return the header parameter of one of these names, or ""."""
    return next((one.name for one in op.spec.parameters if one.location == "header" and plain(one.name) in names), "")


def _tagged(op: Op, known: Known) -> bool:
    headers = {name.lower() for one in op.spec.responses.values() for name in one.headers or ()}
    return (
        op.reads
        and known.about(op).role == "read"
        and ("etag" in headers or 304 in op.spec.responses or bool(_header(op, "ifnonematch")))
    )


def like(tag: str) -> str:
    """Return another entity tag of the form of one."""
    place = next((number for number in range(len(tag) - 1, -1, -1) if tag[number].isalnum()), None)
    if place is None:
        return '"specdouble-old"'
    other = "1" if tag[place] != "1" else "2"
    return tag[:place] + other + tag[place + 1 :]


@rule("LIFE-71")
@by_model(_tagged)
def test_an_entity_tag_tells_what_is_known_already(op: Op, session: Session, check: Check) -> None:
    """An ETag in If-None-Match tells what is known already.

    A read with it is 304 without a body, where the document has 304 or If-None-Match (an ETag may be for writes alone);
    after a change it is 200, with another ETag.
    """
    request, thing = thing_for(session, op)
    shop = workshop(session)
    one = shop.send(request).need()
    tag = one.headers.get("etag", "")
    if not check.that(bool(tag), "a read has no ETag", one, expected="ETag", got="no such header", about="none"):
        return
    again = shop.send(request, headers={**request.headers, "If-None-Match": tag})
    promised = 304 in op.spec.responses or bool(_header(op, "ifnonematch"))
    check.that(
        (again.status == 304 and not again.content) or (again.status == 200 and not promised),
        f"a read with the known ETag is answered with {again.status}",
        again,
        expected="304",
        about="known",
    )
    other = shop.send(request, headers={**request.headers, "If-None-Match": like(tag)})
    check.that(
        other.ok, f"a read with an unknown ETag is answered with {other.status}", other, expected="200", about="unknown"
    )
    for write in shop.known.uses(op.service, thing.resource.name, "update", "replace"):
        try:
            change = shop.request(write, thing=thing)
            subject = Subject(session, write)
        except Unmet:
            continue
        body = {**(change.body or {})} if isinstance(change.body, dict) else {}
        for name in subject.members:
            value = subject.another(name, body.get(name))
            if value is not MISSING and name not in change.how.without:
                body[name] = value
                break
        before = shop.send(request).need()
        reply = shop.send(change, body=body)
        after = shop.send(request).need()
        if reply.ok and still(before.json) != still(after.json):
            check.that(
                after.headers.get("etag") != before.headers.get("etag"),
                "a change does not change the ETag",
                after,
                expected="another ETag",
                got=after.headers.get("etag"),
                about="changed",
            )
            if "etag" in reply.headers:
                check.equal(
                    reply.headers["etag"],
                    after.headers.get("etag"),
                    "the ETag of a write is not that of a read",
                    reply,
                    about="write",
                )
            changed = shop.send(request, headers={**request.headers, "If-None-Match": before.headers.get("etag", tag)})
            check.that(
                changed.ok,
                f"a changed thing is answered with {changed.status} to its old ETag",
                changed,
                expected="200",
                about="stale",
            )
        return


@rule("LIFE-72")
@by_model(lambda op, _known: not op.reads and (bool(_header(op, "ifmatch")) or 412 in op.spec.responses))
def test_a_write_for_an_older_state_is_refused(op: Op, session: Session, check: Check) -> None:
    """A write with an ETag in If-Match that the thing does not have any more is 412 and changes nothing."""
    request, thing = thing_for(session, op)
    shop = workshop(session)
    reader = shop.reading.of(thing)
    if reader is None or reader.spec.path != op.spec.path:
        check.does_not_apply("no read of the same path shows an ETag")
        return
    tag = shop.reading.etag(thing)
    before = shop.reading.item(thing)
    stale = shop.send(request, headers={**request.headers, "If-Match": like(tag)})
    check.that(
        stale.status in (412, 428, 400, 422),
        f"a write with an unknown ETag is answered with {stale.status}",
        stale,
        expected="412",
        about="stale",
    )
    if not stale.ok:
        check.that(
            still(shop.reading.item(thing)) == still(before),
            "a write with an unknown ETag has happened",
            stale,
            about="changed",
        )
    if tag and not stale.ok:
        good = shop.send(request, headers={**request.headers, "If-Match": tag})
        check.that(good.status != 412, "a write with the right ETag is refused", good, expected="2xx", about="right")
        if good.ok:
            again = shop.send(request, headers={**request.headers, "If-Match": tag})
            moved = shop.reading.etag(thing)
            check.that(
                moved == tag or again.status in (401, 403, 404, 410, 412),
                "a write with the ETag of before is taken",
                again,
                expected="412",
                about="older",
            )


@rule("LIFE-73")
@by_model(lambda op, _known: bool(_header(op, "idempotencykey", "xidempotencykey")))
def test_a_repeated_request_happens_once(op: Op, session: Session, check: Check) -> None:
    """The same request with the same key twice has one effect and one response; another key makes another thing."""
    shop = workshop(session)
    name = _header(op, "idempotencykey", "xidempotencykey")
    request = shop.request(op)
    key = str(uuid4())
    headers = {**request.headers, name: key}
    one = shop.send(request, headers=headers)
    if one.status in USED_UP:
        with shop.making.apart():  # what it names may be used up
            request = shop.request(op)
        headers = {**request.headers, name: key}
        one = shop.send(request, headers=headers)
    one.need()
    first = shop.take(request, one)
    again = shop.send(request, headers=headers)
    check.that(
        again.ok or again.status == 409,
        f"a repeated request is answered with {again.status}",
        again,
        expected=one.status,
        about="again",
    )
    if again.ok and first is not None and first.keys:
        keys = shop.known.key_of_new(op, again)
        check.equal(keys, first.keys, "a repeated request makes a second thing", again, about="twice")
        for listing in shop.reading.lists(first):
            rows = shop.reading.all_rows(listing, shop.reading.list_request(listing, first, first.who)) or []
            told = _own_texts(session, op, request.body)
            same = [row for row in rows if _body_like(told, row)]
            check.that(
                len(same) <= 1 or not _telling(told),
                "a repeated request is listed twice",
                again,
                expected=1,
                got=len(same),
                about=f"listed {listing.id}",
            )
    other = shop.send(request, headers={**request.headers, name: str(uuid4())})
    if other.ok and first is not None:
        second = shop.take(request, other)
        check.that(
            second is None or second.keys != first.keys,
            "another key makes nothing new",
            other,
            expected="another thing",
            about="other",
        )
    elsewhere = shop.request(op) if not op.spec.path.endswith("}") else None
    parents = (
        {
            inside: shop.thing(op.service, inside, first.who, fresh=True)
            for inside in shop.known.about(op).within.values()
        }
        if (first is not None and elsewhere is not None)
        else {}
    )
    if first is not None and elsewhere is not None and parents:
        last = list(parents.values())[-1]
        params = dict(elsewhere.params)
        for parameter, inside in shop.known.about(op).within.items():
            held = last if inside == last.resource.name else last.within(inside)
            if held is not None:
                params[parameter] = next(reversed(held.keys.values()))
        beside = shop.send(elsewhere, params=params, headers=headers)
        if beside.ok:
            third = shop.take(elsewhere.but(params=params), beside)
            check.that(
                third is None or third.keys != first.keys,
                "a key answers with what was made below another parent",
                beside,
                expected="a thing of its own, or a refusal",
                about="elsewhere",
            )
    other_person = shop.identities.other(first.who) if first is not None else None
    if other_person is not None and first is not None:
        try:
            theirs = shop.build(op, other_person, request.how)
            shared = shop.send(theirs, other_person, headers={**theirs.headers, name: key})
        except Unmet:
            shared = None
        if shared is not None and shared.status in (409, 422):
            alone = shop.send(theirs, other_person, headers={**theirs.headers, name: str(uuid4())})
            check.that(
                not alone.ok,
                f"a key that one person used is refused to another ({shared.status})",
                shared,
                rule="ISO-46",
                expected="keys of one's own",
                about="idempotency refused",
            )
        if shared is not None and shared.ok:
            taken_one = shop.take(theirs, shared)
            check.that(
                taken_one is None or taken_one.keys != first.keys,
                "a key answers another person with the first one's thing",
                shared,
                rule="ISO-46",
                expected="a thing of their own",
                about="idempotency",
            )
    members = body_members(session, op)
    if isinstance(request.body, dict):
        for member in request.body:
            value = (
                shop.filler(op).another(members[member], request.body[member], member) if member in members else MISSING
            )
            if value is not MISSING:
                changed = shop.send(request, headers=headers, body={**request.body, member: value})
                check.that(
                    changed.status in (400, 409, 422) or not changed.ok,
                    "the same key with another body is taken",
                    changed,
                    expected="409 or 422",
                    about="body",
                )
                break


def _own_texts(session: Session, op: Op, body: object) -> dict[str, object]:
    """Return the members of a body that name no other thing: rows that share these are one."""
    known = workshop(session).known
    return {
        name: value
        for name, value in (body.items() if isinstance(body, dict) else ())
        if known.meant(op.service, name) is None and not plain(name).endswith("id")
    }


def _telling(body: object) -> bool:
    return isinstance(body, dict) and any(isinstance(one, str) and len(one) > 8 for one in body.values())


def _body_like(body: object, row: object) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(row, dict)
        and all(row.get(name) == value for name, value in body.items() if isinstance(value, str) and name in row)
    )


@rule("LIFE-74")
@by_model(lambda op, known: has_role("create")(op, known) and bool(known.about(op).within))
def test_a_parent_counts_what_it_holds(op: Op, session: Session, check: Check) -> None:
    """A figure of a parent that counts its things goes up by one with a create and down by one with a delete."""
    shop = workshop(session)
    request, _reply, thing = make(session, op)
    if thing is None:
        raise Unmet("the key of what was made is not known")
    parent = next(reversed(request.above.values()), None)
    noun = set(words(thing.resource.name))
    shown = shop.reading.item(parent) if parent is not None else None
    names = [
        name
        for name, value in (shown or {}).items()
        if isinstance(value, int)
        and not isinstance(value, bool)
        and noun & set(words(name))
        and {"count", "total", "number", "num"} & set(words(name))
    ]
    if parent is None or not names or shown is None:
        check.does_not_apply("no figure of the parent counts them")
        return
    _request, reply, second = _again(session, op, request)
    after = shop.reading.item(parent) or {}
    for name in names:
        check.equal(
            after.get(name), shown[name] + 1, f"{name} of the parent after a create", reply, about=f"{name} create"
        )
    deleter = shop.known.deleter(op.service, thing.resource.name)
    if deleter is not None and second is not None:
        gone = shop.send(shop.request(deleter, thing=second)).need()
        left = shop.reading.item(parent) or {}
        for name in names:
            check.equal(
                left.get(name), shown[name], f"{name} of the parent after a delete", gone, about=f"{name} delete"
            )


def _again(session: Session, op: Op, request: Request) -> tuple[Request, Reply, Thing | None]:
    """Make another thing below the same parent."""
    shop = workshop(session)
    fresh = shop.request(op)
    same = fresh.but(params=request.params, above=request.above)
    reply = shop.send(same).need()
    return same, reply, shop.take(same, reply)
