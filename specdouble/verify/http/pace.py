"""How fast a run asks: a steady rate, and the pauses that a target asks for (429, or 503 with `Retry-After`)."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Mapping

PATIENCE = 90.0  # seconds that a Retry-After may ask for
TRIES = 4  # how often a request is sent that is answered with "later"


class Pace:
    """Spaces the requests of one process. `rate` is requests a second; 0 is as fast as it goes."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self.clock = clock
        self.sleep = sleep
        self._next = 0.0

    def wait(self) -> None:
        """Wait for the turn of the next request."""
        now = self.clock()
        if self._next > now:
            self.sleep(self._next - now)
        if self.rate:
            self._next = max(now, self._next) + 1 / self.rate

    def hold(self, seconds: float) -> None:
        """Send nothing for this long."""
        self._next = max(self._next, self.clock() + seconds)


def pause(status: int, headers: Mapping[str, str], attempt: int = 0) -> float | None:
    """Return the seconds to wait before a request is sent again, or None where it was answered.

    A 429 says it in `Retry-After`; one that does not is given 1, 2, 4 … seconds, by the number of the `attempt`. A 503
    is waited for only where it says how long.
    """
    asked = retry_after(status, headers)
    return float(2**attempt) if asked is None and status == 429 else asked


def retry_after(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a 429 or 503 asks to wait (`Retry-After`, a number or a date), or None."""
    asked = headers.get("retry-after", "").strip()
    if status not in (429, 503) or not asked:
        return None
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    try:
        moment = email.utils.parsedate_to_datetime(asked)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
