"""A result as Markdown, for the step summary of a GitHub job or a comment: never longer than GitHub takes."""

from __future__ import annotations

import re

from specdouble.verify.reports.stored.schema import Finding, Result
from specdouble.verify.reports.stored.text import one_line, plural
from specdouble.verify.reports.views.steps import steps
from specdouble.verify.reports.views.view import View, accepted, headline, place, verdict_sentence

LIMIT = 900 * 1024  # bytes; GitHub refuses a step summary above 1 MiB
LISTED = 25  # operations named under one reason
_SPECIAL = re.compile(r"[\\`*_\[\](){}<>|&~#@:$!]")


def render(result: Result, limit: int = LIMIT) -> str:
    """Return the Markdown, at most `limit` bytes of UTF-8; what does not fit is counted instead."""
    view = View(result)
    page = _Page(limit)
    page.add(f"## {_text(verdict_sentence(result))}\n\n`{headline(result)}`\n")
    page.add(_run(result))
    if result["problems"]:
        page.add("### Trouble with the target\n")
        page.list([f"- {_text(one_line(problem, 1000))}" for problem in result["problems"]], "more")
    if result["notes"]:
        page.add("### Notes\n")
        page.list([f"- {_text(one_line(note, 1000))}" for note in result["notes"]], "more")
    if view.violations:
        page.add(f"### {plural(len(view.violations), 'violation').capitalize()}\n")
        findings = [one for group in view.by_rule(view.violations).values() for one in group]
        page.list([_finding(one, view) for one in findings], "more violations, in the other reports")
    _unproven(page, view)
    _unproven_rules(page, view)
    if found := steps(result):
        page.add("### Next steps: what would prove more\n")
        page.list([f"- {_code(f'--{one.option}')} {one.gain}. {_text(one.what)}" for one in found], "more")
    for title, some in (("warning", view.warnings), ("waived finding", view.waived), ("known finding", view.known)):
        if some:
            page.frame(f"<details><summary>{plural(len(some), title)}</summary>\n")
            page.list([_line(one, view) for one in some], "more")
            page.frame("</details>\n")
    behind = view.left_behind()
    if behind:
        page.add("### Created and not removed\n")
        for run, things in behind.items():
            names = ", ".join(_text(f"{one['what']} {one['id']}") for one in things[:LISTED])
            more = f" and {len(things) - LISTED:,} more" if len(things) > LISTED else ""
            page.add(f"- {names}{more}. Clean up: {_code(f'specdouble cleanup {run}')}")
    if stays := result.get("stays", []):
        page.frame("<details><summary>What stays on the target</summary>\n")
        page.add("No operation removes these; there are at most so many.\n")
        page.list([_text(f"{one['count']:,} {one['what']}: {one['why']}").join(("- ", "")) for one in stays], "more")
        page.frame("</details>\n")
    return page.text()


class _Page:
    """Markdown that stops growing in time; a part is written whole or not at all."""

    def __init__(self, limit: int) -> None:
        self.parts: list[str] = []
        self.room = limit - 800  # bytes, with room for what is added in any case
        self.left_out = 0

    def add(self, part: str) -> bool:
        """Add a part, unless it does not fit."""
        size = len(part.encode()) + 1
        if size > self.room:
            self.left_out += 1
            return False
        self.parts.append(part)
        self.room -= size
        return True

    def frame(self, part: str) -> None:
        """Add the begin or end of a folded part, in any case, so that they stay pairs."""
        self.parts.append(part)

    def list(self, entries: list[str], more: str) -> None:
        """Add as many entries as fit and count the others."""
        for number, entry in enumerate(entries):
            if not self.add(entry):
                self.left_out -= 1
                self.parts.append(f"- and {len(entries) - number:,} {more}")
                break
        self.parts.append("")

    def text(self) -> str:
        """Return the page."""
        if self.left_out:
            self.parts.append(f"\n{plural(self.left_out, 'part')} left out: the summary is at its size limit.")
        return "\n".join(self.parts).rstrip() + "\n"


def _run(result: Result) -> str:
    run = result["run"]
    rows = [
        ("Target", _code(run["target"])),
        *((_text(one["title"]), _code(one["url"]) if one["url"] else "not given") for one in run["services"][1:]),
        ("Run", f"{_code(run['id'])}, profile {_text(run['profile'])}, seed {run['seed']}"),
        ("Took", f"{run['seconds']:.1f} s, {plural(run['requests'], 'request')}, "
         f"{run['client_cpu_seconds']:.1f} s client CPU"),
    ]  # fmt: skip
    if run["shard"]:
        rows.append(("Shard", _text(run["shard"])))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""])


def _finding(finding: Finding, view: View) -> str:
    """Return one violation as a folded entry."""
    rows = [
        f"- Promised: {_text(one_line(finding['promised'], 600))} ({_code(place(finding))})",
        f"- Expected: {_code(one_line(finding['expected'], 600))}",
        f"- Got: {_code(one_line(finding['got'], 600))}",
        f"- Replay: {_code(finding['replay'])}",
    ]
    head = f"<b>{_text(finding['rule'])}</b> {_code(view.name(finding))} {_text(one_line(finding['message']))}"
    return f"<details><summary>{head}</summary>\n\n" + "\n".join(rows) + "\n\n</details>"


def _line(finding: Finding, view: View) -> str:
    waiver = finding["waiver"]
    why = f" ({one_line(accepted(waiver))})" if waiver else ""
    name = _code(view.name(finding))
    return f"- **{_text(finding['rule'])}** {name} {_text(one_line(finding['message']) + why)}"


def _unproven(page: _Page, view: View) -> None:
    groups = view.unproven()
    if not groups:
        return
    page.frame(f"<details><summary>{plural(sum(map(len, groups.values())), 'operation')} unproven</summary>\n")
    entries = []
    for reason, operations in groups.items():
        names = ", ".join(_code(view.name(one)) for one in operations[:LISTED])
        more = f" and {len(operations) - LISTED:,} more" if len(operations) > LISTED else ""
        entries.append(f"- {_text(one_line(reason, 600))} ({len(operations)}): {names}{more}")
    page.list(entries, "more reasons")
    page.frame("</details>\n")


def _unproven_rules(page: _Page, view: View) -> None:
    groups = view.unproven_rules()
    if not groups:
        return
    page.frame(f"<details><summary>{plural(sum(map(len, groups.values())), 'rule')} unproven</summary>\n")
    entries = []
    for reason, rules in groups.items():
        names = ", ".join(_code(one["rule"]) for one in rules[:LISTED])
        more = f" and {len(rules) - LISTED:,} more" if len(rules) > LISTED else ""
        entries.append(f"- {_text(one_line(reason, 600))} ({len(rules)}): {names}{more}")
    page.list(entries, "more reasons")
    page.frame("</details>\n")


def _text(text: str) -> str:
    """Return text in which nothing is Markdown or HTML: special characters become character references."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"
