"""What waits to be done by the one thread that does all work on a shared state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.mock.backends.changes import StateFileError, UnbegunError, UnreadError


class Job:
    """Work that waits: `done` is called with all that was done together; `value` is what it gave, or `error` why not.

    ``writes`` says that it is known to write; where it is only found out on the way, it is set. ``begun`` is set once
    something of it may have been written, ``refused_at`` when it first did not get its turn (as `time.monotonic`).
    """

    __slots__ = ("begun", "done", "error", "refused_at", "value", "work", "writes")

    def __init__(self, work: Callable[[], Any], done: Callable[[list[Job]], object], *, writes: bool) -> None:
        self.work = work
        self.done = done
        self.writes = writes
        self.begun = False
        self.refused_at: float | None = None
        self.value: Any = None
        self.error: BaseException | None = None

    def fail(self, error: StateFileError) -> None:
        """Have an error that says what became of what was to be written, where that is known."""
        if not self.writes:
            self.error = UnreadError(str(error))
        else:
            self.error = error if self.begun else UnbegunError(str(error))


def nobody(_jobs: list[Job]) -> None:
    """Stand where somebody waited who knows already."""


def tell(jobs: list[Job]) -> None:
    """Tell whoever waits, each once for all of their jobs."""
    waiting: dict[Any, list[Job]] = {}
    for job in jobs:
        waiting.setdefault(job.done, []).append(job)
        job.done = nobody
    for done, theirs in waiting.items():
        done(theirs)
