"""A run inside pytest: settings and preflight, records around each test, the result at the end.

With pytest-xdist the tests run in worker processes; each sends its records with the reports of its tests, and the
process that started them makes the result.
"""

from __future__ import annotations

import contextlib
import re
import resource
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import orjson
import pytest

from specdouble.files import write_private
from specdouble.verify.api.chosen import chosen_ops
from specdouble.verify.http.meter import Meter
from specdouble.verify.problems import SettingsError, TargetError, Unmet
from specdouble.verify.responses.record import VIOLATION, Record
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.results import baseline
from specdouble.verify.results.absent import UNFINISHED, absent
from specdouble.verify.results.result import EXIT_BROKEN, Result
from specdouble.verify.running.gather import restored
from specdouble.verify.running.opening import make_session
from specdouble.verify.running.plan import Plan, plan
from specdouble.verify.running.preflight import alive, preflight
from specdouble.verify.running.pytest_options import dest, refuse, settings_of, worker_name
from specdouble.verify.running.selection import about, check_words, ops_of, rules_of, select, whole
from specdouble.verify.safety.journal import folder
from specdouble.verify.session.check import Stop
from specdouble.verify.session.cleanup import leftovers, remove, sweep
from specdouble.verify.session.session import Session
from specdouble.verify.settings.values import Settings

KEY = "specdouble"  # under which a report carries its record
LOST = "the target was lost"


class Running:
    """The run in one process: the one that starts it, or a worker."""

    def __init__(self, config: pytest.Config, settings: Settings | None = None) -> None:
        self.config = config
        self.worker = worker_name(config)
        self.leads = self.worker == "main"
        self.dead = ""
        self._announced = False
        self._told = False
        self._spent = 0
        self.record = Record()
        self._session: Session | None = None
        self.plan = Plan()
        self.started = time.perf_counter()
        self._never_made(UNFINISHED)
        try:
            if settings is not None:
                self.settings = settings
            elif self.leads:
                self.settings = settings_of(config)
                check_words(self.settings)
                self.settings = preflight(self.settings)
            else:
                self.settings = restored(config.workerinput[KEY])  # type: ignore[attr-defined]
            self.redactor = Redactor.of(self.settings.secrets(), self.settings.api.words.secret_looks)
            self.result = Result(
                self.settings, chosen_ops(self.settings), whole=whole(config, self.settings.api.folder)
            )
            self._chosen = {op.id for op in self.result.ops}
        except SettingsError as error:
            self._never_made(str(error))
            raise pytest.UsageError(f"specdouble: {error}") from None
        except TargetError as error:
            self._never_made(str(error))
            pytest.exit(f"specdouble: {error}", returncode=EXIT_BROKEN)
        self.data: dict[str, Any] | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker what was found out here, seed and name of the run included, and its part of the rate."""
        given = self.settings.values()
        given["rate"] /= max(1, int(node.workerinput.get("workercount", 1)))
        node.workerinput[KEY] = given

    @property
    def session(self) -> Session:
        """The session of this process, made on first use."""
        if self._session is None:
            self._session = make_session(self.settings, self.worker)
            self.redactor = self._session.redactor
        return self._session

    # -- choosing --------------------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Keep the tests of this run."""
        try:
            kept, others = select(self.settings, items)
        except SettingsError as error:
            refuse(session, items, f"specdouble: {error}")
            return
        if self.settings.budget:
            self.plan = plan(self.settings.api, kept, self.settings.allowance)
            kept, others = self.plan.kept, [*others, *self.plan.left]
            self.result.budget.left_out = [about(item) for item in self.plan.left]
        if others:
            self.config.hook.pytest_deselected(items=others)
        items[:] = kept
        self.result.proof.planned |= {pair for item in [*kept, *self.plan.left] for pair in about(item)}

    # -- around a test ---------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Open a record; after the target was lost, tests are not made any more.

        The innermost wrapper: pytest's own ones take down in the teardown what they have set up before this one skips.
        """
        self._open(item)
        if self.dead:
            self._skip(item, LOST)
            pytest.skip("the target is lost")
        return (yield from self._minded(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Turn what suites raise into outcomes: a finding, a skip with its reason, the loss of the target."""
        try:
            return (yield from self._minded(item))
        finally:
            if self.settings.api.generated and not self.dead and self.record.violations:
                self._confirm(item)

    def _confirm(self, item: pytest.Item) -> None:
        """Make a test again that found something: what does not show a second time is not reported."""
        first = self.record.findings
        self.record.findings = {}
        self.session.forget()
        try:
            item.runtest()
        except (Stop, Unmet, TargetError, BaseExceptionGroup) as error:
            for one in _leaves(error):
                if isinstance(one, TargetError):
                    self._lost(item, one)
        except Exception as error:
            self.record.crashes.append(
                f"{item.nodeid.rpartition('/')[2]} when it was made again: {type(error).__name__}"
            )
        again = self.record.findings
        self.record.findings = {id_: one for id_, one in first.items() if id_ in again or one["severity"] != VIOLATION}

    def _minded(self, item: pytest.Item) -> Generator[None, Any, Any]:
        try:
            return (yield)
        except (Stop, Unmet, TargetError, BaseExceptionGroup) as error:
            self._end(item, error)

    def _end(self, item: pytest.Item, error: BaseException) -> None:
        """End a test whose outcome an exception says; what it does not know goes on."""
        parts = list(_leaves(error))
        if not all(isinstance(one, Stop | Unmet | TargetError) for one in parts):
            raise error
        for one in parts:
            if isinstance(one, TargetError):
                self._lost(item, one)
        for one in parts:
            if isinstance(one, Unmet):
                self._skip(item, str(one))
                pytest.skip(str(one))
        if not self._violations():  # what ended the test is not what this run is about
            self._skip(item, f"a check ended early: {error}")

    def _skip(self, item: pytest.Item, reason: str) -> None:
        """Note that a check was not made on the operations that it is about."""
        for rule, op in about(item):
            self.record.skip(op, _without_name(reason, op), rule)

    def _violations(self) -> list[dict[str, Any]]:
        """Return the violations of the running test on operations that the run is about."""
        return [one for one in self.record.violations if one["op"] in self._chosen]

    def _lost(self, item: pytest.Item, error: TargetError) -> None:
        if not error.final and alive(self.settings):
            for op in ([error.op] if error.op else ops_of(item))[:1]:
                self.record.add(
                    "SCHEMA-08",
                    op,
                    str(error),
                    promised="a response to every request",
                    expected="a response",
                    got="none",
                )
            return
        self.dead = self.redactor.clean(str(error))
        self._skip(item, LOST)
        pytest.skip("the target is lost")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
        """Attach the record to the report; a test whose record has violations failed."""
        report: Any = yield
        violations = [one for one in self._violations() if not self.result.waives(one)]
        if call.when == "call" and violations and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = self._text(violations)
        elif report.outcome == "failed":
            report.longrepr = self.redactor.clean(str(report.longrepr))
            self._broke(item, call)
        report.sections = [(name, self.redactor.clean(text)) for name, text in report.sections]
        if call.when == "teardown":
            data = self.record.data()
            for said in data.keys() - {"statuses", "judged"}:  # the rest is names of ours and counts
                data[said] = self.redactor.clean_all(data[said])
            spent = self.session.meter.spent - self._spent
            data["planned"] = [] if self.leads or self._announced else sorted(self.result.proof.planned)
            self._announced = True  # with the first report: a process that is ended tells nothing at its end
            report.user_properties.append((KEY, {**data, "spent": spent, "dead": self.dead}))
            self._open(item)
        return report

    def _open(self, item: pytest.Item) -> None:
        self.record = Record(test=item.nodeid, rules=tuple(rules_of(item)), ops=tuple(ops_of(item)))
        self.session.client.begin(self.record)
        self.session.turn((ops_of(item) or [""])[0], samples=item.nodeid in self.plan.samples)
        self._spent = self.session.meter.spent

    def _broke(self, item: pytest.Item, call: Any) -> None:
        """Say that a test broke by itself, and so proves nothing."""
        said = f"{call.excinfo.typename}: {str(call.excinfo.value)[:200]}" if call.excinfo else "no exception"
        self.record.crashes.append(f"{item.nodeid.rpartition('/')[2]} in {call.when}: {said}")
        self._skip(item, f"the test itself broke ({said})")

    def _text(self, violations: list[dict[str, Any]]) -> str:
        lines = []
        for one in violations:
            lines += [
                f"{one['rule']} {one['op']}: {one['message']}",
                f"  promised  {one['promised']}  {one['pointer']} {one['source']}".rstrip(),
                f"  expected  {one['expected']}",
                f"  got       {one['got']}",
                *(f"  $ {curl}" for curl in one["sequence"]),
            ]
        return self.redactor.clean("\n".join(lines))

    # -- at the end ------------------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather records in the process that started the run."""
        if not self.leads:
            return
        for name, data in report.user_properties:
            if name == KEY and isinstance(data, dict):
                self.result.add(data)
                if data["dead"] and not self._told:  # each process meets it in its own words; the first one tells
                    self._told = True
                    self.result.problem(f"the target was lost: {data['dead']}")
        if report.failed and str(report.when) not in ("setup", "call", "teardown"):
            # A process of the run has died: nobody was left to make a record.
            self.result.crashes.append(f"{report.nodeid.rpartition('/')[2]}: {report.longrepr}")

    def pytest_keyboard_interrupt(self) -> None:
        """Say that the result is that of a part of the run."""
        self.result.problem(f"the run was interrupted after {self.result.tests} tests")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Remove what this process created; let the result say how pytest ends."""
        if self._session is not None and (not self.dead or alive(self.settings)):
            self._session.client.begin(Record())
            sweep(self._session)
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output["specdouble_cpu"] = _cpu()
            output["specdouble_left_out"] = self.result.budget.left_out
        found = yield
        if self.leads and not self.config.option.collectonly and session.exitstatus in (0, 1):
            session.exitstatus = int(self.finish()["summary"]["exit_code"])
        return found

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add up the CPU time of workers, and learn what they left out."""
        told = getattr(node, "workeroutput", None) or {}
        self.result.cpu_seconds += told.get("specdouble_cpu", 0.0)
        self.result.budget.left_out = told.get("specdouble_left_out", self.result.budget.left_out)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Write the result, close the connections."""
        if self.leads and not self.config.option.collectonly:
            self.finish()
        if self._session is not None:
            self._session.close()

    def finish(self) -> dict[str, Any]:
        """Make the result once, keep it beside the journal, and write it where it was asked for."""
        if self.data is None:
            self._sweep_rest()
            self.result.cpu_seconds += _cpu()
            self.result.budget.spent = (meter := Meter(self.settings)).total()
            meter.close()
            self.data = self.result.data(time.perf_counter() - self.started)
            self._baseline(self.data)
            where = folder(self.settings.journal)
            text = orjson.dumps(self.data, option=orjson.OPT_INDENT_2)
            with contextlib.suppress(OSError):  # a read-only home: --replay will not find this run
                write_private(where / f"{self.settings.run}.result.json", text)
            self._store(self.data)
            for note in self.data["notes"]:
                sys.stderr.write(f"specdouble: {note}\n")
        return self.data

    def _baseline(self, data: dict[str, Any]) -> None:
        """Write what the run was asked to write of its findings, and say what is gone of those that were known."""
        try:
            data["notes"] += baseline.settle(self.result.known, data, self.settings)
        except SettingsError as error:
            data["problems"].append(str(error))
            data["summary"]["exit_code"] = EXIT_BROKEN

    @property
    def _stored(self) -> Path | None:
        """Where plain pytest was told to write the result, in the process that writes it."""
        option = self.config.option
        name = getattr(option, dest("result"), None)
        return Path(name) if name and self.leads and not option.collectonly else None

    def _never_made(self, why: str) -> None:
        """Leave no result of an earlier run where this one was to write its own (see `absent`)."""
        if self._stored and str(self._stored) != getattr(self.config.option, dest("replay-from"), None):
            self._store(absent(why))

    def _store(self, data: dict[str, Any]) -> None:
        if not self._stored:
            return
        try:
            write_private(self._stored, orjson.dumps(data, option=orjson.OPT_INDENT_2))
        except OSError as error:
            sys.stderr.write(f"specdouble: {self._stored} cannot be written ({error.strerror}).\n")

    def _sweep_rest(self) -> None:
        """Remove what processes of this run left behind that died or were interrupted."""
        pending = [one for one in leftovers(self.settings.run, self.settings.journal) if one["undo"]]
        if not pending or self._session is not None or not alive(self.settings):
            return
        sys.stderr.write(f"specdouble: removing {len(pending)} things that processes of this run left behind\n")
        with contextlib.suppress(SettingsError, KeyboardInterrupt):  # once more Ctrl+C: left to `specdouble cleanup`
            remove(self.session, pending)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None, Any, Any]:
        """Close a plain pytest run with the headline."""
        found = yield
        if self.leads and not self.config.option.collectonly:
            from specdouble.verify.reports.formats.terminal import headline

            data = self.finish()
            terminalreporter.write_line(headline(data))
            for problem in data["problems"]:
                terminalreporter.write_line(problem)
            if any(not one["removed"] for one in data["created"]):
                terminalreporter.write_line(f"left behind: specdouble cleanup {data['run']['id']}")
        return found


def _without_name(reason: str, op: str) -> str:
    """Return a reason without the name of its own operation, so that equal reasons of several are told once."""
    return re.sub(rf"{re.escape(op)}(?![\w/{{])", "the operation", reason)


def _leaves(error: BaseException) -> Generator[BaseException, None, None]:
    """Yield an exception, or those that a group of them holds: several examples of one test may end in several ways."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
