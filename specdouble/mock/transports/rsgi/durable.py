"""Doing in an event loop what a state has to keep, and waiting until it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.backends.shared.jobs import Job
from specdouble.mock.backends.shared.turns import Turns
from specdouble.mock.backends.writer import Writer

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper

T = TypeVar("T")


class Waiting:
    """The requests of a loop that wait for a state; all that wait for the same are woken at once."""

    def __init__(self, state: Keeper) -> None:
        self.shared = state.shared
        self._commits = state.commits
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Future[None], list[asyncio.Future[StateFileError | None]]] = {}
        self._doing: dict[Job, asyncio.Future[None]] = {}

    async def perform(self, work: Callable[[], T], *, writes: bool) -> T:
        """Do work, and wait until what it rests on is durable; who only reads waits for nobody here.

        Raises:
            StateFileError: what was done cannot be kept, or what there is cannot be known.

        """
        commits = self._commits
        if isinstance(commits, Turns):
            return await self._in_turn(commits, work, writes)
        assert isinstance(commits, Writer)  # noqa: S101 - there are two
        before = commits.own
        value = work()
        pending = commits.pending() if writes or commits.own != before else None
        if pending is not None:
            loop = asyncio.get_running_loop()
            mine: asyncio.Future[StateFileError | None] = loop.create_future()
            others = self._waiting.get(pending)
            if others is None:
                others = self._waiting[pending] = []
                pending.add_done_callback(lambda done: loop.call_soon_threadsafe(self._wake, done))
            others.append(mine)
            error = await mine
            if error is not None:
                raise error
        return value

    def _wake(self, done: Future[None]) -> None:
        error = done.exception()
        told = error if isinstance(error, StateFileError) else None
        for one in self._waiting.pop(done):
            if not one.done():
                one.set_result(told)

    async def _in_turn(self, turns: Turns, work: Callable[[], T], writes: bool) -> T:
        self._loop = loop = asyncio.get_running_loop()
        job = Job(work, self._did, writes=writes)
        mine = self._doing[job] = loop.create_future()
        turns.submit(job)
        await mine
        if job.error is not None:
            raise job.error
        value: T = job.value
        return value

    def _did(self, jobs: list[Job]) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            self._loop.call_soon_threadsafe(self._wake_done, jobs)  # type: ignore[union-attr]

    def _wake_done(self, jobs: list[Job]) -> None:
        for one in jobs:
            mine = self._doing.pop(one)
            if not mine.done():
                mine.set_result(None)
