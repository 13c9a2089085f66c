"""Report files: none of an earlier run survives, and one that cannot be written costs neither others nor verdict."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import click
import pytest
from verify_command import Run

from specdouble.cli.main import cli
from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.problems import SettingsError
from specdouble.verify.reports import KINDS, read
from specdouble.verify.reports.formats import html as html_report
from specdouble.verify.running import preflight
from tests.verify.reports_sample import full

TAKEN = "test_reach.py::test_a_valid_request_is_taken[GET /v1/keys]"
DOWN = "http://127.0.0.1:9"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


def wanted(**paths: str) -> list[str]:
    return [word for kind in KINDS for word in (f"--{kind}", paths.get(kind, f"r.{kind}"))]


def verify(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli(["verify", *words, "-n", "1", "--journal", "runs"], standalone_mode=False)
    return int(str(ended.value.code))


def old_green_reports(folder: Path) -> None:
    for kind in KINDS:
        (folder / f"r.{kind}").write_text("GREEN: everything conforms")


def says_it_did_not_take_place(folder: Path, why: str) -> None:
    """Check each report as its reader reads it."""
    result = read(folder / "r.json")
    assert result["summary"]["exit_code"] == 3
    assert len(result["problems"]) == 1
    assert why in result["problems"][0]
    assert {one["verdict"] for one in result["operations"]} == {"unproven"}
    assert len(result["operations"]) == 189
    (suite, *_others) = ET.parse(folder / "r.junit").getroot()
    assert int(suite.get("errors", "0")) == 1
    assert why in (suite.find(".//error").text or "")  # type: ignore[union-attr]
    (invocation,) = json.loads((folder / "r.sarif").read_text())["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 3
    assert why in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert json.loads((folder / "r.badge").read_text())["message"] == "error"
    for kind in ("html", "markdown"):
        text = (folder / f"r.{kind}").read_text()
        assert "The run did not take place" in text
        assert "GREEN" not in text


def test_a_failed_preflight_leaves_no_report_of_an_earlier_run(folder: Path) -> None:
    old_green_reports(folder)
    assert verify(DOWN, *wanted()) == 3
    says_it_did_not_take_place(folder, "the run did not take place: http://127.0.0.1:9: the connection was refused.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "AUHT"), "names no rule"),
        (("--user", "ada@example.com"), "--user must read EMAIL:PASSWORD"),
        (("--waivers", "none.toml"), "none.toml"),
        (("--only", "test_nobody_wrote_this"), "no test looks at"),
    ],
)
def test_nor_does_a_command_that_makes_no_sense(
    words: tuple[str, ...], said: str, folder: Path, specdouble_server: Urls
) -> None:
    old_green_reports(folder)
    with pytest.raises(SettingsError, match=said):
        verify(specdouble_server.auth_gateway, *words, *wanted())
    assert said in read(folder / "r.json")["problems"][0]
    assert read(folder / "r.json")["summary"]["exit_code"] == 3


def test_nor_does_a_fault_of_our_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: object) -> object:
        raise ZeroDivisionError("an oversight")

    monkeypatch.setattr(preflight, "preflight", broken)
    old_green_reports(folder)
    with pytest.raises(ZeroDivisionError):
        verify(DOWN, *wanted())
    says_it_did_not_take_place(folder, "an oversight")


def test_nor_does_a_kill(folder: Path, specdouble_server: Urls) -> None:
    old_green_reports(folder)
    command = [
        sys.executable,
        "-m",
        "specdouble",
        "verify",
        specdouble_server.auth_gateway,
        "-n",
        "1",
        "--journal",
        "runs",
    ]
    run = subprocess.Popen([*command, *wanted()], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while not list(folder.glob("runs/*.jsonl")) and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert run.returncode == -signal.SIGKILL
    says_it_did_not_take_place(folder, "the run did not end")


def test_no_password_of_a_url_gets_into_a_report(folder: Path) -> None:
    assert verify("http://guard:gate-passw0rd@127.0.0.1:9", *wanted()) == 3
    for kind in KINDS:
        assert "gate-passw0rd" not in (folder / f"r.{kind}").read_text(), kind


def test_a_report_that_cannot_be_written_costs_neither_the_others_nor_the_verdict(
    folder: Path, specdouble_server: Urls, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "taken").write_text("")
    (folder / "a-folder").mkdir()
    paths = {"json": "a-folder", "html": "taken/r.html", "sarif": "new/folder/r.sarif"}
    assert verify(specdouble_server.auth_gateway, "--only", TAKEN, *wanted(**paths)) == 0
    out, err = capfd.readouterr()
    assert "CONFORM 1/1 paths 1/1 operations" in out
    assert "reports: r.junit, new/folder/r.sarif, r.markdown, r.badge" in out
    assert "a-folder cannot be written (Is a directory)" in err
    assert "taken/r.html cannot be written (" in err
    assert "Traceback" not in err
    assert ET.parse(folder / "r.junit").getroot().get("errors") == "0"
    left = {path.name for path in folder.iterdir()} - {"runs", "new", "taken", "a-folder"}
    assert left == {"r.junit", "r.markdown", "r.badge"}  # nothing that nobody asked for


def test_a_report_that_breaks_costs_nothing_either(
    folder: Path, specdouble_server: Urls, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_result: object) -> str:
        raise KeyError("an oversight")

    monkeypatch.setattr(html_report, "render", broken)
    assert verify(specdouble_server.auth_gateway, "--only", TAKEN, *wanted()) == 0
    assert "r.html is not written, a fault of specdouble (KeyError: 'an oversight')" in capfd.readouterr().err
    assert read(folder / "r.json")["summary"]["exit_code"] == 0


def test_a_step_summary_that_cannot_be_written_costs_no_verdict(
    folder: Path, specdouble_server: Urls, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder))
    assert verify(specdouble_server.auth_gateway, "--only", TAKEN) == 0
    assert "the step summary cannot be written" in capfd.readouterr().err


def test_merge_keeps_its_verdict_too(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "r.json").write_text(json.dumps(full()))
    (folder / "taken").write_text("")
    with pytest.raises(SystemExit) as ended:
        cli(["report", "merge", "r.json", "--html", "taken/r.html", "--junit", "r.xml"], standalone_mode=False)
    assert ended.value.code == 1
    assert "taken/r.html cannot be written" in capfd.readouterr().err
    assert (folder / "r.xml").is_file()


def test_a_merge_that_fails_leaves_no_old_report_and_spares_what_it_reads(folder: Path) -> None:
    old_green_reports(folder)
    (folder / "r.json").write_text("no result")
    with pytest.raises(click.ClickException, match=r"r\.json: is not JSON"):
        cli(["report", "merge", "r.json", *wanted()], standalone_mode=False)
    assert (folder / "r.json").read_text() == "no result"
    assert "r.json: is not JSON" in ET.parse(folder / "r.junit").getroot().findall(".//error")[0].text  # type: ignore


@pytest.mark.parametrize("kind", ["sarif", "junit"])
def test_the_file_that_code_scanning_shows_can_be_named_to_every_command(kind: str, folder: Path) -> None:
    (folder / "r.json").write_text(json.dumps(full()))
    for name in ("show", "merge"):
        words = ["report", name, "r.json", f"--{kind}", "r.out", "--sarif-file", "docs/api.json"]
        with pytest.raises(SystemExit) if name == "merge" else _nothing():
            cli(words, standalone_mode=False)
        assert "docs/api.json" in (folder / "r.out").read_text()
    assert verify(DOWN, f"--{kind}", "r.out", "--sarif-file", "docs/page.json") == 3
    assert not (folder / "docs").exists()  # it is read, never written


class _nothing:  # noqa: N801 - a context manager that expects nothing
    def __enter__(self) -> None: ...

    def __exit__(self, *_error: object) -> None: ...


def test_two_reports_in_one_file_are_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--json and --html name the same file"):
        run("http://127.0.0.1:1", "--json", str(tmp_path / "x"), "--html", str(tmp_path / "x"))
