"""Orders: rows come as they were asked for, page by page too."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, has_role, workshop
from specdouble.verify.suites.model.lists._lists import Filled, filled
from specdouble.verify.suites.model.lists.test_filters import ordered


@rule("SORT-41")
@by_model(lambda op, known: has_role("list", "find")(op, known) and bool(known.about(op).sort))
def test_rows_come_in_the_order_that_was_asked_for(op: Op, session: Session, check: Check) -> None:
    """Sorted by a member, rows come in the order of its values; the other way round with a minus or `desc`."""
    shop = workshop(session)
    one = filled(session, op)
    judged = False
    for query, field, down in _orders(session, op, one):
        rows = shop.reading.all_rows(op, one.request.but(query={**one.request.query, **query}))
        if rows is None:
            continue
        values = [row.get(field) for row in rows if isinstance(row, dict)]
        values = [value for value in values if value is not None]
        if len(set(map(str, values))) < 2:
            continue
        judged = True
        told = "&".join(f"{name}={value}" for name, value in query.items())
        check.that(
            _in_order(values, down=down),
            f"{told}: rows are in another order",
            op=op,
            expected=sorted(values, key=_key, reverse=down),
            got=values,
            about=told,
        )
        keys = one.keys(session, rows)
        check.that(
            len(keys) >= len(one.rows) - 1,
            f"{told} leaves rows out",
            op=op,
            expected=len(one.rows),
            got=len(keys),
            about=f"{told} all",
        )
        _paged_order(session, check, one, query, keys)
    if not judged:
        check.does_not_apply("no order is listed whose values differ")


@rule("SORT-42")
@by_model(lambda op, known: has_role("list")(op, known) and _says(op) is not None)
def test_rows_come_in_the_order_that_the_document_says(op: Op, session: Session, check: Check) -> None:
    """Where the document says that a list is oldest or newest first, what was made later stands later, or earlier."""
    one = filled(session, op)
    keys = one.keys(session, workshop(session).reading.all_rows(op, one.request) or [])
    made = ["/".join(thing.keys.values()) for thing in one.things]
    shown = [key for key in keys if key in made]
    if len(shown) < 2:
        raise Unmet("fewer than two of what was made is listed")
    wanted = [key for key in made if key in shown]
    newest = _says(op) == "newest"
    check.equal(
        shown,
        wanted[::-1] if newest else wanted,
        f"the list is not {'newest' if newest else 'oldest'} first",
        op=op,
        about="order",
    )


def _says(op: Op) -> str | None:
    text = f"{op.spec.summary} {op.spec.description} {op.spec.success.description}"
    found = re.search(r"\b(oldest|newest|latest|most recent)\b[^.]{0,12}\bfirst\b", text, re.IGNORECASE)
    return None if found is None else "oldest" if found[1].lower() == "oldest" else "newest"


def _orders(session: Session, op: Op, one: Filled) -> list[tuple[dict[str, Any], str, bool]]:
    """Return the queries that ask for an order, each with the member and whether the greatest comes first."""
    shop = workshop(session)
    flats, about = shop.filler(op).flats, shop.known.about(op)
    row = next((row for row in one.rows if isinstance(row, dict)), {})
    listed = {
        p.name: [v for v in flats.of(p.schema).enum or () if isinstance(v, str)]
        for p in op.spec.parameters
        if p.name in about.sort
    }
    directions = {
        name: values
        for name, values in listed.items()
        if {value.lower() for value in values} & {"asc", "desc"} and len(values) <= 4
    }
    found: list[tuple[dict[str, Any], str, bool]] = []
    for name, values in listed.items():
        if name in directions:
            continue
        for value in values:
            field, down = _read(value)
            if field not in row:
                continue
            if directions:
                for other, ways in directions.items():
                    found += [({name: value, other: way}, field, way.lower().startswith("desc")) for way in ways]
            else:
                found.append(({name: value}, field, down))
    return found


def _read(value: str) -> tuple[str, bool]:
    """Return the member and the direction of an order such as `-name`, `name:desc`, `name_desc`, `name desc`."""
    match = re.fullmatch(r"(?i)([-+]?)(.+?)(?:[\s:._-](asc|desc)(?:ending)?)?", value)
    if match is None:
        return value, False
    return match[2], match[1] == "-" or (match[3] or "").lower() == "desc"


def _key(value: Any) -> Any:
    if isinstance(value, str):
        moment = ordered(value)
        return (0, moment, "") if not isinstance(moment, str) else (1, 0, value.casefold())
    return (0, value, "")


def _in_order(values: list[Any], *, down: bool) -> bool:
    """Whether values are in order, by any of the usual ways to compare texts."""

    def by(key: Any) -> bool:
        pairs = pairwise(map(key, values))
        return all((one >= other) if down else (one <= other) for one, other in pairs)

    try:
        return by(_key) or (all(isinstance(one, str) for one in values) and by(str))
    except TypeError:
        return True


def _paged_order(session: Session, check: Check, one: Filled, query: dict[str, Any], keys: list[str]) -> None:
    """In an order that was asked for, small pages put together are the whole too."""
    shop = workshop(session)
    paging = shop.known.about(one.op).paging
    if paging is None or "size" not in paging.parameters or not 2 < len(keys) < 40:
        return
    pages = shop.reading.pages(one.op, one.request.but(query={**one.request.query, **query}), size=2)
    if all(page.ok for page in pages) and shop.reading.ended(one.op, pages, 2):
        joined = one.keys(session, [row for page in pages for row in shop.known.rows(one.op, page.json)])
        told = "&".join(f"{name}={value}" for name, value in query.items())
        check.that(
            sorted(joined) == sorted(keys),
            f"pages with {told} are not the whole",
            pages[-1],
            rule="PAGE-41",
            expected=keys,
            got=joined,
            about=f"pages {told}",
        )
