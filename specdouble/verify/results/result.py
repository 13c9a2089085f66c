"""The result of a run: records of all tests become verdicts per operation, a summary and an exit code.

It is the one source of every report (`specdouble.verify.reports`).
"""

from __future__ import annotations

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.chosen import narrow
from specdouble.verify.api.rules import family
from specdouble.verify.generated.grading import settle
from specdouble.verify.reports.stored.definitions import REFUSED, UNTOUCHED
from specdouble.verify.reports.stored.schema import FORMAT
from specdouble.verify.reports.stored.summary import exit_code, summarise
from specdouble.verify.responses.record import VIOLATION
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.responses.reply import stands_for_success
from specdouble.verify.results import baseline
from specdouble.verify.results.budget import Budget
from specdouble.verify.results.proof import Proof
from specdouble.verify.results.replay import command
from specdouble.verify.results.waivers import Waiver, notes, read
from specdouble.verify.safety.journal import Journal, folder
from specdouble.verify.safety.traces import left
from specdouble.verify.settings.values import Settings

VERDICTS = CONFORMS, VIOLATES, UNPROVEN, WAIVED = "conforms", "violates", "unproven", "waived"
EXIT_CONFORMS, EXIT_VIOLATIONS, EXIT_UNPROVEN, EXIT_BROKEN = 0, 1, 2, 3


class Result:
    """Gathers the records of a run, in the process that writes the result.

    A run is `whole` when pytest was not told to collect a part of the suites; of a part, as of a shard, an operation
    has the verdict that this part gives. `told` is the command line where no tests were made, of traffic.
    """

    def __init__(
        self, settings: Settings, ops: list[Op] | None = None, *, whole: bool = True, told: str = ""
    ) -> None:  # fmt: skip
        self.settings = settings
        self.api = settings.api
        self.told = told
        self.part = bool(settings.shard) or not whole
        self.waivers = read(settings.waivers)
        self.known = baseline.read(settings.baseline)
        self._known = self.known.ids
        self.ops = list(settings.api.contract.ops) if ops is None else ops
        self.started = datetime.datetime.now(datetime.UTC)
        self.findings: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, Counter[str]] = defaultdict(Counter)
        self.proof = Proof(self.api)
        self.problems: list[str] = []
        self.crashes: list[str] = []
        self.requests = 0
        self.budget = Budget(settings.allowance)
        self.cpu_seconds = 0.0
        self.tests = 0

    def add(self, data: dict[str, Any]) -> None:
        """Take the record of one test."""
        self.tests += 1
        self.requests += data["requests"]
        self.budget.add(data)
        for finding in data["findings"]:
            known = self.findings.get(finding["id"])
            if known is None:
                self.findings[finding["id"]] = dict(finding)
            else:
                # Of several tests the first by name stands for it, in whatever order and process they ran.
                first = known if known["test"] <= finding["test"] else dict(finding)
                self.findings[finding["id"]] = first | {"count": known["count"] + finding["count"]}
        for op, seen in data["statuses"].items():
            self.statuses[op].update(seen)
        self.proof.add(data)
        self.crashes += data.get("crashes", [])

    def problem(self, message: str) -> None:
        """Note that the target itself is in trouble (exit code 3)."""
        if message not in self.problems:
            self.problems.append(message)

    def waives(self, finding: dict[str, Any]) -> bool:
        """Whether a finding is waived today, or known."""
        if self.settings.write_baseline or finding["id"] in self._known:
            return True
        today = datetime.datetime.now(datetime.UTC).date()
        return any(one.covers(finding, today) for one in self.waivers)

    @property
    def narrow(self) -> bool:
        """Whether the run is about rules: named by --only, or because no operation's own checks are part of it."""
        return narrow(self.settings) or (self.part and not self.proof.own())

    # -- verdicts --------------------------------------------------------------------------------------------------

    def data(self, seconds: float | None = None) -> dict[str, Any]:
        """Return the whole result as JSON data, without a secret."""
        settings = self.settings
        today = datetime.datetime.now(datetime.UTC).date()
        ops = self._looked_at()
        known = {op.id for op in ops}
        mine = [one for one in self.findings.values() if one["op"] in known]
        if self.api.generated:
            settle(mine, self.proof.judged, gate=settings.fail_on in ("drift", "warning", "unproven"))
        findings = [self._finding(one, self.waivers, today) for one in mine]
        findings.sort(key=lambda one: (one["severity"] != VIOLATION, one["service"], one["key"], one["rule"]))
        self.budget.tell(self.proof)
        operations = [self._operation(op, findings) for op in ops]
        violations = [one for one in mine if one["severity"] == VIOLATION]
        rules = self._rules(ops, findings)
        summary: dict[str, Any] = dict(summarise(operations, findings, rules, settings.min_proven, settings.fail_on))  # type: ignore[arg-type]
        summary["exit_code"] = exit_code(summary, broken=bool(self.problems))  # type: ignore[arg-type]
        now = datetime.datetime.now(datetime.UTC)
        from specdouble import __version__

        whole: dict[str, Any] = {
            "format": FORMAT,
            "tool": {"name": "specdouble", "version": __version__},
            "run": {
                "id": settings.run,
                "seed": settings.seed,
                "started_at": f"{self.started:%Y-%m-%dT%H:%M:%SZ}",
                "seconds": round(seconds if seconds is not None else (now - self.started).total_seconds(), 2),
                "client_cpu_seconds": round(self.cpu_seconds, 2),
                "profile": settings.profile,
                "target": settings.target,
                "api": self.api.contract.title,
                "services": [
                    {"name": one.name, "title": one.title, "url": settings.urls[one.name] or None}
                    for one in self.api.contract.services
                ],
                "options": {},
                "selection": list(settings.only),
                "shard": settings.shard or None,
                "command": self.told or command(settings),
                "requests": self.requests,
                "writes": settings.allow_writes,
                "destructive": settings.allow_destructive,
                "strict": settings.strict,
                **({"sarif_file": settings.sarif_file} if settings.sarif_file else {}),
            },
            "operations": operations,
            "findings": findings,
            "rules": {id_: self._rule(id_) for id_ in sorted({one["rule"] for one in findings})},
            "proof": rules,
            "created": self._created(),
            "problems": self.problems,
            "stays": self._stays(),
            **self.budget.part(),
            "notes": [*self.budget.notes(), *self._broken(), *notes(self.waivers, violations, today)],
            "summary": summary,
        }
        said = " ".join(why for one in (*operations, *rules) for why in _reasons(one))
        whole["run"]["options"] = {
            name: option.help
            for name, option in self.api.options.items()
            if re.search(rf"(?<![\w-])--{name}(?![\w-])", said)
        }
        return cleaned(whole, Redactor.of(settings.secrets(), self.api.words.secret_looks))

    def _looked_at(self) -> list[Op]:
        """Return the operations that the run says something about: all that were chosen, or those of chosen tests."""
        at = {one["op"] for one in self.findings.values()}
        if self.narrow:
            at |= self.proof.touched()
            return [op for op in self.ops if op.id in at] or self.ops
        if self.part:
            at |= self.proof.own()
            return [op for op in self.ops if op.id in at]
        return self.ops

    def _broken(self) -> list[str]:
        """Say that tests of this suite broke by themselves: what they would have proven is unproven."""
        if not self.crashes:
            return []
        count = len(self.crashes)
        shown = "; ".join(self.crashes[:3]) + ("; …" if count > 3 else "")
        return [
            f"{count} test{'s' * (count > 1)} of the suite broke and proved nothing (a fault of specdouble): {shown}"
        ]

    def _finding(self, one: dict[str, Any], waivers: list[Any], today: datetime.date) -> dict[str, Any]:
        op = self.api.contract[one["op"]]
        waiver = next((each for each in waivers if each.covers(one, today)), None)
        rest = {name: value for name, value in one.items() if name != "op"}
        found = self.api.rules.get(one["rule"])
        return {
            **rest,
            "service": op.service,
            "key": op.key,
            "seed": self.settings.seed,
            "source": one["source"] or (found.source if found else ""),
            "replay": "" if self.told else command(self.settings, one["test"]),
            "waiver": self._accepted(one, waiver),
        }

    def _accepted(self, one: dict[str, Any], waiver: Waiver | None) -> dict[str, str] | None:
        """Return what accepts a finding: a waiver, else the baseline that was read or is to be written."""
        if waiver is not None:
            return {"id": waiver.name, "reason": waiver.reason, "expires": waiver.expires.isoformat()}
        if one["id"] in self._known:
            return baseline.accepted(self.settings.baseline)
        return baseline.accepted(self.settings.write_baseline) if self.settings.write_baseline else None

    def _operation(self, op: Op, findings: list[dict[str, Any]]) -> dict[str, Any]:
        mine = [
            one
            for one in findings
            if (one["service"], one["key"]) == (op.service, op.key) and one["severity"] == VIOLATION
        ]
        statuses = self.statuses.get(op.id, Counter())
        reached = sum(count for status, count in statuses.items() if stands_for_success(op, int(status)))
        reasons = self.proof.reasons(op.id, narrow=self.narrow)
        must = self.proof.must_succeed(op.id) or not (self.narrow or self.part)
        if must and not reached and not reasons:
            reasons = [REFUSED if statuses else UNTOUCHED]
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
            "checks": self.proof.families(op.id),
            "reasons": reasons if verdict == UNPROVEN else [],
        }

    def _rules(self, ops: list[Op], findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the verdict of each rule."""
        violated = {one["rule"] for one in findings if one["severity"] == VIOLATION and one["waiver"] is None}
        waived = {one["rule"] for one in findings if one["waiver"] is not None}
        found = self.proof.rules(op.id for op in ops)
        for one in found:
            if one["rule"] in violated:
                one["verdict"] = VIOLATES
            elif one["rule"] in waived:
                one["verdict"] = WAIVED
            else:
                one["verdict"] = UNPROVEN if one["reasons"] or not one["judged"] else CONFORMS
        return found

    def _rule(self, id_: str) -> dict[str, Any]:
        found = self.api.rules.get(id_)
        if found is None:
            return {"title": id_, "family": family(id_), "explain": "", "source": ""}
        return {"title": found.title, "family": found.family, "explain": found.explain, "source": found.source}

    def _created(self) -> list[dict[str, Any]]:
        """Return what the run created and can remove again, and whether it did."""
        events = Journal.read(self.settings.run, folder(self.settings.journal))
        left = {(one["what"], one["id"]) for one in Journal.pending(events)}
        made = dict.fromkeys((one["what"], one["id"]) for one in events if one["event"] == "created" and one["undo"])
        return [{"what": what, "id": id_, "removed": (what, id_) not in left} for what, id_ in made]

    def _stays(self) -> list[dict[str, Any]]:
        """Return what stays on the target because no operation of the API removes it, in kinds with counts."""
        counts = Counter({op: sum(n for status, n in seen.items() if status[0] == "2") for op, seen in
                          self.statuses.items()})  # fmt: skip
        events = Journal.read(self.settings.run, folder(self.settings.journal))
        undo = {(one["what"], one["id"]): one["undo"] for one in events if one["event"] == "created"}
        counts.update(undo[one["what"], one["id"]] for one in events
                      if one["event"] == "removed" and (one["what"], one["id"]) in undo)  # fmt: skip
        sessions = Counter(one["event"] for one in events)
        return left(
            self.api.pack.traces, counts, self.api.contract.ops, max(0, sessions["session"] - sessions["ended"])
        )


def _reasons(one: Mapping[str, Any]) -> list[str]:
    """Return why an operation or a rule is unproven."""
    return [why if isinstance(why, str) else why["reason"] for why in one["reasons"]]


def cleaned(data: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return a result without any known secret."""
    found: dict[str, Any] = redactor.clean_all(data)
    return found
