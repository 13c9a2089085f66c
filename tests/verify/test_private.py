"""What a run leaves on disk is its owner's alone: journal, result and every report."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from specdouble.verify.reports import KINDS, write
from specdouble.verify.safety.journal import Journal
from tests.verify.reports_sample import full

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")


def test_reports_and_the_journal_are_private(tmp_path: Path) -> None:
    write(full(), {kind: tmp_path / "reports" / f"report.{kind}" for kind in KINDS})
    Journal("run", tmp_path / "state" / "runs").write("created", undo="DELETE /things/1")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == len(KINDS) + 1
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_dir()} == {0o700}
