"""The plugin in pytest: nothing at all in other people's runs; from any folder with a target; one line without."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from apis import OPTIONS

from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.reports import read
from specdouble.verify.running import pytest_options as plugin

HEAVY = (
    "specdouble.openapi",
    "specdouble.packs",
    "httpx",
    "hypothesis",
    "schemathesis",
    "jsonschema_rs",
    "specdouble.verify.settings.values",
    "specdouble.mock.boot",
)
PROBE = f"""
import sys

def test_nothing_of_it_is_here(request):
    assert "specdouble.verify.plugin" in sys.modules
    assert [name for name in {HEAVY!r} if name in sys.modules] == []
    assert not hasattr(request.config.option, "contract_target")
    assert not request.config.pluginmanager.has_plugin("specdouble-running")
"""


def pytest_in(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run pytest as somebody does who has specdouble installed and thinks of something else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPECDOUBLE_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(
        command, cwd=folder, env={**kept, **environ}, capture_output=True, text=True, timeout=120, check=False
    )


def test_in_other_people_s_runs_it_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(PROBE)
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n"
        "    for name in ('--only', '--target', '--admin', '--registry', '--run', '--safety'):\n"
        "        parser.addoption(name)\n"
    )
    # A target in the environment is meant for the suites: it starts no run in a project of its own.
    done = pytest_in(tmp_path, "-q", "-p", "no:hypothesispytest", "-p", "no:schemathesis",
                     SPECDOUBLE_TARGET="http://127.0.0.1:9", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
                     PYTEST_PLUGINS="specdouble.verify.plugin,specdouble.mock.pytest_plugin")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_it_imports_nothing_but_pytest() -> None:
    probe = (
        "import sys, pytest; a = set(sys.modules); import specdouble.verify.plugin; print(len(set(sys.modules) - a))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 4


def inside(*words: str) -> Any:
    """Start pytest in this process, without a terminal; return its exit code."""
    return pytest.main(["-p", "specdouble.verify.plugin", "-p", "no:cacheprovider", "-c", os.devnull, *words])


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, to stand in, and an environment without a word about a target."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in OPTIONS:
        monkeypatch.delenv(f"SPECDOUBLE_{name.upper().replace('-', '_')}", raising=False)
    return tmp_path


SUITES = ("--pyargs", "specdouble.verify", "-W", "ignore", "-q")
ONE = ("--only", "test_reach.py::test_a_valid_request_is_taken[GET /v1/keys]")


def test_without_a_target_it_is_one_usage_error(empty: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = inside("--rootdir", str(empty), *SUITES)
    told = "".join(capfd.readouterr())
    assert code == pytest.ExitCode.USAGE_ERROR
    assert told.count("the contract tests need a server: --target URL") == 1
    assert "Traceback" not in told


def test_processes_without_a_target_say_what_they_need(empty: Path) -> None:
    words = [sys.executable, "-m", "pytest", "-p", "specdouble.verify.plugin", "-p", "xdist.plugin", "-n", "2"]
    done = subprocess.run([*words, *SUITES, "--rootdir", str(empty)], capture_output=True, text=True, check=False)
    assert "the contract tests need a server: --target URL" in done.stdout + done.stderr
    assert done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.INTERNAL_ERROR)
    assert not re.search("Traceback|INTERNALERROR|^ERROR", done.stdout + done.stderr)


@pytest.mark.parametrize("way", ["option", "environment", "file"])
def test_with_a_target_it_works_from_an_empty_folder(
    way: str, empty: Path, specdouble_server: Urls, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--contract-journal", str(empty / "runs"), *ONE]
    if way == "option":
        words += ["--target", specdouble_server.auth_gateway]
    elif way == "environment":
        monkeypatch.setenv("SPECDOUBLE_TARGET", specdouble_server.auth_gateway)
    else:
        (empty / "specdouble.toml").write_text(f'[verify]\ntarget = "{specdouble_server.auth_gateway}"\n')
    code = inside("--rootdir", str(empty), *SUITES, *words)
    out, err = capfd.readouterr()
    assert code == 0, out + err
    assert "1 passed" in out
    assert "CONFORM 1/1 paths 1/1 operations" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--target", "http://127.0.0.1:9"), 3, "the connection was refused. Is the server running"),
        (("--target", "ftp://x"), 4, "--target 'ftp://x' is no http(s) URL"),
        (("--target", "http://127.0.0.1:9", "--only", "AUHT"), 4, "the closest is 'AUTH'"),
        (("--target", "http://127.0.0.1:9", "--waivers", "no.toml"), 4, "--waivers no.toml: No such file"),
    ],
)
def test_what_does_not_work_is_one_line(
    words: tuple[str, ...], code: int, said: str, empty: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert inside("--rootdir", str(empty), *SUITES, *words) == code
    told = "".join(capfd.readouterr())
    assert said in told
    assert "Traceback" not in told


@pytest.mark.parametrize("words", [("--target", "http://127.0.0.1:9"), ("--target", "ftp://x")])
def test_what_does_not_work_leaves_no_result_of_an_earlier_run(words: tuple[str, ...], empty: Path) -> None:
    (empty / "r.json").write_text("GREEN")
    assert inside("--rootdir", str(empty), *SUITES, *words, "--contract-result", "r.json") in (3, 4)
    told = read(empty / "r.json")
    assert told["summary"]["exit_code"] == 3
    assert told["problems"][0].startswith("the run did not take place: ")


def test_a_result_that_cannot_be_written_costs_no_verdict(
    empty: Path, specdouble_server: Urls, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ("--target", specdouble_server.auth_gateway, "--contract-journal", str(empty / "runs"), *ONE)
    assert inside("--rootdir", str(empty), *SUITES, *words, "--contract-result", str(empty)) == 0
    out, err = capfd.readouterr()
    assert "CONFORM 1/1 paths 1/1 operations" in out
    assert f"{empty} cannot be written (Is a directory)" in err


def test_plain_pytest_ends_as_the_result_says(
    empty: Path, specdouble_server: Urls, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ("--target", specdouble_server.auth_gateway, "--control", "off", "--contract-journal", str(empty))
    only = ("--only", "test_reach.py::test_a_valid_request_is_taken[POST /v1/tenants]")
    renamed = [word.replace("--control", plugin.flag("control")) for word in words]
    assert inside("--rootdir", str(empty), *SUITES, *renamed, *only, "--min-proven", "0.5") == 2
    assert "UNPROVEN 1" in capfd.readouterr().out


def test_every_setting_is_an_option_of_pytest_too(empty: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert inside("--rootdir", str(empty), "--pyargs", "specdouble.verify", "--help") == 0
    text = capfd.readouterr().out
    assert [name for name in OPTIONS if f"  {plugin.flag(name)}" not in text] == []
