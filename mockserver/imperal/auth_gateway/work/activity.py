"""The steps of the agent, looked at one by one."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from . import _mine


@op("GET /v1/activity/steps/{ref}")
def step(call: Call) -> Doc:
    """Show one step of the caller's agent by its reference ``terminal:<session>:<step>``, personal data masked."""
    return call.show(_mine.require(call, "agent_steps", call.params["ref"], "step", "The agent's stream"))
