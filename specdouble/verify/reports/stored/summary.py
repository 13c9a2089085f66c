"""The counts of a result, and the exit code that follows from them."""

from __future__ import annotations

from collections import Counter

from specdouble.verify.reports.stored.schema import (
    BASELINE,
    BROKEN,
    Finding,
    Operation,
    OperationTotals,
    Proven,
    Summary,
    Verdict,
)


def summarise(
    operations: list[Operation], findings: list[Finding], proof: list[Proven], min_proven: float, fail_on: str = "fault"
) -> Summary:  # fmt: skip
    """Count verdicts and findings, exit code 0; a path conforms when every operation on it does.

    `min_proven` is the share of operations that was asked for, from 0 to 1; `fail_on` is what decides the exit code.
    """
    paths: dict[tuple[str, str], bool] = {}
    for one in operations:
        path = (one["service"], one["path"])
        paths[path] = paths.get(path, True) and one["verdict"] == "conforms"
    totals = _totals([one["verdict"] for one in operations])
    return {
        "paths": {"conforms": sum(paths.values()), "total": len(paths)},
        "operations": totals,
        "rules": _totals([one["verdict"] for one in proof]),
        "proven": round(1 - totals["unproven"] / totals["total"], 4) if operations else 0.0,
        "min_proven": min_proven,
        "violations": sum(one["severity"] == "violation" and not one["waiver"] for one in findings),
        "warnings": sum(one["severity"] == "warning" and not is_known(one) for one in findings),
        "waived": sum(bool(one["waiver"]) and not is_known(one) for one in findings),
        "known": sum(is_known(one) for one in findings),
        "fail_on": fail_on,
        "exit_code": 0,
    }


def exit_code(summary: Summary, *, broken: bool) -> int:
    """Return 3 when the target or a credential did not work, 1 for violations, 2 when nothing or too little is proven.

    Otherwise 0. With `never` only a target that does not work counts; `warning` lets every finding count, and
    `unproven` each operation that is unproven too.
    """
    if broken:
        return BROKEN
    fail_on = summary.get("fail_on", "fault")
    if fail_on == "never":
        return 0
    if summary["violations"] or summary["operations"]["violates"]:
        return 1
    if summary["warnings"] and fail_on in ("warning", "unproven"):
        return 1
    if summary["operations"]["unproven"] and fail_on == "unproven":
        return 2
    return 2 if not summary["proven"] or summary["proven"] < summary["min_proven"] else 0


def is_known(finding: Finding) -> bool:
    """Whether a finding is accepted by the baseline."""
    return finding["waiver"] is not None and finding["waiver"]["id"] == BASELINE


def _totals(verdicts: list[Verdict]) -> OperationTotals:
    counts = Counter(verdicts)
    return {
        "conforms": counts["conforms"],
        "violates": counts["violates"],
        "unproven": counts["unproven"],
        "waived": counts["waived"],
        "total": len(verdicts),
    }
