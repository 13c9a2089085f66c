"""Filters: what is left is exactly what fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.model import Operation as About
from specdouble.verify.api.known import MISSING, at
from specdouble.verify.api.rules import rule
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, has_role, workshop
from specdouble.verify.suites.model.lists._lists import Filled, filled


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
        for value in values_of(rows, each):
            query = {**one.request.query, each.parameter: value}
            got = shop.reading.all_rows(op, one.request.but(query=query))
            if got is None:
                continue
            judged = True
            wanted = [row for row in rows if _fits(row, each, value)]
            wrong = [row for row in got if not _fits(row, each, value, edge=True)]
            check.that(
                not wrong,
                f"{each.parameter}={value} shows rows that do not fit",
                op=op,
                expected=f"rows with {each.field or 'it'}",
                got=wrong[:1],
                about=f"{each.parameter} wrong",
            )
            known = set(one.keys(session, got))
            lost = [row for row, key in zip(wanted, one.keys(session, wanted), strict=True) if key not in known]
            check.that(
                not lost or each.test == "text",
                f"{each.parameter}={value} leaves out rows that fit",
                op=op,
                expected=wanted[:3],
                got=got[:3],
                about=f"{each.parameter} lost",
            )
            if each.test == "text":
                own = [row for row in lost if _named(row, value)]
                check.that(
                    not own,
                    f"{each.parameter}={value} leaves out a row that is called so",
                    op=op,
                    expected=own[:1],
                    got=got[:3],
                    about=f"{each.parameter} lost",
                )
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


def values_of(rows: list[Any], each: Any) -> list[Any]:
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
        return (
            sorted(different)[len(different) // 2 :][:1]
            if len({isinstance(one, str) for one in different}) == 1
            else []
        )
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
        one, other = ordered(shown), ordered(value)
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


def ordered(value: Any) -> Any:
    """Return a time as seconds, and anything else as it is."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[T ]", value):
        try:
            return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        except (ValueError, OverflowError):
            return value
    return value


def _named(row: Any, value: str) -> bool:
    return isinstance(row, dict) and any(
        str(value).lower() in str(row.get(name) or "").lower() for name in ("name", "title")
    )


def _together(session: Session, check: Check, one: Filled, rows: list[Any], about: About) -> bool:
    """Two filters at once leave what fits both."""
    exact = [each for each in about.filters if each.test in ("equal", "least", "most") and values_of(rows, each)]
    if len(exact) < 2:
        return False
    first, second = exact[:2]
    a, b = values_of(rows, first)[0], values_of(rows, second)[0]
    query = {**one.request.query, first.parameter: a, second.parameter: b}
    got = workshop(session).reading.all_rows(one.op, one.request.but(query=query))
    if got is None:
        return False
    wanted = [row for row in rows if _fits(row, first, a) and _fits(row, second, b)]
    check.that(
        sorted(one.keys(session, got)) == sorted(one.keys(session, wanted)),
        f"{first.parameter}={a} with {second.parameter}={b} shows something else than what fits both",
        op=one.op,
        expected=wanted[:3],
        got=got[:3],
        about="together",
    )
    return True
