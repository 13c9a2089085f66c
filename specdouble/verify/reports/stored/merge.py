"""The results of shards, put together as one run would have told it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from specdouble.verify.reports.stored.definitions import REFUSED, UNTOUCHED
from specdouble.verify.reports.stored.reading import ReportError
from specdouble.verify.reports.stored.schema import (
    BROKEN,
    FORMAT,
    BudgetUse,
    Created,
    Finding,
    Operation,
    Proven,
    Result,
    Stay,
    Verdict,
)
from specdouble.verify.reports.stored.summary import exit_code, summarise

UNMATCHED = "matches no violation: it can be removed."
STRONGER: tuple[Verdict, ...] = ("violates", "waived", "conforms", "unproven")  # the first one wins


def merge(results: Sequence[Result], min_proven: float | None = None) -> Result:
    """Return one result of several shards of a run.

    An operation violates where one shard says so, and conforms where one shard proved it and none refuted it or could
    not make its part. The exit code is 3 when a shard's target did not work or a shard is missing, 1 when something
    violates, 2 when nothing is proven or the proven share (from 0 to 1) is below `min_proven` (without it: what the
    shards asked for), else 0.
    Raises ReportError when the results are none, or the same run twice.
    """
    if not results:
        raise ReportError("There is nothing to merge. Name at least one result.")
    twice = [name for name, count in Counter(one["run"]["id"] for one in results).items() if count > 1]
    if twice:
        raise ReportError(f"The run {twice[0]} is named twice. Name each shard's result once.")
    problems = list(dict.fromkeys(problem for one in results for problem in one["problems"]))
    problems += [f"Shard {shard} is missing: what it verifies is unproven here." for shard in _missing(results)]
    operations, findings, proof = _operations(results), _findings(results), _proof(results)
    least = max(one["summary"]["min_proven"] for one in results) if min_proven is None else min_proven
    merged: Result = {
        "format": FORMAT,
        "tool": results[0]["tool"],
        "run": results[0]["run"],
        "operations": operations,
        "findings": findings,
        "rules": {name: rule for one in results for name, rule in one["rules"].items()},
        "proof": proof,
        "created": [_created(thing, one["run"]["id"]) for one in results for thing in one["created"]],
        "stays": _stays(results),
        "problems": problems,
        "notes": _notes(results),
        "summary": summarise(operations, findings, proof, least, results[0]["summary"].get("fail_on", "fault")),
    }
    if budgets := [one["budget"] for one in results if "budget" in one]:
        merged["budget"] = merged_budget(budgets)
    _run(merged, results)
    broken = merged["problems"] or any(one["summary"]["exit_code"] == BROKEN for one in results)
    merged["summary"]["exit_code"] = exit_code(merged["summary"], broken=bool(broken))
    return merged


def merged_budget(parts: Sequence[BudgetUse]) -> BudgetUse:
    """Return the budgets of several shards as one."""
    sampled: Counter[str] = Counter()
    for one in parts:
        sampled.update(one["sampled"])
    return {
        "requests": sum(one["requests"] for one in parts),
        "spent": sum(one["spent"] for one in parts),
        "left_out": sum(one["left_out"] for one in parts),
        "sampled": dict(sorted(sampled.items())),
    }


def _proof(results: Sequence[Result]) -> list[Proven]:
    """Put the verdicts of rules together: what one shard could not judge is unproven, whatever the others could."""
    merged: dict[str, Proven] = {}
    for one in (one for result in results for one in result["proof"]):
        known = merged.get(one["rule"])
        if known is None:
            merged[one["rule"]] = {**one, "judged": list(one["judged"]), "reasons": list(one["reasons"])}
            continue
        known["judged"] = sorted({*known["judged"], *one["judged"]})
        known["reasons"] += [reason for reason in one["reasons"] if reason not in known["reasons"]]
        known["verdict"] = min(known["verdict"], one["verdict"], key=STRONGER.index)
    for one in merged.values():
        if one["verdict"] == "conforms" and one["reasons"]:
            one["verdict"] = "unproven"
    return [merged[rule] for rule in sorted(merged)]


def _operations(results: Sequence[Result]) -> list[Operation]:
    merged: dict[tuple[str, str], Operation] = {}
    for operation in (operation for one in results for operation in one["operations"]):
        identity = (operation["service"], operation["key"])
        if identity not in merged:
            merged[identity] = {**operation, "statuses": dict(operation["statuses"]),
                                "checks": dict(operation["checks"]), "reasons": list(operation["reasons"])}  # fmt: skip
            continue
        known = merged[identity]
        known["verdict"] = min(known["verdict"], operation["verdict"], key=STRONGER.index)
        known["reached"] += operation["reached"]
        known["statuses"] = dict(Counter(known["statuses"]) + Counter(operation["statuses"]))
        known["checks"] = dict(Counter(known["checks"]) + Counter(operation["checks"]))
        known["reasons"] = list(dict.fromkeys([*known["reasons"], *operation["reasons"]]))
    for operation in merged.values():
        _decide(operation)
    return list(merged.values())


def _decide(operation: Operation) -> None:
    """Decide what nobody refuted: a shard that did not come to an operation says nothing, one that could not does."""
    weak = (REFUSED, UNTOUCHED)
    missing = [one for one in operation["reasons"] if one not in weak]
    if operation["verdict"] not in ("conforms", "unproven"):
        operation["reasons"] = []
    elif missing or (operation["reasons"] and not operation["reached"]):
        operation["verdict"] = "unproven"
        operation["reasons"] = missing or [REFUSED if operation["statuses"] else UNTOUCHED]
    else:
        operation["verdict"], operation["reasons"] = "conforms", []


def _stays(results: Sequence[Result]) -> list[Stay]:
    merged: dict[str, Stay] = {}
    for one in (one for result in results for one in result.get("stays", [])):
        count = merged[one["what"]]["count"] if one["what"] in merged else 0
        merged[one["what"]] = {**one, "count": count + one["count"]}
    return list(merged.values())


def _notes(results: Sequence[Result]) -> list[str]:
    """Return the notes; that a waiver matches nothing counts where every shard says so."""
    told = Counter(note for one in results for note in dict.fromkeys(one["notes"]))
    return [note for note, count in told.items() if count == len(results) or not note.endswith(UNMATCHED)]


def _findings(results: Sequence[Result]) -> list[Finding]:
    merged: dict[str, Finding] = {}
    for finding in (finding for one in results for finding in one["findings"]):
        known = merged.get(finding["id"])
        if known is None:
            merged[finding["id"]] = finding.copy()
            continue
        first = known if known["test"] <= finding["test"] else finding
        severe = "violation" in (known["severity"], finding["severity"])
        merged[finding["id"]] = {
            **first,
            "count": known["count"] + finding["count"],
            "severity": "violation" if severe else first["severity"],
            "waiver": known["waiver"] and finding["waiver"],  # waived only where every shard waives it
        }
    return list(merged.values())


def _created(thing: Created, run: str) -> Created:
    return {"what": thing["what"], "id": thing["id"], "removed": thing["removed"], "run": thing.get("run", run)}


def _missing(results: Sequence[Result]) -> list[str]:
    """Return the shards that the others speak of and that are not there; raise when they are not of one run."""
    shards = {one["run"]["shard"] for one in results} - {None}
    counts = {str(shard).partition("/")[2] for shard in shards}
    if len(counts) > 1:
        raise ReportError(f"These are not shards of one run: {', '.join(sorted(map(str, shards)))}.")
    count = next(iter(counts), "")
    wanted = range(1, int(count) + 1) if count.isdecimal() and int(count) < 1000 else ()
    return [f"{number}/{count}" for number in wanted if f"{number}/{count}" not in shards]


def _run(merged: Result, results: Sequence[Result]) -> None:
    """Describe the merged run: sums, the wall time from the first start to the last end, everything that was asked."""
    runs = [one["run"] for one in results]
    run = merged["run"] = runs[0].copy()
    run["id"] = "+".join(one["id"] for one in runs)
    run["started_at"] = min(one["started_at"] for one in runs)
    run["seconds"] = _wall(results)
    run["client_cpu_seconds"] = round(sum(one["client_cpu_seconds"] for one in runs), 3)
    run["requests"] = sum(one["requests"] for one in runs)
    given = {each["name"]: each["url"] for one in runs for each in one["services"] if each["url"]}
    run["services"] = [{**one, "url": given.get(one["name"])} for one in run["services"]]
    run["options"] = {name: text for one in runs for name, text in one["options"].items()}
    run["selection"] = list(dict.fromkeys(name for one in runs for name in one["selection"]))
    run["shard"] = None
    for name in ("writes", "destructive", "strict"):
        run[name] = any(one[name] for one in runs)
    targets = dict.fromkeys(one["target"] for one in runs)
    if len(targets) > 1:
        merged["problems"].append(f"The results are of different targets: {', '.join(targets)}.")


def _wall(results: Sequence[Result]) -> float:
    longest = max(one["run"]["seconds"] for one in results)
    try:
        starts = [datetime.fromisoformat(one["run"]["started_at"]) for one in results]
        ends = [start + timedelta(seconds=one["run"]["seconds"]) for start, one in zip(starts, results, strict=True)]
        return round(max((max(ends) - min(starts)).total_seconds(), longest), 3)
    except (ValueError, TypeError, OverflowError):
        return longest
