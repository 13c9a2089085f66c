"""The thread that makes transactions durable: those that come while it writes are written together next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from specdouble.mock.backends.changes import Backend, Change, Put, Row, StateFileError
from specdouble.mock.telemetry.counting import Histogram

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper
    from specdouble.mock.state.world import Message, World

log = logging.getLogger("specdouble")
T = TypeVar("T")
AGAIN_SECONDS = 1.0  # without anything new, until what failed is tried again, and the state is looked at


class Writer:
    """Writes transactions in the order in which they come.

    `number` counts them, `own` those of the thread that asks, `times` how long it took to write what came together
    (seconds), `failures` what failed. One that could not be written is tried again, with those after it, so that what
    is kept never has a gap; who waited for it is told that it failed.
    """

    shared = False

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.number = 0
        self._own = _Own()
        self.times = Histogram()
        self.failures = 0
        self._waiting: list[Change] = []
        self._next: Future[None] | None = None
        self._now: Future[None] | None = None
        self._failed: StateFileError | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="specdouble-state", daemon=True)
        self._thread.start()

    def open(self, _keeper: Keeper) -> Iterable[Row]:
        """Return all documents that there are."""
        return self._backend.rows()

    def opened(self) -> None:
        """Wait until what was put so far is durable."""
        self._wait()

    def writing(self) -> None:
        """Hear that something is about to be written, which it may be at any time."""

    def tell(self, world: World, messages: Sequence[Message]) -> None:
        """Tell the streams of a world."""
        world.publish(messages)

    def perform(self, work: Callable[[], T], *, writes: bool) -> T:
        """Do work, and wait until what it rests on is durable."""
        before = self.own
        value = work()
        if writes or self.own != before:
            self._wait()
        return value

    @property
    def own(self) -> int:
        """How many transactions this thread put: what others put meanwhile, nobody has to wait for."""
        return self._own.number

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let this thread write as long as a block runs, as it may at any time."""
        yield

    def _wait(self) -> None:
        waiting = self.pending()
        if waiting is not None:
            waiting.result()

    def put(self, changes: Sequence[Change]) -> None:
        """Let changes become durable together."""
        with self._changed:
            self.number += 1
            self._own.number += 1
            self._waiting += changes
            if self._next is None:
                self._next = _promised()
                self._changed.notify()

    def pending(self) -> Future[None] | None:
        """Return what is done once everything is durable that was put so far, None where it is."""
        with self._changed:
            if self._failed is not None and self._next is None:
                self._next = _promised()  # to be told whether it works again
                self._changed.notify()
            return self._next or self._now

    @property
    def lost(self) -> str:
        """What the last write failed with, "" where it did not."""
        failed = self._failed
        return "" if failed is None else str(failed)

    def close(self) -> None:
        """Write what waits, and end.

        Raises:
            StateFileError: it cannot be written.

        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._backend.close()
        if self._failed is not None:
            raise self._failed

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next is not None or self._closing, AGAIN_SECONDS)
                if self._closing and not self._waiting and self._next is None:
                    return
                changes, self._waiting = self._waiting, []
                self._now, self._next = self._next, None
                told = self._now
            error: StateFileError | None = None
            try:
                if changes:
                    began = perf_counter()
                    self._backend.write(merged(changes))
                    self.times.add(perf_counter() - began)
                else:
                    self._backend.check()
            except StateFileError as failure:
                error = failure
                if self._failed is None:
                    log.error("%s", error)
            except Exception as failure:  # whoever waits has to hear of it, and others are waiting
                error = StateFileError(f"the server failed ({failure!r})")
                if self._failed is None:
                    log.exception("what was to be kept is tried again")
            self.failures += bool(error and changes)
            with self._changed:
                self._failed, self._now = error, None
                if error is not None:
                    self._waiting = changes + self._waiting
            if told is not None:
                if error is None:
                    told.set_result(None)
                else:
                    told.set_exception(error)
            if error is not None and self._closing:
                return


class _Own(threading.local):
    number = 0


def _promised() -> Future[None]:
    """Return a future that nobody who waits for it can cancel, for others wait too."""
    made: Future[None] = Future()
    made.set_running_or_notify_cancel()
    return made


def merged(changes: Sequence[Change]) -> list[Change]:
    """Return the same changes with neighbouring documents as one, each in its last state."""
    found: list[Change] = []
    rows: dict[tuple[int, str, str], Row] = {}
    for change in changes:
        if isinstance(change, Put):
            rows |= {row[:3]: row for row in change.rows}
            continue
        if rows:
            found.append(Put(list(rows.values())))
            rows = {}
        found.append(change)
    return [*found, Put(list(rows.values()))] if rows else found
