"""The meter: how many requests a run has sent, in all its processes, and the end of its budget.

Every process of a run adds its requests to one file, a byte each; its length is what is spent, and the place of one's
own byte is a ticket that nobody else has. What is created pays for its removal at once, so that cleaning up is never
what the budget does not allow.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import httpx

from specdouble.verify.problems import Unmet
from specdouble.verify.settings.values import Settings

RESERVE = 20  # requests kept for the end: the logins of those who remove things, a look whether the target lives


class Spent(Unmet):
    """The budget is spent: what is left is not verified."""


class Meter:
    """Counts requests; `sent` and `writes` are those of this process, `spent` has the removals that are paid for."""

    def __init__(self, settings: Settings) -> None:
        self.budget = settings.allowance
        self.sent = self.writes = self.spent = 0
        self.sweeping = False
        self.path = Path(tempfile.gettempdir(), f"specdouble-{settings.run}.sent")

    def take(self, request: httpx.Request) -> None:
        """Count a request that is about to be sent (a hook of httpx).

        Raises:
            Spent: the budget does not allow it.

        """
        if self.sweeping:
            self.sent += 1
            return
        if self.budget and self._ticket() > self.budget - RESERVE:
            raise Spent(f"the budget of {self.budget:,} requests is spent: --budget allows more")
        self.sent += 1
        self.spent += 1
        self.writes += request.method not in ("GET", "HEAD", "OPTIONS")

    def reserve(self) -> None:
        """Pay for the removal of what was just created."""
        self.spent += 1
        if self.budget:
            self._ticket()

    def _ticket(self) -> int:
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, b".")
            return os.lseek(file, 0, os.SEEK_CUR)
        finally:
            os.close(file)

    def total(self) -> int:
        """Return what all processes of the run have spent; what asked in vain is not counted."""
        with suppress(OSError):
            return min(self.path.stat().st_size, max(self.budget - RESERVE, 0))
        return self.spent

    def close(self) -> None:
        """Remove the file, when all processes have ended."""
        self.path.unlink(missing_ok=True)
