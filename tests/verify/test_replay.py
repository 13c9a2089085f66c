"""A finding is replayed on another machine, by somebody who has a report of any kind and the credentials."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apis import Settings

from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.problems import SettingsError
from specdouble.verify.reports import KINDS, write
from specdouble.verify.results.replay import command, recalled, replayed
from specdouble.verify.running.gather import gather
from specdouble.verify.settings.options import MIN_PROVEN
from tests.planted.catalogue import find
from tests.planted.fault import planted
from tests.verify.running import verify

SECRETS = {
    "service_token": "dev-service-token", "registry_key": "imp_reg_key_dev", "admin": "admin@example.com:s3cure!admin",
    "user": "user@example.com:s3cure!",
}  # fmt: skip


@pytest.fixture
def result(specdouble_server: Urls, specdouble_platform: Platform) -> dict[str, Any]:
    """A result with a finding, of a run with waivers and a choice of tests that the other machine does not have."""
    more: dict[str, Any] = dict(SECRETS, control="off", registry=specdouble_server.registry, deny=("webhooks",))
    with planted(specdouble_platform, find("keys-list-secrets")):
        return verify(
            specdouble_server.auth_gateway, ("GET /v1/keys",), suites=("test_reach", "test_rules_keys"), safety=True,
            allow_writes=True, allow_destructive=True, rate=100_000, **more,
        )  # fmt: skip


def elsewhere(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in an empty folder with an empty home, credentials in the environment and nothing else."""
    home = folder / "home"
    home.mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG", "SPECDOUBLE"))}
    given = {f"SPECDOUBLE_{name.upper()}": value for name, value in SECRETS.items()}
    environ = {**kept, **given, "HOME": str(home), "SPECDOUBLE_RATE": "100000", "XDG_CACHE_HOME": str(folder.parent)}
    words = [sys.executable, "-m", *shlex.split(line), "-n", "1", "--json", "again.json"]
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def line_of(text: str) -> str:
    (found,) = set(re.findall(r"specdouble verify [^\n<]*--only [^\n<]*", text))
    return str(found).strip()


def in_junit(path: Path) -> str:
    return line_of("\n".join(one.text or "" for one in ET.parse(path).getroot().iter("failure")))


READERS: dict[str, Callable[[Path], str]] = {
    "json": lambda path: line_of(json.loads(path.read_text())["findings"][0]["replay"]),
    "html": lambda path: line_of(html.unescape(re.findall(r'replay command">(.*?)</pre>', path.read_text())[0])),
    "junit": in_junit,
    "sarif": lambda path: line_of(json.loads(path.read_text())["runs"][0]["results"][0]["message"]["text"]),
    "markdown": lambda path: line_of(html.unescape(path.read_text())),
}


def test_the_line_of_every_report_works_on_a_machine_with_an_empty_home(
    result: dict[str, Any], tmp_path: Path, specdouble_platform: Platform
) -> None:
    found = result["findings"][0]
    result["findings"] = [found]
    write(result, {kind: tmp_path / f"r.{kind}" for kind in KINDS})
    lines = {kind: read(tmp_path / f"r.{kind}") for kind, read in READERS.items()}
    assert set(lines.values()) == {found["replay"]}
    assert not any(secret in found["replay"] for secret in SECRETS.values())
    with planted(specdouble_platform, find("keys-list-secrets")):
        done = elsewhere(tmp_path / "a", found["replay"])
        assert done.returncode == 1, done.stdout + done.stderr
        again = json.loads((tmp_path / "a" / "again.json").read_text())
        assert found["id"] in {one["id"] for one in again["findings"]}
        assert again["run"]["seed"] == result["run"]["seed"]
        assert again["run"]["requests"] < result["run"]["requests"]

        write(result, {"json": tmp_path / "given.json"})
        words = f"--replay {found['id']} --replay-from {tmp_path / 'given.json'} --safety --control off"
        words += " --allow-writes --allow-destructive"
        done = elsewhere(tmp_path / "b", f"specdouble verify {result['run']['target']} {words}")
        assert done.returncode == 1, done.stdout + done.stderr
        again = json.loads((tmp_path / "b" / "again.json").read_text())
        assert found["id"] in {one["id"] for one in again["findings"]}
        assert again["run"]["seed"] == result["run"]["seed"]
    done = elsewhere(tmp_path / "c", found["replay"])
    assert done.returncode == 0, done.stdout + done.stderr  # the fault is mended


def test_a_command_leaves_secrets_out_and_a_replay_what_is_of_this_machine() -> None:
    settings = Settings(
        target="https://auth.example.com", seed=7, user="a@example.com:pw", service_token="tok-1", tenant="acme",
        only=("AUTH",), shard="1/2", deny=("a b", "c"), strict=True, allow_writes=True, waivers="w.toml",
        journal="runs", min_proven=0.5, sarif_file="docs/api.json", profile="nightly",
    )  # fmt: skip
    whole = shlex.split(command(settings))
    assert whole[:3] == ["specdouble", "verify", "https://auth.example.com"]
    again = gather(_given(whole), {}, Path("/nonexistent"))
    for name in ("target", "seed", "tenant", "only", "shard", "deny", "strict", "allow_writes", "waivers", "min_proven",
                 "sarif_file", "profile"):  # fmt: skip
        assert getattr(again, name) == getattr(settings, name), name
    alone = shlex.split(command(settings, "/somewhere/contract_tests/suites/test_x.py::test_y[GET /v1/keys]"))
    assert alone[-2:] == ["--only", "test_x.py::test_y[GET /v1/keys]"]
    replay = gather(_given(alone), {}, Path("/nonexistent"))
    assert (replay.waivers, replay.shard, replay.min_proven, replay.sarif_file) == ("", "", MIN_PROVEN, "")
    assert (replay.seed, replay.tenant, replay.deny, replay.strict, replay.profile) == (
        7, "acme", ("a b", "c"), True, "nightly",
    )  # fmt: skip
    assert "--allow-writes" not in command(Settings(target="http://127.0.0.1:1"))


def _given(words: list[str]) -> dict[str, Any]:
    from specdouble.cli.verify import verify as click_command

    context = click_command.make_context("verify", words[2:])
    return {name.replace("_", "-"): value for name, value in context.params.items()}


def test_a_finding_that_no_result_has(result: dict[str, Any], tmp_path: Path) -> None:
    write(result, {"json": tmp_path / "r.json"})
    found = result["findings"][0]
    assert replayed(found["id"], str(tmp_path / "r.json")) == found["test"]
    assert recalled(found["id"], str(tmp_path / "r.json"))["seed"] == 1
    with pytest.raises(SettingsError, match=r"--replay '0123': .*r\.json has no such finding"):
        replayed("0123", str(tmp_path / "r.json"))
    (tmp_path / "r.xml").write_text("<x/>")
    with pytest.raises(SettingsError, match=r"--replay-from .*r\.xml: is not JSON"):
        replayed("0123", str(tmp_path / "r.xml"))
    with pytest.raises(SettingsError, match="The replay command in a report works on every machine"):
        replayed("0123", journal=str(tmp_path))


def test_what_is_replayed_from_is_not_overwritten_before_it_is_read(
    result: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, specdouble_server: Urls
) -> None:
    from specdouble.cli.main import cli

    monkeypatch.chdir(tmp_path)
    write(result, {"json": tmp_path / "r.json"})
    words = ["--replay", result["findings"][0]["id"], "--replay-from", "r.json", "--json", "r.json", "-n", "1"]
    with pytest.raises(SystemExit) as ended:
        cli(["verify", specdouble_server.auth_gateway, *words, "--journal", "runs"], standalone_mode=False)
    assert ended.value.code == 0  # the fault is not planted any more
    assert json.loads((tmp_path / "r.json").read_text())["run"]["id"] != result["run"]["id"]
