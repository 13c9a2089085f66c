"""The optional rate limits: so many calls a minute per client address."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import ceil

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem

WINDOW_SECONDS = 60.0


class Limits:
    """Counts calls per operation and client address in the world's time, also those that are refused afterwards.

    ``per_minute`` maps operation keys to allowed calls; it holds only for operations whose document declares 429.
    """

    __slots__ = ("_allowed",)

    def __init__(self, per_minute: Mapping[str, int], operations: Mapping[str, Bound]) -> None:
        self._allowed = {
            key: allowed
            for key, allowed in per_minute.items()
            if key in operations and 429 in operations[key].spec.responses
        }

    def check(self, call: Call) -> None:
        """Count a call; refuses with 429 and ``Retry-After`` (seconds) when the last minute was full already."""
        allowed = self._allowed.get(call.op.key)
        if allowed is None:
            return
        now = call.world.clock.now()
        recent = call.world.recent.setdefault((call.client, call.op.key), deque())
        while recent and recent[0] <= now - WINDOW_SECONDS:
            recent.popleft()
        if len(recent) >= allowed:
            wait = str(max(1, ceil(recent[0] + WINDOW_SECONDS - now)))
            detail = f"Too many requests: {allowed} a minute are allowed here. Try again in {wait} seconds."
            raise Problem(429, detail, headers=(("retry-after", wait),))
        recent.append(now)
