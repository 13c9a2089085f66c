"""Worlds as a whole: back to how they began."""

from __future__ import annotations

from typing import Any

from specdouble.mock.control.actions import PREFIX, Actions, Params, takes
from specdouble.mock.state.world import World


@takes()
def _reset(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    world.reset()
    return {"reset": True, "world": world.options.world}


WORLDS: Actions = {
    f"POST {PREFIX}/reset": ("Return to the seeded world and to real time", _reset),
}
