"""`specdouble verify`: exit codes, reports, explanations, notes, interruptions and broken tests."""

from __future__ import annotations

import json
import os
import shlex
import signal
import threading
from pathlib import Path
from typing import Any

import click
import pytest
from apis import API
from verify_command import Run

from specdouble.cli.main import cli
from specdouble.cli.progress import Follower, _about
from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.problems import SettingsError
from specdouble.verify.responses.record import Record
from tests.planted.catalogue import find
from tests.planted.fault import planted
from tests.verify.wsgi import Server, Tap, healthy

TAKEN = "test_reach.py::test_a_valid_request_is_taken"
KINDS = {
    "json": "{",
    "html": "<!doctype html>",
    "junit": "<?xml",
    "sarif": "{",
    "codequality": "[",
    "markdown": "## ",
    "badge": "{",
}


def stored(tmp_path: Path, name: str = "r.json") -> dict[str, Any]:
    return dict(json.loads((tmp_path / name).read_text()))


def test_0_and_every_report(run: Run, tmp_path: Path, specdouble_server: Urls) -> None:
    words = [word for kind in KINDS for word in (f"--{kind}", f"report.{kind}")]
    code, out, err = run(specdouble_server.auth_gateway, "--only", f"{TAKEN}[GET /v1/keys]", "--seed", "77", *words)
    assert code == 0, out + err
    assert err == ""
    assert "CONFORM 1/1 paths 1/1 operations · VIOLATE 0 · UNPROVEN 0 · WAIVED 0" in out
    assert "seed 77 · reports: report.json, report.html" in out
    for kind, start in KINDS.items():
        assert (tmp_path / f"report.{kind}").read_text().lower().startswith(start)
    told = stored(tmp_path, "report.json")
    assert told["run"]["seed"] == 77
    assert told["notes"] == []
    assert all(one["removed"] for one in told["created"])
    assert told["created"]


def test_1_and_a_finding_that_can_be_replayed_alone(
    run: Run, tmp_path: Path, specdouble_server: Urls, specdouble_platform: Platform
) -> None:
    with planted(specdouble_platform, find("keys-list-secrets")):
        code, out, _err = run(
            specdouble_server.auth_gateway, "--only", "GET /v1/keys", "--json", "r.json", "--fail-fast"
        )
        assert code == 1
        told = stored(tmp_path)
        found = next(one for one in told["findings"] if one["severity"] == "violation")
        assert found["replay"] in out
        words = shlex.split(found["replay"])[2:]
        code, _out, _err = run(*words, "--json", "r.json")
        assert code == 1
        replayed = stored(tmp_path)
    assert {one["test"] for one in replayed["findings"]} == {found["test"]}
    assert found["id"] in {one["id"] for one in replayed["findings"]}
    assert replayed["run"]["seed"] == told["run"]["seed"]
    assert len(replayed["operations"]) < 5  # a replay says nothing of the rest
    code, out, _err = run(*words)
    assert code == 0, out  # the fault is mended


def test_2_where_too_little_is_proven(run: Run, specdouble_server: Urls) -> None:
    words = (specdouble_server.auth_gateway, "--control", "off", "--only", f"{TAKEN}[POST /v1/tenants]")
    code, out, _err = run(*words, "--min-proven", "0.5")
    assert code == 2
    assert "UNPROVEN 1" in out
    assert "no credentials of an admin were given: --admin EMAIL:PASSWORD" in out
    assert run(*words, "--min-proven", "0")[0] == 2  # nothing at all is proven


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "AUHT"), r"--only 'AUHT' names no rule.*closest is 'AUTH'"),
        (("--deny", "x"), "--deny 'x' names no operation"),
        (("--shard", "5/4"), "--shard '5/4'"),
        (("--replay", "0123456789ab"), "no result that was kept in .*: --replay-from result.json"),
        (("--waivers", "none.toml"), "none.toml: No such file"),
        (("--only", "test_nobody_wrote_this"), "no test looks at test_nobody_wrote_this"),
    ],
)
def test_2_where_the_command_makes_no_sense(
    words: tuple[str, ...], said: str, run: Run, specdouble_server: Urls
) -> None:
    with pytest.raises(SettingsError, match=said):
        run(specdouble_server.auth_gateway, *words)


def test_everything_can_come_from_the_environment_and_the_file(
    run: Run, tmp_path: Path, specdouble_server: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "specdouble.toml").write_text(
        f'[verify]\ntarget = "{specdouble_server.auth_gateway}"\nmin-proven = 1.0\n'
    )
    monkeypatch.setenv("SPECDOUBLE_ONLY", f"{TAKEN}[GET /v1/keys]")
    monkeypatch.setenv("SPECDOUBLE_JSON", "r.json")
    monkeypatch.setenv("SPECDOUBLE_QUIET", "1")
    code, out, err = run()
    assert code == 0, out + err
    assert stored(tmp_path)["run"]["target"] == specdouble_server.auth_gateway


def test_an_expired_waiver_is_told(
    run: Run, tmp_path: Path, specdouble_server: Urls, specdouble_platform: Platform
) -> None:
    waiver = '[[waiver]]\noperation = "GET /v1/keys"\nreason = "ticket 7"\nexpires = {}\n'
    words = (
        specdouble_server.auth_gateway,
        "--only",
        f"{TAKEN}[GET /v1/keys]",
        "--waivers",
        "w.toml",
        "--json",
        "r.json",
    )
    with planted(specdouble_platform, find("keys-list-secrets")):
        (tmp_path / "w.toml").write_text(waiver.format("2999-01-01"))
        code, out, _err = run(*words)
        assert (code, stored(tmp_path)["summary"]["operations"]["waived"]) == (0, 1)
        (tmp_path / "w.toml").write_text(waiver.format("2020-01-01"))
        code, out, err = run(*words)
    assert code == 1
    assert "expired on 2020-01-01" in out
    assert "ticket 7" in err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    cli(["verify", "--explain", "auth-07"], standalone_mode=False)
    out = capsys.readouterr().out
    assert out.startswith("AUTH-07  Refused: a token whose signature is cut")
    assert "Family  AUTH: who may call" in out
    with pytest.raises(click.UsageError, match="no rule 'AUTH-7'; the closest is AUTH-"):
        cli(["verify", "--explain", "AUTH-7"], standalone_mode=False)


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    cli(["verify", "--rules"], standalone_mode=False)
    rules, _, policy = capsys.readouterr().out.partition("\n\n")
    assert [line.split()[0] for line in rules.splitlines()] == list(API.rules)
    assert [one for one in API.reasons if f"{one}: {API.reasons[one].text}" not in policy] == []


def test_an_interruption_reports_what_was_done_and_tidies_up(
    run: Run, tmp_path: Path, specdouble_platform: Platform
) -> None:
    tap = Tap(specdouble_platform, healthy)

    def interrupt(environ: Any, _sent: bytes, status: str, body: bytes) -> tuple[str, bytes]:
        if environ["PATH_INFO"] == "/v1/tenants" and environ["REQUEST_METHOD"] == "POST":
            tap.spoil = healthy
            os.kill(os.getpid(), signal.SIGTERM)  # as CI ends a job; Ctrl+C is SIGINT
        return status, body

    tap.spoil = interrupt
    assert threading.current_thread() is threading.main_thread()
    with Server(tap) as server:
        words = ("--only", f"{TAKEN}[GET /v1/keys]", "--only", f"{TAKEN}[POST /v1/tenants]")
        code, out, _err = run(server.url, *words, "--json", "r.json")
    assert code == 130
    assert "the run was interrupted after 1 tests" in out
    told = stored(tmp_path)
    assert told["summary"]["exit_code"] == 3
    assert [one["verdict"] for one in told["operations"] if one["key"] == "GET /v1/keys"] == ["conforms"]
    assert [one for one in specdouble_platform.world.state["users"] if "specdouble" in one["email"]] == []
    assert signal.getsignal(signal.SIGTERM) is not signal.default_int_handler


def test_a_test_that_breaks_is_no_proof_and_no_secret(
    run: Run, tmp_path: Path, specdouble_server: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    from specdouble.verify.session.session import Session

    def broken(*_given: Any, **_more: Any) -> Any:
        raise ZeroDivisionError("an oversight of the suite")

    monkeypatch.setattr(Session, "play", broken)
    words = ("--only", f"{TAKEN}[GET /v1/keys]", "--json", "r.json")
    code, out, err = run(specdouble_server.auth_gateway, *words, "--min-proven", "1")
    assert code == 2
    (one,) = stored(tmp_path)["operations"]
    assert one["verdict"] == "unproven"
    assert one["reasons"] == ["the test itself broke (ZeroDivisionError: an oversight of the suite)"]
    for text in (out, err):
        assert "1 test of the suite broke and proved nothing" in text
        assert "ZeroDivisionError" in text


def test_the_bar_names_the_operation_only() -> None:
    assert _about("specdouble/verify/suites/test_reach.py::test_taken[GET /v1/keys]") == "GET /v1/keys"
    assert _about("contract_tests/imperal/suites/test_rules.py::test_once") == "test_once"


def test_the_bar_is_quiet_on_ci_and_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    from apis import Settings
    from rich.console import Console

    monkeypatch.delenv("CI", raising=False)
    terminal = Console(force_terminal=True)
    assert Follower(Settings(), quiet=False, console=terminal)._shown
    assert not Follower(Settings(), quiet=True, console=terminal)._shown
    assert not Follower(Settings(), quiet=False, console=Console(force_terminal=False))._shown
    monkeypatch.setenv("CI", "true")
    assert not Follower(Settings(), quiet=False, console=terminal)._shown


def test_a_record_cleans_before_it_cuts() -> None:
    record = Record(clean=lambda text: text.replace("s3cret" * 200, "<token>"))
    record.add("X-01", "GET /v1/keys", "m", got="s3cret" * 200)
    assert [one["got"] for one in record.findings.values()] == ["<token>"]
