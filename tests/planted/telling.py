"""Writes the prices of the pack (`telling.json.gz`): all tests of its suites, the most telling one for its price first.

``python -m tests.planted.telling`` measures the prices again, ``--keep`` only orders anew. What a test finds is known
of the faults in `matrix.json` (``python -m tests.planted.matrix`` measures them), none of which is in
`tests.planted.sample`. First come the checks that verdicts need (`specdouble.verify.results.proof.OWN`); then, one
after the other, the test that finds most faults which no earlier one finds, per request. What is not known of a test is
guessed from the tests of its group: how many faults one of them finds that no other group finds. A rule that was taken
with other parameters already counts for little.
"""

from __future__ import annotations

import gzip
import heapq
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import click
import orjson

from specdouble.verify.api.api import load
from tests.pack import NAME
from tests.planted.prices import measure

FILE = load(NAME).pack.prices
MATRIX = Path(__file__).with_name("matrix.json")
RULES = "rules"  # one group: they look for faults of the same kinds
LAST = ("test_random_requests_break_nothing",)  # found no fault alone; at 25 requests an operation


@cache
def own() -> frozenset[str]:
    """Return the functions whose tests are checks of one operation alone."""
    import importlib
    import inspect

    from specdouble.verify.api import places
    from specdouble.verify.results.proof import OWN

    found = set()
    for path in places.wanted(places.files(), generated=False):
        loaded = importlib.import_module(str(places.module_name(path)))
        for name, test in inspect.getmembers(loaded, inspect.isfunction):
            marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "rule"]
            if any(mark.args[0] in OWN for mark in marks):
                found.add(f"{path.name}::{name}")
    return frozenset(found)


def ordered(prices: Mapping[str, int], kills: Mapping[str, list[str]]) -> list[str]:
    """Return the tests in the order of what they tell for their price."""
    finds: dict[str, set[str]] = defaultdict(set)
    for fault, tests in kills.items():
        for test in tests:
            finds[test].add(fault)
    first = [name for name in prices if _function(name) in own()]
    order, found = list(first), set().union(*(finds[name] for name in first))
    made = Counter(_function(name) for name in first)

    rate = _rates(prices, kills)

    def worth(name: str) -> float:
        guess = rate[_group(name)] / ((1 + made[_function(name)]) ** 2 if _group(name) == RULES else 1)
        return (len(finds[name] - found) + guess) / max(prices[name], 1)

    order += _greedy([name for name in prices if name not in set(first) and not _last(name)], worth,
                     lambda name: (found.update(finds[name]), made.update([_function(name)])))  # fmt: skip
    return order + [name for name in prices if _last(name)]


def _greedy(names: list[str], worth: Callable[[str], float], took: Callable[[str], object]) -> list[str]:
    order = []
    heap = [(-worth(name), name) for name in names]
    heapq.heapify(heap)
    while heap:
        said, name = heapq.heappop(heap)
        now = -worth(name)
        if now > said + 1e-12:  # worth less since others were taken: look again later
            heapq.heappush(heap, (now, name))
            continue
        order.append(name)
        took(name)
    return order


def _rates(prices: Mapping[str, int], kills: Mapping[str, list[str]]) -> dict[str, float]:
    """Return, by group of tests, how many faults one of its tests is thought to find that no other group finds.

    A fault that several groups find counts the less for each; which of them is taken is not known yet.
    """
    size = Counter(map(_group, prices))
    found: dict[str, float] = defaultdict(float)
    for tests in kills.values():
        groups = set(map(_group, tests))
        for group in groups:
            found[group] += 1 / len(groups) ** 2
    return {group: found[group] / count for group, count in size.items()}


def _group(name: str) -> str:
    return RULES if name.startswith("test_rules") else _function(name)


def _function(name: str) -> str:
    return name.partition("[")[0]


def _last(name: str) -> bool:
    return _function(name).endswith(LAST)


@click.command()
@click.option("--keep", is_flag=True, help="Order anew, with the prices that are known.")
def main(*, keep: bool) -> None:
    """Write the file."""
    assert FILE is not None
    if keep:
        rows = orjson.loads(gzip.decompress(FILE.read_bytes()))
        sampled, whole = ({name: row[at] for name, *row in rows} for at in (0, 1))
    else:
        sampled, whole = measure(samples=True)[0], measure(samples=False)[0]
    assert sampled, "no test was made: the prices stay as they are"
    kills = orjson.loads(MATRIX.read_bytes()) if MATRIX.exists() else {}
    lines = [orjson.dumps([name, sampled[name], whole.get(name, sampled[name])]) for name in ordered(sampled, kills)]
    FILE.write_bytes(gzip.compress(b"[\n" + b",\n".join(lines) + b"\n]\n", mtime=0))
    sys.stdout.write(f"{len(lines)} tests, {sum(sampled.values()):,} requests when they sample\n")


if __name__ == "__main__":
    main()
