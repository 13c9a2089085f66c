"""A result as GitLab's code quality report (a list in the form of Code Climate): what a merge request shows."""

from __future__ import annotations

import json
from typing import Any

from specdouble.verify.reports.stored.schema import Finding, Result
from specdouble.verify.reports.stored.text import one_line
from specdouble.verify.reports.views.anchor import Anchor, anchor
from specdouble.verify.reports.views.view import View

_SEVERITY = {"violation": "critical", "warning": "minor"}


def render(result: Result) -> str:
    """Return the list as JSON text: violations and warnings, without what is waived or known."""
    view = View(result)
    where = anchor(result["run"].get("sarif_file", ""))
    findings = [*view.violations, *view.warnings]
    return json.dumps([_entry(one, view, where) for one in findings], ensure_ascii=False, indent=2) + "\n"


def _entry(finding: Finding, view: View, where: Anchor) -> dict[str, Any]:
    line = where.line(finding["key"].partition(" ")[2])
    return {
        "description": one_line(f"{finding['rule']} {view.name(finding)}: {finding['message']}", 1000),
        "check_name": finding["rule"],
        "fingerprint": finding["id"],
        "severity": _SEVERITY[finding["severity"]],
        "location": {"path": where.path, "lines": {"begin": line}},
    }
