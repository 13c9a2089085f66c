"""Lists: pages are parts of the whole, filters choose by what they name, and orders are kept."""

from __future__ import annotations

import re
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.known import MISSING, at
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.record import VIOLATION, WARNING
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, has_role, still, unordered, workshop
from specdouble.verify.suites.model.lists._lists import Filled, filled

LISTS = has_role("list")


_TOTAL = r"(?i)total(_?(count|items|results|elements|records))?|count_?total"
FAR = 9_000
SIZES = {1: 6, 2: 25}  # sizes of pages, and how many are looked at


def _paged(op: Op, known: Known) -> bool:
    paging = known.about(op).paging
    return LISTS(op, known) and paging is not None and "size" in paging.parameters


@rule("PAGE-41")
@by_model(_paged)
def test_pages_put_together_are_the_whole(op: Op, session: Session, check: Check) -> None:
    """Small pages, put together, are the whole in its order: nothing twice or left out, none longer than asked."""
    shop = workshop(session)
    one = filled(session, op)
    if len(one.rows) < 3:
        raise Unmet("fewer than three rows are there")
    every = shop.reading.pages(op, one.request)
    paging = shop.known.about(op).paging
    largest = shop.reading.largest(op, paging.parameters["size"]) if paging is not None else 0
    whole = one.keys(session, [row for page in every for row in shop.known.rows(op, page.json)])
    for size, most in SIZES.items():
        pages = shop.reading.pages(op, one.request, size=size, most=most)
        if not all(page.ok for page in pages):
            check.that(
                False, f"a page of {size} is answered with {pages[-1].status}", pages[-1], expected="2xx", about="page"
            )
            return
        parts = [shop.known.rows(op, page.json) for page in pages]
        longest = max(map(len, parts))
        check.that(
            longest <= size,
            f"a page of {size} has {longest} rows",
            pages[0],
            rule="PAGE-42",
            expected=size,
            got=longest,
            about="size",
        )
        cut = len(pages) == most  # enough was seen: the rest of a long list says no more
        if not cut and not (shop.reading.ended(op, pages, size) and shop.reading.ended(op, every, largest)):
            raise Unmet("nothing says how the next page is asked for")
        joined = one.keys(session, [row for part in parts for row in part])
        check.that(
            len(set(joined)) == len(joined),
            "pages show a row twice",
            pages[-1],
            expected=whole,
            got=joined,
            about="twice",
        )
        missing = [key for key in whole[: len(joined) if cut else None] if key not in joined]
        check.that(not missing, "pages leave rows out", pages[-1], expected=whole, got=joined, about="left out")
        ordered = [key for key in joined if key in whole]
        if not missing and len(set(joined)) == len(joined):
            check.that(
                ordered == [key for key in whole if key in joined],
                "pages have another order than the whole",
                pages[-1],
                expected=whole,
                got=joined,
                about="order",
            )
        if size == 2:
            _figures(session, check, one, pages, whole)
    check.that(
        set(one.keys(session, one.rows)) >= {"/".join(thing.keys.values()) for thing in one.things},
        "what was made is not in the list",
        op=op,
        about="made",
    )


def _figures(session: Session, check: Check, one: Filled, pages: list[Any], whole: list[str]) -> None:
    """Totals and numbers of pages agree with what is there."""
    for name, value, page, number in _members(session, one, pages):
        said = name.rpartition("/")[2]
        if re.fullmatch(_TOTAL, said):
            check.that(
                value == len(whole),
                f"{said} is {value} of {len(whole)}",
                page,
                rule="PAGE-43",
                expected=len(whole),
                got=value,
                about=said,
            )
        elif re.fullmatch(r"(?i)(total_?pages|pages|page_?count)", said):
            wanted = -(-len(whole) // 2)
            check.that(
                value == wanted,
                f"{said} is {value} of {wanted}",
                page,
                rule="PAGE-43",
                expected=wanted,
                got=value,
                about=said,
            )
        elif re.fullmatch(r"(?i)(limit|size|per_?page|page_?size)", said):
            shown = len(workshop(session).known.rows(one.op, page.json))
            check.that(
                value in (2, shown),
                f"{said} is {value} where 2 were asked for",
                page,
                rule="PAGE-43",
                expected=2,
                got=value,
                about=said,
            )
        elif re.fullmatch(r"(?i)has_?(more|next)(_page)?", said) and isinstance(value, bool):
            shown = sum(len(workshop(session).known.rows(one.op, earlier.json)) for earlier in pages[: number + 1])
            check.that(
                value == (shown < len(whole)),
                f"{said} is {value} after {shown} of {len(whole)} rows",
                page,
                rule="PAGE-43",
                expected=shown < len(whole),
                got=value,
                about=said,
            )


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


def _by_position(op: Op, known: Known) -> bool:
    paging = known.about(op).paging
    return paging is not None and not paging.parameters.keys().isdisjoint(("page", "offset"))


@rule("PAGE-44")
@by_model(lambda op, known: _paged(op, known) and _by_position(op, known))
def test_beyond_the_end_is_nothing(op: Op, session: Session, check: Check) -> None:
    """A page far beyond the end has no rows, and is no failure."""
    shop = workshop(session)
    paging = shop.known.about(op).paging
    assert paging is not None
    one = filled(session, op)
    name = paging.parameters.get("page") or paging.parameters["offset"]
    reply = shop.send(one.request, query={**one.request.query, name: FAR})
    rows = shop.known.rows(op, reply.json) if reply.ok else []
    check.that(
        reply.status < 500 and not rows,
        f"a page beyond the end is answered with {reply.status} and {len(rows)} rows",
        reply,
        expected="no rows",
        about=name,
    )


def _by_cursor(op: Op, known: Known) -> bool:
    paging = known.about(op).paging
    return LISTS(op, known) and paging is not None and "cursor" in paging.parameters


@rule("PAGE-46")
@by_model(_by_cursor)
def test_a_cursor_that_is_none_is_no_beginning(op: Op, session: Session, check: Check) -> None:
    """A cursor that the server never gave is refused, or shows nothing; it does not begin the list again."""
    shop = workshop(session)
    paging = shop.known.about(op).paging
    assert paging is not None
    one = filled(session, op)
    start = shop.send(one.request).need()
    first = one.keys(session, shop.known.rows(op, start.json))
    if not first:
        raise Unmet("the list is empty")
    flat = next(
        (
            shop.filler(op).flats.of(each.schema)
            for each in op.spec.parameters
            if each.name == paging.parameters["cursor"]
        ),
        None,
    )
    if flat is None or flat.type != "string":
        check.does_not_apply("the cursor is no text")
        return
    reply = shop.send(one.request, query={**one.request.query, paging.parameters["cursor"]: "specdouble-unknown"})
    shown = one.keys(session, shop.known.rows(op, reply.json)) if reply.ok else []
    says = any(status in op.spec.responses for status in (400, 404, 422, 4))
    check.that(
        reply.status < 500 and (not reply.ok or shown != first),
        f"a cursor that the server never gave is answered with {reply.status} and the first page",
        reply,
        expected="a refusal, or no rows",
        about="cursor",
        severity=VIOLATION if says else WARNING,
    )


_LAST = re.compile(
    r"\b(null|none|empty|absent|missing|left out|not (set|present|there))\b[^.]{0,40}"
    r"\b(last|final|end|no (more|next|further))"
    r"|\b(last|final)\b[^.]{0,30}\b(null|none|empty|absent|missing)\b",
    re.IGNORECASE,
)


def _may_be_null(session: Session, op: Op) -> bool:
    """Whether the member that leads to the next page may be null."""
    paging, flats = workshop(session).known.about(op).paging, workshop(session).filler(op).flats
    pointer = paging.members.get("next", "") if paging is not None else ""
    schema = op.spec.success.schema
    for part in pointer.split("/")[1:]:
        schema = flats.members(schema).get(part, True)
    return bool(pointer) and flats.of(schema).nullable


@rule("PAGE-48")
@by_model(_by_cursor)
def test_the_last_page_says_so(op: Op, session: Session, check: Check) -> None:
    """Where the document says how the last page is known, that one does not lead to an empty one.

    Where words say what its cursor is, that holds for a full page too; where its schema only allows null, for a page
    with fewer rows than were asked for.
    """
    shop = workshop(session)
    success = shop.filler(op).schemas
    text = str(success.resolve(op.spec.success.schema)) + str(op.spec.description)
    told = bool(_LAST.search(text))
    if not told and not _may_be_null(session, op):
        check.does_not_apply("the document does not say how the last page is known")
        return
    one = filled(session, op)
    many = len(one.rows)
    if many < 2 or shop.known.about(op).paging is None or not _paged(op, shop.known):
        raise Unmet("fewer than two rows are there")
    fitting = (size for size in range(2, 12) if (many % size == 0) == told and size < many + told)
    size = next(fitting, many if told and many <= 50 else 0)
    pages = shop.reading.pages(op, one.request, size=size) if size else []
    last = shop.known.rows(op, pages[-1].json) if pages else [None]
    pointer = shop.known.about(op).paging.members.get("next", "")  # type: ignore[union-attr]
    named = at(pages[-2].json, pointer) if pointer and len(pages) > 1 else None
    check.that(
        bool(last) or (not told and named in (None, "", MISSING)),
        "a page that is the last one leads to another, which is empty",
        pages[-2] if len(pages) > 1 else None,
        op=op,
        expected="no next page",
        got="an empty one",
        about="last",
    )


@rule("PAGE-47")
@by_model(lambda op, known: _paged(op, known) and bool(known.about(op).filters))
def test_totals_count_what_a_filter_leaves(op: Op, session: Session, check: Check) -> None:
    """The total of a list that is filtered is the number of rows that the filter leaves, on all pages together."""
    shop = workshop(session)
    one = filled(session, op)
    from specdouble.verify.suites.model.lists.test_filters import values_of

    for each in shop.known.about(op).filters:
        if each.test == "text":
            continue
        for value in values_of(one.rows, each)[:2]:
            request = one.request.but(query={**one.request.query, each.parameter: value})
            pages = shop.reading.pages(op, request)
            if not all(page.ok for page in pages):
                continue
            count = sum(len(shop.known.rows(op, page.json)) for page in pages)
            for name, total, page, _number in _members(session, one, pages[:1]):
                if re.fullmatch(_TOTAL, name.rpartition("/")[2]):
                    check.that(
                        total == count,
                        f"{name} is {total} with {each.parameter}={value}, which leaves {count} rows",
                        page,
                        expected=count,
                        got=total,
                        about=f"{name} {each.parameter}",
                    )
    if not session.record.judged[op.id]["PAGE-47"]:
        check.does_not_apply("no total is shown, or no value to filter by")


@rule("PAGE-45")
@by_model(LISTS)
def test_a_list_counts_what_comes_and_goes(op: Op, session: Session, check: Check) -> None:
    """A list has one row more after a create and one less after a delete; read twice in a row it is the same."""
    shop = workshop(session)
    one = filled(session, op)
    first, second = shop.reading.all_rows(op, one.request), shop.reading.all_rows(op, one.request)
    paged = shop.known.about(op).paging is not None
    check.that(
        still(first) == still(second) or (not paged and unordered(still(first)) == unordered(still(second))),
        "a list that is read twice in a row differs",
        op=op,
        expected=first,
        got=second,
        about="twice",
    )
    paging = shop.known.about(op).paging
    size = shop.reading.largest(op, paging.parameters["size"]) if paging and "size" in paging.parameters else 0
    cut = size and not shop.reading.ended(op, shop.reading.pages(op, one.request), size)
    if not one.things or one.things[0].request is None or not one.things[0].keys or cut:
        return
    from specdouble.verify.suites.model.lists._lists import beside

    before = one.keys(session, second or [])
    thing = beside(session, one.things[0], 1)
    rows = shop.reading.all_rows(op, one.request) or []
    after = one.keys(session, rows)
    if "/".join(thing.keys.values()) in before:
        return  # it was there: a member who is added again
    check.that(
        sorted(after) == sorted([*before, "/".join(thing.keys.values())]),
        "a create adds something else than one row",
        op=op,
        expected=len(before) + 1,
        got=len(after),
        about="create",
    )
    deleter = shop.known.deleter(thing.service, thing.resource.name)
    if deleter is not None:
        shop.send(shop.request(deleter, thing=thing)).need()
        thing.gone = True
        left = one.keys(session, shop.reading.all_rows(op, one.request) or [])
        if "/".join(thing.keys.values()) not in left:
            check.that(
                sorted(left) == sorted(before),
                "a delete removes something else than one row",
                op=op,
                expected=before,
                got=left,
                about="delete",
            )
