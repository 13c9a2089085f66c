"""A target that dies half way: one message, exit code 3, what was created is told, and a later cleanup removes it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble.cli.main import cli
from specdouble.mock.boot import Platform
from specdouble.verify.session.cleanup import leftovers
from tests.verify.wsgi import Server, Tap, healthy

# It makes a user, then sends to every operation of keys; each of its tests is a few requests.
WORDS = ("--only", "test_auth_matrix.py::test_no_wrong_credential_opens_it[POST /v1/keys]",
         "--only", "test_reach.py::test_a_valid_request_is_taken[POST /v1/keys]",
         "--only", "test_reach.py::test_a_valid_request_is_taken[GET /v1/keys]",
         "--only", "test_reach.py::test_a_valid_request_is_taken[POST /v1/tenants]")  # fmt: skip
USERS = "/v1/auth/register"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specdouble.verify.running.preflight._BETWEEN", 0.05)


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str, str]]]:
    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli([*words, "--journal", str(tmp_path)], standalone_mode=False)
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    yield call  # noqa: PT022 - nothing to tidy up


class Mortal:
    """Somebody in between who does something after the n-th request that follows the first registration."""

    def __init__(self, after: int, act: Callable[[], tuple[str, bytes] | None]) -> None:
        self.left, self.act, self.begun, self.dead = after, act, False, False

    def __call__(self, environ: Any, _sent: bytes, status: str, body: bytes) -> tuple[str, bytes]:
        self.begun = self.begun or environ["PATH_INFO"] == USERS
        self.left -= self.begun
        if self.left < 0 or self.dead:
            self.dead = True
            return self.act() or (status, body)
        return status, body


def created(platform: Platform) -> int:
    return len([one for one in platform.world.state["users"] if "specdouble" in one["email"]])


def test_a_target_that_stops_listening(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, specdouble_platform: Platform,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def stop() -> None:
        threading.Thread(target=server.stop).start()

    tap = Tap(specdouble_platform, healthy)
    tap.spoil = Mortal(6, stop)
    with Server(tap) as server:
        code, out, err = run("verify", server.url, "-n", "1", "--run", "r-dying", *WORDS)
        assert code == 3
        assert "broke and proved nothing" not in out + err  # the tests after it are skipped, whole
        assert "Trouble with the target" in out
        assert "the target was lost: " in out
        assert "VIOLATE 0" in out
        assert "Created and not removed" in out
        assert "specdouble cleanup r-dying" in out
        left = leftovers("r-dying", str(tmp_path))
        assert left
        assert created(specdouble_platform)
        assert all(one["id"] in out for one in left if one["what"] == "user")

        code, _out, err = run("cleanup", "r-dying")
        assert (code, err.count("\n")) == (3, 1)  # still down

        tap.spoil = healthy
        server.start()
        code, out, _err = run("cleanup", "r-dying")
        assert code == 0
        assert f"{len(left)} of {len(left)} things removed." in out
        assert created(specdouble_platform) == 0
        cli(["cleanup", "r-dying", "--journal", str(tmp_path)], standalone_mode=False)
        assert "Nothing is left of the run r-dying." in capfd.readouterr().out


def test_a_target_that_two_processes_lose_is_told_once(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, specdouble_platform: Platform
) -> None:
    def stop() -> None:
        threading.Thread(target=server.stop).start()

    tap = Tap(specdouble_platform, healthy)
    tap.spoil = Mortal(60, stop)
    with Server(tap) as server:
        report = tmp_path / "result.json"
        words = ("--only", "api-keys", "--only", "tenants", "--only", "roles")
        code, out, err = run("verify", server.url, "-n", "2", "--json", str(report), *words)
    assert code == 3
    told = json.loads(report.read_text())
    assert len(told["problems"]) == 1, told["problems"]
    assert out.count("the target was lost:") == 1
    assert "the target was lost:" not in err
    # One reason for all that was not looked at, under which the operations stand.
    reasons = {reason for one in told["operations"] for reason in one["reasons"] if "lost" in reason}
    assert reasons == {"the target was lost"}
    assert sum(line.strip().startswith("the target was lost (") for line in out.splitlines()) <= 2  # operations, rules


def test_a_proxy_whose_server_has_gone(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, specdouble_platform: Platform
) -> None:
    tap = Tap(specdouble_platform, Mortal(6, lambda: ("502 Bad Gateway", b"<h1>Bad Gateway</h1>")))
    with Server(tap) as server:
        report = tmp_path / "result.json"
        code, out, _err = run("verify", server.url, "-n", "1", "--json", str(report), *WORDS)
    assert code == 3
    assert "502 with" in out
    told = json.loads(report.read_text())
    assert told["findings"] == []
    assert len(told["problems"]) == 1
    assert [one for one in told["created"] if not one["removed"]]
    assert tap.count < 40  # nobody keeps asking somebody who has gone


def test_a_crash_of_one_request_is_a_finding_and_not_the_end(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, specdouble_platform: Platform
) -> None:
    def crash(environ: Any, _sent: bytes, status: str, body: bytes) -> tuple[str, bytes]:
        broken = (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("GET", "/v1/keys")
        return ("502 Bad Gateway", b"<h1>Bad Gateway</h1>") if broken else (status, body)

    with Server(Tap(specdouble_platform, crash)) as server:
        report = tmp_path / "result.json"
        code, _out, _err = run("verify", server.url, "-n", "1", "--json", str(report), *WORDS)
    assert code == 1
    told = json.loads(report.read_text())
    assert [(one["rule"], one["key"]) for one in told["findings"]] == [("SCHEMA-08", "GET /v1/keys")]
    assert told["problems"] == []
    assert created(specdouble_platform) == 0  # the run went on, and tidied up behind itself


def test_a_run_that_nobody_knows(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    from specdouble.verify.problems import SettingsError

    with pytest.raises(SettingsError, match=f"there is no journal of a run r-unknown in {tmp_path}"):
        cli(["cleanup", "r-unknown", "--journal", str(tmp_path)], standalone_mode=False)
