"""Handling a request in a world that another server may have ended meanwhile, and whose state may be lost."""

from __future__ import annotations

from collections.abc import Iterable
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


def give_up(made: Iterable[Reply], world: World) -> None:
    """Let the streams end that responses opened which must not leave."""
    for one in made:
        if one.stream is not None:
            world.hub.leave(one.stream)
