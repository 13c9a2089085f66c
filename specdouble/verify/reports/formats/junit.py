"""A result as JUnit XML: a test case per operation and family of rules; unproven and waived are skipped."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import datetime

from specdouble.verify.reports.stored.schema import BROKEN, Finding, Operation, Result
from specdouble.verify.reports.stored.text import counts, one_line
from specdouble.verify.reports.views.anchor import anchor
from specdouble.verify.reports.views.view import Cell, View, accepted, place


def render(result: Result) -> str:
    """Return the XML; times are seconds, and the time of single cases is unknown and given as 0."""
    view = View(result)
    file = anchor(result["run"].get("sarif_file", "")).path
    root = ET.Element("testsuites", name="specdouble")
    if result["problems"]:
        _target(root, result)
    for service in dict.fromkeys(one["service"] for one in result["operations"]):
        suite = _suite(root, service, result)
        for operation in result["operations"]:
            if operation["service"] == service:
                _operation(suite, view, operation, file)
    if view.strays:
        suite = _suite(root, "beyond the operations", result)
        for finding in view.strays:
            _stray(suite, view, finding)
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        for name, count in _count(suite).items():
            suite.set(name, str(count))
            totals[name] += count
    for name, count in totals.items():
        root.set(name, str(count))
    root.set("time", f"{result['run']['seconds']:.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, result: Result) -> ET.Element:
    run = result["run"]
    suite = ET.SubElement(root, "testsuite", name=name, time="0")
    with suppress(ValueError):
        suite.set("timestamp", datetime.fromisoformat(run["started_at"]).strftime("%Y-%m-%dT%H:%M:%S"))
    properties = ET.SubElement(suite, "properties")
    facts = {
        "run": run["id"],
        "target": run["target"],
        **{one["name"]: one["url"] or "" for one in run["services"][1:]},
        "profile": run["profile"],
        "seed": str(run["seed"]),
        "shard": run["shard"] or "",
        "command": run["command"],
        "specdouble": result["tool"]["version"],
    }
    for key, value in facts.items():
        if value:
            ET.SubElement(properties, "property", name=key, value=value)
    return suite


def _case(suite: ET.Element, name: str, group: str, file: str = "") -> ET.Element:
    case = ET.SubElement(suite, "testcase", name=name, classname=group, time="0")
    if file:
        case.set("file", file)
    return case


def _target(root: ET.Element, result: Result) -> None:
    """Report trouble with the target: as errors when it stopped the run, as text otherwise."""
    suite = _suite(root, "target", result)
    for number, problem in enumerate(result["problems"], 1):
        case = _case(suite, f"target problem {number}", "target")
        if result["summary"]["exit_code"] == BROKEN:
            ET.SubElement(case, "error", type="target", message=one_line(problem)).text = problem
        else:
            ET.SubElement(case, "system-out").text = problem


def _operation(suite: ET.Element, view: View, operation: Operation, file: str) -> None:
    cells = view.cells(operation)
    group = f"{operation['service']}.{operation['tag'] or 'untagged'}"
    for cell in cells:
        _cell(_case(suite, f"{operation['key']} [{cell.family}]", group, file), view, operation, cell)
    shown = {cell.state for cell in cells}
    verdict = operation["verdict"]
    told = {"conforms": bool(cells), "violates": "violation" in shown, "waived": "waived" in shown}
    if told.get(verdict, "unproven" in shown):
        return
    case = _case(suite, operation["key"], group, file)  # the verdict, where no case of a family tells it
    if verdict == "violates":
        ET.SubElement(case, "failure", type="violates", message="violates; no finding says how").text = "violates"
    elif verdict != "conforms":
        ET.SubElement(case, "skipped", message=_why(operation))


def _cell(case: ET.Element, view: View, operation: Operation, cell: Cell) -> None:
    failed = [one for one in cell.findings if one["severity"] == "violation" and not one["waiver"]]
    others = [one for one in cell.findings if one not in failed]
    if cell.state == "violation":
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        message = f"{failed[0]['rule']}: {one_line(failed[0]['message'])}{more}"
        failure = ET.SubElement(case, "failure", type=failed[0]["rule"], message=message)
        failure.text = "\n\n".join(_text(view, one) for one in failed)
    elif cell.state == "waived":
        reasons = [accepted(one["waiver"])
                   for one in cell.findings if one["waiver"]]  # fmt: skip
        ET.SubElement(case, "skipped", message=one_line(f"waived: {'; '.join(dict.fromkeys(reasons))}"))
    elif cell.state == "unproven":
        ET.SubElement(case, "skipped", message=_why(operation))
    if others:
        ET.SubElement(case, "system-out").text = "\n\n".join(_text(view, one) for one in others)


def _stray(suite: ET.Element, view: View, finding: Finding) -> None:
    case = _case(suite, f"{finding['key'] or finding['id']} [{finding['rule']}]", finding["service"] or "service")
    if finding["waiver"]:
        ET.SubElement(case, "skipped", message=one_line(f"waived: {finding['waiver']['reason']}"))
    elif finding["severity"] == "violation":
        message = f"{finding['rule']}: {one_line(finding['message'])}"
        ET.SubElement(case, "failure", type=finding["rule"], message=message).text = _text(view, finding)
    else:
        ET.SubElement(case, "system-out").text = _text(view, finding)


def _why(operation: Operation) -> str:
    reasons = "; ".join(operation["reasons"]) or "no reason is recorded"
    statuses = f" (answers: {counts(operation['statuses'])})" if operation["statuses"] else ""
    return one_line(f"{operation['verdict']}: {reasons}{statuses}", 1000)


def _text(view: View, finding: Finding) -> str:
    """Return everything there is to say about a finding."""
    waiver = finding["waiver"]
    lines = [
        f"{finding['severity']} of {finding['rule']} {view.title(finding['rule'])}".rstrip(),
        finding["message"],
        f"promised: {finding['promised']}",
        f"          {place(finding)}",
        f"expected: {finding['expected']}",
        f"got:      {finding['got']}",
        f"seen:     {finding['count']:,} times, seed {finding['seed']}, finding {finding['id']}",
        f"replay:   {finding['replay']}",
    ]
    if waiver:
        lines.append(f"waived:   {accepted(waiver)}")
    return "\n".join([*lines, "sequence:" if finding["sequence"] else "", *finding["sequence"]]).rstrip()


def _count(suite: ET.Element) -> dict[str, int]:
    cases = suite.findall("testcase")
    found = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": len(cases)} | {
        name: sum(case.find(tag) is not None for case in cases) for name, tag in found.items()
    }
