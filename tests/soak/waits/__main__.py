"""Whether anybody makes everybody wait: long calls to a server that holds much, and what others see meanwhile.

    python -m tests.soak.waits --state memory --state sqlite --state postgresql

A pinger reads one item and writes one every 20 ms. For each long call it prints how long that took and for how long the
pinger waited at most; it ends with 1 where that was longer than `--most` seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.postgres import Postgres
from tests.soak.servers import ends_in_order
from tests.soak.waits.calls import CALLS, Calls
from tests.soak.waits.measuring import Server

MOST_SECONDS = 1.0


def measured(kind: str, items: int, folder: Path, only: list[str]) -> Iterator[tuple[str, float, float, float, str]]:
    """Yield for each call its name, its seconds, the longest waits of who reads and writes, and what it answered."""
    if kind != "postgresql":
        yield from _measured("memory" if kind == "memory" else f"sqlite:{folder / 'state.db'}", items, folder, only)
        return
    with Postgres() as database:
        yield from _measured(database.create(), items, folder, only)


def _measured(state: str, items: int, folder: Path, only: list[str]) -> Iterator[tuple[str, float, float, float, str]]:
    with Server(state, folder, items) as server:
        calls = Calls(server, items)
        chosen = [one for one in CALLS if not only or any(part in one for part in only)]
        for name in chosen:
            yield (name, *server.watched(partial(calls.make, name)))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.waits", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--state", action="append", choices=["memory", "sqlite", "postgresql"], default=[])
    parser.add_argument("--items", type=int, default=200_000, help="items of the largest collection (default 200000)")
    parser.add_argument("--only", action="append", default=[], help="calls whose name has this in it")
    parser.add_argument("--most", type=float, default=MOST_SECONDS, help="seconds that others may wait (default 1)")
    given = parser.parse_args()
    fine = True
    for kind in given.state or ["memory", "sqlite", "postgresql"]:
        print(f"{kind}, {given.items:,} items\n{'call':44} {'seconds':>8} {'reading':>8} {'writing':>8}  answer")
        with tempfile.TemporaryDirectory() as folder:
            for name, took, reading, writing, told in measured(kind, given.items, Path(folder), given.only):
                waited = max(reading, writing)
                fine = fine and waited <= given.most
                mark = " " if waited <= given.most else "!"
                print(f"{name:44} {took:8.2f} {reading:8.3f} {writing:8.3f}{mark} {told}", flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    ends_in_order()
    sys.exit(main())
