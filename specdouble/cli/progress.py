"""The progress of a run: one bar with the current operation on a terminal, a line a minute in a log or on CI.

Both say how many minutes are left, at the rate at which requests were sent so far; what each test sends is known from
`specdouble.verify.running.plan.prices`.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import pytest
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from specdouble.verify.running.plan import UNKNOWN, prices
from specdouble.verify.running.run import KEY, Running
from specdouble.verify.running.selection import test_name
from specdouble.verify.settings.values import Settings

_WIDTH = 48  # columns of the operation
_EVERY = 60.0  # seconds between two lines where there is no terminal


class Follower:
    """A pytest plugin that hands a run its settings, follows it, and keeps its result.

    `complaints` is what went wrong in pytest itself, `interrupted` whether somebody ended the run.
    """

    def __init__(
        self, settings: Settings, *, quiet: bool, console: Console | None = None
    ) -> None:  # fmt: skip
        self.specdouble_settings = settings
        self.result: dict[str, Any] | None = None
        self.complaints: list[str] = []
        self.interrupted = False
        self.tests = 0
        self._console = console or Console(stderr=True)
        self._quiet = quiet
        self._shown = not quiet and self._console.is_terminal and not os.environ.get("CI")
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(None), MofNCompleteColumn(), TextColumn("{task.fields[found]}"),
            TextColumn("{task.fields[left]}"), TimeElapsedColumn(), console=self._console, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("starting", total=None, found="", left="")
        self._found: set[str] = set()
        self._rest: dict[str, int] = {}
        self._count = self._spent = 0
        self._began = self._told = time.monotonic()

    def pytest_sessionstart(self) -> None:
        """Show the bar."""
        if self._shown:
            self._bar.start()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many tests there are (one process)."""
        self._learn([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn how many tests there are (several processes)."""
        self._learn(ids)

    def _learn(self, ids: list[str]) -> None:
        if not ids or self._count:
            return
        known, at = prices(self.specdouble_settings.api.pack.prices), 1 if self.specdouble_settings.budget else 2
        self._rest = {one: known.get(test_name(one), (0, *UNKNOWN))[at] for one in ids}
        self._count = len(ids)
        self._began = self._told = time.monotonic()
        self._bar.update(self._task, total=len(ids))

    def left(self, now: float) -> str:
        """Say how many minutes are left, at the rate so far; nothing while no rate can be told."""
        rest, seconds = sum(self._rest.values()), now - self._began
        if not self._spent or not self._rest or seconds < 1:
            return ""
        minutes = rest * seconds / self._spent / 60
        return f"about {minutes:.0f} min left" if minutes >= 1 else "less than a minute left"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Move the bar; name the operation that was just looked at."""
        if report.when != "teardown":
            return
        self.tests += 1
        for name, data in report.user_properties:
            if name == KEY and isinstance(data, dict):
                self._spent += int(data.get("spent") or 0)
                self._found |= {one["id"] for one in data["findings"] if one["severity"] == "violation"}
        found = f"[red]{len(self._found)} found[/red]" if self._found else ""
        what = escape(f"{_about(report.nodeid)[:_WIDTH]:<{_WIDTH}}")
        self._rest.pop(report.nodeid, None)
        now = time.monotonic()
        self._bar.update(self._task, advance=1, description=what, found=found, left=self.left(now))
        if not self._shown and not self._quiet and now - self._told >= _EVERY:
            self._told = now
            count = f"{self.tests:,} of {self._count:,} tests, {self._spent:,} requests"
            violations = f", {len(self._found)} violations" if self._found else ""
            sys.stderr.write(f"specdouble: {count}{violations}, {self.left(now)}\n")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what went wrong before any test ran."""
        if report.failed:
            self.complaints.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Keep what went wrong inside pytest."""
        self.complaints.append(str(excrepr))

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that somebody ended the run."""
        self.interrupted = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take the result and clear the bar."""
        if self._shown:
            self._bar.stop()
        running = session.config.pluginmanager.get_plugin("specdouble-running")
        if isinstance(running, Running):
            self.result = running.finish()
            self.complaints = [running.redactor.clean(one) for one in self.complaints]
        for one in self.complaints:
            print(one, file=sys.stderr)  # noqa: T201 - there is no terminal reporter to say it


def _about(nodeid: str) -> str:
    """Return what a test is about: the operation in its name, else the name."""
    name = nodeid.partition("::")[2]
    return name.partition("[")[2].removesuffix("]") if "[" in name else name
