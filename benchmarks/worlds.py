"""What it costs to fork, make, reset and drop a world, by how many documents it holds.

    python -m benchmarks.worlds

CPU ms in this process, the middle one of several turns; with garbage collection as a server has it. A document of the
collection that grows is a book of the library, as a client posts it. The bar is 10 ms at 100,000.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if not __package__:  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.report import table, yes
from specdouble.mock.boot import Platform, boot
from specdouble.mock.inferred.items.store import Items
from specdouble.packs.target import contract_of_target

LIBRARY = Path(__file__).resolve().parent.parent / "docs" / "examples" / "library.yaml"
SIZES = (100, 10_000, 100_000)
BAR_MS = 10.0
TURNS = 7


def filled(size: int) -> Platform:
    """Return a platform whose main world was given so many books after it began."""
    platform = boot(contract_of_target(str(LIBRARY)))
    world = platform.world
    items = next(one for one in world.remember.values() if isinstance(one, Items))
    kind = items.api.kinds["book"]
    for number in range(size):
        items.add(kind, {"id": 1000 + number, "title": f"Book {number}", "author": "Jane Austen"}, 1000 + number, {})
        world.commit()
    return platform


def ms(work: Callable[[], Any]) -> float:
    """Return the CPU time of some work."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def measure(size: int) -> dict[str, float]:
    """Return the CPU ms of each thing that is done to a world of that size."""
    platform = filled(size)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)
    worlds = platform.worlds
    found: dict[str, list[float]] = {}

    def keep(name: str, work: Callable[[], Any]) -> None:
        found.setdefault(name, []).append(ms(work))

    keep("first fork", lambda: worlds.fork("main", "first"))
    for turn in range(TURNS):
        name = f"w{turn}"
        keep("fork", lambda name=name: worlds.fork("main", name))  # type: ignore[misc]
        world = worlds.get(name)
        counters = world.state["book"]
        newest = counters.page(0, 1)[0]
        keep("first write", lambda world=world, newest=newest: change(world, newest))  # type: ignore[misc]
        keep("fork of it", lambda name=name: worlds.fork(name, f"{name}-2"))  # type: ignore[misc]
        keep("reset", world.reset)
        keep("drop", lambda name=name: worlds.drop(name))  # type: ignore[misc]
        keep("make", lambda name=name: worlds.make(f"{name}-3"))  # type: ignore[misc]
    keep("reset main", platform.world.reset)
    return {name: statistics.median(times) for name, times in found.items()}


def change(world: Any, doc: dict[str, Any]) -> None:
    """Write to the large collection: change a document and add one."""
    store = world.state["book"]
    store.update(doc["id"], value={**doc["value"], "title": "Emma"})
    store.add({**doc, "id": doc["id"] + 1, "key": "new"})
    world.commit()


def main() -> None:
    """Measure and print; the exit code is 1 when the bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worlds", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="documents (default 100 10000 100000)")
    sizes = parser.parse_args().sizes
    rows = [measure(size) for size in sizes]
    names = list(rows[0])
    lines = [
        [name, *(f"{row[name]:.2f}" for row in rows), yes(all(row[name] < BAR_MS for row in rows))] for name in names
    ]
    print(table(["CPU ms", *(f"{size:,}" for size in sizes), f"under {BAR_MS:g} ms"], lines, left=1))
    sys.exit(0 if all(row[name] < BAR_MS for row in rows for name in names) else 1)


if __name__ == "__main__":
    main()
