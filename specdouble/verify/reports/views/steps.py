"""What would prove more: the options that the reasons of unproven operations and rules name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from specdouble.verify.reports.stored.schema import Result
from specdouble.verify.reports.stored.text import plural

_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")


@dataclass
class Step:
    """One option, what it does, and what waits for it: how many operations, and which rules."""

    option: str
    what: str
    operations: int = 0
    rules: list[str] = field(default_factory=list)

    @property
    def gain(self) -> str:
        """How much waits for it: "12 operations, 3 rules"."""
        parts = [(self.operations, "operation"), (len(self.rules), "rule")]
        return ", ".join(plural(count, noun) for count, noun in parts if count)


def steps(result: Result) -> list[Step]:
    """Return the options that would prove more, the one for which most waits first.

    What waits for two options counts with both.
    """
    found: dict[str, Step] = {}
    known = result["run"]["options"]

    def named(reasons: list[str]) -> set[str]:
        return {name for reason in reasons for name in _OPTION.findall(reason) if name in known}

    for operation in result["operations"]:
        if operation["verdict"] == "unproven":
            for name in named(operation["reasons"]):
                found.setdefault(name, Step(name, known[name])).operations += 1
    for rule in result["proof"]:
        if rule["verdict"] == "unproven":
            for name in named([one["reason"] for one in rule["reasons"]]):
                found.setdefault(name, Step(name, known[name])).rules.append(rule["rule"])
    return sorted(found.values(), key=lambda one: (-one.operations, -len(one.rules), one.option))
