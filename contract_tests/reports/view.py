"""A result from the reader's side: findings by operation, the state of each operation in each family of rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contract_tests.reports.schema import Created, Finding, Operation, Result

State = Literal["violation", "warning", "waived", "unproven", "passed", "none"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Cell:
    """One operation in one family: what came out, how many checks ran, and the findings."""

    family: str
    state: State
    checks: int
    findings: tuple[Finding, ...]


class View:
    """A result, indexed once."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.violations = [one for one in result["findings"] if one["severity"] == "violation" and not one["waiver"]]
        self.warnings = [one for one in result["findings"] if one["severity"] == "warning" and not one["waiver"]]
        self.waived = [one for one in result["findings"] if one["waiver"]]
        self.by_operation: dict[tuple[str, str], list[Finding]] = {}
        for finding in result["findings"]:
            self.by_operation.setdefault((finding["service"], finding["key"]), []).append(finding)
        known = {(one["service"], one["key"]) for one in result["operations"]}
        self.several = len({one["service"] for one in result["operations"]}) > 1
        self.first = result["operations"][0]["service"] if result["operations"] else ""
        self.strays = [one for one in result["findings"] if (one["service"], one["key"]) not in known]

    def name(self, one: Operation | Finding) -> str:
        """Return an operation's key, with its service behind it unless that is the first one."""
        key, service = one["key"] or "the service", one["service"]
        return f"{key} ({service})" if service not in ("", self.first) and self.first else key

    def family(self, rule: str) -> str:
        """Return the family of a rule, also of one that the result does not explain."""
        known = self.result["rules"].get(rule)
        if known:
            return known["family"]
        return rule.rpartition("-")[0] or "LAW"

    def title(self, rule: str) -> str:
        """Return the title of a rule, or nothing when the result does not explain it."""
        known = self.result["rules"].get(rule)
        return known["title"] if known else ""

    def families(self) -> list[str]:
        """Return the families that checked or found something, in alphabetical order."""
        checked = {family for one in self.result["operations"] for family in one["checks"]}
        return sorted(checked | {self.family(one["rule"]) for one in self.result["findings"]})

    def findings(self, operation: Operation) -> list[Finding]:
        """Return the findings of an operation."""
        return self.by_operation.get((operation["service"], operation["key"]), [])

    def cells(self, operation: Operation) -> list[Cell]:
        """Return the state of an operation in every family that checked it or found something, by family."""
        found: dict[str, list[Finding]] = {}
        for finding in self.findings(operation):
            found.setdefault(self.family(finding["rule"]), []).append(finding)
        cells = []
        for family in sorted({*operation["checks"], *found}):
            mine = tuple(found.get(family, ()))
            checks = operation["checks"].get(family, 0)
            cells.append(Cell(family, _state(operation, mine, checks), checks, mine))
        return cells

    def unproven(self) -> dict[str, list[Operation]]:
        """Return the unproven operations by reason, the most frequent reason first.

        An operation stands once, under its first reason.
        """
        groups: dict[str, list[Operation]] = {}
        for one in self.result["operations"]:
            if one["verdict"] == "unproven":
                reason = one["reasons"][0] if one["reasons"] else "No reason is recorded."
                groups.setdefault(reason, []).append(one)
        return dict(sorted(groups.items(), key=lambda item: -len(item[1])))

    def left_behind(self) -> dict[str, list[Created]]:
        """Return what was created and not removed, by the run that `understudy cleanup` needs."""
        groups: dict[str, list[Created]] = {}
        for thing in self.result["created"]:
            if not thing["removed"]:
                groups.setdefault(thing.get("run", self.result["run"]["id"]), []).append(thing)
        return groups

    def by_rule(self, findings: list[Finding]) -> dict[str, list[Finding]]:
        """Return findings by rule, rules in alphabetical order."""
        groups: dict[str, list[Finding]] = {}
        for finding in sorted(findings, key=lambda one: (one["rule"], one["service"], one["key"])):
            groups.setdefault(finding["rule"], []).append(finding)
        return groups


def _state(operation: Operation, findings: tuple[Finding, ...], checks: int) -> State:
    live = [one for one in findings if not one["waiver"]]
    if any(one["severity"] == "violation" for one in live):
        return "violation"
    if any(one["waiver"] for one in findings):
        return "waived"
    if operation["verdict"] == "unproven":
        return "unproven"
    if live:
        return "warning"
    return "passed" if checks else "none"


def headline(result: Mapping[str, Any]) -> str:
    """Return the one line that says how the run came out."""
    paths, operations = result["summary"]["paths"], result["summary"]["operations"]
    return (
        f"CONFORM {paths['conforms']}/{paths['total']} paths {operations['conforms']}/{operations['total']} operations"
        f" · VIOLATE {operations['violates']} · UNPROVEN {operations['unproven']} · WAIVED {operations['waived']}"
    )


def share(result: Result) -> float:
    """Return the proven share: operations that are proven or refuted, of all, from 0 to 1 (0 when there are none)."""
    operations = result["summary"]["operations"]
    return 1 - operations["unproven"] / operations["total"] if operations["total"] else 0.0


def verdict_sentence(result: Result) -> str:
    """Say in one sentence how the run came out."""
    summary = result["summary"]
    violates, unproven = summary["operations"]["violates"], summary["operations"]["unproven"]
    if summary["exit_code"] == 3:
        return "The target or a credential did not work"
    if not summary["operations"]["total"]:
        return "Nothing was verified"
    if violates:
        return f"{plural(violates, 'operation')} {'violates' if violates == 1 else 'violate'} the contract"
    if summary["violations"]:
        return f"{plural(summary['violations'], 'violation')} of the contract"
    if unproven:
        return f"Nothing violates the contract, {plural(unproven, 'operation')} unproven"
    return "Every operation conforms" if not summary["operations"]["waived"] else "Nothing violates, some is waived"


def place(finding: Finding) -> str:
    """Say where a promise stands: where it comes from, and its JSON pointer when it has one."""
    return " ".join(part for part in (finding["source"], finding["pointer"]) if part)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: "1 operation", "12,345 requests"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable(text: str) -> str:
    """Return text from a server without control characters, so that it cannot move a cursor or reorder a line."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 300) -> str:
    """Return text on one line of at most `limit` characters."""
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def counts(numbers: dict[str, int]) -> str:
    """Return counts by name as text: "201: 12, 401: 30"."""
    return ", ".join(f"{name}: {count:,}" for name, count in sorted(numbers.items()))
