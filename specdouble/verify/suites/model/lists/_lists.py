"""A list with enough in it: things made for the purpose, or what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.generated import Request, Thing
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import workshop

MANY = 5


@dataclass
class Filled:
    """A list, the request that reads it, what was made in it, and all of its rows."""

    op: Op
    request: Request
    things: list[Thing]
    rows: list[Any]

    def keys(self, session: Session, rows: list[Any]) -> list[str]:
        """Return what names rows, in their order."""
        shop = workshop(session)
        resource = shop.known.resource(self.op)
        found = []
        for row in rows:
            keys = shop.known.keys(resource, row) if resource is not None else {}
            found.append("/".join(keys.values()) if keys else repr(row))
        return found

    @property
    def resource(self) -> str:
        """What the rows are."""
        return self.things[0].resource.name if self.things else "row"


def filled(session: Session, op: Op, many: int = MANY) -> Filled:
    """Return a list with several rows, made below parents of its own; kept for all tests of the process.

    Raises:
        Unmet: the list cannot be read.

    """
    found: Filled = session.shared(f"filled {op.id}", lambda: _fill(session, op, many))
    return found


def _fill(session: Session, op: Op, many: int) -> Filled:
    shop = workshop(session)
    about = shop.known.about(op)
    request = shop.request(op)
    who = request.identity
    assert who is not None
    things: list[Thing] = []
    makers = shop.known.makers(op.service, about.resource) if about.resource else []
    if makers:
        first = shop.thing(op.service, about.resource, who, fresh=True)
        things.append(first)
    if things and things[0].request is None:
        things = []
    if things and things[0].who is not who:
        maker = things[0].who  # who reads the list has not made them; whoever has may read it too
        theirs = shop.reading.list_request(op, things[0], maker)
        row = shop.reading.row(op, things[0], maker) if shop.send(theirs).ok else None
        if row is not None:
            who = maker
        elif not _overseen(session, op, things, who):
            things = []
    if things and all(things[0].within(name) is not None for name in about.within.values()):
        first = things[0]
        request = shop.reading.list_request(op, first, who)
        for number in range(len(things), many):
            try:
                things.append(beside(session, first, number))
            except Unmet:
                break
    else:
        things = []  # what is made does not say below which parent it is
    rows = shop.reading.all_rows(op, request)
    if rows is None:
        raise Unmet(f"{op.id} refuses to be read to its end")
    return Filled(op, request, things, rows)


def _overseen(session: Session, op: Op, things: list[Thing], who: Identity) -> bool:
    """Whether somebody with more rights lists what others make: one of two new things is among the rows."""
    if not who.higher:
        return False
    try:
        things.append(beside(session, things[0], 1))
    except Unmet:
        return False
    shop = workshop(session)
    rows = shop.reading.all_rows(op, shop.reading.list_request(op, things[0], who)) or []
    return any(shop.known.same(one.resource, row, one.keys) for one in things for row in rows)


def beside(session: Session, first: Thing, number: int) -> Thing:
    """Make another thing with the same parents, whose listed values and numbers differ."""
    shop = workshop(session)
    assert first.request is not None
    op = first.request.operation
    _found, how = shop.how[op.id]
    fresh = shop.build(op, first.who, how, first.request.thing)
    about = shop.known.about(op)
    params = dict(fresh.params)
    for name in about.within:
        params[name] = first.request.params.get(name, params.get(name))
    body = fresh.body
    if isinstance(body, dict):
        body = {name: _varied(session, op, name, value, number) for name, value in body.items()}
    reply = shop.send(fresh, params=params, body=body)
    if not reply.ok and body != fresh.body:
        with shop.making.apart():
            fresh = shop.build(op, first.who, how, first.request.thing)
            reply = shop.send(fresh, params=params)
    thing = shop.take(fresh.but(params=params, above=dict(first.request.above)), reply.need())
    if thing is None:
        raise Unmet("the key of what was made is not known")
    return thing


def _varied(session: Session, op: Op, name: str, value: Any, number: int) -> Any:
    """Return another value for listed values, flags and numbers: filters and orders need some that differ."""
    shop = workshop(session)
    if name in {one for one, _ in shop.how[op.id][1].chosen}:
        return value
    flats = shop.filler(op).flats
    content = shop.filler(op).content(op)
    members = flats.members(content.schema) if content is not None else {}
    if name not in members:
        return value
    flat = flats.of(members[name])
    listed = [one for one in flat.enum or () if one is not None]
    if listed:
        return listed[number % len(listed)]
    if isinstance(value, bool):
        return bool(number % 2)
    if isinstance(value, int | float) and flat.type in ("integer", "number"):
        low = flat.low if flat.low is not None else 0
        step = flat.rules.get("multipleOf") or 1
        tried = low + (number + flat.strict_low) * step
        return type(value)(tried) if flat.high is None or tried <= flat.high else value
    if isinstance(value, str) and flat.rules.get("format") in ("date-time", "date") and "T" in value:
        return f"{value[:8]}{(int(value[8:10]) + number - 1) % 28 + 1:02d}{value[10:]}"
    return value
