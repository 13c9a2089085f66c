"""Hostile requests to servers of the product: nothing of it may be answered with 500 or above, hang, or cost memory.

    python -m tests.soak.hostile --requests 1000000 --seed 1

starts `specdouble serve` for each bundled pack and for three plain documents, one after the other, and sends each its
share of requests that are malformed, huge, slow or wrong, over raw sockets on loopback. It ends by itself, prints a
table and one line for each kind of finding, and exits with 1 where there is one. `--replay FILE` sends what was found
again.

What a document itself declares above 500, as the 502 of a handler whose upstream is not there, is counted apart
("declared"), and so is what a fault rule did that a hostile request had planted ("planted").
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.soak.hostile.campaign import Campaign, Outcome, replay

PACKS = ("imperal", "alquimia", "toolhive")
DOCUMENTS = ("docs/examples/library.yaml", "docs/examples/kennel.yaml", "tests/inferred/documents/shop.yaml")
SHARES = {"imperal": 4.0, "alquimia": 1.5, "toolhive": 1.5}


def main(words: list[str] | None = None) -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak.hostile", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("targets", nargs="*", default=[*PACKS, *DOCUMENTS], help="packs and documents")
    parser.add_argument("--requests", type=int, default=10_000, help="in all (default: 10000)")
    parser.add_argument("--seed", type=int, default=1, help="of the chance (default: 1)")
    parser.add_argument("--state", default="memory", help="memory, or sqlite, in a file for each server")
    parser.add_argument("--folder", type=Path, help="for findings and logs (default: a new one)")
    parser.add_argument("--port", type=int, default=0, help="the first one; each server takes ten (default: free ones)")
    parser.add_argument("--round", type=int, default=2_500, help="requests between two restorations of the world")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="send the requests of a file of findings again")
    given = parser.parse_args(words)
    if given.replay:
        return replay(given.replay)
    folder = given.folder or Path(tempfile.mkdtemp(prefix="hostile-"))
    folder.mkdir(parents=True, exist_ok=True)
    whole = sum(SHARES.get(one, 1.0) for one in given.targets)
    outcomes = []
    for number, target in enumerate(given.targets):
        count = round(given.requests * SHARES.get(target, 1.0) / whole)
        port = given.port + 10 * number if given.port else 0
        campaign = Campaign(target, folder, seed=given.seed, state=given.state, port=port, round_of=given.round)
        outcomes.append(campaign.run(count))
        print(outcomes[-1].row(), flush=True)
    _report(outcomes, folder)
    return 1 if any(one.bad for one in outcomes) else 0


def _report(outcomes: list[Outcome], folder: Path) -> None:
    print()
    print(Outcome.HEAD)
    for one in outcomes:
        print(one.row())
    print()
    for one in outcomes:
        print(f"{one.name}: statuses {json.dumps(dict(sorted(one.statuses.items())))}")
        never = ", ".join(one.unreached[:12]) or "none"
        print(f"{one.name}: operations {one.reached}/{one.operations} answered with 2xx; never: {never}")
    for one in outcomes:
        print(f"{one.name}: late growth in MiB per 1,000 requests: {one.growth}")
        print(f"{one.name}: longer than a second: {one.slow.total()} {one.slow.most_common(12)}")
    for one in outcomes:
        for what, count in sorted(one.findings.items(), key=lambda pair: -pair[1]):
            print(f"FINDING {one.name}: {count} x {what}")
        for what, count in sorted(one.tracebacks.items(), key=lambda pair: -pair[1]):
            print(f"TRACEBACK {one.name}: {count} x {what}")
    print(f"Folder: {folder}")


if __name__ == "__main__":
    sys.exit(main())
