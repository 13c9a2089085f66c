"""Every option of `specdouble serve` has an environment variable; the command line wins."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from specdouble.cli import serve as command


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the options that a server would be started with."""

    def call(*words: str, **variables: str) -> Any:
        found: list[Any] = []
        monkeypatch.setattr(command, "start", lambda _target, options, *_: found.append(options))
        done = CliRunner().invoke(command.serve, words, env=variables, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return found[0]

    return call


def test_a_variable_sets_what_its_option_sets(chosen: Any) -> None:
    found = chosen(SPECDOUBLE_SEED="5", SPECDOUBLE_STRICT="true", SPECDOUBLE_CORS="no", SPECDOUBLE_PORT="9299")
    assert (found.seed, found.strict, found.cors, found.ports["auth_gateway"]) == (5, True, False, 9299)


def test_the_command_line_wins(chosen: Any) -> None:
    found = chosen("--seed", "7", "--token-seconds", "60", SPECDOUBLE_SEED="5", SPECDOUBLE_TOKEN_SECONDS="9")
    assert (found.seed, found.token_seconds) == (7, 60)


def test_the_usual_name_wins_over_one_that_a_pack_adds(chosen: Any) -> None:
    other = {"IMPERAL_OAUTH_STATE_SECRET": "theirs"}
    assert chosen(**other).oauth_state_secret == "theirs"
    assert chosen(SPECDOUBLE_OAUTH_STATE_SECRET="ours", **other).oauth_state_secret == "ours"


def test_a_variable_does_not_reload_for_ever(chosen: Any) -> None:
    assert chosen(SPECDOUBLE_RELOAD="1").seed is None


def test_a_variable_with_a_wrong_value_is_told() -> None:
    done = CliRunner().invoke(command.serve, [], env={"SPECDOUBLE_SEED": "many"})
    assert done.exit_code == 2
    assert "--seed" in done.output
