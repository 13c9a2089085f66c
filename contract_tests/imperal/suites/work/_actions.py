"""What the laws of action records share."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Person, Reply, Stage

from ...calling import ACTION, ACTIONS, RECORD
from ...recipes.work.actions import small_action

Doc = dict[str, Any]
STATS = "GET /v1/actions/stats"
OF_APP, OF_MARKET = "GET /v1/actions/stats/extension/{app_id}", "GET /v1/actions/stats/marketplace/{app_id}"


def record(stage: Stage, body: Doc) -> str:
    """Record an action and return its trace_id."""
    return str(stage.send(RECORD, stage.cast.service, body=body)["trace_id"])


def quick(stage: Stage, person: Person, **fields: Any) -> str:
    """Record an action with required fields only and what is given."""
    return record(stage, small_action(stage, person, **fields))


def read(stage: Stage, who: Person | Credential, trace_id: str) -> Reply:
    """Read one action."""
    return stage.send(ACTION, who, params={"trace_id": trace_id})


def found(stage: Stage, person: Person, **query: Any) -> list[str]:
    """Return the trace_ids of a page of a person's actions."""
    page = stage.send(ACTIONS, person, query={"per_page": 200, **query})
    return [str(one["trace_id"]) for one in page["items"]]


def stats(stage: Stage, person: Person) -> Doc:
    """Return the figures of a person's month."""
    return dict(stage.send(STATS, person).need().json)
