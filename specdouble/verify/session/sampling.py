"""Sampling: which probes of a test are made when a run has to keep to a budget.

A general suite tries many values of one kind on each operation: thirty wrong credentials, each field beyond each bound.
A sampling run makes the most telling ones everywhere and takes turns with the others, so that over the operations each
kind is tried somewhere; another seed takes other turns.
"""

from __future__ import annotations

import random
from typing import Any


class Sampling:
    """Chooses probes; `on` is whether the running test samples."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.on = False

    def some(self, things: list[Any], first: int, more: int, about: str) -> list[Any]:
        """Return everything, or the first ones and some of the others: the same ones for the same test and seed."""
        rest = len(things) - first
        if not self.on or rest <= more:
            return things
        turns = sorted(random.Random(f"{self.seed} {about}").sample(range(first, len(things)), more))
        return [*things[:first], *(things[number] for number in turns)]
