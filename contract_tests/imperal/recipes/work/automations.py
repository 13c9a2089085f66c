"""Automation rules (`/v1/automations`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Person, Read, Ready, Stage, perhaps, recipe, rows, take_back

_LIST = "GET /v1/automations"
RULE = {
    "prompt": "Every weekday at 8, list my new notes",
    "cooldown_seconds": 90,
    "max_per_hour": 4,
    "max_iterations": 25,
}


def rule(stage: Stage, person: Person, **fields: Any) -> dict[str, Any]:
    """Make a rule of a person and return it."""
    made: dict[str, Any] = stage.send("POST /v1/automations", person, body={**RULE, **fields}).need().json
    stage.client.own(made["rule_id"])
    return made


def _maker(stage: Stage) -> Person:
    """Return somebody new; who is not new gives back what the run made for them before."""
    person = stage.cast.somebody("rule maker")
    if not stage.cast.plenty:
        for one in rows(stage, _LIST, person):
            if str(one["rule_id"]) in stage.client.owned:
                take_back(stage, "DELETE /v1/automations/{rule_id}", person, {"rule_id": one["rule_id"]})
    return person


def _one(stage: Stage) -> Ready:
    """Give somebody new a rule, for a plan allows only so many."""
    person = _maker(stage)
    made = rule(stage, person)
    return Ready(person.bearer, person, {"rule_id": made["rule_id"]}, watch=(Read(_LIST, person.bearer),))


@recipe("POST /v1/automations")
def create(stage: Stage) -> Ready:
    """Make a rule with limits of its own."""
    person = _maker(stage)
    return Ready(person.bearer, person, body=dict(RULE), watch=(Read(_LIST, person.bearer),))


@recipe(_LIST)
def list_(stage: Stage) -> Ready:
    """List the rules of somebody who has one."""
    if stage.cast.makes:
        kept: Ready = stage.shared("a rule", lambda: _one(stage))
        return Ready(kept.who, kept.person)
    perhaps(stage, lambda: _one(stage))
    return Ready(stage.cast.user.bearer, stage.cast.user)


@recipe("POST /v1/automations/{rule_id}/pause", "DELETE /v1/automations/{rule_id}")
def change(stage: Stage) -> Ready:
    """Pause or delete a rule that was just made."""
    return _one(stage)


@recipe("POST /v1/automations/{rule_id}/resume")
def resume(stage: Stage) -> Ready:
    """Resume a rule that was just paused."""
    ready = _one(stage)
    stage.send("POST /v1/automations/{rule_id}/pause", ready.who, params=ready.params).need()
    return ready
