"""The formats for other tools: JSON, JUnit, SARIF and Markdown."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from specdouble.openapi.reading.json_text import encode
from specdouble.openapi.report.entry import Entry, Section

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(form: str, sections: Iterable[Section], sentences: Mapping[str, str], tool: str) -> str:
    """Return the sections in one of `FORMATS`; `sentences` says what each rule means, `tool` who found it."""
    return FORMATS[form](list(sections), sentences, tool)


def _json(sections: list[Section], sentences: Mapping[str, str], tool: str) -> str:
    data = [{"source": one.name, "findings": [entry.data for entry in one.entries]} for one in sections]
    return encode(data, indent=True).decode().lstrip() + "\n"


def _junit(sections: list[Section], sentences: Mapping[str, str], tool: str) -> str:
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("testsuites", name=tool)
    for section in sections:
        failing = [entry for entry in section.entries if entry.fails]
        counts = {"tests": str(max(1, len(section.entries))), "failures": str(len(failing)), "errors": "0"}
        suite = SubElement(root, "testsuite", {"name": _clean(section.name), **counts})
        for entry in section.entries:
            name = f"{entry.operation} {entry.where}".strip() or section.name
            case = SubElement(suite, "testcase", classname=entry.rule, name=_clean(name), file=_clean(section.file))
            if entry.fails:
                failure = SubElement(case, "failure", type=entry.level, message=_clean(entry.message))
                failure.text = _clean(sentences.get(entry.rule, ""))
            else:
                SubElement(case, "system-out").text = _clean(f"{entry.level}: {entry.message}")
        if not section.entries:
            SubElement(suite, "testcase", classname=tool, name=_clean(section.name), file=_clean(section.file))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)


def _sarif(sections: list[Section], sentences: Mapping[str, str], tool: str) -> str:
    used = sorted({entry.rule for section in sections for entry in section.entries})
    rules = [{"id": rule, "shortDescription": {"text": sentences.get(rule, rule)}} for rule in used]
    results = [_result(section, entry) for section in sections for entry in section.entries]
    run = {"tool": {"driver": {"name": tool, "rules": rules}}, "results": results}
    return encode({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=True).decode().lstrip() + "\n"


def _result(section: Section, entry: Entry) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": section.file}}
    if entry.line:
        physical["region"] = {"startLine": entry.line}
    place = f"{entry.operation} {entry.where}".strip()
    return {
        "ruleId": entry.rule,
        "level": entry.severity,
        "message": {"text": f"{place}: {entry.message}" if place else entry.message},
        "locations": [{"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": place}]}],
    }


def _markdown(sections: list[Section], sentences: Mapping[str, str], tool: str) -> str:
    lines: list[str] = []
    for section in sections:
        lines += [f"## {section.name}", ""]
        if not section.entries:
            lines += ["Nothing to report.", ""]
            continue
        lines += ["| level | where | what | rule |", "|---|---|---|---|"]
        for entry in section.entries:
            place = " ".join(f"`{part}`" for part in (entry.operation, entry.where) if part)
            lines.append(f"| {entry.level} | {_cell(place)} | {_cell(entry.message)} | {entry.rule} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


FORMATS: dict[str, Callable[[list[Section], Mapping[str, str], str], str]] = {
    "json": _json,
    "junit": _junit,
    "sarif": _sarif,
    "markdown": _markdown,
}
