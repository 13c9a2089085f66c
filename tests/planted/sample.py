"""The faults by which a run with a budget is measured, drawn by a seed and kept out of everything it learns from."""

from __future__ import annotations

import random
from functools import cache

from tests.planted.catalogue import FAULTS

HAND, DRAWN = 110, 40  # faults written by hand, and faults that a seed draws from all operations


@cache
def sample() -> tuple[str, ...]:
    """Return the ids of the sample, in a random order, so that any beginning of it is a sample too."""
    chosen = random.Random("budget").sample(sorted(FAULTS), HAND)
    chosen += [f"random-{number:05d}" for number in random.Random("budget drawn").sample(range(1000, 9000), DRAWN)]
    random.Random("order").shuffle(chosen)
    return tuple(chosen)
