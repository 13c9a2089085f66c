"""What is proven: the one place that says when an operation conforms, and when a rule is proven.

Records say what was begun, judged and could not be made, per rule and operation; a proof puts them together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from specdouble.verify.api.api import Api
from specdouble.verify.api.rules import family

# The checks that are made of one operation alone, by rule: they decide about that operation. All other rules are about
# several operations together; what could not be checked of them is an unproven rule.
OWN = frozenset(
    {
        "REACH-01", "AUTH-01", "AUTH-18", "AUTH-25", "BOUND-01", "BOUND-02", "BOUND-09",
        "BOUND-10", "BOUND-20", "LIFE-02", "LIFE-03", "LIFE-05", "LIFE-07",
    }
)  # fmt: skip
ENDED = "the run ended before it was looked at"
Pair = tuple[str, str]  # rule, operation


class Proof:
    """Gathers what was planned, begun, judged and could not be made."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.decide = OWN | api.pack.own
        self.planned: set[Pair] = set()
        self.begun: set[Pair] = set()
        self.judged: dict[str, Counter[str]] = defaultdict(Counter)  # by operation and rule
        self.idle: set[Pair] = set()  # checks that do not apply
        self.unmade: dict[Pair, list[str]] = defaultdict(list)

    def add(self, data: dict[str, Any]) -> None:
        """Take the record of one test; the first one of a process says what that process was to look at."""
        self.planned |= {(rule, op) for rule, op in data.get("planned", ())}
        self.begun |= {(rule, op) for rule in data["rules"] for op in data["ops"]}
        for op, made in data["judged"].items():
            self.judged[op].update(made)
        self.idle |= {(one["rule"], one["op"]) for one in data["idle"]}
        for one in data["unmade"]:
            reasons = self.unmade[one["rule"], one["op"]]
            if one["reason"] not in reasons:
                reasons.append(one["reason"])

    def families(self, op: str) -> dict[str, int]:
        """Return how many judgements of an operation were made, by family of rules."""
        found: Counter[str] = Counter()
        for rule, count in self.judged.get(op, {}).items():
            found[family(rule)] += count
        return dict(found)

    def touched(self) -> set[str]:
        """Return the operations of which more was judged, or could not be, than the form of their responses."""
        found = {op for _, op in self.unmade} | {op for _, op in self.begun}
        return found | {op for op, made in self.judged.items() if not all(map(_in_passing, made))}

    def own(self) -> set[str]:
        """Return the operations whose own checks are part of the run."""
        return {op for rule, op in self.planned | self.begun if rule in self.decide}

    # -- operations ------------------------------------------------------------------------------------------------

    def reasons(self, op: str, *, narrow: bool) -> list[str]:
        """Return why an operation is not proven by its own checks.

        A narrow run is about chosen rules instead: there every check that could not be made counts.
        """
        found: list[str] = []
        for (rule, at), reasons in self.unmade.items():
            if at == op and (narrow or rule in self.decide):
                found += reasons
        found += [why for rule, at, why in self._silent() if at == op and (narrow or rule in self.decide)]
        return list(dict.fromkeys(found))

    def _silent(self) -> list[tuple[str, str, str]]:
        """Return the checks that should have been made and of which nothing is known, with the reason."""
        return [
            (rule, op, f"{rule} found nothing to judge" if (rule, op) in self.begun else ENDED)
            for rule, op in sorted((self.planned | self.begun) - self.unmade.keys() - self.idle)
            if not self.judged[op][rule]
        ]

    def must_succeed(self, op: str) -> bool:
        """Whether reaching the success of an operation is part of the run."""
        return ("REACH-01", op) in self.planned | self.begun

    # -- rules -----------------------------------------------------------------------------------------------------

    def rules(self, ops: Iterable[str]) -> list[dict[str, Any]]:
        """Return each rule that the run was about, with the operations where it was judged and why it was not.

        `ops` are the operations that the run is about; rules that say nothing about any of them are left out.
        """
        chosen = set(ops)
        judged: dict[str, list[str]] = defaultdict(list)
        for op, made in self.judged.items():
            for rule, count in made.items():
                if count and op in chosen:
                    judged[rule].append(op)
        missing: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for (rule, op), reasons in self.unmade.items():
            for reason in reasons:
                if op in chosen:
                    missing[rule].setdefault(reason, []).append(op)
        for rule, op, reason in self._silent():
            if op in chosen:
                missing[rule].setdefault(reason, []).append(op)
        with_tests = {rule for rule, _ in self.planned | self.begun}
        known = self.api.rules
        for rule in self.api.untested & judged.keys() - with_tests:  # judged in passing, by the tests of its family
            for main in sorted(with_tests & missing.keys()):
                if family(main) == family(rule):
                    for reason, at in missing[main].items():
                        told = missing[rule].setdefault(reason, [])
                        told += [op for op in at if op not in told]
        return [
            {
                "rule": rule,
                "title": known[rule].title if rule in known else rule,
                "family": family(rule),
                "judged": sorted(judged.get(rule, ())),
                "reasons": [{"reason": why, "operations": sorted(at)} for why, at in missing.get(rule, {}).items()],
            }
            for rule in sorted(judged.keys() | missing.keys())
        ]


def _in_passing(rule: str) -> bool:
    """Whether a rule is judged on whatever response comes along, so that it does not say what a test is about."""
    return family(rule) in ("SCHEMA", "SECRET") or rule == "ISO-08"
