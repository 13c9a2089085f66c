"""Automation rules (`/v1/automations`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, about, recipe, rows, take_back

from ...people import Person
from ...session import Session

_LIST = "GET /v1/automations"
RULE = {
    "prompt": "Every weekday at 8, list my new notes",
    "cooldown_seconds": 90,
    "max_per_hour": 4,
    "max_iterations": 25,
}


def automation(session: Session, person: Person, **fields: Any) -> dict[str, Any]:
    """Make a rule of a person and return it."""
    made: dict[str, Any] = session.send("POST /v1/automations", person, body={**RULE, **fields}).need().json
    session.client.own(made["rule_id"])
    return made


def _maker(session: Session) -> Person:
    """Return somebody new; who is not new gives back what the run made for them before."""
    person = session.users.somebody("rule maker")
    if not session.users.plenty:
        for one in rows(session, _LIST, person):
            if str(one["rule_id"]) in session.client.owned:
                take_back(session, "DELETE /v1/automations/{rule_id}", person, {"rule_id": one["rule_id"]})
    return person


@recipe("POST /v1/automations")
def create(session: Session) -> Ready:
    """Make a rule with limits of its own."""
    person = _maker(session)
    return Ready(person.bearer, person, body=dict(RULE), watch=(Read(_LIST, person.bearer),))


@recipe("POST /v1/automations/{rule_id}/resume")
def resume(session: Session) -> Ready:
    """Resume a rule that was just paused."""
    ready = about(session, "POST /v1/automations/{rule_id}/resume")
    session.send("POST /v1/automations/{rule_id}/pause", ready.who, params=ready.params).need()
    return ready
