"""The progress of a run: one bar with the current operation on a terminal, a few lines in a log."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contract_tests.running import KEY, Running
from contract_tests.settings import Settings


class Follower:
    """A pytest plugin that hands a run its settings, follows it, and keeps its result."""

    def __init__(self, settings: Settings, min_proven: float, *, quiet: bool) -> None:
        self.understudy_settings = settings
        self.min_proven = min_proven
        self.result: dict[str, Any] | None = None
        self.complaints: list[str] = []
        self._console = Console(stderr=True)
        self._shown = not quiet and self._console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(None), MofNCompleteColumn(), TextColumn("{task.fields[found]}"),
            TimeElapsedColumn(), console=self._console, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("starting", total=None, found="")
        self._found: set[str] = set()

    def pytest_sessionstart(self) -> None:
        """Show the bar."""
        if self._shown:
            self._bar.start()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many tests there are (one process)."""
        if session.items:
            self._bar.update(self._task, total=len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn how many tests there are (several processes)."""
        self._bar.update(self._task, total=len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Move the bar; name the operation that was just looked at."""
        if report.when != "teardown" and not (report.when == "setup" and report.skipped):
            return
        for name, data in report.user_properties:
            if name == KEY and isinstance(data, dict):
                self._found |= {one["id"] for one in data["findings"] if one["severity"] == "violation"}
        what = (
            report.nodeid.rpartition("[")[2].rstrip("]") if "[" in report.nodeid else report.nodeid.rpartition("::")[2]
        )
        found = f"[red]{len(self._found)} found[/red]" if self._found else ""
        self._bar.update(self._task, advance=1, description=f"{what[:48]:<48}", found=found)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what went wrong before any test ran."""
        if report.failed:
            self.complaints.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Keep what went wrong inside pytest."""
        self.complaints.append(str(excrepr))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take the result and clear the bar."""
        self._bar.stop()
        running = session.config.pluginmanager.get_plugin("understudy-running")
        if isinstance(running, Running):
            self.result = running.finish(self.min_proven)
        for one in self.complaints:
            print(one, file=sys.stderr)  # noqa: T201 - there is no terminal reporter to say it
