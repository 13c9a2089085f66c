"""Filters, searches, spans of time and orders: what a pack declares of a list, held against the rows that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.facts import Listed
from specdouble.verify.api.recipes import Ready
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.responses.stamps import moment
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites._responses import rows_in, without_volatile

Row = dict[str, Any]
FEW = 8  # different values of a field that are searched for


@dataclass(frozen=True)
class Shown:
    """A list that does not change any more, as its reader sees it."""

    op: Op
    session: Session
    check: Check
    listed: Listed
    reader: Ready
    rows: list[Row]

    @classmethod
    def of(cls, op: Op, session: Session, check: Check) -> Shown:
        """Read the whole list, with the query that the facts name."""
        listed = session.api.pack.lists[op.id]
        whole = {**session.api.facts(op).whole, **listed.whole}
        reader = Ready(listed.reader(session), query=whole, op=op)
        rows = rows_in(session.api, check.ok(session.play(reader)).json)
        check.must(len(rows) > 1, "the list does not show the rows that were made", op=op)
        return cls(op, session, check, listed, reader, without_volatile(session.api, rows))

    def finds(self, query: dict[str, Any], wanted: list[Row]) -> None:
        """Check that a query keeps these rows, in the order of the whole list, and counts them."""
        reply = self.check.ok(self.session.play(self.reader, query={**self.reader.query, **query}))
        found = without_volatile(self.session.api, rows_in(self.session.api, reply.json))
        names = " and ".join(sorted(query))
        self.check.equal(found, wanted, f"{names} keep other rows", reply, about=f"{query}")
        if isinstance(reply.json, dict) and "total" in reply.json:
            self.check.equal(
                reply.json["total"], len(wanted), f"the total does not count what {names} keep", reply, about="total"
            )

    def samples(self) -> list[Row]:
        """Return the first, the middle and the last row."""
        return [self.rows[0], self.rows[len(self.rows) // 2], self.rows[-1]]


@rule("FILTER-01")
@operations(lambda op, api: op.id in api.pack.lists and api.pack.lists[op.id].equal)
def test_filters_keep_exactly_what_they_name(op: Op, session: Session, check: Check) -> None:
    """Each filter keeps the rows with exactly its value, several together those that have all, and a total counts them.

    What is kept stands in the order of the whole list; a part of a value, or one that no row has, keeps nothing.
    """
    shown = Shown.of(op, session, check)
    fields = shown.listed.equal
    queries = []
    for count in (1, 2, 3):
        for names in combinations(fields, count):
            queries += [{name: one[fields[name]] for name in names} for one in shown.samples()]
    first, *_, last = shown.samples()
    queries += [{a: first[fields[a]], b: last[fields[b]]} for a, b in combinations(fields, 2)]
    for name, schema in ((one.name, one.schema) for one in op.spec.parameters if one.name in fields):
        value = first[fields[name]]
        if isinstance(value, str) and isinstance(schema, dict) and "enum" not in schema:
            queries += [{name: f"{value}x"}, {name: value[:-1]}]
    distinct = {str(one): one for one in queries if None not in one.values()}
    for query in session.some(distinct.values(), 2, 4):
        shown.finds(query, [one for one in shown.rows if all(one[fields[key]] == query[key] for key in query)])


@rule("FILTER-02")
@operations(lambda op, api: op.id in api.pack.lists and api.pack.lists[op.id].search)
def test_a_search_looks_into_its_fields_whatever_the_case(op: Op, session: Session, check: Check) -> None:
    """A search keeps the rows that hold its text in one of its fields, in small or capital letters, beside filters too.

    The text is taken as it stands: a `%` or `_` in it is no wildcard.
    """
    shown = Shown.of(op, session, check)
    for name, fields in shown.listed.search.items():
        texts = dict.fromkeys(shown.rows[0][fields[0]] + more for more in ("nothing", "%x"))
        for field in fields:
            for text in list(dict.fromkeys(str(one[field]) for one in shown.rows if one[field]))[:FEW]:
                texts |= dict.fromkeys((text, text.upper(), text.swapcase()[1:-1].strip(), *text.split()[1:3]))

        def kept(row: Row, text: str, fields: tuple[str, ...] = fields) -> bool:
            return any(text.casefold() in str(row[field] or "").casefold() for field in fields)

        for text in session.some(filter(None, texts), 2, 4):
            shown.finds({name: text}, [one for one in shown.rows if kept(one, text)])
        for parameter, field in shown.listed.equal.items():
            row = shown.samples()[1]
            both = {name: str(row[fields[0]])[:-1], parameter: row[field]}
            shown.finds(both, [one for one in shown.rows if kept(one, both[name]) and one[field] == row[field]])


@rule("FILTER-03")
@operations(lambda op, api: op.id in api.pack.lists and api.pack.lists[op.id].since)
def test_a_span_of_time_keeps_what_lies_in_it(op: Op, session: Session, check: Check) -> None:
    """The earliest and the latest time to include bound a list, each alone, both together, and beside a filter.

    What happened at that very moment is included, and what is no moment is refused.
    """
    shown = Shown.of(op, session, check)
    listed, rows = shown.listed, shown.rows
    times = sorted({moment(one[listed.time]) for one in rows})
    if not check.that(len(times) > 2, "rows of different moments have one time", op=op, got=f"{len(times)} times"):
        return
    pauses = sorted(pairwise(times), key=lambda pair: pair[0] - pair[1])[:2]
    early, late = sorted((before + after) / 2 for before, after in pauses)
    year = timedelta(days=400).total_seconds()
    spans: list[dict[str, float]] = [
        {listed.since: early}, {listed.until: late}, {listed.since: early, listed.until: late}, {listed.since: late},
        {listed.until: early}, {listed.since: late, listed.until: early}, {listed.since: late + year},
        {listed.until: early - year}, {listed.since: early - year, listed.until: late + year},
    ]  # fmt: skip

    def kept(row: Row, span: dict[str, float]) -> bool:
        at = moment(row[listed.time])
        return span.get(listed.since, at) <= at <= span.get(listed.until, at)

    for span in session.some(spans, 3, 2):
        written = {name: _stamp(at) for name, at in span.items()}
        wanted = [one for one in rows if kept(one, span)]
        shown.finds(written, wanted)
        for name, field in list(listed.equal.items())[:1]:
            value = rows[0][field]
            shown.finds({**written, name: value}, [one for one in wanted if one[field] == value])
    row = shown.samples()[1]
    names = (listed.since, listed.until) if "." in row[listed.time] else (listed.since,)  # or seconds of a finer time
    reply = session.play(shown.reader, query={**shown.reader.query, **dict.fromkeys(names, row[listed.time])})
    found = without_volatile(session.api, rows_in(session.api, check.ok(reply).json))
    check.that(row in found, f"{' and '.join(names)} do not include their own moment", reply, about="moment")
    for name in (listed.since, listed.until):
        reply = session.play(shown.reader, query={**shown.reader.query, name: "yesterday"})
        check.status(reply, 400, 422, message=f"{name}=yesterday is answered with {reply.status}")


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@rule("SORT-01")
@operations(lambda op, api: op.id in api.pack.lists and api.pack.lists[op.id].time)
def test_the_newest_comes_first(op: Op, session: Session, check: Check) -> None:
    """A list that is declared to be newest first begins with what was made last."""
    shown = Shown.of(op, session, check)
    times = [moment(one[shown.listed.time]) for one in shown.rows]
    check.equal(times, sorted(times, reverse=True), "the list is not newest first", op=op)
