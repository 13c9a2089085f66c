"""Pages: of every list that has them, single pages put together are the whole, and beyond the end is nothing."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.recipes import Ready
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.session.check import Check
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
    """Pages of one row, put together, are the page of several; none is longer than asked, and the total stays."""
    ready = session.ready(op)
    for style in styles(op):
        for _attempt in range(4):  # somebody else may write into a shared list in between
            whole = check.ok(page(session, ready, style, 3, 0))
            singles = [page(session, ready, style, 1, number) for number in range(3)]
            joined = [row for one in singles for row in rows_in(session.api, one.json)]
            totals = {one.json.get("total") for one in (whole, *singles) if isinstance(one.json, dict)}
            if (
                without_volatile(session.api, joined) == without_volatile(session.api, rows_in(session.api, whole.json))
                and len(totals) <= 1
            ):
                break
        check.that(
            without_volatile(session.api, joined) == without_volatile(session.api, rows_in(session.api, whole.json)),
            f"pages by {style[1]} do not make the whole",
            whole,
            expected=joined,
            about=f"whole {style[1]}",
        )
        check.that(
            len(totals) <= 1, "the total differs from page to page", whole, got=sorted(map(str, totals)), about="total"
        )
        for size in (1, 2):
            reply = page(session, ready, style, size, 0)
            check.that(
                len(rows_in(session.api, reply.json)) <= size,
                f"a page of {size} has {len(rows_in(session.api, reply.json))} rows",
                reply,
                about=f"size {style[0]}",
            )


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
