"""Rules of the list of actions: filters, search, pages and order."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Reply, rule

from ...people import Person
from ...session import Session
from ...shared.calling import ACTIONS
from ._actions import quick

Doc = dict[str, Any]


def ask(session: Session, person: Person, **query: Any) -> Reply:
    """Ask for a page of actions."""
    return session.send(ACTIONS, person, query=query)


def traces(reply: Reply) -> list[str]:
    """Return the trace_ids of a page."""
    return [str(one["trace_id"]) for one in reply["items"]]


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
