"""Time of a world: read and moved."""

from __future__ import annotations

from typing import Any

from specdouble.mock.control.actions import PREFIX, Actions, Params, takes
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.clock import parse_duration
from specdouble.mock.state.world import SLICE_SECONDS, World

FURTHEST_SECONDS = 10 * 366 * 86400  # that the clock is moved at once


def _clock(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {
        "world": world.name,
        "now": world.clock.stamp(),
        "offset_seconds": world.clock.offset,
        "settled": world.settled,
    }


@takes(advance=(str, int, float))
def _move_clock(world: World, params: Params, body: dict[str, Any]) -> Any:
    advance = body.get("advance")
    if not isinstance(advance, str | int | float) or isinstance(advance, bool):
        raise Problem(422, 'Say by how much: {"advance": "2h30m"} or a number of seconds.')
    try:
        seconds = parse_duration(advance) if isinstance(advance, str) else float(advance)
        if seconds > FURTHEST_SECONDS:
            raise Problem(422, "Move the clock by at most 10y at a time, so that what happens meanwhile can happen.")
        world.clock.move(seconds)
    except (ValueError, OverflowError) as error:
        raise Problem(422, str(error)) from None
    world.run_due(SLICE_SECONDS)
    return _clock(world, params, body)


CLOCK: Actions = {
    f"GET {PREFIX}/clock": ("Tell the world's time, and whether all that was due has happened", _clock),
    f"POST {PREFIX}/clock": ('Move time forward: {"advance": "2h30m"}', _move_clock),
}
