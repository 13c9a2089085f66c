"""Shows a database that a transaction is worked on, while its server computes and asks nothing.

A database ends a transaction in which nothing is asked for some seconds, because whoever began it may have been paused,
and all others wait for it. Seed data of many documents take longer than that to make.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

BEAT_SECONDS = 2.0


class Beat:
    """Does something small again and again, in a thread of its own, which a pause of the process pauses too."""

    def __init__(self, show: Callable[[], object]) -> None:
        self._show = show
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="specdouble-beat", daemon=True)
        self._thread.start()

    def end(self, seconds: float) -> bool:
        """Stop; returns whether it did within that time."""
        self._ended.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _go_on(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            self._show()
