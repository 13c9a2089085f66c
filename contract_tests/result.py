"""The result of a run: records of all tests become verdicts per operation, a summary and an exit code.

It is the one source of every report (`contract_tests.reports`).
"""

from __future__ import annotations

import datetime
import shlex
from collections import Counter, defaultdict
from typing import Any

from contract_tests.contract import Op, contract
from contract_tests.journal import Journal, folder
from contract_tests.record import VIOLATION
from contract_tests.redact import Redactor
from contract_tests.rules import rule
from contract_tests.settings import Settings
from contract_tests.waivers import read

CONFORMS, VIOLATES, UNPROVEN, WAIVED = "conforms", "violates", "unproven", "waived"
EXIT_CONFORMS, EXIT_VIOLATIONS, EXIT_UNPROVEN, EXIT_BROKEN = 0, 1, 2, 3


class Result:
    """Gathers the records of a run, in the process that writes the result."""

    def __init__(self, settings: Settings, ops: list[Op] | None = None) -> None:
        self.settings = settings
        self.ops = list(contract().ops) if ops is None else ops
        self.started = datetime.datetime.now(datetime.UTC)
        self.findings: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, Counter[str]] = defaultdict(Counter)
        self.checks: dict[str, Counter[str]] = defaultdict(Counter)
        self.unproven: dict[str, list[str]] = defaultdict(list)
        self.problems: list[str] = []
        self.requests = 0
        self.cpu_seconds = 0.0
        self.tests = 0

    def add(self, data: dict[str, Any]) -> None:
        """Take the record of one test."""
        self.tests += 1
        self.requests += data["requests"]
        for finding in data["findings"]:
            known = self.findings.get(finding["id"])
            if known is None:
                self.findings[finding["id"]] = dict(finding)
            else:
                known["count"] += finding["count"]
        for op, seen in data["statuses"].items():
            self.statuses[op].update(seen)
        for op, made in data["checks"].items():
            self.checks[op].update(made)
        for op, reasons in data["unproven"].items():
            self.unproven[op] += [one for one in reasons if one not in self.unproven[op]]

    def problem(self, message: str) -> None:
        """Note that the target itself is in trouble (exit code 3)."""
        if message not in self.problems:
            self.problems.append(message)

    # -- verdicts --------------------------------------------------------------------------------------------------

    def data(self, min_proven: float = 0.0, seconds: float | None = None) -> dict[str, Any]:
        """Return the whole result as JSON data; `min_proven` the share that must be proven (0 to 1)."""
        settings = self.settings
        waivers, today = read(settings.waivers), datetime.datetime.now(datetime.UTC).date()
        known = {op.id: op for op in self.ops}
        findings = [self._finding(one, waivers, today) for one in self.findings.values() if one["op"] in known]
        findings.sort(key=lambda one: (one["severity"] != VIOLATION, one["service"], one["key"], one["rule"]))
        operations = [self._operation(op, findings) for op in self.ops]
        summary = self._summary(operations, findings, min_proven)
        now = datetime.datetime.now(datetime.UTC)
        from understudy import __version__

        return {
            "format": 1,
            "tool": {"name": "understudy", "version": __version__},
            "run": {
                "id": settings.run,
                "seed": settings.seed,
                "started_at": f"{self.started:%Y-%m-%dT%H:%M:%SZ}",
                "seconds": round(seconds if seconds is not None else (now - self.started).total_seconds(), 2),
                "client_cpu_seconds": round(self.cpu_seconds, 2),
                "profile": settings.profile,
                "target": settings.target,
                "registry": settings.registry or None,
                "selection": list(settings.only),
                "shard": settings.shard or None,
                "command": command(settings),
                "requests": self.requests,
                "writes": settings.allow_writes,
                "destructive": settings.allow_destructive,
                "strict": settings.strict,
            },
            "operations": operations,
            "findings": findings,
            "rules": {id_: self._rule(id_) for id_ in sorted({one["rule"] for one in findings})},
            "created": self._created(),
            "problems": self.problems,
            "summary": summary,
        }

    def _finding(self, one: dict[str, Any], waivers: list[Any], today: datetime.date) -> dict[str, Any]:
        op = contract()[one["op"]]
        waiver = next((each for each in waivers if each.covers(one, today)), None)
        rest = {name: value for name, value in one.items() if name != "op"}
        found = rule(one["rule"])
        return {
            **rest,
            "service": op.service,
            "key": op.key,
            "seed": self.settings.seed,
            "source": one["source"] or (found.source if found else ""),
            "replay": f"{command(self.settings, short=True)} --replay {one['id']}",
            "waiver": None
            if waiver is None
            else {
                "id": waiver.rule or waiver.operation,
                "reason": waiver.reason,
                "expires": waiver.expires.isoformat(),
            },
        }

    def _operation(self, op: Op, findings: list[dict[str, Any]]) -> dict[str, Any]:
        mine = [
            one
            for one in findings
            if (one["service"], one["key"]) == (op.service, op.key) and one["severity"] == VIOLATION
        ]
        statuses = self.statuses.get(op.id, Counter())
        reached = sum(count for status, count in statuses.items() if status.startswith("2"))
        reasons = list(self.unproven.get(op.id, ()))
        if not reached and not reasons:
            reasons = ["only refusals were reached" if statuses else "no test sent a request to it"]
        if any(one["waiver"] is None for one in mine):
            verdict = VIOLATES
        elif mine:
            verdict = WAIVED
        else:
            verdict = UNPROVEN if reasons else CONFORMS
        return {
            "service": op.service,
            "key": op.key,
            "method": op.spec.method,
            "path": op.spec.path,
            "tag": op.spec.tag,
            "summary": op.spec.summary,
            "verdict": verdict,
            "reached": reached,
            "statuses": dict(statuses),
            "checks": dict(self.checks.get(op.id, {})),
            "reasons": reasons if verdict == UNPROVEN else [],
        }

    def _summary(
        self, operations: list[dict[str, Any]], findings: list[dict[str, Any]], least: float
    ) -> dict[str, Any]:
        counts = Counter(one["verdict"] for one in operations)
        paths: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in operations:
            paths[one["service"], one["path"]].append(one["verdict"])
        open_ = [one for one in findings if one["severity"] == VIOLATION and one["waiver"] is None]
        proven = 1 - counts[UNPROVEN] / len(operations) if operations else 0.0
        if self.problems:
            code = EXIT_BROKEN
        elif open_:
            code = EXIT_VIOLATIONS
        else:
            code = EXIT_UNPROVEN if proven < least else EXIT_CONFORMS
        return {
            "paths": {"conforms": sum(set(all_) == {CONFORMS} for all_ in paths.values()), "total": len(paths)},
            "operations": {name: counts[name] for name in (CONFORMS, VIOLATES, UNPROVEN, WAIVED)}
            | {"total": len(operations)},
            "violations": len(open_),
            "warnings": sum(one["severity"] != VIOLATION for one in findings),
            "waived": sum(one["waiver"] is not None for one in findings),
            "exit_code": code,
        }

    def _rule(self, id_: str) -> dict[str, Any]:
        found = rule(id_)
        if found is None:
            return {"title": id_, "family": id_.partition("-")[0], "explain": "", "source": ""}
        return {"title": found.title, "family": found.family, "explain": found.explain, "source": found.source}

    def _created(self) -> list[dict[str, Any]]:
        events = Journal.read(self.settings.run, folder(self.settings.journal))
        gone = {(one.get("what"), one.get("id")) for one in events if one["event"] == "removed"}
        return [
            {"what": one["what"], "id": one["id"], "removed": (one["what"], one["id"]) in gone}
            for one in events
            if one["event"] == "created"
        ]


def command(settings: Settings, *, short: bool = False) -> str:
    """Return the command line of a run; credentials are left to the environment."""
    words = ["understudy", "verify", settings.target]
    if settings.registry:
        words += ["--registry", settings.registry]
    if not settings.local:
        words += ["--allow-writes"] * settings.allow_writes + ["--allow-destructive"] * settings.allow_destructive
    words += ["--seed", str(settings.seed)]
    if not short:
        for name in settings.only:
            words += ["--only", name]
        words += ["--shard", settings.shard] if settings.shard else []
        words += ["--profile", settings.profile] if settings.profile != "gate" else []
        words += ["--strict"] if settings.strict else []
    return shlex.join(words)


def cleaned(data: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return a result without any known secret."""
    found: dict[str, Any] = redactor.clean_all(data)
    return found
