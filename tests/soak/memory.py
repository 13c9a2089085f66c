"""How the memory of a server grew: as it was seen, and at rest.

A server grows by what it keeps, and is meant to keep: a request that makes an item leaves one item more. So there are
two figures. One is of looks at any moment, with all that is kept then. The other is of looks *at rest*, each right
after the worlds began anew, when a server keeps the same as at every other rest: what grows there is lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

LEAST = 6  # looks, without which nothing is told


class Look(NamedTuple):
    """One look at a server: how many requests there were, its memory in MiB, and how many documents it kept."""

    requests: int
    memory: float
    kept: int


@dataclass(frozen=True)
class Slope:
    """MiB per 1,000 requests, with its standard error, over looks of which the first and the last are told."""

    mean: float
    error: float
    first: Look
    last: Look

    def __str__(self) -> str:
        """Return all of it in a few words."""
        first, last = self.first, self.last
        return (
            f"{self.mean:+.3f} ± {self.error:.3f} ({first.memory:.1f} to {last.memory:.1f} MiB, "
            f"with {first.kept} and {last.kept} documents)"
        )


def slope(looks: Sequence[Look]) -> Slope | None:
    """Return the slope of the line of least squares, None where there are too few looks.

    Its error says how well a straight line fits: where memory comes and goes, a run has to be longer to tell a small
    growth from none.
    """
    if len(looks) < LEAST or looks[-1].requests <= looks[0].requests:
        return None
    points = [(one.requests / 1000, one.memory) for one in looks]
    mean_x, mean_y = (sum(column) / len(points) for column in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    mean = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    off = sum((y - mean_y - mean * (x - mean_x)) ** 2 for x, y in points)
    return Slope(mean, math.sqrt(off / (len(points) - 2) / spread), looks[0], looks[-1])


def late(looks: Sequence[Look]) -> Sequence[Look]:
    """Return the later half: in the first, caches fill that are bounded."""
    return looks[len(looks) // 2 :]
