"""What a run with a budget did not look at: checks that were left out, and rules that were sampled.

A check that was left out is one that could not be made, so its rule is unproven, and so is its operation where it is
one of the operation's own checks. A rule that was sampled was judged everywhere, with its most telling probes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from specdouble.verify.results.proof import Proof


@dataclass
class Budget:
    """The budget of a run in requests (0: none), what was spent of it, and what it did not pay for.

    `left_out` has, for each test that was left out, its pairs of rule and operation; `sampled` has, by rule, how many
    probes were not made in the tests that were.
    """

    requests: int = 0
    spent: int = 0
    left_out: list[list[tuple[str, str]]] = field(default_factory=list)
    sampled: Counter[str] = field(default_factory=Counter)

    def add(self, data: Mapping[str, Any]) -> None:
        """Take what the record of one test says."""
        if data.get("left_out"):
            self.sampled[next(iter(data["rules"]), "")] += int(data["left_out"])

    def tell(self, proof: Proof) -> None:
        """Let what was left out count as checks that could not be made."""
        reason = f"left out: a budget of {self.requests:,} requests (--budget)"
        for test in self.left_out:
            for rule, op in test:
                if reason not in proof.unmade[rule, op]:
                    proof.unmade[rule, op].append(reason)

    def part(self) -> dict[str, Any]:
        """Return the part of the result that says so; nothing without a budget."""
        if not self.requests:
            return {}
        sampled = dict(sorted(self.sampled.items()))
        told = {"requests": self.requests, "spent": self.spent, "left_out": len(self.left_out), "sampled": sampled}
        return {"budget": told}

    def notes(self) -> list[str]:
        """Return sentences for people."""
        return sentences(self.part().get("budget"))


def sentences(budget: Mapping[str, Any] | None) -> list[str]:
    """Say of the budget in a result what it left out."""
    if not budget:
        return []
    said = f"{budget['spent']:,} of {budget['requests']:,} requests of the budget were used"
    if budget["left_out"]:
        said += f"; {budget['left_out']} tests were left out, and their rules are unproven"
    rules = list(budget["sampled"])
    return [said] + ([f"Sampled (the most telling probes, on every operation): {', '.join(rules)}"] if rules else [])
