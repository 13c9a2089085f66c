"""What a GitHub Actions job sees: annotations on the log, and the step summary."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from specdouble.verify.reports.formats import markdown
from specdouble.verify.reports.stored.reading import ReportError
from specdouble.verify.reports.stored.schema import BROKEN, Finding, Result
from specdouble.verify.reports.stored.text import one_line, shown
from specdouble.verify.reports.views.view import View, headline, place

SHOWN = 10  # annotations of one kind that GitHub shows for a step


def publish(result: Mapping[str, Any], out: IO[str], environ: Mapping[str, str] = os.environ) -> bool:
    """Inside a GitHub job write annotations to `out` and append the step summary; say whether this was one.

    The summary is appended to the file that GITHUB_STEP_SUMMARY names, also where there is no job around it.
    SPECDOUBLE_SUMMARY=off and SPECDOUBLE_ANNOTATIONS=off leave one or the other out.
    """
    page = shown(result)
    summary = environ.get("GITHUB_STEP_SUMMARY")
    if summary and environ.get("SPECDOUBLE_SUMMARY") != "off":
        _append(page, Path(summary))
    if environ.get("GITHUB_ACTIONS") != "true":
        return False
    if environ.get("SPECDOUBLE_ANNOTATIONS") == "off":
        return True
    for line in commands(page):
        out.write(f"{line}\n")
    return True


def commands(result: Result) -> Iterator[str]:
    """Yield workflow commands: errors for violations and a broken target, warnings, and notices for all else."""
    view = View(result)
    if result["summary"]["exit_code"] == BROKEN:
        for problem in result["problems"][:SHOWN]:
            yield command("error", "specdouble: the target", one_line(problem, 1000))
    for note in result["notes"][:SHOWN]:
        yield command("notice", "specdouble", one_line(note, 1000))
    for level, findings in (("error", view.violations), ("warning", view.warnings)):
        for finding in findings[:SHOWN]:
            yield command(level, f"{finding['rule']} {view.name(finding)}", _message(finding))
        if len(findings) > SHOWN:
            yield command("notice", "specdouble", f"{len(findings) - SHOWN:,} more {level}s stand in the reports")
    yield command("notice", "specdouble", headline(result))


def command(level: str, title: str, message: str) -> str:
    """Return one workflow command, with everything escaped that would end it or a property of it."""
    return f"::{level} title={_property(one_line(title))}::{_data(message)}"


def _message(finding: Finding) -> str:
    where = place(finding)
    lines = [
        one_line(finding["message"], 600),
        f"promised: {one_line(finding['promised'], 600)} ({where})",
        f"expected: {one_line(finding['expected'], 600)}",
        f"got: {one_line(finding['got'], 600)}",
        f"replay: {one_line(finding['replay'], 1000)}",
    ]
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _append(result: Result, path: Path) -> None:
    try:
        taken = path.stat().st_size if path.exists() else 0
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(markdown.render(result, max(markdown.LIMIT - taken, 2000)))
    except OSError as error:
        raise ReportError(f"{path}: the step summary cannot be written ({error.strerror}).") from None
