"""Handling a request in a world that another server may have ended meanwhile."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.world import World
from specdouble.mock.state.worlds import WorldError, Worlds


def handled(
    service: Service, worlds: Worlds, op: Bound, asked: Request, params: dict[str, Any], world: World
) -> Reply:  # fmt: skip
    """Answer a request in a world, or say that it lives no more."""
    try:
        living = worlds.get(world.name)
    except WorldError as error:
        return service.turn_away(Problem(error.status, str(error)), asked, op, world)
    return service.handle(op, asked, params, living)
