"""Rules of the list of actions: filters, search, pages and order."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Reply, rule

from ...people import Person
from ...recipes.work.actions import small_action
from ...session import Session
from ...shared.calling import ACTIONS
from .._rules import moment
from ._actions import quick, record

Doc = dict[str, Any]
# Records that differ in what filters look at; the first was recorded first.
ROWS: tuple[Doc, ...] = (
    {"app_id": "alpha", "tool_name": "list_plans", "action_type": "read", "status": "success"},
    {"app_id": "alpha", "tool_name": "create_note", "action_type": "write", "status": "failed", "error": "Ink is OUT"},
    {"app_id": "alpha-two", "tool_name": "create_note", "action_type": "write", "status": "success"},
    {"app_id": "beta", "tool_name": "delete_note", "action_type": "destructive", "status": "success"},
    {"app_id": "beta", "tool_name": "list_plans", "action_type": "read", "status": "validation_rejected"},
    {"app_id": "beta", "tool_name": "create_note", "action_type": "write", "status": "cancelled",
     "message_preview": "Buy 100% Bread, please"},
    {"app_id": "alpha", "tool_name": "create_note", "action_type": "write", "status": "success",
     "result_preview": "Note saved: Ärger_im Büro"},
    {"app_id": "gamma", "tool_name": "scan", "action_type": "read", "status": "failed",
     "message_preview": "Buy 100 loaves", "error": "No such archive"},
)  # fmt: skip


def filled(session: Session) -> tuple[Person, list[str]]:
    """Return somebody who has these records, and their trace_ids in the order of ROWS."""

    def make() -> tuple[Person, list[str]]:
        person = session.users.new("ledger")
        return person, [record(session, small_action(session, person, **{"error": None, **row})) for row in ROWS]

    kept: tuple[Person, list[str]] = session.shared("a filled ledger", make)
    if kept[0].stale:
        session.users.login(kept[0])
    return kept


def ask(session: Session, person: Person, **query: Any) -> Reply:
    """Ask for a page of actions."""
    return session.send(ACTIONS, person, query=query)


def traces(reply: Reply) -> list[str]:
    """Return the trace_ids of a page."""
    return [str(one["trace_id"]) for one in reply["items"]]


def numbers(reply: Reply, known: list[str]) -> list[int]:
    """Return which of the known records a page has, by their number; -1 for a stranger."""
    return sorted(known.index(one) if one in known else -1 for one in traces(reply))


def expect(session: Session, check: Check, wanted: set[int], **query: Any) -> None:
    """Judge that a query finds these records and no others, and says how many."""
    person, known = filled(session)
    reply = check.ok(ask(session, person, **query), f"the list refuses {query}")
    about = "&".join(f"{name}={value}" for name, value in query.items())
    check.equal(numbers(reply, known), sorted(wanted), f"{about} finds other records", reply, about=about)
    check.equal(reply["total"], len(wanted), f"{about} has another total", reply, about=f"{about} total")


def those(**equals: str) -> set[int]:
    """Return the numbers of the rows with these values."""
    return {at for at, row in enumerate(ROWS) if all(row[name] == value for name, value in equals.items())}


FILTERS: tuple[dict[str, str], ...] = (
    {"app_id": "alpha"}, {"app_id": "beta"}, {"action_type": "read"}, {"action_type": "write"},
    {"action_type": "destructive"}, {"status": "success"}, {"status": "failed"}, {"status": "validation_rejected"},
    {"status": "cancelled"}, {"app_id": "alpha", "status": "success"}, {"app_id": "beta", "action_type": "write"},
    {"action_type": "write", "status": "success"}, {"app_id": "alpha", "action_type": "write", "status": "failed"},
    {"app_id": "alpha", "action_type": "destructive"}, {"app_id": "nothing"}, {"status": "alpha"}, {"app_id": "alph"},
)  # fmt: skip


@rule("FILTER-250", ACTIONS)
@pytest.mark.parametrize("query", FILTERS, ids=lambda query: "+".join(query))
def test_filters_keep_what_is_equal(query: dict[str, str], session: Session, check: Check) -> None:
    """app_id, action_type and status keep the actions that have exactly this value; together, those that have all."""
    expect(session, check, those(**query), **query)


SEARCHES: tuple[tuple[str, set[int]], ...] = (
    ("create_note", {1, 2, 5, 6}),  # the tool's name
    ("CREATE_Note", {1, 2, 5, 6}),
    ("eate_no", {1, 2, 5, 6}),
    ("bread", {5}),  # the message
    ("BUY 100", {5, 7}),
    ("100%", {5}),
    ("note saved", {6}),  # the result
    ("ärger_im", {6}),
    ("BÜRO", {6}),
    ("ink is out", {1}),  # the error
    ("no such archive", {7}),
    ("alpha-two", {2}),  # the app
    ("buy, bread", set()),
    ("nothing of all this", set()),
)


@rule("FILTER-251", ACTIONS)
@pytest.mark.parametrize(("text", "wanted"), SEARCHES, ids=[text for text, _ in SEARCHES])
def test_search_looks_into_what_is_shown(text: str, wanted: set[int], session: Session, check: Check) -> None:
    """Search keeps the actions whose tool, app, message, result or error has the text, in whatever case."""
    expect(session, check, wanted, search=text)


@rule("FILTER-252", ACTIONS)
def test_search_and_filters_work_together(session: Session, check: Check) -> None:
    """Search and filters together keep what meets all of them, and are counted together."""
    expect(session, check, {2, 6}, search="create_note", status="success")
    expect(session, check, {5, 7}, search="buy")
    expect(session, check, {7}, search="buy", status="failed")
    expect(session, check, set(), search="buy", app_id="alpha")
    expect(session, check, {1}, search="NOTE", app_id="alpha", action_type="write", status="failed")


# -- pages ---------------------------------------------------------------------------------------------------------


@rule("PAGE-251", ACTIONS)
def test_a_page_has_fifty_unless_asked(session: Session, check: Check) -> None:
    """A page has 50 actions unless per_page says otherwise (at most 200), and the first page is the default."""
    person = session.users.new("busy ledger")
    made = [quick(session, person) for _ in range(53)]
    first = check.ok(ask(session, person))
    shown = len(traces(first)), first["total"], first["page"], first["per_page"]
    check.equal(shown, (50, 53, 1, 50), "the page without a query is another than the first of 50", first)
    second = check.ok(ask(session, person, page=2))
    shown = len(traces(second)), second["total"], second["page"], second["per_page"]
    check.equal(shown, (3, 53, 2, 50), "the second page of 50 is another", second)
    check.equal(sorted(traces(first) + traces(second)), sorted(made), "two pages of 50 are not the whole", second)
    every = check.ok(ask(session, person, per_page=200), "per_page=200 was refused")
    check.equal((len(traces(every)), every["per_page"]), (53, 200), "per_page=200 shows another number", every)


@rule("SORT-250", ACTIONS)
@pytest.mark.parametrize("query", [{}, {"action_type": "write"}, {"search": "list"}], ids=["all", "filter", "search"])
def test_the_newest_comes_first(query: Doc, session: Session, check: Check) -> None:
    """The list has the newest action first, filtered or not."""
    person, known = filled(session)
    page = check.ok(ask(session, person, **query))
    stamps = [moment(one["created_at"]) for one in page["items"]]
    check.equal(stamps, sorted(stamps, reverse=True), "the newest action does not come first", page)
    if len(set(stamps)) == len(stamps):
        at = [known.index(one) for one in traces(page) if one in known]
        check.equal(at, sorted(at, reverse=True), "the list is not in the order in which was recorded", page)
