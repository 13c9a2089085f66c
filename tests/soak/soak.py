"""The random machine against servers that are killed, for as long as you like: what must hold, holds throughout.

    python -m tests.soak.soak --minutes 60 --state postgresql

Thirty-two clients ask two replicas behind HAProxy (one server with `--state sqlite` or `memory`): most at random, some
know exactly what must be answered, some read streams and publish. Meanwhile replicas are killed and restarted, the
database too, clocks move, worlds are reset, forked and dropped. The whole state is judged every few seconds. In the
last third nothing is killed, and the growth of memory is measured: as it is seen, and right after all worlds were
reset, when a server keeps the same each time (`memory`).
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.soak.clients import Client, ExactClient, RandomClient
from tests.soak.front import front
from tests.soak.link import LostError, control
from tests.soak.servers import Replica, ends_in_order, replicas
from tests.soak.shared import Counts, Shared
from tests.soak.streams import WORLD, Publisher, Reader, judge
from tests.soak.summary import Growth, Summary
from tests.soak.trouble import Churner, Judge, Killer, Mover, Resetter

RANDOM, EXACT, PUBLISHERS, READERS = 22, 4, 2, 4  # clients of each kind
CALM = 1 / 3  # of the time, at the end
SAMPLE = 2.0  # seconds between two looks at the memory
TELL = 5.0  # minutes between two lines that say how far it is
REST = 15.0  # seconds, while it is calm, between two looks at it right after all worlds were reset


def _begin(servers: list[Replica], names: list[str]) -> None:
    """Make the worlds, of which `main` is there."""
    for name in names:
        made = control(servers[0].port, "POST", "worlds", {"name": name, "ends_after": "10h"})
        assert made.status == 200, made.told


def soak(kind: str, minutes: float, seed: int, folder: Path, think: float = 0.05) -> Summary:
    """Run it; returns what it came to."""
    counts, ended, calm = Counts(), threading.Event(), threading.Event()
    with contextlib.ExitStack() as held:
        servers, database = held.enter_context(replicas(kind, folder))
        first, second = held.enter_context(front(servers, folder))
        ports = [one.port for one in servers]
        _begin(servers, ["second", "exact", WORLD])
        names = ["main", "second", "exact"]
        worlds = [Shared(name, counts) for name in names]
        for one in worlds:
            shown = one.mirror.fetch(ports[0])
            assert shown is not None
            one.began_anew(shown)
        links = {"auth_gateway": first, "registry": second}
        clients: list[Client] = [
            RandomClient(worlds[number % 2], links, ended, counts, think, seed * 1000 + number)
            for number in range(RANDOM)
        ]
        clients += [
            ExactClient(worlds[2], ports, ended, counts, think * 4, seed * 1000 + 100 + 10 * number)
            for number in range(EXACT)
        ]
        publishers = [Publisher(first, ended, counts, 0.2, seed * 1000 + 200 + number) for number in range(PUBLISHERS)]
        readers = [Reader(ports, counts, number) for number in range(READERS)]
        trouble: list[Client] = [Judge(one, servers, ended, counts) for one in worlds]
        trouble += [Mover(one, servers, ended, counts, seed + number) for number, one in enumerate(worlds)]
        trouble += [Resetter(one, servers, ended, counts, seed + number) for number, one in enumerate(worlds)]
        trouble.append(Churner(servers, ended, counts, seed))
        killer = Killer(servers, database, calm, ended, counts, seed) if kind != "memory" else None
        everybody: list[threading.Thread] = [*clients, *publishers, *readers, *trouble, *([killer] if killer else [])]
        began = time.monotonic()
        growth, rested, told = Growth(), began, 0.0
        anew = [Resetter(one, servers, ended, counts, seed) for one in worlds]
        for thread in everybody:
            thread.start()
        while (spent := time.monotonic() - began) < 60 * minutes:
            if spent > 60 * minutes * (1 - CALM):
                calm.set()
            growth.sample(servers, counts.requests, _kept(ports[0]) if calm.is_set() else None)
            if calm.is_set() and time.monotonic() > rested + REST:
                rested = time.monotonic()
                for each in anew:
                    each.turn()
                growth.sample(servers, counts.requests, _kept(ports[0]), rests=True)
            if spent >= told + 60 * TELL:
                told = spent
                _tell(spent, counts)
            time.sleep(SAMPLE)
        ended.set()
        for thread in [*clients, *publishers, *trouble, *([killer] if killer else [])]:
            thread.join(120)
        _same(servers, worlds, counts)
        judge(publishers, readers, counts)
        for reader in readers:
            reader.ended.set()
    return Summary(kind, time.monotonic() - began, counts, growth)


def _tell(seconds: float, counts: Counts) -> None:
    wrong = sum(counts.wrong.values())
    print(f"{seconds / 60:.0f} minutes, {counts.requests:,} requests, {wrong} violations", file=sys.stderr, flush=True)


def _kept(port: int) -> int | None:
    """Return how many documents all worlds hold, which are the same on each server; None where it does not tell."""
    try:
        worlds = control(port, "GET", "worlds")
        names = [one["name"] for one in worlds.json["worlds"]] if worlds.status == 200 else []
        told = [control(port, "GET", "collections", world=name) for name in names]
    except LostError:
        return None
    return sum(sum(one.json.values()) for one in told if one.status == 200) if told else None


def _same(servers: list[Replica], worlds: list[Shared], counts: Counts) -> None:
    """When nobody asks any more, every server shows the same worlds."""
    for world in worlds:
        try:
            shown = [world.mirror.fetch(one.port) for one in servers]
        except LostError as error:
            counts.violated("servers that do not answer at the end", str(error))
            continue
        for other in shown[1:]:
            if shown[0] is None or other is None:
                counts.violated("servers that do not answer at the end", world.name)
                continue
            for name, docs in shown[0]["collections"].items():
                if other["collections"][name] != docs:
                    counts.violated("servers that show another world", f"{world.name}: {name} differs")


def main() -> None:
    """Soak as the command line says; exits with 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", choices=["memory", "sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--think", type=float, default=0.05, help="seconds that a client waits between two requests")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    ends_in_order()
    with tempfile.TemporaryDirectory() as folder:
        summary = soak(given.state, given.minutes, given.seed, Path(folder), given.think)
    print(summary)
    sys.exit(not summary.sound)


if __name__ == "__main__":
    main()
