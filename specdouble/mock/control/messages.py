"""What a world sends: mails that wait in the outbox, and events to the streams of its users."""

from __future__ import annotations

from typing import Any

from specdouble.mock.control.actions import PREFIX, Actions, Params, takes
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.world import World


def _outbox(world: World, params: Params, _body: dict[str, Any]) -> Any:
    wanted = str(params.get("to") or "").strip().casefold()  # people write their addresses in either case
    return [one for one in world.state["outbox"].newest() if not wanted or str(one["to"]).casefold() == wanted]


@takes(user_id=str, type=str, payload=dict)
def _publish(world: World, _params: Params, body: dict[str, Any]) -> Any:
    user_id, kind, payload = body.get("user_id"), body.get("type"), body.get("payload", {})
    if not isinstance(user_id, str) or not isinstance(kind, str) or not isinstance(payload, dict):
        raise Problem(422, 'Send {"user_id": "…", "type": "notification", "payload": {…}}.')
    people = world.principals.collection
    if people and user_id not in world.state[people]:
        raise Problem(404, f"There is no user {user_id!r}.")
    world.emit(user_id, kind, payload)
    return {"published": True}


MESSAGES: Actions = {
    f"GET {PREFIX}/outbox": ("List the mails that were never sent, newest first (?to=address)", _outbox),
    f"POST {PREFIX}/events": ("Publish an event to a user's streams", _publish),
}
