"""Exit code 1 says "violations" and nothing else: not a fault of specdouble, not a reader that went away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from verify_command import Run

from specdouble.cli import main as cli
from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.problems import SettingsError
from specdouble.verify.running.gather import gather


def test_a_fault_of_specdouble_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken() -> None:
        raise OverflowError("with a secret")

    monkeypatch.setattr(cli, "cli", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 3
    assert "OverflowError in specdouble itself, and no verdict" in said
    assert "with a secret" not in said
    (kept,) = tmp_path.iterdir()
    assert str(kept) in said
    assert "OverflowError: with a secret" in kept.read_text()


def test_a_verdict_stands_though_nobody_reads_it(specdouble_server: Urls, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = ["verify", specdouble_server.auth_gateway, "--only", "GET /v1/billing/plans", "-n", "1", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "specdouble", *words, "--journal", str(tmp_path)],
        stdout=writer, stderr=subprocess.PIPE, check=False, cwd=tmp_path, text=True,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"timeout": "inf"}, "--timeout inf is longer than a day"),
        ({"seed": str(2**63)}, f"--seed {2**63} is out of range"),
        ({"seed": "-1"}, "--seed -1 is out of range"),
    ],
)
def test_numbers_that_no_run_can_use(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        gather({"target": "http://localhost:1", **given})


def test_what_a_worker_prints_is_looked_at(run: Run, specdouble_server: Urls) -> None:
    words = ["--safety", "--control", "off", "--allow-writes", "--allow-destructive", "--task-command", "echo nonsense"]
    words += ["--service-token", "dev-service-token", "--admin", "admin@example.com:s3cure!admin", "--rate", "0"]
    code, out, _err = run(specdouble_server.auth_gateway, "--only", "GET /v1/tasks/active", *words)
    assert code != 1
    assert "VIOLATE 0" in out
    assert "--task-command printed 'nonsense', which is no task of" in " ".join(out.split())


def test_a_journal_that_cannot_be_written_is_told_before_the_run(
    run: Run, tmp_path: Path, specdouble_server: Urls
) -> None:
    (tmp_path / "runs").write_text("a file, where the fixture wants its folder")
    words = [specdouble_server.auth_gateway, "--safety", "--control", "off", "--only", "GET /v1/billing/plans"]
    with pytest.raises(SettingsError, match=r"--journal: .*runs cannot be written"):
        run(*words, "--allow-writes")
    assert run(*words)[0] == 0  # a run that only reads needs none
