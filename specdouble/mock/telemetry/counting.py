"""Counting while requests are answered: plain numbers, which somebody else turns into metrics when they are asked for.

A response is counted with one look-up and two additions, whether anybody ever asks or not. No lock is taken: a thread
is never interrupted between reading a number and writing it back, for nothing is called in between.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

# Upper bounds of the buckets of durations, in seconds: a response takes a tenth of a millisecond, a disk some.
BOUNDS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DROPPED = 0  # the status of a response that was never sent

Numbers = list[float]  # a count by bucket, the last one without a bound; then the sum of all durations
Answered = dict[int, Numbers]  # by status


def empty() -> Numbers:
    """Return the numbers of nothing."""
    return [0.0] * (len(BOUNDS) + 2)


def count(answered: Answered, status: int, seconds: float) -> None:
    """Count a response."""
    try:
        numbers = answered[status]
    except KeyError:
        numbers = answered[status] = empty()
    numbers[bisect_left(BOUNDS, seconds)] += 1
    numbers[-1] += seconds


class Histogram:
    """Durations in seconds: how many fell into each bucket, and their sum."""

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        self._numbers = empty()

    def add(self, seconds: float) -> None:
        """Count one."""
        self._numbers[bisect_left(BOUNDS, seconds)] += 1
        self._numbers[-1] += seconds

    def merge(self, numbers: Numbers) -> None:
        """Count those that were counted elsewhere."""
        self._numbers = [mine + theirs for mine, theirs in zip(self._numbers, numbers, strict=True)]

    @property
    def counts(self) -> list[float]:
        """How many fell into each bucket; the last one has no bound."""
        return self._numbers[:-1]

    @property
    def sum(self) -> float:
        """All of them together, in seconds."""
        return self._numbers[-1]


class Tally:
    """What is counted of a service beside the responses of its operations, which each `Bound` counts itself.

    `unmatched` are the responses to requests that mean no operation, `strikes` the faults that struck by what they did,
    `withheld` the responses in whose place a 503 was sent, because what they rest on could not be kept.
    """

    __slots__ = ("strikes", "unmatched", "withheld")

    def __init__(self) -> None:
        self.unmatched: Answered = {}
        self.strikes: Counter[str] = Counter()
        self.withheld = 0
