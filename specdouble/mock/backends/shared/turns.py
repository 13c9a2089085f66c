"""Does the work of a server that shares its state with others.

Reads see all that was acknowledged anywhere; writes come one server after the other.
One thread does all of it. What waits while it is busy is done together next, so that many requests share one question
to the database: reads, whether anything is new; writes, one turn with one commit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import TYPE_CHECKING, TypeVar

from specdouble.mock.backends.applying import apply
from specdouble.mock.backends.changes import (
    Change,
    News,
    Put,
    Row,
    SharedBackend,
    StateFileError,
)
from specdouble.mock.backends.shared.jobs import Job, nobody, tell
from specdouble.mock.backends.shared.order import in_order
from specdouble.mock.backends.shelves import stream_row
from specdouble.mock.state.elsewhere import Change as StreamChange
from specdouble.mock.state.lasting import TurnNeeded
from specdouble.mock.state.world import Message, World
from specdouble.mock.telemetry.counting import Histogram

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper

log = logging.getLogger("specdouble")
AGAIN_SECONDS = 0.25  # between two attempts to reach a state that was lost
HEARD_SECONDS = 0.01  # after a note, in which there may be more of them: each wakes a thread
TURN_SECONDS = 0.1  # of work, after which others have their turn
TRY_SECONDS = 0.3  # to wait for the turn, after which whoever only reads is answered
LONGEST_TRY = 1.2  # after several of them, so that many servers do not lose their places in the queue all the time
PATIENCE_SECONDS = 10.0  # of a request whose turn does not come
OPENING_SECONDS = 300.0  # of a server that starts while another works on much
JUMP = 1_000_000  # between the numbers of a state and of one that begins in its place, so that nobody confuses them
T = TypeVar("T")


class Turns:
    """Takes the transactions of a keeper in turns with other servers."""

    shared = True

    def __init__(self, backend: SharedBackend) -> None:
        self.number = 0
        self.lost = ""
        self.times = Histogram()
        self.failures = 0
        self._backend = backend
        self._keeper: Keeper
        self._jobs: list[Job] = []
        self._nudged = False
        self._closing = False
        self._whole = False  # whether all has to be read anew
        self._tries = 0  # to get the turn, that were in vain
        self._changed = threading.Condition()
        self._writer = 0  # the thread whose turn it is
        self._changes: list[Change] = []
        self._told: list[tuple[World, Sequence[Message]]] = []
        self._threads: list[threading.Thread] = []

    # -- as a keeper uses it -----------------------------------------------------------------------------------

    def open(self, keeper: Keeper) -> Iterable[Row]:
        """Begin the first turn."""
        self._keeper = keeper
        keeper.streams.wake = self.soon
        self._backend.connect()
        until = time.monotonic() + OPENING_SECONDS
        while (news := self._backend.begin(0, LONGEST_TRY)) is None:
            if time.monotonic() > until:
                raise self._taken(OPENING_SECONDS)
        self.number = news.number
        self._writer = get_ident()
        return self._backend.rows()

    def opened(self) -> None:
        """End the first turn, and be there for others."""
        server = self._keeper.number_of_start
        self._backend.stay(server)
        self._put_streams(self._keeper.streams.arrive(server, self._backend.present()))
        self._end_turn()
        names = {"specdouble-state": self._work, "specdouble-news": self._hear}
        self._threads = [threading.Thread(target=work, name=name, daemon=True) for name, work in names.items()]
        for one in self._threads:
            one.start()

    def writing(self) -> None:
        """Hear that something is about to be written."""
        if self._writer != get_ident():
            raise TurnNeeded

    def put(self, changes: Sequence[Change]) -> None:
        """Let changes become durable at the end of the turn."""
        self.writing()
        self._changes += changes

    def tell(self, world: World, messages: Sequence[Message]) -> None:
        """Tell the streams of a world at the end of the turn."""
        self._told.append((world, messages))

    def perform(self, work: Callable[[], T], *, writes: bool) -> T:
        """Do work in this order with that of others, and wait for it."""
        if self._is_inside():
            return work()
        ready = threading.Event()
        job = Job(work, lambda _jobs: ready.set(), writes=writes)
        self.submit(job)
        ready.wait()
        if job.error is not None:
            raise job.error
        value: T = job.value
        return value

    def soon(self) -> None:
        """Let a turn come, for what is written without a request."""
        self.submit(Job(lambda: None, nobody, writes=True))

    def submit(self, job: Job) -> None:
        """Let work be done soon."""
        with self._changed:
            if not (self.lost or self._closing):
                self._jobs.append(job)
                self._changed.notify()
                return
        job.fail(StateFileError(self.lost or "the server ends"))
        job.done([job])

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let this thread write as long as a block runs.

        Raises:
            StateFileError: what it wrote cannot be kept.

        """
        if self._writer == get_ident():
            yield
            return
        mine, entered, left, ready = get_ident(), threading.Event(), threading.Event(), threading.Event()

        def lend() -> None:
            worker, self._writer = self._writer, mine
            entered.set()
            left.wait()
            self._writer = worker

        def done(_jobs: list[Job]) -> None:
            ready.set()
            entered.set()

        job = Job(lend, done, writes=True)
        self.submit(job)
        entered.wait()
        if job.error is None:
            try:
                yield
            finally:
                left.set()
                ready.wait()
        if job.error is not None:
            raise job.error

    def close(self) -> None:
        """Do what waits, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        for one in self._threads:
            one.join()
        self._backend.close()

    # -- the thread --------------------------------------------------------------------------------------------

    def _is_inside(self) -> bool:
        mine = get_ident()
        return mine == self._writer or any(one.ident == mine for one in self._threads)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._jobs or self._nudged or self._closing, AGAIN_SECONDS if self.lost else None
                )
                jobs, self._jobs, self._nudged = self._jobs, [], False
                if self._closing and not jobs:
                    return
            try:
                self._do(jobs)
            except StateFileError as error:
                self._lose(error, jobs)
            except Exception as error:
                failed = StateFileError(f"the server failed ({error!r})")
                if self.lost != str(failed):
                    log.exception("the state of this server is read anew")
                self._whole = True
                self._lose(failed, jobs)

    def _do(self, jobs: list[Job]) -> None:
        if self.lost:
            self._find()
        writes = [job for job in jobs if job.writes]
        reads = [job for job in jobs if not job.writes]
        if not (writes and self._turn(writes)):
            self._learn(self._backend.news(self.number))
        again = [job for job in reads if not self._did(job)]
        tell([job for job in reads if job not in again])
        if again:
            for job in again:
                job.writes = True
            self._turn(again)

    def _turn(self, jobs: list[Job]) -> bool:
        """Do what writes, and commit; what is not done in time waits for the next turn; returns whether it came."""
        news = self._backend.begin(self.number, min(TRY_SECONDS * 2**self._tries, LONGEST_TRY))
        if news is None:
            self._tries += 1
            self._wait_on(jobs)
            return False
        self._tries = 0
        self._learn(news)
        until, done = time.monotonic() + TURN_SECONDS, 0
        self._writer = get_ident()
        try:
            for job in jobs:
                self._whole = job.begun = True  # what is in memory is no longer what is kept, until it is
                self._did(job)
                done += 1
                if time.monotonic() > until:
                    break
            self._keeper.flush()
            self._put_streams(self._keeper.streams.changes(self._backend.present))
            self._end_turn()
        finally:
            self._writer = 0
        self._whole = False
        self._put_back(jobs[done:])
        tell(jobs[:done])
        return True

    def _put_back(self, jobs: list[Job]) -> None:
        with self._changed:
            self._jobs = jobs + self._jobs

    def _wait_on(self, jobs: list[Job]) -> None:
        """Let jobs go on waiting for the turn, but refuse those that waited for too long: others must have it still."""
        now = time.monotonic()
        for job in jobs:
            if job.refused_at is None:
                job.refused_at = now
        late = [job for job in jobs if job.refused_at is not None and now - job.refused_at > PATIENCE_SECONDS]
        self._put_back([job for job in jobs if job not in late])
        for job in late:
            job.fail(self._taken(PATIENCE_SECONDS))
        tell(late)

    def _taken(self, seconds: float) -> StateFileError:
        return StateFileError(f"another server has had the turn for {seconds:.0f} s", where=self._keeper.where)

    def _put_streams(self, changes: Sequence[StreamChange]) -> None:
        """Let others know at the end of the turn which streams are open and which are not."""
        if changes:
            self._changes.append(Put([stream_row(one) for one in changes]))

    def _end_turn(self) -> None:
        changes, self._changes = in_order(self._changes), []
        told, self._told = self._told, []
        if changes:
            began = time.perf_counter()
            self._backend.commit(self.number + 1, changes)
            self.times.add(time.perf_counter() - began)
            self.number += 1
        else:
            self._backend.release()
        self._writer = 0
        for world, messages in told:
            world.publish(messages)

    def _did(self, job: Job) -> bool:
        """Do a job; returns whether it could be, which it could not where it writes and may not."""
        try:
            job.value = job.work()
        except TurnNeeded:
            for world in self._keeper.worlds.alive():
                world.rollback()
            return False
        except Exception as error:
            job.error = error
        return True

    def _learn(self, news: News) -> None:
        """Do what others did meanwhile."""
        if news.number == self.number:
            return
        try:
            if news.changes is None:
                raise LookupError("some of it is no longer told")
            apply(self._keeper, news.changes)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            self._whole = True
            raise StateFileError(f"what other servers did is not understood ({error!r})") from error
        self.number = news.number

    # -- losing and finding ------------------------------------------------------------------------------------

    def _lose(self, error: StateFileError, jobs: list[Job]) -> None:
        """Refuse what waits, until the state is found again."""
        if not self.lost:
            self.failures += 1
        if self.lost != str(error):
            log.error("%s", error)
        with self._changed:
            self.lost = str(error)
            jobs = [*jobs, *self._jobs]
            self._jobs = []
        self._changes, self._told, self._writer = [], [], 0
        open_ = [job for job in jobs if job.done is not nobody]
        for job in open_:
            job.fail(error)
        tell(open_)

    def _find(self) -> None:
        self._backend.connect()
        self._backend.stay(self._keeper.number_of_start)
        if not self._whole:
            self._learn(self._backend.news(self.number))
        else:
            self._read_all()
        log.warning("the state is there again")
        self.lost = ""

    def _read_all(self) -> None:
        news = self._backend.begin(0, LONGEST_TRY)
        if news is None:
            raise self._taken(LONGEST_TRY)
        try:
            if self._keeper.have(self._backend.rows()):
                self.number = news.number
                self._backend.release()
            else:
                self._begin_anew(news.number)
        except BaseException:
            with suppress(StateFileError):
                self._backend.release()  # whoever finds what is right goes on
            raise
        self._whole = False

    def _begin_anew(self, number: int) -> None:
        """Begin as at a first start: somebody emptied the state."""
        log.warning("%s is empty: its worlds begin anew", self._keeper.where)
        self.number = max(self.number, number) + JUMP
        self._writer = get_ident()
        try:
            self._keeper.begin_anew()
            self._end_turn()
        finally:
            self._writer = 0

    def _hear(self) -> None:
        """Learn soon what others do while nobody asks."""
        while not self._closing:
            try:
                self._hear_notes()
            except StateFileError:
                pass  # whoever works finds it lost too, and says so
            except Exception:
                log.exception("what other servers do is heard of later")
            self._nudge()
            time.sleep(AGAIN_SECONDS)

    def _hear_notes(self) -> None:
        for number in self._backend.notes():
            if self._closing:
                return
            if number > self.number or number == 0:  # nothing for a second: is the state still there?
                self._nudge()
            if self._keeper.streams.waits():
                self.soon()
            if number:
                time.sleep(HEARD_SECONDS)

    def _nudge(self) -> None:
        with self._changed:
            self._nudged = True
            self._changed.notify()
