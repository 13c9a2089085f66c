"""Pages: of every list that has them, single pages put together are the whole, and beyond the end is nothing."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.recipes import Ready
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.session.check import Check
from specdouble.verify.session.derived import made, maker_of
from specdouble.verify.session.given import perhaps
from specdouble.verify.session.session import Session
from specdouble.verify.suites._responses import rows_in, without_volatile

FAR = 100_000
WORDS = ("limit", "offset", "per_page", "page")


def styles(op: Op) -> list[tuple[str, str]]:
    """Return how a list is paged: pairs of the size's and the position's parameter."""
    names = {one.name for one in op.spec.parameters if one.location == "query"}
    return [pair for pair in (("limit", "offset"), ("per_page", "page")) if set(pair) <= names]


def paged(op: Op, _api: Api) -> bool:
    """Whether a list has pages."""
    return op.reads and bool(styles(op))


def page(session: Session, ready: Ready, style: tuple[str, str], size: int, number: int) -> Any:
    """Read one page; pages are counted from 0 here."""
    size_name, at = style
    position = number + 1 if at == "page" else number * size
    rest = {name: value for name, value in ready.query.items() if name not in WORDS}
    return session.play(ready, query={**rest, size_name: size, at: position})


@rule("PAGE-01")
@operations(paged)
def test_single_pages_are_the_whole(op: Op, session: Session, check: Check) -> None:
    """Pages of one row are the rows of the largest page, none is longer than asked, and what it says of itself is so.

    The total is how many rows there are, on every page; size and position come back where the response names them.
    """
    ready, api = _filled(session, op), session.api
    for size, at in styles(op):
        most = _most(op, size)
        for _attempt in range(4):  # somebody else may write into a shared list in between
            whole = check.ok(page(session, ready, (size, at), most, 0))
            singles = [page(session, ready, (size, at), 1, number) for number in range(3)]
            joined = without_volatile(api, [row for one in singles for row in rows_in(api, one.json)])
            every = rows_in(api, whole.json)
            totals = {one.json.get("total") for one in (whole, *singles) if isinstance(one.json, dict)} - {None}
            counted = totals <= {len(every)} or (len(every) >= most and len(totals) == 1)
            if joined == without_volatile(api, every[:3]) and counted:
                break
        check.that(
            joined == without_volatile(api, every[:3]), f"pages by {at} do not make the whole", whole,
            expected=joined, about=f"whole {at}",
        )  # fmt: skip
        check.that(
            counted, "the total is not how many rows there are", whole, got=sorted(map(str, totals)), about="total"
        )
        for number, reply in enumerate((singles[0], page(session, ready, (size, at), 2, 0)), 1):
            count = len(rows_in(api, reply.json))
            check.that(count <= number, f"a page of {number} has {count} rows", reply, about=f"size {size}")
            asked = {size: number, at: 1 if at == "page" else 0}
            shown = {name: reply.json[name] for name in asked if isinstance(reply.json, dict) and name in reply.json}
            check.equal(shown, {name: asked[name] for name in shown}, "a page says another size or position", reply)


def _filled(session: Session, op: Op) -> Ready:
    """Return a request for a list that has several rows, where the run can make them."""
    maker = maker_of(session.api, op)
    if maker is not None and maker.id != op.id:
        perhaps(session, lambda: session.shared(f"rows of {op.id}", lambda: [made(session, maker) for _ in range(3)]))
    return session.ready(op)


def _most(op: Op, size: str) -> int:
    """Return the largest page that a list declares."""
    schema = next(one.schema for one in op.spec.parameters if one.name == size)
    return int(schema.get("maximum", 50)) if isinstance(schema, dict) else 50


@rule("PAGE-03")
@operations(paged)
def test_the_page_without_a_size_is_the_declared_one(op: Op, session: Session, check: Check) -> None:
    """A list that is asked for no page answers that of the declared defaults."""
    ready = session.ready(op)
    rest = {name: value for name, value in ready.query.items() if name not in WORDS}
    known = {one.name: one.default for one in op.spec.parameters if one.location == "query"}
    for style in styles(op):
        named = {name: known[name] for name in style if known[name] is not None}
        if not named:
            continue
        for _attempt in range(4):
            plain, asked = (session.play(ready, query=query).need() for query in (rest, {**rest, **named}))
            if without_volatile(session.api, plain.json) == without_volatile(session.api, asked.json):
                break
        check.equal(
            without_volatile(session.api, plain.json), without_volatile(session.api, asked.json),
            f"the page without a size is not that of {named}", plain, about=style[1],
        )  # fmt: skip


@rule("PAGE-02")
@operations(paged)
def test_beyond_the_end_is_nothing(op: Op, session: Session, check: Check) -> None:
    """A page far beyond the end is a success with no rows."""
    ready = session.ready(op)
    for style in styles(op):
        reply = page(session, ready, style, 1, FAR)
        check.that(
            reply.ok and not rows_in(session.api, reply.json),
            f"a page beyond the end by {style[1]} is answered with {reply.status}",
            reply,
            expected="2xx without rows",
            about=style[1],
        )
