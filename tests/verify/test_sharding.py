"""Shards and processes: every test once, and the merged result is that of one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specdouble.cli.main import cli
from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.reports.stored.definitions import UNTOUCHED
from specdouble.verify.reports.stored.merge import merge
from specdouble.verify.reports.views.view import headline
from specdouble.verify.session.alone import turn
from tests.planted.catalogue import find
from tests.planted.fault import planted

Run = Callable[..., dict[str, Any]]
# Twelve tests on eight operations; one cannot be made without the control plane, and one finds a planted fault.
WORDS = [
    word
    for name in (
        "GET /v1/keys", "POST /v1/keys", "DELETE /v1/keys/{key_id}", "GET /v1/auth/me", "GET /v1/events/stats",
        "POST /v1/tenants", "GET /v1/settings", "registry GET /v1/apps",
    )
    for word in ("--only", f"test_reach.py::test_a_valid_request_is_taken[{name}]")
]  # fmt: skip
WORDS += [
    "--only",
    "test_no_wrong_credential_opens_it[GET /v1/keys]",
    "--only",
    "test_methods.py::test_an_unknown_path_is_404",
]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str], specdouble_server: Urls) -> Run:
    def call(*words: str, workers: int = 1) -> dict[str, Any]:
        report = tmp_path / "r.json"
        report.unlink(missing_ok=True)
        command = ["verify", specdouble_server.auth_gateway, "--journal", str(tmp_path / "runs"), "--json", str(report)]
        with pytest.raises(SystemExit):
            cli([*command, "--seed", "5", "-n", str(workers), *words], standalone_mode=False)
        told = "".join(capfd.readouterr())
        assert report.is_file(), told
        return dict(json.loads(report.read_text()))

    return call


def essence(result: Any) -> dict[str, Any]:
    """What two runs of the same must agree in."""
    return {
        "operations": {
            (one["service"], one["key"]): (one["verdict"], sorted(one["reasons"])) for one in result["operations"]
        },
        "findings": sorted((one["id"], one["rule"], one["key"], one["test"]) for one in result["findings"]),
        "summary": result["summary"],
        "problems": result["problems"],
    }


def test_four_shards_are_one_run(run: Run, specdouble_platform: Platform) -> None:
    with planted(specdouble_platform, find("keys-list-secrets")):
        whole = run(*WORDS)
        shards = [run(*WORDS, "--shard", f"{number}/4") for number in range(1, 5)]
    assert whole["summary"]["exit_code"] == 1
    assert whole["findings"]
    merged: Any = merge(shards)  # type: ignore[arg-type]
    assert essence(merged) == essence(whole)
    assert all(one["run"]["requests"] for one in shards)
    for number, one in enumerate(shards, 1):  # a shard speaks of its share, and says that it is one
        assert headline(one).startswith(f"SHARD {number}/4 · CONFORM ")
        assert [op["key"] for op in one["operations"] if op["reasons"] == [UNTOUCHED]] == []
    assert headline(merged).startswith("CONFORM ")


def test_a_shard_with_nothing_to_do_is_no_failure(run: Run) -> None:
    told = run("--only", "test_reach.py::test_a_valid_request_is_taken[GET /v1/keys]", "--shard", "2/2")
    assert told["summary"]["exit_code"] == 0
    assert told["run"]["requests"] == 0


def test_processes_are_one_run_and_their_findings_can_be_replayed(run: Run, specdouble_platform: Platform) -> None:
    with planted(specdouble_platform, find("keys-list-secrets")):
        alone, together = run(*WORDS), run(*WORDS, workers=2)
        assert essence(together) == essence(alone)
        assert all(one["removed"] for one in together["created"])
        found = next(one for one in together["findings"] if one["severity"] == "violation")
        again = run("--replay", found["id"])
    assert found["id"] in {one["id"] for one in again["findings"]}
    assert {one["test"] for one in again["findings"]} == {found["test"]}


def test_turns_are_taken_by_target() -> None:
    with turn("http://127.0.0.1:1", alone=False), turn("http://127.0.0.1:1", alone=False):
        pass
    with turn("http://127.0.0.1:1", alone=True), turn("http://127.0.0.1:2", alone=True):
        pass
