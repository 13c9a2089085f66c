"""A result as one HTML file: a matrix of operations and families of rules, and every finding with its way to replay.

The file needs nothing from outside and runs no script but its own: the hash of the script is in its policy.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from specdouble.verify.reports.stored.definitions import DEFINITION, RULE_DEFINITION
from specdouble.verify.reports.stored.schema import BROKEN, VERDICTS, Finding, Operation, Result
from specdouble.verify.reports.stored.summary import is_known
from specdouble.verify.reports.stored.text import counts, plural
from specdouble.verify.reports.views.steps import steps
from specdouble.verify.reports.views.view import View, accepted, headline, percent, place, verdict_sentence


def render(result: Result) -> str:
    """Return the page."""
    template, style, script = _page()
    view = View(result)
    sections = _sections(view)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return template.render(
        style=Markup(style),  # noqa: S704 - the package's own file
        script=Markup(script),  # noqa: S704 - the package's own file
        script_hash=digest,
        result=result,
        run=result["run"],
        summary=result["summary"],
        sentence=verdict_sentence(result),
        headline=headline(result),
        tone=_tone(result),
        started=_moment(result["run"]["started_at"]),
        share=result["summary"]["proven"],
        verdicts=_verdicts(result),
        kinds=Counter(entry["kind"] for section in sections for entry in section["entries"]),
        found_by=dict(sorted(Counter(one["rule"] for one in result["findings"]).items())),
        tags=sorted({one["tag"] for one in result["operations"] if one["tag"]}),
        families=view.families(),
        groups=_groups(view),
        sections=sections,
        unproven=view.unproven(),
        unproven_rules=view.unproven_rules(),
        steps=steps(result),
        definitions=(DEFINITION, RULE_DEFINITION),
        stays=result.get("stays", []),
        behind=view.left_behind(),
        rules=_rules(view),
        view=view,
    )


@cache
def _page() -> tuple[Template, str, str]:
    """Return the template, its style sheet and its script."""
    loader = PackageLoader("specdouble.verify.reports.formats", "page")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    environment.filters |= {"counts": counts, "thousands": "{:,}".format}
    environment.globals |= {"accepted": accepted, "plural": plural, "place": place, "percent": percent}
    style, script = (loader.get_source(environment, name)[0] for name in ("page.css", "page.js"))
    return environment.get_template("page.html.j2"), style, script


def _tone(result: Result) -> str:
    """Return the colour of the whole: bad, broken, open (something is unproven) or good."""
    summary = result["summary"]
    if summary["exit_code"] == BROKEN or not summary["operations"]["total"]:
        return "broken"
    if summary["violations"] or summary["operations"]["violates"]:
        return "bad"
    return "open" if summary["operations"]["unproven"] or summary["exit_code"] else "good"


def _moment(text: str) -> str:
    """Return a time stamp for people, as it is when it is none."""
    try:
        return f"{datetime.fromisoformat(text):%d %B %Y, %H:%M} UTC".lstrip("0")
    except ValueError:
        return text


def _verdicts(result: Result) -> list[tuple[str, int, float]]:
    """Return each verdict with its count and its part of all operations in percent."""
    operations = result["summary"]["operations"]
    whole = max(operations["total"], sum(operations[one] for one in VERDICTS), 1)
    return [(one, operations[one], 100 * operations[one] / whole) for one in VERDICTS]


def _groups(view: View) -> list[dict[str, Any]]:
    """Return the rows of the matrix by service and tag, in the order in which the document first names them."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for operation in view.result["operations"]:
        row = {
            "operation": operation,
            "cells": {cell.family: cell for cell in view.cells(operation)},
            "findings": view.findings(operation),
            "kinds": " ".join(sorted({_kind(one) for one in view.findings(operation)})),
            "rules": " ".join(sorted({one["rule"] for one in view.findings(operation)})),
            "words": _words(operation, view.findings(operation)),
        }
        groups.setdefault((operation["service"], operation["tag"]), []).append(row)
    return [
        {"service": service, "tag": tag, "rows": rows, "proven": _proven(rows)}
        for (service, tag), rows in groups.items()
    ]


def _proven(rows: list[dict[str, Any]]) -> int:
    return sum(row["operation"]["verdict"] == "conforms" for row in rows)


def _sections(view: View) -> list[dict[str, Any]]:
    """Return the lists of findings: what violates, what warns, what is waived."""
    named = (
        ("violations", "Violations", view.violations),
        ("warnings", "Warnings", view.warnings),
        ("waived", "Waived", view.waived),
        ("known", "Known since the baseline", view.known),
    )
    operations = {(one["service"], one["key"]): one for one in view.result["operations"]}
    sections = []
    for name, title, findings in named:
        entries = []
        for finding in (one for group in view.by_rule(findings).values() for one in group):
            operation = operations.get((finding["service"], finding["key"]))
            words = f"{finding['service']} {finding['key']} {finding['rule']} {finding['message']}".lower()
            entries.append(
                {
                    "finding": finding,
                    "verdict": operation["verdict"] if operation else "",
                    "tag": operation["tag"] if operation else "",
                    "words": words,
                    "kind": _kind(finding),
                    "rule": view.result["rules"].get(finding["rule"]),
                }
            )
        sections.append({"name": name, "title": title, "entries": entries})
    return sections


def _kind(finding: Finding) -> str:
    """Return by what a finding is filtered: what it is (a fault, drift), or that it is accepted."""
    if finding["waiver"]:
        return "known" if is_known(finding) else "waived"
    return finding.get("kind", finding["severity"])


def _words(operation: Operation, findings: list[Finding]) -> str:
    """Return what a search in the page looks through for an operation."""
    parts = [operation["service"], operation["key"], operation["tag"], operation["summary"], *operation["reasons"]]
    parts += [word for one in findings for word in (one["rule"], one["message"])]
    return " ".join(parts).lower()


def _rules(view: View) -> dict[str, list[tuple[str, Any]]]:
    """Return the rules by family."""
    families: dict[str, list[tuple[str, Any]]] = {}
    for name, rule in sorted(view.result["rules"].items()):
        families.setdefault(rule["family"], []).append((name, rule))
    return dict(sorted(families.items()))
