"""What the rules of action records share."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Reply

from ...people import Person
from ...recipes.work.actions import small_action
from ...session import Session
from ...shared.calling import ACTION, ACTIONS, RECORD

Doc = dict[str, Any]
STATS = "GET /v1/actions/stats"
OF_APP, OF_MARKET = "GET /v1/actions/stats/extension/{app_id}", "GET /v1/actions/stats/marketplace/{app_id}"


def record(session: Session, body: Doc) -> str:
    """Record an action and return its trace_id."""
    return str(session.send(RECORD, session.users.service, body=body)["trace_id"])


def quick(session: Session, person: Person, **fields: Any) -> str:
    """Record an action with required fields only and what is given."""
    return record(session, small_action(session, person, **fields))


def read(session: Session, who: Person | Credential, trace_id: str) -> Reply:
    """Read one action."""
    return session.send(ACTION, who, params={"trace_id": trace_id})


def found(session: Session, person: Person, **query: Any) -> list[str]:
    """Return the trace_ids of a page of a person's actions."""
    page = session.send(ACTIONS, person, query={"per_page": 200, **query})
    return [str(one["trace_id"]) for one in page["items"]]


def stats(session: Session, person: Person) -> Doc:
    """Return the figures of a person's month."""
    return dict(session.send(STATS, person).need().json)
