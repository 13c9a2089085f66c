"""Lists: pages are parts of the whole, filters choose by what they name, and orders are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.model import Operation as About
from specdouble.verify.session.check import Check
from specdouble.verify.generated import Known
from specdouble.verify.generated.known import MISSING, at
from specdouble.verify.problems import Unmet
from specdouble.verify.api.rules import rule
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, has_role, still, workshop
from specdouble.verify.suites.model._lists import Filled, filled

LISTS = has_role("list")
FAR = 9_000


def _paged(op: Op, known: Known) -> bool:
    paging = known.about(op).paging
    return LISTS(op, known) and paging is not None and "size" in paging.parameters


@rule("PAGE-41")
@by_model(_paged)
def test_pages_put_together_are_the_whole(op: Op, session: Session, check: Check) -> None:
    """Small pages, put together, are the whole in its order: nothing twice, nothing left out, none longer than asked."""
    shop = workshop(session)
    one = filled(session, op)
    if len(one.rows) < 3:
        raise Unmet("fewer than three rows are there")
    for size in (1, 2):
        pages = shop.reading.pages(op, one.request, size=size)
        if not all(page.ok for page in pages):
            check.that(False, f"a page of {size} is answered with {pages[-1].status}", pages[-1], expected="2xx", about="page")
            return
        parts = [shop.known.rows(op, page.json) for page in pages]
        longest = max(map(len, parts))
        check.that(longest <= size, f"a page of {size} has {longest} rows", pages[0], rule="PAGE-42", expected=size, got=longest,
                   about="size")  # fmt: skip
        every = shop.reading.pages(op, one.request)
        paging = shop.known.about(op).paging
        most = shop.reading.largest(op, paging.parameters["size"]) if paging is not None else 0
        if not shop.reading.ended(op, pages, size) or not shop.reading.ended(op, every, most):
            raise Unmet("nothing says how the next page is asked for")
        joined = one.keys(session, [row for part in parts for row in part])
        whole = one.keys(session, [row for page in every for row in shop.known.rows(op, page.json)])
        check.that(len(set(joined)) == len(joined), "pages show a row twice", pages[-1], expected=whole, got=joined, about="twice")
        missing = [key for key in whole if key not in joined]
        check.that(not missing, "pages leave rows out", pages[-1], expected=whole, got=joined, about="left out")
        ordered = [key for key in joined if key in whole]
        if not missing and len(set(joined)) == len(joined):
            check.that(ordered == [key for key in whole if key in joined], "pages have another order than the whole", pages[-1],
                       expected=whole, got=joined, about="order")  # fmt: skip
        if size == 2:
            _figures(session, check, one, pages, whole)
    check.that(set(one.keys(session, one.rows)) >= {"/".join(thing.keys.values()) for thing in one.things}, "what was made is not in the list",
               op=op, about="made")  # fmt: skip


def _figures(session: Session, check: Check, one: Filled, pages: list[Any], whole: list[str]) -> None:
    """Totals and numbers of pages agree with what is there."""
    for name, value, page, number in _members(session, one, pages):
        said = name.rpartition("/")[2]
        if re.fullmatch(r"(?i)total(_?(count|items|results|elements|records))?|count_?total", said):
            check.that(value == len(whole), f"{said} is {value} of {len(whole)}", page, rule="PAGE-43", expected=len(whole),
                       got=value, about=said)  # fmt: skip
        elif re.fullmatch(r"(?i)(total_?pages|pages|page_?count)", said):
            wanted = -(-len(whole) // 2)
            check.that(value == wanted, f"{said} is {value} of {wanted}", page, rule="PAGE-43", expected=wanted, got=value, about=said)
        elif re.fullmatch(r"(?i)(limit|size|per_?page|page_?size)", said):
            shown = len(workshop(session).known.rows(one.op, page.json))
            check.that(value in (2, shown), f"{said} is {value} where 2 were asked for", page, rule="PAGE-43", expected=2, got=value, about=said)
        elif re.fullmatch(r"(?i)has_?(more|next)(_page)?", said) and isinstance(value, bool):
            shown = sum(len(workshop(session).known.rows(one.op, earlier.json)) for earlier in pages[: number + 1])
            check.that(value == (shown < len(whole)), f"{said} is {value} after {shown} of {len(whole)} rows", page, rule="PAGE-43",
                       expected=shown < len(whole), got=value, about=said)  # fmt: skip


def _members(session: Session, one: Filled, pages: list[Any]) -> Any:
    for number, page in enumerate(pages):
        if not isinstance(page.json, dict) or not workshop(session).known.rows(one.op, page.json):
            continue
        for name, value in page.json.items():
            if isinstance(value, int):
                yield name, value, page, number
            elif isinstance(value, dict) and name in ("meta", "pagination", "paging", "page", "page_info", "_meta"):
                for inner, figure in value.items():
                    if isinstance(figure, int):
                        yield f"{name}/{inner}", figure, page, number


@rule("PAGE-44")
@by_model(lambda op, known: _paged(op, known) and bool({"page", "offset"} & known.about(op).paging.parameters.keys()))  # type: ignore[union-attr]
def test_beyond_the_end_is_nothing(op: Op, session: Session, check: Check) -> None:
    """A page far beyond the end has no rows, and is no failure."""
    shop = workshop(session)
    paging = shop.known.about(op).paging
    assert paging is not None
    one = filled(session, op)
    name = paging.parameters.get("page") or paging.parameters["offset"]
    reply = shop.send(one.request, query={**one.request.query, name: FAR})
    rows = shop.known.rows(op, reply.json) if reply.ok else []
    check.that(reply.status < 500 and not rows, f"a page beyond the end is answered with {reply.status} and {len(rows)} rows", reply,
               expected="no rows", about=name)  # fmt: skip


@rule("PAGE-45")
@by_model(LISTS)
def test_a_list_counts_what_comes_and_goes(op: Op, session: Session, check: Check) -> None:
    """A list has one row more after a create and one less after a delete; read twice in a row it is the same."""
    shop = workshop(session)
    one = filled(session, op)
    first, second = shop.reading.all_rows(op, one.request), shop.reading.all_rows(op, one.request)
    check.that(still(first) == still(second), "a list that is read twice in a row differs", op=op, expected=first, got=second,
               about="twice")  # fmt: skip
    if not one.things or one.things[0].request is None:
        return
    from specdouble.verify.suites.model._lists import _beside

    before = one.keys(session, second or [])
    thing = _beside(session, one.things[0], 1)
    rows = shop.reading.all_rows(op, one.request) or []
    after = one.keys(session, rows)
    if "/".join(thing.keys.values()) in before:
        return  # it was there: a member who is added again
    check.that(sorted(after) == sorted([*before, "/".join(thing.keys.values())]), "a create adds something else than one row", op=op,
               expected=len(before) + 1, got=len(after), about="create")  # fmt: skip
    deleter = shop.known.deleter(thing.service, thing.resource.name)
    if deleter is not None:
        shop.send(shop.request(deleter, thing=thing)).need()
        thing.gone = True
        left = one.keys(session, shop.reading.all_rows(op, one.request) or [])
        if "/".join(thing.keys.values()) not in left:
            check.that(sorted(left) == sorted(before), "a delete removes something else than one row", op=op, expected=before, got=left,
                       about="delete")  # fmt: skip


# -- filters -----------------------------------------------------------------------------------------------------------


@rule("FILTER-41")
@by_model(lambda op, known: has_role("list", "find")(op, known) and bool(known.about(op).filters))
def test_a_filter_chooses_what_it_names(op: Op, session: Session, check: Check) -> None:
    """A filter leaves exactly the rows that fit it: none that does not, and all that do."""
    shop = workshop(session)
    one = filled(session, op)
    about = shop.known.about(op)
    _state(session, one)
    rows = shop.reading.all_rows(op, one.request) or []
    judged = False
    for each in about.filters:
        for value in _values(rows, each):
            query = {**one.request.query, each.parameter: value}
            got = shop.reading.all_rows(op, one.request.but(query=query))  # type: ignore[arg-type]
            if got is None:
                continue
            judged = True
            wanted = [row for row in rows if _fits(row, each, value)]
            wrong = [row for row in got if not _fits(row, each, value, edge=True)]
            check.that(not wrong, f"{each.parameter}={value} shows rows that do not fit", op=op, expected=f"rows with {each.field or 'it'}",
                       got=wrong[:1], about=f"{each.parameter} wrong")  # fmt: skip
            known = set(one.keys(session, got))
            lost = [row for row, key in zip(wanted, one.keys(session, wanted), strict=True) if key not in known]
            check.that(not lost or each.test == "text", f"{each.parameter}={value} leaves out rows that fit", op=op,
                       expected=wanted[:3], got=got[:3], about=f"{each.parameter} lost")  # fmt: skip
            if each.test == "text":
                own = [row for row in lost if _named(row, value)]
                check.that(not own, f"{each.parameter}={value} leaves out a row that is called so", op=op, expected=own[:1],
                           got=got[:3], about=f"{each.parameter} lost")  # fmt: skip
    judged |= _together(session, check, one, rows, about)
    if not judged:
        check.does_not_apply("no row has a value to choose by")


def _state(session: Session, one: Filled) -> None:
    """Bring one thing into another state by its actions, so that states differ."""
    shop = workshop(session)
    if len(one.things) < 3:
        return
    for op in shop.known.uses(one.op.service, one.things[-1].resource.name, "action")[:2]:
        if "{" in op.spec.path:
            try:
                shop.send(shop.request(op, thing=one.things[-1]))
            except Unmet:
                continue
            return


def _values(rows: list[Any], each: Any) -> list[Any]:
    """Return values that tell rows apart: of those that rows have, and between them."""
    if each.test == "text":
        texts = [str(row.get("name") or row.get("title") or "") for row in rows if isinstance(row, dict)]
        words = [text.split()[-1] for text in texts if text.strip() and text.split()[-1].isalnum() and text.isascii()]
        return [words[0], words[-1].upper()][: len(words)] if words else []
    found = [at(row, each.field) for row in rows]
    found = [value for value in found if value is not MISSING and value is not None and not isinstance(value, dict)]
    flat = [one for value in found for one in (value if isinstance(value, list) else [value])]
    different = list(dict.fromkeys(flat)) if all(isinstance(one, str | int | float) for one in flat) else []
    if each.test in ("least", "most", "after", "before"):
        return sorted(different)[len(different) // 2 :][:1] if len({type(one) for one in different}) == 1 else []
    return different[:3]


def _fits(row: Any, each: Any, value: Any, *, edge: bool = False) -> bool:
    """Whether a row fits a filter; at the `edge` of a time it may, for nothing says whether the edge counts."""
    if each.test == "text":
        return any(str(value).lower() in text.lower() for text in _texts(row))
    shown = at(row, each.field)
    if shown is MISSING or shown is None:
        return False
    if isinstance(shown, list):
        return any(_compared(each.test, one, value, edge=edge) for one in shown)
    return _compared(each.test, shown, value, edge=edge)


def _compared(test: str, shown: Any, value: Any, *, edge: bool) -> bool:
    try:
        one, other = _ordered(shown), _ordered(value)
        if test == "least":
            return bool(one >= other)
        if test == "most":
            return bool(one <= other)
        if test == "after":
            return bool(one > other) or (edge and bool(one == other))
        if test == "before":
            return bool(one < other) or (edge and bool(one == other))
    except TypeError:
        return True
    return bool(shown == value) or str(shown).lower() == str(value).lower()


def _texts(value: Any) -> Iterator[str]:
    """Yield every text of a value."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)


def _ordered(value: Any) -> Any:
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[T ]", value):
        try:
            return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        except (ValueError, OverflowError):
            return value
    return value


def _named(row: Any, value: str) -> bool:
    return isinstance(row, dict) and any(str(value).lower() in str(row.get(name) or "").lower() for name in ("name", "title"))


def _together(session: Session, check: Check, one: Filled, rows: list[Any], about: About) -> bool:
    """Two filters at once leave what fits both."""
    exact = [each for each in about.filters if each.test in ("equal", "least", "most") and _values(rows, each)]
    if len(exact) < 2:
        return False
    first, second = exact[:2]
    a, b = _values(rows, first)[0], _values(rows, second)[0]
    query = {**one.request.query, first.parameter: a, second.parameter: b}
    got = workshop(session).reading.all_rows(one.op, one.request.but(query=query))  # type: ignore[arg-type]
    if got is None:
        return False
    wanted = [row for row in rows if _fits(row, first, a) and _fits(row, second, b)]
    check.that(
        sorted(one.keys(session, got)) == sorted(one.keys(session, wanted)),
        f"{first.parameter}={a} with {second.parameter}={b} shows something else than what fits both", op=one.op,
        expected=wanted[:3], got=got[:3], about="together",
    )  # fmt: skip
    return True


# -- orders ------------------------------------------------------------------------------------------------------------


@rule("SORT-41")
@by_model(lambda op, known: has_role("list", "find")(op, known) and bool(known.about(op).sort))
def test_rows_come_in_the_order_that_was_asked_for(op: Op, session: Session, check: Check) -> None:
    """Sorted by a member, rows come in the order of its values; the other way round with a minus or `desc`."""
    shop = workshop(session)
    one = filled(session, op)
    judged = False
    for query, field, down in _orders(session, op, one):
        rows = shop.reading.all_rows(op, one.request.but(query={**one.request.query, **query}))  # type: ignore[arg-type]
        if rows is None:
            continue
        values = [row.get(field) for row in rows if isinstance(row, dict)]
        values = [value for value in values if value is not None]
        if len(set(map(str, values))) < 2:
            continue
        judged = True
        told = "&".join(f"{name}={value}" for name, value in query.items())
        check.that(_in_order(values, down=down), f"{told}: rows are in another order", op=op, expected=sorted(values, key=_key, reverse=down),
                   got=values, about=told)  # fmt: skip
        keys = one.keys(session, rows)
        check.that(len(keys) >= len(one.rows) - 1, f"{told} leaves rows out", op=op, expected=len(one.rows), got=len(keys), about=f"{told} all")
        _paged_order(session, check, one, query, keys)
    if not judged:
        check.does_not_apply("no order is listed whose values differ")


def _orders(session: Session, op: Op, one: Filled) -> list[tuple[dict[str, Any], str, bool]]:
    """Return the queries that ask for an order, each with the member and whether the greatest comes first."""
    shop = workshop(session)
    flats, about = shop.filler(op).flats, shop.known.about(op)
    row = next((row for row in one.rows if isinstance(row, dict)), {})
    listed = {p.name: [v for v in flats.of(p.schema).enum or () if isinstance(v, str)] for p in op.spec.parameters if p.name in about.sort}
    directions = {name: values for name, values in listed.items() if {value.lower() for value in values} & {"asc", "desc"}
                  and len(values) <= 4}  # fmt: skip
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
        moment = _ordered(value)
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
    pages = shop.reading.pages(one.op, one.request.but(query={**one.request.query, **query}), size=2)  # type: ignore[arg-type]
    if all(page.ok for page in pages) and len(pages) < 60:
        joined = one.keys(session, [row for page in pages for row in shop.known.rows(one.op, page.json)])
        told = "&".join(f"{name}={value}" for name, value in query.items())
        check.that(sorted(joined) == sorted(keys), f"pages with {told} are not the whole", pages[-1], rule="PAGE-41", expected=keys,
                   got=joined, about=f"pages {told}")  # fmt: skip


