"""What a run leaves on a target although it removes what it created: things that no operation of the API removes.

The counts are those of the requests that were answered with success, so they say at most how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from specdouble.openapi import Op


@dataclass(frozen=True)
class Trace:
    """One kind of thing that stays: its name in the plural, the operations that leave one, and why it stays.

    An operation is named by its id, or by the beginning of the paths of operations that write.
    """

    what: str
    ops: tuple[str, ...]
    why: str

    def of(self, op: Op) -> bool:
        """Whether an operation leaves one."""
        writes = op.spec.method != "GET"
        return op.id in self.ops or (writes and any(one[0] == "/" and op.spec.path.startswith(one) for one in self.ops))


SESSIONS = Trace("sessions of people who were given", (), "each ends by itself when its refresh token expires")


def left(
    traces: Iterable[Trace], counts: Mapping[str, int], ops: Iterable[Op], sessions: int = 0
) -> list[dict[str, Any]]:
    """Return what stays, as JSON data: kind, how many at most, and why.

    `traces` are the kinds; `counts` are successes by the id of an operation, `sessions` the logins of people whose
    credentials were given.
    """
    known = list(ops)
    found = []
    for trace in (*traces, SESSIONS):
        count = sessions if trace is SESSIONS else sum(counts.get(op.id, 0) for op in known if trace.of(op))
        if count:
            found.append({"what": trace.what, "count": count, "why": trace.why})
    return found
