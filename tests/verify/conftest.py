"""What tests of the verifier share."""

from __future__ import annotations

from pathlib import Path

import pytest
from verify_command import Run

from specdouble.cli.main import cli


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli(["verify", *words, "-n", "1", "--journal", str(tmp_path / "runs")], standalone_mode=False)
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    return call
