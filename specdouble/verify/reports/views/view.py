"""A result from the reader's side: findings by operation, the state of each operation in each family of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from specdouble.verify.reports.stored.schema import BROKEN, Created, Finding, Operation, Proven, Result, Waiver
from specdouble.verify.reports.stored.summary import is_known
from specdouble.verify.reports.stored.text import plural

State = Literal["violation", "warning", "waived", "unproven", "passed", "none"]


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
        self.waived = [one for one in result["findings"] if one["waiver"] and not is_known(one)]
        self.known = [one for one in result["findings"] if is_known(one)]
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
        return rule.rpartition("-")[0] or "RULE"

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

    def unproven_rules(self) -> dict[str, list[Proven]]:
        """Return the unproven rules by their first reason, the most frequent reason first."""
        groups: dict[str, list[Proven]] = {}
        for one in self.result["proof"]:
            if one["verdict"] == "unproven":
                reason = one["reasons"][0]["reason"] if one["reasons"] else "No reason is recorded."
                groups.setdefault(reason, []).append(one)
        return dict(sorted(groups.items(), key=lambda item: -len(item[1])))

    def left_behind(self) -> dict[str, list[Created]]:
        """Return what was created and not removed, by the run that `specdouble cleanup` needs."""
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
    """Return the one line that says how the run came out; of a shard it speaks of the shard's share, and says so."""
    paths, operations = result["summary"]["paths"], result["summary"]["operations"]
    shard = f"SHARD {result['run']['shard']} · " if result["run"]["shard"] else ""
    line = (
        f"{shard}CONFORM {paths['conforms']}/{paths['total']} paths "
        f"{operations['conforms']}/{operations['total']} operations · VIOLATE {operations['violates']}"
        f" · UNPROVEN {operations['unproven']} · WAIVED {operations['waived']}"
    )
    if result["summary"].get("known"):
        line += f" · KNOWN {result['summary']['known']}"
    rules, proven, asked = (result["summary"][name] for name in ("rules", "proven", "min_proven"))
    return f"{line} · RULES {rules['conforms']}/{rules['total']} · {percent(proven)} proven, {percent(asked)} asked"


def percent(share: float) -> str:
    """Write a share as a person reads it, never rounded up: 99 % of 99.9 is not all."""
    return f"{int(share * 100 + 1e-9)} %"


def verdict_sentence(result: Result) -> str:
    """Say in one sentence how the run came out."""
    summary = result["summary"]
    violates, unproven = summary["operations"]["violates"], summary["operations"]["unproven"]
    if summary["exit_code"] == BROKEN:
        return "The target or a credential did not work" if result["run"]["requests"] else "The run did not take place"
    if not summary["operations"]["total"]:
        return "Nothing was verified"
    if violates:
        return f"{plural(violates, 'operation')} {'violates' if violates == 1 else 'violate'} the contract"
    if summary["violations"]:
        return f"{plural(summary['violations'], 'violation')} of the contract"
    if unproven == summary["operations"]["total"]:
        return "Nothing was proven"
    if unproven:
        return f"Nothing violates the contract, {plural(unproven, 'operation')} unproven"
    return "Every operation conforms" if not summary["operations"]["waived"] else "Nothing violates, some is waived"


def accepted(waiver: Waiver) -> str:
    """Say what accepts a finding, until when, and why."""
    until = f" until {waiver['expires']}" if waiver["expires"] else ""
    return f"{waiver['id']}{until}: {waiver['reason']}"


def place(finding: Finding) -> str:
    """Say where a promise stands: where it comes from, and its JSON pointer when it has one."""
    return " ".join(part for part in (finding["source"], finding["pointer"]) if part)
