"""Faults of an Alquimia Registry, one of a kind per line."""

from __future__ import annotations

from specdouble.mock.inferred.kept import Kept, kept
from specdouble.mock.pipeline.call import Call
from tests.toolhive.planting import (
    Fault,
    after,
    always,
    before,
    deaf,
    fails,
    forgets,
    inside,
    instead,
    lost,
    media,
    open_to_all,
    says,
    status,
    unchecked,
    with_,
    without,
    wrapped,
)  # fmt: skip

R = "/registry/"


def _agents_stay(call: Call, _spaces: Kept) -> None:
    kept(call, "agentspace").add({**SPACE, "agentspace_id": call.query["agentspace_id"]})
    kept(call, "agent", agentspace=call.query["agentspace_id"]).add(
        {"assistant_id": "left", "nickname": None, "validated": True}
    )


def _all_valid(call: Call, _agents: Kept) -> None:
    agents = kept(call, "agent", agentspace=call.query["agentspace_id"])
    for one in agents:
        agents.change(one["assistant_id"], validated=True)


def _any_filter(call: Call, _agents: Kept) -> None:
    call.body = call.body or {"assistant_id": "nobody"}


def _all_gone(call: Call, _agents: Kept) -> None:
    kept(call, "agent", agentspace=call.query["agentspace_id"]).clear()


def _not_held(call: Call, spaces: Kept) -> None:
    spaces.change(call.query["agentspace_id"], on_hold=[])


def _doubled(call: Call, spaces: Kept) -> None:
    for one in spaces.where(name=call.body.get("name"), namespace=call.body.get("namespace")):
        spaces.change(one["agentspace_id"], name=f"{one['name']}-old")


SPACE = {
    "name": "left", "namespace": "left", "tag": "latest", "visibility": "private", "status": "enabled",
    "description": None, "user_id": None, "source_repo_id": None, "on_hold": [],
}  # fmt: skip
FAULTS = [
    Fault("A01", f"GET {R}", "everybody may read", open_to_all),
    Fault("A02", f"GET {R}", "the agents on hold are missing", without("", "on_hold")),
    Fault("A03", f"GET {R}", "the visibility is unknown", with_("", "visibility", "secret")),
    Fault("A04", f"POST {R}", "it is answered with 200", status(200)),
    Fault("A05", f"POST {R}", "it is not kept", wrapped(lost)),
    Fault("A06", f"POST {R}", "any body is taken", unchecked),
    Fault("A07", f"POST {R}", "the description is forgotten", forgets("description")),
    Fault("A08", f"PUT {R}", "the change is not kept", wrapped(lost)),
    Fault("A09", f"PUT {R}", "the new tag is forgotten", forgets("tag")),
    Fault("A10", f"DELETE {R}", "nothing is deleted", wrapped(lost)),
    Fault("A11", f"DELETE {R}", "everybody may delete", open_to_all),
    Fault("A12", f"POST {R}query", "it is sent as text", media("text/plain")),
    Fault("A13", f"POST {R}query", "an agentspace has no name", without("", "name")),
    Fault("A14", f"POST {R}agent", "it fails", wrapped(fails)),
    Fault("A15", f"POST {R}agent", "everybody may write", open_to_all),
    Fault("A16", f"POST {R}agent/query", "an agent has no id", without("", "assistant_id")),
    Fault("A17", f"DELETE {R}agent", "the number is a text", with_("", "deleted", "1")),
    Fault("A18", f"PUT {R}agent/hold/{{assistant_id}}", "it is not kept", wrapped(lost)),
    Fault("A19", f"PUT {R}agent/hold/{{assistant_id}}", "it is answered with 201", status(201)),
    Fault("A20", f"DELETE {R}agent/hold/{{assistant_id}}", "it is not kept", wrapped(lost)),
    Fault("A21", f"POST {R}secret", "the value is shown", with_("", "value", "nobody may see this")),
    Fault("A22", f"POST {R}secret", "it is not kept", wrapped(lost)),
    Fault("A23", f"POST {R}secret", "any scope is taken", unchecked),
    Fault("A24", f"GET {R}secret", "the scope is unknown", with_("", "scope", "everywhere")),
    Fault("A25", f"GET {R}secret", "everybody may list", open_to_all),
    Fault("A26", f"POST {R}secret/inspect/{{assistant_id}}", "the errors are missing", without("", "errors")),
    Fault("A27", f"DELETE {R}secret", "nothing is deleted", wrapped(lost)),
    Fault("A28", f"POST {R}parameter", "the key is a number", with_("", "key", 7)),
    Fault("A29", f"POST {R}validate", "nothing is done", wrapped(lost)),
    Fault("A30", f"POST {R}validate", "the number is negative", with_("", "validated", -1)),
    Fault("A31", f"PUT {R}publish", "the digest is none", with_("", "digest", "latest")),
    Fault("A32", f"PUT {R}publish", "it is not kept", wrapped(lost)),
    Fault("A33", f"DELETE {R}publish", "everybody may remove", open_to_all),
    Fault("A34", f"PUT {R}pull", "it is not kept", wrapped(lost)),
    Fault("A35", f"GET {R}tags", "the repository need not be given", unchecked),
    Fault("A36", f"GET {R}repositories", "it fails", wrapped(fails)),
    Fault("A37", f"GET {R}secret", "another agentspace is shown", deaf("agentspace_id")),
    Fault("A38", f"POST {R}", "two may have one name", before("agentspace", _doubled)),
    Fault("A39", f"DELETE {R}", "it is there still", after("agentspace", _agents_stay)),
    Fault("A40", f"POST {R}query", "the namespace is not looked at", forgets("namespace")),
    Fault("A41", f"POST {R}agent/query", "the filter is not looked at", forgets("nickname", "assistant_id")),
    Fault("A42", f"DELETE {R}agent", "an empty filter is taken", before("agent", _any_filter)),
    Fault("A43", f"DELETE {R}agent", "more is deleted than fits", after("agent", _all_gone)),
    Fault("A44", f"PUT {R}agent/hold/{{assistant_id}}", "it may be held twice", before("agentspace", _not_held)),
    Fault("A45", f"POST {R}agent", "members beyond the schema are lost", forgets("team", "extra", "note", "x")),
    Fault("A46", f"POST {R}secret", "agents need not be validated", before("agent", _all_valid)),
    Fault("A47", f"POST {R}secret/inspect/{{assistant_id}}", "nothing is resolved", always(check_resolution=False)),
    Fault("A48", f"POST {R}validate", "a dry run is none", always(dry_run=False)),
    Fault("A49", f"POST {R}validate", "every run is dry", always(dry_run=True)),
    Fault("A50", f"PUT {R}publish", "agents need not be validated", before("agent", _all_valid)),
    Fault("A51", f"PUT {R}publish", "the tag is always the same", always(tag="latest")),
    Fault("A52", f"PUT {R}pull", "the agents need no validation", after("agent", _all_valid)),
    Fault("A53", f"GET {R}tags", "one of them is missing", instead([], 200)),
    Fault("A54", f"GET {R}repositories", "any registry answers", deaf("registry")),
    Fault("A55", f"POST {R}secret/query", "the scope is not looked at", forgets("scope")),
    Fault("A56", f"POST {R}parameter/query", "the key is another one", inside("", lambda one: one.update(key="x"))),
    Fault("A57", f"PUT {R}", "the rest is reset", says(description=None, visibility="private", status="enabled")),
]
