"""The plan of a run with a budget: the most telling tests first, as many as the budget pays for.

A pack may have a file (`prices`) that lists every test in the order of what it tells for its price, with what it costs:
the requests that it sends when it samples its probes, and when it makes all of them; what has to be removed later is
paid for at once. The file is measured: first comes what every verdict needs, then, one after the other,
the test that finds most of what the earlier ones would not, per request.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from specdouble.verify.api.api import Api
from specdouble.verify.http.meter import RESERVE
from specdouble.verify.running.selection import ops_of, rules_of, test_name

PREFLIGHT = 20  # requests before the first test: health, logins, whether the credentials open anything
SPARE = 0.02  # share of the budget for what costs more than it was measured to cost
# Their tests send requests that are to be refused, all of them one that was prepared for the first.
REFUSALS = frozenset(
    {
        "AUTH-01", "AUTH-18", "BOUND-02", "BOUND-09", "BOUND-20", "ISO-01",
    }
)  # fmt: skip
UNKNOWN = (16, 16)  # requests of a test that was never measured


@dataclass
class Plan:
    """Which tests are made: `kept` in the order of running, those that sample, and those `left` out."""

    kept: list[pytest.Item] = field(default_factory=list)
    left: list[pytest.Item] = field(default_factory=list)
    samples: set[str] = field(default_factory=set)
    cost: int = 0


@cache
def prices(file: Path | None) -> dict[str, tuple[int, int, int]]:
    """Return, by the name of a test: its place in the order, what it costs when it samples, and as a whole."""
    rows = orjson.loads(gzip.decompress(file.read_bytes())) if file is not None else []
    return {name: (place, sampled, whole) for place, (name, sampled, whole) in enumerate(rows)}


def plan(api: Api, items: Sequence[pytest.Item], budget: int) -> Plan:
    """Choose among tests what a budget of requests pays for, the same tests every time."""
    known = prices(api.pack.prices)
    last = len(known)

    def price(item: pytest.Item) -> tuple[int, int, int]:
        return known.get(test_name(item.nodeid), (last, *UNKNOWN))

    room = int(budget * (1 - SPARE)) - PREFLIGHT - RESERVE
    made = Plan()
    chosen: list[pytest.Item] = []
    for item in sorted(items, key=lambda one: price(one)[0]):
        cost = price(item)[1]
        if cost <= room:
            room -= cost
            chosen.append(item)
        else:
            made.left.append(item)
    for item in chosen:
        _place, sampled, whole = price(item)
        if whole - sampled <= room and not made.left:
            room -= whole - sampled
        else:
            made.samples.add(item.nodeid)
    made.cost = budget - room
    made.kept = in_order(api, chosen)
    return made


def in_order(api: Api, items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return tests in the order of running: those of one operation after each other, for they share what they need."""
    place = {op.id: number for number, op in enumerate(api.contract.ops)}
    of_one: list[tuple[tuple[int, bool], Any]] = []
    others: list[Any] = []
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and "op" in callspec.params and ops_of(item)[0] in place:
            taken = not (REFUSALS | api.pack.refusals).isdisjoint(rules_of(item))
            of_one.append(((place[ops_of(item)[0]], not taken), item))
        else:
            others.append(item)
    return [*(item for _, item in sorted(of_one, key=lambda pair: pair[0])), *others]
