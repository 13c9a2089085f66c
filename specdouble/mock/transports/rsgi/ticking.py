"""What happens while nobody asks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial

from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.boot import Platform
from specdouble.mock.state.world import SLICE_SECONDS
from specdouble.mock.transports.receiving import Patience
from specdouble.mock.transports.rsgi.durable import Waiting
from specdouble.mock.transports.rsgi.heap import give_back

log = logging.getLogger("specdouble")
TICK_SECONDS = 0.25
REVIEW_SECONDS = 2.0  # between two looks at whether the credentials of streams are still good
GIVING_SECONDS = 30.0  # between two times that free memory is given back, which takes some milliseconds


async def tick(platform: Platform, patience: list[Patience]) -> None:
    """Run due timers also while nobody calls, so that streams see them; and give up who sends nothing."""
    ticks = 0
    shared = Waiting(platform.state) if platform.state is not None and platform.state.shared else None
    while True:
        await asyncio.sleep(TICK_SECONDS)
        ticks += 1
        for one in patience:
            one.look()
        if ticks % int(GIVING_SECONDS / TICK_SECONDS) == 0:
            give_back()
        if shared is None:
            platform.worlds.sweep()
        elif platform.worlds.unused() or (platform.state is not None and platform.state.to_flush()):
            await _in_turn(shared, platform.worlds.sweep)
        for world in platform.worlds.alive():
            if ticks % int(REVIEW_SECONDS / TICK_SECONDS) == 0:
                world.hub.review()
            if world.settled:
                continue
            try:
                if shared is None:
                    world.run_due(SLICE_SECONDS)
                else:
                    await _in_turn(shared, partial(world.run_due, SLICE_SECONDS))
            except Exception:
                log.exception("a timer failed")
            await asyncio.sleep(0)


async def _in_turn(state: Waiting, work: Callable[[], object]) -> None:
    """Write where servers share a state; while that is out of reach nothing happens, and is tried again."""
    with contextlib.suppress(StateFileError):
        await state.perform(work, writes=True)
