"""A result as SARIF 2.1.0, for code scanning: violations and warnings only, waived ones as suppressions."""

from __future__ import annotations

import json
from typing import Any

from specdouble.verify.reports.stored.schema import BROKEN, Finding, Result, Rule
from specdouble.verify.reports.views.anchor import Anchor, anchor
from specdouble.verify.reports.views.view import View, accepted, place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"violation": "error", "warning": "warning"}


def render(result: Result) -> str:
    """Return the log as JSON text."""
    return json.dumps(log(result), ensure_ascii=False, indent=2) + "\n"


def log(result: Result, where: Anchor | None = None) -> dict[str, Any]:
    """Return the log: one run, a rule for every rule that found something, a result per finding.

    `where` is the file of the reader's repository at which the findings are shown.
    """
    view = View(result)
    where = where or anchor(result["run"].get("sarif_file", ""))
    used = sorted({one["rule"] for one in result["findings"]})
    run = result["run"]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": result["tool"]["name"],
                        "version": result["tool"]["version"],
                        "semanticVersion": result["tool"]["version"],
                        "rules": [_rule(rule, view) for rule in used],
                    }
                },
                # code scanning compares a run with the last one of the same category: the text up to the last slash
                "automationDetails": {"id": f"specdouble/{run['profile'] or 'run'}/{run['id']}"},
                "invocations": [
                    {
                        "executionSuccessful": result["summary"]["exit_code"] != BROKEN,
                        "exitCode": result["summary"]["exit_code"],
                        "commandLine": run["command"],
                        "startTimeUtc": run["started_at"],
                        "toolExecutionNotifications": [
                            {"level": "error", "message": {"text": problem or "trouble with the target"}}
                            for problem in result["problems"]
                        ],
                    }
                ],
                "columnKind": "utf16CodeUnits",
                "results": [_result(one, used.index(one["rule"]), view, where) for one in result["findings"]],
            }
        ],
    }


def _rule(rule: str, view: View) -> dict[str, Any]:
    unknown: Rule = {"title": "", "family": view.family(rule), "explain": "", "source": ""}
    known = view.result["rules"].get(rule, unknown)
    title = known["title"] or rule
    explain = known["explain"] or title
    rests = f"\n\nRests on: {known['source']}" if known["source"] else ""
    severities = {one["severity"] for one in view.result["findings"] if one["rule"] == rule}
    return {
        "id": rule,
        "name": rule.replace("-", ""),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": explain + rests, "markdown": f"{explain}{rests}"},
        "defaultConfiguration": {"level": "error" if "violation" in severities else "warning"},
        "properties": {"tags": ["contract", known["family"]]},
    }


def _result(finding: Finding, index: int, view: View, where: Anchor) -> dict[str, Any]:
    waiver = finding["waiver"]
    made: dict[str, Any] = {
        "ruleId": finding["rule"],
        "ruleIndex": index,
        "level": LEVELS[finding["severity"]],
        "message": {"text": _message(finding, view)},
        "locations": [_location(finding, where)],
        # the second name is the one GitHub reads: without it, alerts are told apart by a line of the document
        "partialFingerprints": {
            "specdoubleFinding/v1": finding["id"],
            "primaryLocationLineHash": f"{finding['id']}:1",
        },
        "occurrenceCount": max(finding["count"], 1),
        "properties": {"replay": finding["replay"], "seed": finding["seed"], "promisedBy": finding["source"]},
    }
    if waiver:
        reason = accepted(waiver)
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return made


def _message(finding: Finding, view: View) -> str:
    parts = [f"{view.name(finding)}: {finding['message']}"]
    if finding["promised"]:
        parts.append(f"Promised: {finding['promised']} ({place(finding)})" if place(finding) else finding["promised"])
    if finding["expected"] or finding["got"]:
        parts.append(f"Expected {finding['expected'] or 'something else'}, got {finding['got'] or 'nothing'}.")
    if finding["replay"]:
        parts.append(f"Replay: {finding['replay']}")
    return "\n".join(parts).replace("](", "] (")  # a response must not become a link in the alert


def _location(finding: Finding, where: Anchor) -> dict[str, Any]:
    logical: dict[str, Any] = {"name": finding["key"] or finding["service"] or "service", "kind": "resource"}
    if finding["pointer"]:
        logical["fullyQualifiedName"] = finding["pointer"]
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": where.uri, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": where.line(finding["key"].partition(" ")[2])},
        },
        "logicalLocations": [logical],
    }
