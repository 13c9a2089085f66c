"""Figures: counts, sums, means and totals are what they follow from, after each kind of write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Thing
from specdouble.verify.generated.filling import Filler
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, has_role, state_refuses, workshop
from specdouble.verify.suites.model.lists._lists import beside, filled
from specdouble.verify.suites.model.writes import _figures

_ROWS = 40  # of a list that are looked at


def descriptions(session: Session, op: Op, schema: Any) -> dict[str, str]:
    """Return the descriptions of the members of a schema."""
    filler = workshop(session).filler(op)
    found = {}
    for name, one in filler.flats.members(schema).items():
        raw = filler.schemas.resolve(one)
        beside_it = one.get("description") if isinstance(one, dict) else ""
        found[name] = f"{(raw or {}).get('description') or ''} {beside_it or ''}"
    return found


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _objects(one, depth + 1)
    elif isinstance(value, list):
        for one in value[:_ROWS]:
            yield from _objects(one, depth + 1)


def _shows(op: Op, known: Any) -> bool:
    roles = ("create", "upsert", "update", "replace", "read", "list", "action", "singleton-read", "singleton-write")
    return has_role(*roles)(op, known)


@rule("LIFE-78")
@by_model(_shows)
def test_an_items_own_figures_agree(op: Op, session: Session, check: Check) -> None:
    """Totals, counts and amounts of an object are what its own members say: lines, quantities, formulas in the text."""
    shop = workshop(session)
    request = shop.request(op)
    replies = [shop.send(request)]
    if isinstance(request.body, dict) and not op.reads:
        fresh = shop.request(op)
        body = _more(session, op, fresh.body)
        if body != fresh.body:
            replies.append(shop.send(fresh, body=body))
            if not replies[-1].ok and state_refuses(session, fresh, replies[-1]):
                replies.pop()
    said = _said(session, op)
    for reply in replies:
        if not reply.ok:
            continue
        if not op.reads:
            shop.take(request, reply)
        for shown in _objects(reply.json):
            for one in _figures.own(shown, said):
                check.that(
                    one.holds(_figures.number(shown[one.name])),
                    f"{one.name} is not what it follows from: {one.why}",
                    reply,
                    expected=round(one.wanted, 4),
                    got=shown[one.name],
                    about=one.name,
                )
    if not session.record.judged[op.id]["LIFE-78"]:
        check.does_not_apply("no figure follows from others")


def _said(session: Session, op: Op) -> dict[str, str]:
    """Return the descriptions of all members that the success of an operation has, however deep."""
    filler = workshop(session).filler(op)
    found: dict[str, str] = {}

    def walk(schema: Any, depth: int) -> None:
        if depth > 4:
            return
        for name, text in descriptions(session, op, schema).items():
            found.setdefault(name, text)
        flat = filler.flats.of(schema)
        for one in (*filler.flats.members(schema).values(), *([flat.items] if flat.items is not None else [])):
            inner = filler.flats.of(one)
            if inner.type in ("object", "array") or inner.properties:
                walk(one, depth + 1)

    walk(op.spec.success.schema, 0)
    return found


def _more(session: Session, op: Op, body: Any) -> Any:
    """Return a body with other quantities, and each list of objects with a second one."""
    filler = workshop(session).filler(op)
    content = Filler.content(op)
    members = filler.flats.members(content.schema) if content is not None else {}
    made = dict(body) if isinstance(body, dict) else body
    for name, value in (body or {}).items() if isinstance(body, dict) else ():
        flat = filler.flats.of(members.get(name, True))
        if isinstance(value, list) and value and isinstance(value[0], dict) and flat.items is not None:
            inner = filler.flats.members(flat.items)
            made[name] = [
                {key: _two(filler, inner.get(key, True), key, one) for key, one in row.items()} for row in value
            ]
        else:
            made[name] = _two(filler, members.get(name, True), name, value)
    return made


def _two(filler: Filler, schema: Any, name: str, value: Any) -> Any:
    many = (
        isinstance(value, int) and not isinstance(value, bool) and name.lower() in ("quantity", "qty", "count", "units")
    )
    return 2 if many and value != 2 and filler.fitting(schema, 2) == 2 else value


@rule("LIFE-77")
@by_model(lambda op, known: has_role("list")(op, known) and bool(known.about(op).within))
def test_a_parents_figures_follow_from_what_it_holds(op: Op, session: Session, check: Check) -> None:
    """Counts, sums, means and shares of a parent are those of its rows: after a create, an action and a delete."""
    shop = workshop(session)
    one = filled(session, op)
    if not one.things or one.things[0].request is None:
        raise Unmet("nothing could be made in it")
    first = one.things[0]
    parent = first.within(list(shop.known.about(op).within.values())[-1])
    if parent is None or not parent.ours:
        raise Unmet("the parent is none that was made")
    reader = shop.reading.of(parent)
    if reader is None:
        check.does_not_apply("no operation shows the parent")
        return
    said = descriptions(session, reader, _inside(session, reader))
    seen: dict[tuple[str, str], list[tuple[bool, bool, Any, float, str]]] = defaultdict(list)

    def look(when: str) -> None:
        shown = shop.reading.item(parent)
        rows = [row for row in shop.reading.all_rows(op, one.request) or [] if isinstance(row, dict)]
        for figure in _figures.own(shown or {}, said):
            value = (shown or {})[figure.name]
            seen[figure.name, figure.why].append(
                (figure.holds(_figures.number(value)), True, value, figure.wanted, when)
            )
        for figure, promised in _figures.held(shown or {}, said, first.resource.name.rpartition("-")[2], rows):
            value = (shown or {})[figure.name]
            good = figure.holds(_figures.number(value))
            seen[figure.name, figure.why].append((good, promised, value, figure.wanted, when))

    look("after several creates")
    extra = beside(session, first, 3)
    look("after a create")
    _moved(session, op, extra, look)
    deleter = shop.known.deleter(extra.service, extra.resource.name)
    if deleter is not None:
        shop.send(shop.request(deleter, thing=extra))
        extra.gone = True
        look("after a delete")
    for (name, why), looks in seen.items():
        wrong = next((each for each in looks if not each[0]), None)
        known = sum(each[0] and each[3] > 0 for each in looks)
        promised = looks[0][1]
        check.that(
            wrong is None or not (promised or known),
            f"{name} is not the {why}{f' {wrong[4]}' if wrong else ''}",
            op=reader,
            expected=wrong[3] if wrong else "",
            got=wrong[2] if wrong else "",
            about=f"{name} {why}",
        )
    if not seen:
        check.does_not_apply("no figure of the parent follows from them")


def _inside(session: Session, reader: Op) -> Any:
    """Return the schema of the item in the response of a read."""
    shop = workshop(session)
    schema = reader.spec.success.schema
    for part in shop.known.about(reader).at.split("/")[1:]:
        schema = shop.filler(reader).flats.members(schema).get(part, schema)
    return schema


def _moved(session: Session, op: Op, thing: Thing, look: Any) -> None:
    """Bring a thing into its other states, and look after each move."""
    shop = workshop(session)
    for action in shop.known.uses(op.service, thing.resource.name, "action")[:2]:
        if "{" not in action.spec.path:
            continue
        try:
            request = shop.request(action, thing=thing)
        except Unmet:
            continue
        content = Filler.content(action)
        flats = shop.filler(action).flats
        members = flats.members(content.schema) if content is not None else {}
        listed = [(name, each) for name, schema in members.items() for each in flats.of(schema).enum or () if each]
        tries: list[Any] = [request.body]
        if isinstance(request.body, dict):
            tries += [{**request.body, name: each} for name, each in listed[:6]]
        for body in tries:
            if shop.send(request, body=body).ok:
                look(f"after {action.id}")
