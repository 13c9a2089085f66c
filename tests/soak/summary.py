"""What a soak came to, with the growth of memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.soak.servers import Replica
from tests.soak.shared import Counts

LEAST = 10  # samples without which no growth is told


@dataclass
class Growth:
    """How the memory of each server grew: samples of one life each, of requests so far and MiB."""

    lives: defaultdict[tuple[int, int], list[tuple[int, float, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def sample(self, servers: list[Replica], requests: int, calm: bool) -> None:
        """Look at every server."""
        for number, one in enumerate(servers):
            memory = one.memory
            if memory:
                self.lives[number, one.starts].append((requests, memory, calm))

    def late(self) -> dict[int, tuple[float, float, float]]:
        """Return MiB per 1,000 requests, and from and to how many MiB, of each server's last life.

        The requests are those to all servers, for each holds what the others write. Looked at is the later half of the
        time in which nothing was killed; the line through its samples is that of least squares.
        """
        found = {}
        for number in sorted({server for server, _ in self.lives}):
            last = self.lives[max(life for life in self.lives if life[0] == number)]
            calm = [(requests / 1000, memory) for requests, memory, was_calm in last if was_calm]
            late = calm[len(calm) // 2 :]
            if len(late) >= LEAST and late[-1][0] > late[0][0]:
                mean_x, mean_y = (sum(column) / len(late) for column in zip(*late, strict=True))
                spread = sum((x - mean_x) ** 2 for x, _ in late)
                slope = sum((x - mean_x) * (y - mean_y) for x, y in late) / spread
                found[number] = (slope, late[0][1], late[-1][1])
        return found

    @property
    def most(self) -> float:
        """The most that a server ever held, in MiB."""
        return max((memory for life in self.lives.values() for _, memory, _ in life), default=0.0)


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
        lines += [
            f"  server {number}: late growth {slope:+.3f} MiB per 1,000 requests ({first:.1f} to {last:.1f} MiB)"
            for number, (slope, first, last) in self.growth.late().items()
        ]
        return "\n".join(lines)
