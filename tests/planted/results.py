"""The kept outcome of the measure: which planted faults the suite caught, where, and by which rules.

``python -m tests.planted.results FILE …`` takes the JSON lines of ``tests.planted.kill`` in; a later outcome of a fault
replaces an earlier one. ``--budget FILE …`` keeps those of ``kill --sample --levels budget,…`` for docs/budget.md.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import orjson

KEPT = Path(__file__).with_name("results.json")
KEPT_BUDGET = Path(__file__).with_name("budget.json")
# Faults that no request can show, that break nothing promised, or that end the run: why each of them is out of reach.
OUT_OF_REACH = {
    "user-apps-denied-granted": "no documented route makes a denial",
    "users-list-scope-exact": "the contract does not say whether the filter knows wildcards",
    "settings-patch-shared": "it touches one person of the mock's seed data, whom a run does not meet",
    "developer-tier-changes-splits": "it touches one app of the mock's seed data; M25 looks at apps that the run makes",
    "automations-quota-uncoded": "it is reported, but other tests take such a 429 for a pause, and exit code 3 counts",
    "auth-sessions-unknown-key-id": "only the platform's own key could sign such a token",
}


def kept(where: Path = KEPT) -> dict[str, dict[str, Any]]:
    """Return the kept outcomes by fault."""
    found: dict[str, dict[str, Any]] = orjson.loads(where.read_bytes()) if where.exists() else {}
    return found


def take(paths: list[str], where: Path = KEPT) -> int:
    """Take outcomes in, with the commit at which they were measured, and return how many are kept now."""
    outcomes, commit = kept(where), _commit()
    for path in paths:
        for line in Path(path).read_bytes().splitlines():
            row = orjson.loads(line)
            names = ("class", "tag", "operation", "caught", "level", "rules")
            outcomes[row["id"]] = {name: row[name] for name in names} | ({"commit": commit} if commit else {})
    where.write_bytes(orjson.dumps(outcomes, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return len(outcomes)


def _commit() -> str:
    """Return the short name of the commit that is checked out, or ""."""
    git = shutil.which("git")
    if git is None:
        return ""
    said = subprocess.run(
        [git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=KEPT.parent
    )
    return said.stdout.strip()


def by_class() -> list[tuple[str, int, int, str]]:
    """Return, per class: how many were planted, how many caught, and the families of the rules that caught them."""
    planted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    families: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in kept().values():
        kind = outcome["class"]
        planted[kind] += 1
        caught[kind] += outcome["caught"]
        families[kind].update({one.partition("-")[0] if "-" in one else "RULE" for one in outcome["rules"]})
    return [
        (
            kind,
            planted[kind],
            caught[kind],
            ", ".join(sorted(families[kind], key=lambda one: (-families[kind][one], one))[:4]),
        )
        for kind in sorted(planted, key=lambda kind: (-planted[kind], kind))
    ]


def by_budget() -> tuple[list[tuple[str, int, int]], list[str]]:
    """Return, per class, how many faults of the sample the gate catches and how many a budget; and those it misses."""
    outcomes = {name: one for name, one in kept(KEPT_BUDGET).items() if one["caught"] and one["level"] != "strict"}
    gate = Counter(one["class"] for one in outcomes.values())
    budget = Counter(one["class"] for one in outcomes.values() if one["level"] == "budget")
    rows = [(kind, gate[kind], budget[kind]) for kind in sorted(gate, key=lambda kind: (-gate[kind], kind))]
    return rows, sorted(name for name, one in outcomes.items() if one["level"] != "budget")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--budget"]
    count = take(words, KEPT_BUDGET if "--budget" in sys.argv else KEPT)
    sys.stdout.write(f"{count} outcomes are kept\n")
