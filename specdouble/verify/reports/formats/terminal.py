"""A result in a terminal: the headline, what violates and how to replay it, what stayed unproven, what was left behind.

Plain lines of text: the report reads the same without colours, in a pipe and in the log of a CI job. Commands to copy
are never broken by this report; the terminal wraps them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from specdouble.verify.reports.stored.schema import Finding, Result
from specdouble.verify.reports.stored.text import plural, shown
from specdouble.verify.reports.views.steps import steps
from specdouble.verify.reports.views.view import View, accepted, headline, place

__all__ = ["console", "headline", "show"]

PIPE_WIDTH = 110  # columns, where there is no terminal to ask
LABEL = 10  # columns of "expected" and its siblings
LONGEST = 600  # characters of one promised, expected or got value


def console(file: IO[str] | None = None) -> Console:
    """Return a console that follows NO_COLOR and COLUMNS, and is 110 columns wide where nobody says."""
    made = _Console(file=file, highlight=False, markup=False, emoji=False)
    if not made.is_terminal and not os.environ.get("COLUMNS"):
        made = _Console(file=file, highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
    return made


class _Console(Console):
    """A console that raises when its reader went away; rich's own ends with exit code 1, which is a verdict."""

    def on_broken_pipe(self) -> None:
        """Raise what Python raises."""
        raise BrokenPipeError


def show(
    result: Mapping[str, Any], reports: Sequence[Path] = (), *, out: Console | None = None, limit: int = 10
) -> None:
    """Print a result; `limit` is how many findings of one rule and operations of one reason are listed.

    `reports` are the files that were written, named on the last line. A reader that goes away (`| head`) ends the
    printing and no more: the verdict stands.
    """
    try:
        _Page(shown(result), out or console(), limit).print(reports)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Page:
    """One report on one console."""

    def __init__(self, result: Result, out: Console, limit: int) -> None:
        self.result, self.out, self.limit = result, out, limit
        self.view = View(result)
        self.width = max(out.width, 40)
        self.guarded = bool(os.environ.get("GITHUB_ACTIONS"))

    def print(self, reports: Sequence[Path]) -> None:
        """Print the report from top to bottom."""
        self.headline()
        self.problems()
        self.notes()
        self.violations()
        self.unproven()
        self.unproven_rules()
        self.next_steps()
        self.warnings()
        self.waived()
        self.known()
        self.left_behind()
        self.stays()
        self.last_line(reports)

    def headline(self) -> None:
        operations = self.result["summary"]["operations"]
        line = Text(headline(self.result), style="bold")
        line.highlight_regex(r"CONFORM [^·]*[^ ·]", "green")
        line.highlight_regex(r"VIOLATE \d+", "red" if operations["violates"] else "dim")
        line.highlight_regex(r"UNPROVEN \d+", "yellow" if operations["unproven"] else "dim")
        line.highlight_regex(r"WAIVED \d+", "magenta" if operations["waived"] else "dim")
        self.out.print(line, soft_wrap=True)

    def problems(self) -> None:
        if self.result["problems"]:
            self.title("Trouble with the target", "red")
        for problem in self.result["problems"]:
            self.say(problem, 2)

    def notes(self) -> None:
        if self.result["notes"]:
            self.title("Notes", "yellow")
        for note in self.result["notes"]:
            self.say(note, 2)

    def violations(self) -> None:
        groups = self.view.by_rule(self.view.violations)
        if groups:
            self.title(plural(len(self.view.violations), "violation").capitalize(), "red")
        for number, (rule, findings) in enumerate(groups.items()):
            if number:
                self.out.print()
            self.say(f"{rule}  {self.view.title(rule)}".rstrip(), 2, style="bold")
            for finding in findings[: self.limit]:
                self.violation(finding)
            self.more(len(findings), f"of {rule}; the other reports have them all", 4)

    def violation(self, finding: Finding) -> None:
        times = f" ({finding['count']:,} times)" if finding["count"] > 1 else ""
        self.say(f"{self.view.name(finding)}{times}", 4, style="bold")
        self.say(finding["message"], 6)
        promised = finding["promised"] or self.view.title(finding["rule"])
        self.field("promised", promised)
        if where := place(finding):
            self.field("", where, style="dim")
        self.field("expected", finding["expected"])
        self.field("got", finding["got"])
        self.command("replay", finding["replay"], 6)

    def unproven(self) -> None:
        groups = self.view.unproven()
        if groups:
            self.title(f"{plural(sum(map(len, groups.values())), 'operation')} unproven", "yellow")
        for reason, operations in groups.items():
            self.say(f"{reason} ({len(operations)})" if len(operations) > 1 else reason, 2)
            for one in operations[: self.limit]:
                self.say(self.view.name(one), 4, style="dim")
            self.more(len(operations), "", 4)

    def unproven_rules(self) -> None:
        groups = self.view.unproven_rules()
        if groups:
            self.title(f"{plural(sum(map(len, groups.values())), 'rule')} unproven", "yellow")
        for reason, rules in groups.items():
            self.say(f"{reason} ({len(rules)})" if len(rules) > 1 else reason, 2)
            self.say(", ".join(one["rule"] for one in rules), 4, style="dim")

    def next_steps(self) -> None:
        found = steps(self.result)
        if found:
            self.title("Next steps: what would prove more", "yellow")
        for one in found:
            self.say(f"--{one.option}  {one.gain}", 2)

    def warnings(self) -> None:
        if self.view.warnings:
            self.title(plural(len(self.view.warnings), "warning").capitalize(), "yellow")
        for rule, findings in self.view.by_rule(self.view.warnings).items():
            for finding in findings[: self.limit]:
                self.say(f"{rule}  {self.view.name(finding)}: {finding['message']}", 2, hanging=2 + len(rule) + 2)
            self.more(len(findings), f"of {rule}", 2)

    def waived(self) -> None:
        if self.view.waived:
            self.title("Waived", "magenta")
        for rule, findings in self.view.by_rule(self.view.waived).items():
            for finding in findings[: self.limit]:
                waiver = finding["waiver"]
                assert waiver is not None
                self.say(f"{rule}  {self.view.name(finding)}: {accepted(waiver)}", 2, hanging=2 + len(rule) + 2)
            self.more(len(findings), f"of {rule}", 2)

    def known(self) -> None:
        """Name the rules of known findings with counts: who began with many does not read them each time."""
        if self.view.known:
            self.title(f"{plural(len(self.view.known), 'finding')} of the baseline", "magenta")
        for rule, findings in self.view.by_rule(self.view.known).items():
            names = ", ".join(dict.fromkeys(self.view.name(one) for one in findings[: self.limit]))
            more = f" and {len(findings) - self.limit:,} more" if len(findings) > self.limit else ""
            self.say(f"{rule}  {names}{more}", 2, hanging=2 + len(rule) + 2)

    def left_behind(self) -> None:
        groups = self.view.left_behind()
        if groups:
            self.title("Created and not removed", "yellow")
        for run, things in groups.items():
            for thing in things[: self.limit]:
                self.say(f"{thing['what']} {thing['id']}", 2)
            self.more(len(things), "", 2)
            self.command("clean up", f"specdouble cleanup {run}", 2)

    def stays(self) -> None:
        stays = self.result.get("stays", [])
        if stays:
            self.title("Stays on the target, since no operation removes it (at most)", "yellow")
        for one in stays:
            self.say(f"{one['count']:,} {one['what']}: {one['why']}", 2, hanging=4)

    def last_line(self, reports: Sequence[Path]) -> None:
        run = self.result["run"]
        parts = [
            f"{run['seconds']:.1f} s",
            plural(run["requests"], "request"),
            f"{run['client_cpu_seconds']:.1f} s client CPU",
            f"seed {run['seed']}",
        ]
        if run["shard"]:
            parts.append(f"shard {run['shard']}")
        if reports:
            parts.append("reports: " + ", ".join(str(path) for path in reports))
        self.out.print()
        self.out.print(Text(" · ".join(parts), style="dim"), soft_wrap=True)

    def title(self, text: str, colour: str) -> None:
        self.out.print()
        self.say(text, 0, style=f"bold {colour}")

    def more(self, count: int, what: str, indent: int) -> None:
        if count > self.limit:
            self.say(f"and {count - self.limit:,} more {what}".rstrip(), indent, style="dim")

    def field(self, label: str, value: str, *, style: str = "") -> None:
        """Print a labelled value, if there is one; a long value is cut."""
        if not value:
            return
        cut = value if len(value) <= LONGEST else f"{value[:LONGEST]}… (+{len(value) - LONGEST:,} characters)"
        self.say(cut, 6, label=label, style=style)

    def command(self, label: str, command: str, indent: int) -> None:
        """Print a command on one line, however long it is, so that it can be copied."""
        if command:
            line = Text(" " * indent).append(f"{label:<{LABEL}}", "dim").append(self.safe(command), "cyan")
            self.out.print(line, soft_wrap=True)

    def say(self, text: str, indent: int, *, label: str | None = None, hanging: int = 0, style: str = "") -> None:
        """Print text wrapped at the width, every line of it indented."""
        first = " " * indent + (f"{label:<{LABEL}}" if label is not None else "")
        rest = " " * (hanging or len(first))
        words = Text(self.safe(text).strip("\n").expandtabs(2), style=style)
        room = max(self.width - max(len(first), len(rest)), 20)
        for number, line in enumerate(words.wrap(self.out, room)):
            line.rstrip()
            start = Text(first, style="dim") if number == 0 else Text(rest)
            self.out.print(start + line if line else "", soft_wrap=True)

    def safe(self, text: str) -> str:
        """Return text that gives no command to the runner of a GitHub job; elsewhere it is the text."""
        return text.replace("::", ":\u200b:").replace("##[", "#\u200b#[") if self.guarded else text
