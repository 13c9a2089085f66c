"""The report files of a run: never those of an earlier one, and none lost because another cannot be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from specdouble.verify.api.api import Api
from specdouble.verify.problems import SettingsError
from specdouble.verify.settings.values import Settings


class Outputs:
    """The files that a run was asked for, by kind; a context manager around the run.

    On entry each file says that the run did not end, so that no report of an earlier run survives a kill; when the run
    ends with an exception instead of a result, each says that it did not take place, and why. `inputs` are files that
    are read meanwhile: they are spared until there is a result. `at_once` leaves the entry out.
    """

    def __init__(
        self, files: Mapping[str, Path], target: str = "", inputs: Iterable[str] = (), *, at_once: bool = True,
        api: Api | None = None,
    ) -> None:  # fmt: skip
        self.files = dict(files)
        self.target = target
        self.api = api
        self._twice()
        self.settings: Settings | None = None
        spared = {Path(one).resolve() for one in inputs if one}
        self._stale = {kind: path for kind, path in self.files.items() if path.resolve() not in spared}
        self._at_once = at_once
        self._has_result = False

    def _twice(self) -> None:
        """Refuse a file that is named for two kinds of report; raises SettingsError."""
        kinds: dict[Path, str] = {}
        for kind, path in self.files.items():
            other = kinds.setdefault(path.resolve(), kind)
            if other != kind:
                raise SettingsError(
                    f"--{other} and --{kind} name the same file", where=str(path), next_step="Give each its own"
                )

    def __enter__(self) -> Outputs:
        if not self._at_once:
            return self
        from specdouble.verify.results.absent import UNFINISHED

        for path, why in self._absent(UNFINISHED).items():
            click.echo(f"specdouble: {path} {why}. The run goes on without it.", err=True)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is not None and not self._has_result:
            said = str(error) if isinstance(error, Exception) else "it was interrupted before its first test"
            self._absent(said or type(error).__name__)

    def write(self, result: Mapping[str, Any]) -> list[Path]:
        """Write every report that can be written, name the others on stderr, and return those that were."""
        self._has_result = True
        return write(result, self.files)

    def _absent(self, why: str) -> dict[Path, str]:
        if not self._stale:
            return {}
        from specdouble.verify.reports import write as write_reports
        from specdouble.verify.results.absent import absent

        lost: dict[Path, str] = {}
        write_reports(absent(why, self.settings, self.target, self.api), self._stale, lost)
        return lost


def write(result: Mapping[str, Any], files: Mapping[str, Path]) -> list[Path]:
    """Write reports of a result; name on stderr those that cannot be written, and return the others."""
    from specdouble.verify.reports import write as write_reports

    lost: dict[Path, str] = {}
    written = write_reports(result, files, lost)
    for path, why in lost.items():
        click.echo(f"specdouble: {path} {why}.", err=True)
    return written
