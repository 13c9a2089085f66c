"""What a world begins from and returns to."""

from __future__ import annotations

from dataclasses import dataclass

from specdouble.mock.state.collections import State

FRESH_SECONDS = 60  # for how long the times of seed data are those of their seeding


@dataclass(frozen=True, slots=True)
class Start:
    """What a world begins from and returns to: documents that nobody changes, and the time they were written at.

    ``seed_data`` is their name, "" for those of a fork; `offset` is how far the clock was moved by then (seconds).
    What is ``timeless`` holds no time of its writing, and so never grows old. ``root`` are the seed data from which the
    documents of a fork came.
    """

    state: State
    seed_data: str = ""
    kept_at: float = 0.0
    offset: float = 0.0
    timeless: bool = False
    root: Start | None = None

    def is_old(self, now: float) -> bool:
        """Whether its times are no longer those of a world that begins now."""
        return not self.timeless and abs(now - self.kept_at) > FRESH_SECONDS
