"""A run inside pytest: settings and preflight, records around each test, the result at the end.

With pytest-xdist the tests run in worker processes; each sends its records with the reports of its tests, and the
process that started them makes the result.
"""

from __future__ import annotations

import dataclasses
import resource
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from contract_tests.cleanup import sweep
from contract_tests.journal import folder
from contract_tests.judge import Stop
from contract_tests.plugin import dest, settings_of, worker_name
from contract_tests.preflight import alive, preflight
from contract_tests.problems import SettingsError, TargetError, Unmet
from contract_tests.record import Record
from contract_tests.result import Result
from contract_tests.selection import check_words, chosen_ops, ops_of, select
from contract_tests.settings import Settings
from contract_tests.stage import Stage

KEY = "understudy"  # under which a report carries its record


class Running:
    """The run in one process: the one that starts it, or a worker."""

    def __init__(self, config: pytest.Config, settings: Settings | None = None) -> None:
        self.config = config
        self.worker = worker_name(config)
        self.leads = self.worker == "main"
        self.dead = ""
        self.record = Record()
        self._stage: Stage | None = None
        self.started = time.perf_counter()
        try:
            if settings is not None:
                self.settings = settings
            elif self.leads:
                self.settings = settings_of(config)
                check_words(self.settings)
                self.settings = preflight(self.settings)
            else:
                self.settings = Settings(**config.workerinput[KEY])  # type: ignore[attr-defined]
        except SettingsError as error:
            raise pytest.UsageError(str(error)) from None
        except TargetError as error:
            pytest.exit(f"understudy: {error}", returncode=3)
        self.result = Result(self.settings, chosen_ops(self.settings))
        self.data: dict[str, Any] | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker what was found out here, seed and name of the run included."""
        node.workerinput[KEY] = dataclasses.asdict(self.settings)

    @property
    def stage(self) -> Stage:
        """The stage of this process, made on first use."""
        if self._stage is None:
            self._stage = Stage(self.settings, self.worker)
            self._stage.client.begin(self.record)
        return self._stage

    # -- choosing --------------------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of this run."""
        try:
            kept, others = select(self.settings, items)
        except SettingsError as error:
            raise pytest.UsageError(str(error)) from None
        if others:
            self.config.hook.pytest_deselected(items=others)
            items[:] = kept

    # -- around a test ---------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Open a record; after the target was lost, tests are not made any more."""
        if self.dead:
            pytest.skip("the target is lost")
        self.record = Record(test=item.nodeid)
        self.stage.client.begin(self.record)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Turn what suites raise into outcomes: a finding, a skip with its reason, the loss of the target."""
        try:
            yield
        except Stop:
            pass
        except Unmet as error:
            for op in ops_of(item)[:1]:
                self.record.skip(op, str(error))
            pytest.skip(str(error))
        except TargetError as error:
            self._lost(item, error)

    def _lost(self, item: pytest.Item, error: TargetError) -> None:
        if alive(self.settings):
            for op in ops_of(item)[:1]:
                self.record.add(
                    "SCHEMA-08", op, str(error), promised="an answer to every request", expected="an answer", got="none"
                )
            return
        self.dead = str(error)
        pytest.skip("the target is lost")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
        """Attach the record to the report; a test whose record has violations failed."""
        report: Any = yield
        if call.when == "call":
            if self.record.violations and report.outcome == "passed":
                report.outcome = "failed"
                report.longrepr = self._text()
            elif report.outcome == "failed":
                report.longrepr = self.stage.redactor.clean(str(report.longrepr))
                self.record_crash(item, call)
        if call.when == "teardown" or (call.when == "setup" and report.outcome != "passed"):
            data = self.stage.redactor.clean_all(self.record.data())
            report.user_properties.append((KEY, {**data, "dead": self.dead, "cpu": time.process_time()}))
            self.record = Record(test=item.nodeid)
            self.stage.client.begin(self.record)
        return report

    def record_crash(self, item: pytest.Item, call: Any) -> None:
        """Say that a test broke by itself, and so proves nothing."""
        for op in ops_of(item)[:1]:
            self.record.skip(op, f"the test itself broke ({call.excinfo.typename}: {call.excinfo.value})")

    def _text(self) -> str:
        lines = []
        for one in self.record.violations:
            lines += [
                f"{one['rule']} {one['op']}: {one['message']}",
                f"  promised  {one['promised']}  {one['pointer']} {one['source']}".rstrip(),
                f"  expected  {one['expected']}",
                f"  got       {one['got']}",
                *(f"  $ {curl}" for curl in one["sequence"]),
            ]
        return self.stage.redactor.clean("\n".join(lines))

    # -- at the end ------------------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather records in the process that started the run."""
        if not self.leads:
            return
        for name, data in report.user_properties:
            if name == KEY and isinstance(data, dict):
                self.result.add(data)
                if data["dead"]:
                    self.result.problem(f"the target was lost: {data['dead']}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Remove what this process created; make the result in the process that started the run."""
        if self._stage is not None and not self.dead:
            self._stage.client.begin(Record())
            sweep(self._stage)
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output["understudy_cpu"] = _cpu()
            return

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add up the CPU time of workers."""
        self.result.cpu_seconds += (getattr(node, "workeroutput", None) or {}).get("understudy_cpu", 0.0)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Write the result."""
        if not self.leads:
            return
        self.finish()

    def finish(self, min_proven: float | None = None) -> dict[str, Any]:
        """Make the result once, keep it beside the journal, and write it where it was asked for."""
        if self.data is None:
            self.result.cpu_seconds += _cpu()
            least = float(self.config.getoption(dest("min-proven")) or 0) if min_proven is None else min_proven
            self.data = self.result.data(least, time.perf_counter() - self.started)
            where = folder(self.settings.journal)
            text = orjson.dumps(self.data, option=orjson.OPT_INDENT_2)
            try:
                where.mkdir(parents=True, exist_ok=True)
                (where / f"{self.settings.run}.result.json").write_bytes(text)
            except OSError:
                pass  # a read-only home: --replay will not find this run
            if self.config.getoption(dest("result")):
                Path(self.config.getoption(dest("result"))).write_bytes(text)
        return self.data

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Close a plain pytest run with the headline."""
        if self.leads:
            from contract_tests.reports.terminal import headline

            terminalreporter.write_line(headline(self.finish()))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
