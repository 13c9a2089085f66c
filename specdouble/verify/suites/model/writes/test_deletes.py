"""Deletes: what is removed is gone everywhere, with what it holds, and nothing else is."""

from __future__ import annotations

import re
import time
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import words
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Thing
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import GONE, body_members, by_model, has_role, still, thing_for, workshop

_MOMENT = 0.7  # seconds


@rule("LIFE-61")
@by_model(has_role("delete"))
def test_what_is_deleted_is_gone_everywhere(op: Op, session: Session, check: Check) -> None:
    """After a DELETE the item is not found, no list has it, and its neighbours are as they were.

    A server may show a removed thing in a state that says so. A second DELETE is refused, or says the same again.
    """
    shop = workshop(session)
    request, thing = thing_for(session, op)
    neighbour = _neighbour(session, thing)
    before = shop.reading.item(neighbour) if neighbour is not None else None
    there = {listing.id: shop.reading.row(listing, thing) is not None for listing in shop.reading.lists(thing)}
    reply = shop.send(request).need()
    thing.gone = True
    read, reader = shop.reading.get(thing), shop.reading.of(thing)
    if read is not None and read.ok:
        time.sleep(_MOMENT)  # what is removed may need a moment to end
        read = shop.reading.get(thing)
    if read is not None and reader is not None:
        check.that(
            read.status in (*GONE, 403) or _says_so(shop.known.item(reader, read.json)),
            f"a deleted {thing.resource.name} is answered with {read.status}",
            read,
            op=op,
            expected="404",
            about="read",
        )
    for listing in shop.reading.lists(thing):
        if there[listing.id]:
            row = shop.reading.row(listing, thing)
            check.that(
                row is None or _says_so(row),
                f"a deleted {thing.resource.name} is in {listing.id} still",
                op=op,
                expected="no such row",
                got=row,
                about=f"list {listing.id}",
            )
    again = shop.send(request)
    check.that(
        again.status < 500, f"a second DELETE is answered with {again.status}", again, expected="404", about="again"
    )
    check.that(
        not (
            again.ok and reply.status == again.status == 200 and again.json and reply.json and again.json != reply.json
        ),
        "a second DELETE removes something else",
        again,
        about="again other",
    )
    if neighbour is not None and before is not None:
        after = shop.reading.item(neighbour)
        check.that(
            after is not None and still(after) == still(before),
            "a DELETE changes a neighbour",
            reply,
            expected=before,
            got=after,
            about="neighbour",
        )


def _neighbour(session: Session, thing: Thing) -> Thing | None:
    """Make another thing beside one."""
    shop = workshop(session)
    try:
        found = shop.thing(thing.service, thing.resource.name, thing.who, fresh=True)
        return found if found.keys != thing.keys or found.above != thing.above else None
    except Unmet:
        return None


def _says_so(item: Any) -> bool:
    """Whether an item says of itself that it is removed."""
    if not isinstance(item, dict):
        return False
    words = (
        "deleted",
        "archived",
        "inactive",
        "cancelled",
        "canceled",
        "removed",
        "terminated",
        "closed",
        "disabled",
        "expired",
        "ended",
        "stopped",
    )
    held = [(name, value) for name, value in item.items() if name in ("status", "state", "lifecycle", "object")]
    held += [inner for _name, value in held if isinstance(value, dict) for inner in value.items()]
    told = [str(value).lower() for _name, value in held]
    stamps = [
        name
        for name, value in item.items()
        if name.lower().replace("_", "") in ("deletedat", "archivedat", "removedat") and value
    ]
    return (
        any(one in words for one in told)
        or bool(stamps)
        or any(item.get(one) is True for one in ("deleted", "archived"))
    )


@rule("LIFE-62")
@by_model(has_role("delete"))
def test_what_a_deleted_thing_holds_is_gone_too(op: Op, session: Session, check: Check) -> None:
    """After a DELETE what belongs to the thing is not found below it, nor by a path of its own, nor in a list.

    So is what names it in a member (`roomId`), where the document says that it goes too ("with its bookings").
    """
    shop = workshop(session)
    request, thing = thing_for(session, op)
    children = [*children_of(session, thing), *_naming(session, op, thing)]
    if not children:
        check.does_not_apply("nothing belongs to it")
        return
    known = {id(one): shop.reading.get(one) for one in children}
    shop.send(request).need()
    thing.gone = True
    for child in children:
        child.gone = True
        before = known[id(child)]
        after = shop.reading.get(child)
        if before is not None and before.ok and after is not None:
            check.that(
                after.status in (*GONE, 403),
                f"a {child.resource.name} of a deleted {thing.resource.name} is answered with {after.status}",
                after,
                op=op,
                expected="404",
                about=f"read {child.resource.name}",
            )
        for listing in shop.known.lists(child.service, child.resource.name):
            if any(child.within(name) is None for name in shop.known.about(listing).within.values()):
                continue
            if thing.resource.name not in shop.known.about(listing).within.values():
                rows = shop.reading.all_rows(listing, shop.reading.list_request(listing, child, child.who)) or []
                check.that(
                    not any(shop.known.same(child.resource, row, child.keys) for row in rows),
                    f"a {child.resource.name} of a deleted {thing.resource.name} is in {listing.id} still",
                    op=op,
                    expected="no such row",
                    about=f"list {listing.id}",
                )
            else:
                reply = shop.send(shop.reading.list_request(listing, child, child.who))
                check.that(
                    reply.status in (*GONE, 403) or not shop.known.rows(listing, reply.json),
                    f"{listing.id} below a deleted {thing.resource.name} shows rows",
                    reply,
                    op=op,
                    expected="404, or no rows",
                    about=f"below {listing.id}",
                )


def children_of(session: Session, thing: Thing) -> list[Thing]:
    """Make a thing of each resource that belongs to one."""
    shop = workshop(session)
    made: list[Thing] = []
    for service, resource in shop.known.resources:
        if service != thing.service or resource.name == thing.resource.name:
            continue
        for maker in shop.known.makers(service, resource.name):
            if thing.resource.name not in shop.known.about(maker).within.values():
                continue
            try:
                if maker.id not in shop.how:
                    shop.learn(maker)
                _who, how = shop.how[maker.id]
                request = shop.build(maker, thing.who, how, None)
                names = [name for name, one in shop.known.about(maker).within.items() if one == thing.resource.name]
                params = {**request.params, names[-1]: next(reversed(thing.keys.values()))}
                for name, inside in shop.known.about(maker).within.items():
                    above = thing.within(inside)
                    if above is not None:
                        params[name] = next(reversed(above.keys.values()))
                if any(
                    inside not in (thing.resource.name, *_above(thing))
                    for inside in shop.known.about(maker).within.values()
                ):
                    continue
                request = request.but(params=params, above={**_above(thing), thing.resource.name: thing})
                reply = shop.send(request)
                if reply.status in (401, 403) and _who is not thing.who:
                    reply = shop.send(request, _who)  # it is for others than whoever made the thing
                    request = request.but(identity=_who, who=_who.credential(maker.spec.security))
                child = shop.take(request, reply) if reply.ok else None
            except Unmet:
                continue
            if child is not None:
                made.append(child)
            break
    return made


def _naming(session: Session, op: Op, thing: Thing) -> list[Thing]:
    """Make a thing of each resource that names one in a member, and that the words of a delete say to go with it."""
    shop = workshop(session)
    said = f"{op.spec.summary} {op.spec.description}"
    noun = words(thing.resource.name)[-1]
    made: list[Thing] = []
    for service, resource in shop.known.resources:
        what = re.escape(words(resource.name)[-1])
        if service != thing.service or not re.search(rf"\bwith (its|their|all)\b[^.]*\b{what}(e?s)?\b", said, re.I):
            continue
        for maker in shop.known.makers(service, resource.name):
            member = next((one for one in body_members(session, maker) if words(one) == (noun, "id")), "")
            try:
                request = shop.request(maker) if member else None
                if request is None or not isinstance(request.body, dict):
                    continue
                key = next(reversed(thing.keys.values()))
                body = {**request.body, member: int(key) if isinstance(request.body.get(member), int) else key}
                reply = shop.send(request, body=body)
                child = shop.take(request.but(body=body), reply) if reply.ok else None
            except Unmet:
                continue
            made += [child] if child is not None else []
    return made


def _above(thing: Thing) -> dict[str, Thing]:
    found = dict(thing.above)
    for one in thing.above.values():
        found |= _above(one)
    return found


@rule("LIFE-63")
@by_model(
    lambda op, known: has_role("update", "replace", "action", "create", "upload")(op, known) and "{" in op.spec.path
)
def test_a_deleted_thing_is_not_written(op: Op, session: Session, check: Check) -> None:
    """A write to a thing that was deleted, or below it, is not found, and does not bring it back."""
    shop = workshop(session)
    request = shop.request(op)
    thing = request.thing or next(reversed(request.above.values()), None)
    if thing is None or not thing.ours:
        raise Unmet(f"{op.id} is about nothing that could be made")
    if request.thing is None:
        thing = shop.thing(thing.service, thing.resource.name, thing.who, fresh=True)
        inside = shop.known.about(op).within
        names = [name for name, one in inside.items() if one == thing.resource.name]
        if not names:
            raise Unmet("the thing above is not in the path")
        params = dict(request.params)
        for name, one in inside.items():
            above = thing if one == thing.resource.name else thing.within(one)
            if above is not None:
                params[name] = next(reversed(above.keys.values()))
        request = request.but(params=params)
    deleter = shop.known.deleter(thing.service, thing.resource.name)
    if deleter is None:
        check.does_not_apply("nothing deletes it")
        return
    shop.send(shop.request(deleter, thing=thing)).need()
    thing.gone = True
    reply = shop.send(request)
    check.that(
        reply.status in (*GONE, 403, 409),
        f"a write to a deleted {thing.resource.name} is answered with {reply.status}",
        reply,
        expected="404",
    )


@rule("LIFE-67")
@by_model(has_role("delete"))
def test_what_others_name_is_removed_or_kept_and_nothing_fails(op: Op, session: Session, check: Check) -> None:
    """A DELETE of what another thing names is a success or a refusal, and whoever names it can be read afterwards."""
    shop = workshop(session)
    request, thing = thing_for(session, op)
    judged = False
    for maker in session.contract.ops:
        about = shop.known.about(maker)
        if (
            maker.service != op.service
            or about.role not in ("create", "upsert")
            or about.resource == thing.resource.name
        ):
            continue
        names = [
            name
            for name in body_members(session, maker)
            if len(words(name)) > 1
            and (meant := shop.known.meant(op.service, name)) is not None
            and meant.name == thing.resource.name
        ]
        if not names or judged:
            continue
        try:
            made = shop.request(maker)
        except Unmet:
            continue
        key = next(iter(thing.keys.values()), "")
        body = made.body if isinstance(made.body, dict) else {}
        value = int(key) if isinstance(body.get(names[0]), int) and str(key).isdigit() else key
        reply = shop.send(made, body={**body, names[0]: value})
        other = shop.take(made, reply) if reply.ok else None
        if other is None:
            continue
        judged = True
        gone = shop.send(request)
        check.that(
            gone.status < 500,
            f"a DELETE of what a {other.resource.name} names is answered with {gone.status}",
            gone,
            expected="a success, or 409",
            about="named",
        )
        thing.gone = gone.ok
        read = shop.reading.get(other)
        check.that(
            read is None or read.status < 500,
            f"a {other.resource.name} that names what was deleted is answered with {read.status if read else 0}",
            read,
            op=op,
            expected="2xx, or 404",
            about="names",
        )
    if not judged:
        check.does_not_apply("no other thing names it")
