"""Waiting in an event loop until what a response rests on is durable."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING

from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.pipeline.problems import Problem, not_kept

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper


class Waiting:
    """The requests of a loop that wait for a state; all that wait for the same commit are woken at once."""

    def __init__(self, state: Keeper) -> None:
        self._state = state
        self._waiting: dict[Future[None], list[asyncio.Future[StateFileError | None]]] = {}

    @property
    def number(self) -> int:
        """How many transactions there were; to be noted before a request is handled."""
        return self._state.number

    async def lost(self, before: int, method: str) -> Problem | None:
        """Wait until a response may leave; returns how to refuse instead, where what was done cannot be kept."""
        pending = self._state.pending(before, method)
        if pending is None:
            return None
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[StateFileError | None] = loop.create_future()
        others = self._waiting.get(pending)
        if others is None:
            others = self._waiting[pending] = []
            pending.add_done_callback(lambda done: loop.call_soon_threadsafe(self._wake, done))
        others.append(mine)
        error = await mine
        return None if error is None else not_kept(error)

    def _wake(self, done: Future[None]) -> None:
        error = done.exception()
        told = error if isinstance(error, StateFileError) else None
        for one in self._waiting.pop(done):
            if not one.done():
                one.set_result(told)
