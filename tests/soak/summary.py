"""What a soak came to, with the growth of memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.soak.memory import Look, Slope, late, slope
from tests.soak.servers import Replica
from tests.soak.shared import Counts

FEW = "too few looks to tell"
Life = tuple[int, int]  # a server, and how often it was started


@dataclass
class Growth:
    """How the memory of each server grew in each of its lives; the requests are those to all servers.

    For each holds what the others write. What counts is looked at while nothing is killed.
    """

    lives: defaultdict[Life, list[Look]] = field(default_factory=lambda: defaultdict(list))
    rests: defaultdict[Life, list[Look]] = field(default_factory=lambda: defaultdict(list))
    most: float = 0.0  # MiB that a server ever held

    def sample(self, servers: list[Replica], requests: int, kept: int | None, *, rests: bool = False) -> None:
        """Look at every server, at rest or not; `kept` is None where it does not count."""
        for number, one in enumerate(servers):
            memory = one.memory
            self.most = max(self.most, memory)
            if memory and kept is not None:
                (self.rests if rests else self.lives)[number, one.starts].append(Look(requests, memory, kept))

    def late(self) -> dict[int, tuple[Slope | None, Slope | None]]:
        """Return of each server's last life how it grew as it was seen, and at rest."""
        found = {}
        for number in sorted({server for server, _ in self.lives}):
            last = max(life for life in self.lives if life[0] == number)
            found[number] = slope(late(self.lives[last])), slope(late(self.rests[last]))
        return found


@dataclass
class Summary:
    """What a soak came to."""

    kind: str
    seconds: float
    counts: Counts
    growth: Growth

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.counts.wrong

    def __str__(self) -> str:
        counts = self.counts
        by_status = ", ".join(f"{times} x {status}" for status, times in sorted(counts.statuses.items()))
        rate = counts.requests / self.seconds
        lines = [
            f"state {self.kind}, {self.seconds / 60:.1f} minutes",
            f"{counts.requests:8} requests ({rate:.0f}/s): {by_status}",
            *(f"{times:8} {what}" for what, times in sorted(counts.done.items())),
            f"{sum(counts.wrong.values()):8} violations",
            *(f"{times:8}   {kind}" for kind, times in sorted(counts.wrong.items())),
            *(f"  ! {told}" for told in counts.examples),
            f"memory: {self.growth.most:.0f} MiB at most",
        ]
        for number, (seen, rest) in self.growth.late().items():
            lines += [
                f"  server {number}: late growth in MiB per 1,000 requests",
                f"    as it was seen, with what it keeps: {seen or FEW}",
                f"    at rest, right after a reset: {rest or FEW}",
            ]
        return "\n".join(lines)
