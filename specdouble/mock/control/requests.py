"""What was asked of the server."""

from __future__ import annotations

from typing import Any

from specdouble.mock.control.actions import PREFIX, Actions, Params
from specdouble.mock.state.world import World


def _journal(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return list(reversed(world.journal))


REQUESTS: Actions = {
    f"GET {PREFIX}/journal": ("List the last requests, newest first", _journal),
}
