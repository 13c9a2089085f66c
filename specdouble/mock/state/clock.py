"""Time and ids: the only sources of both, so that a world can be seeded, moved and replayed."""

from __future__ import annotations

import random
import re
import string
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any

_ALPHABET = (string.ascii_letters + string.digits).encode()
_LETTER_OF = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}
_MATH = re.compile(r"now((?:[+-](?:\d+[smhdwMy])+)*)")
_STEPS = re.compile(r"([+-])([\dsmhdwMy]+)")
_DURATION = re.compile(r"(\d+)([smhdwMy])")
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()  # a stamp has four digits for the year


class Clock:
    """The world's time in epoch seconds: real time plus an offset that the control plane moves.

    ``last`` is the last stamp of now that was given, in microseconds.
    """

    __slots__ = ("_second", "_text", "last", "offset")

    def __init__(self) -> None:
        self.offset = 0.0
        self.last = 0
        self._second = -1
        self._text = ""

    def now(self) -> float:
        """Return the current time in epoch seconds."""
        return time.time() + self.offset

    def move(self, seconds: float) -> None:
        """Move time forward by that many seconds; raises ``ValueError`` when it would run backwards."""
        if not seconds >= 0:
            raise ValueError("time only moves forward; reset the world to start over")
        if self.now() + seconds > _LATEST:
            raise ValueError("time ends with the year 8999; move it by less")
        self.offset += seconds

    def reset(self) -> None:
        """Return to real time, and forget the stamps that were given in a future that is no more."""
        self.offset = 0.0
        self.last = 0

    @contextmanager
    def ahead(self, seconds: float) -> Iterator[None]:
        """Let it be later as long as the block runs, and as if that had never been afterwards."""
        kept = self.offset, self.last
        self.offset += seconds
        try:
            yield
        finally:
            self.offset, self.last = kept

    def stamp(self, at: float | None = None) -> str:
        """Format a time (default: now) as RFC 3339 UTC with ``Z``.

        Stamps of now never repeat and never run backwards, so ``updated_at`` moves on every write.
        """
        if at is None:
            micros = max(int(self.now() * 1_000_000), self.last + 1)
            self.last = micros
        else:
            micros = int(at * 1_000_000)
        second, rest = divmod(micros, 1_000_000)
        if second != self._second:
            self._second = second
            self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        # What happens now always has a fraction, so that stamps sort as text in the order in which they were made.
        return f"{self._text}.{rest:06d}Z" if rest or at is None else f"{self._text}Z"

    def relative(self, text: str) -> str | None:
        """Turn date math such as ``now-3d12h`` into a stamp, whole seconds; None when the text is none."""
        found = _MATH.fullmatch(text)
        if found is None:
            return None
        at = float(int(self.now()))
        for sign, duration in _STEPS.findall(found[1]):
            at += parse_duration(duration) * (1 if sign == "+" else -1)
        return self.stamp(at)


class WatchedClock(Clock):
    """A clock that knows whether anybody asked it for the time: what nobody asked for never grows old."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        super().__init__()
        self.asked = False

    def now(self) -> float:
        """Return the current time in epoch seconds."""
        self.asked = True
        return super().now()


class Due:
    """Timers by their time and id, to be taken in order, also while others come to be."""

    __slots__ = ("_heap", "_number")

    def __init__(self, timers: Iterable[tuple[float, Any]] = ()) -> None:
        self._number = count()  # what has the same time stays in the order that it came in
        self._heap = [(float(at), next(self._number), key) for at, key in timers]
        heapify(self._heap)

    def add(self, at: float, key: Any) -> None:
        """Have one more."""
        heappush(self._heap, (at, next(self._number), key))

    def first(self, now: float) -> tuple[float, Any] | None:
        """Take the first, and return its time and id; None where none has its time before `now` (epoch seconds)."""
        if not self._heap or self._heap[0][0] > now:
            return None
        at, _, key = heappop(self._heap)
        return at, key


def parse_duration(text: str) -> float:
    """Read ``90``, ``90s``, ``2h30m`` or ``3d`` into seconds; raises ``ValueError``."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not text or _DURATION.sub("", text):
        raise ValueError(f"{text!r} is not a duration; write seconds or units such as 90s, 2h30m, 3d")
    return float(sum(int(n) * _UNITS[unit] for n, unit in _DURATION.findall(text)))


class Ids:
    """Opaque ids and secrets from one seedable source; unseeded, the system's entropy starts it."""

    __slots__ = ("_random",)

    def __init__(self, seed: int | str | None = None) -> None:
        self._random = random.Random(seed)

    def new(self, prefix: str, length: int = 12) -> str:
        """Return ``prefix`` and that many letters and digits."""
        return prefix + self._random.randbytes(length).translate(_LETTER_OF).decode()

    def pick(self, alphabet: str, length: int) -> str:
        """Return that many characters of an alphabet."""
        return "".join(self._random.choices(alphabet, k=length))
