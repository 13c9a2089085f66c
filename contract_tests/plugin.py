"""The pytest plugin of the suites (an entry point): options, fixtures, and the result of a run.

It stays out of the way of every other pytest run: it adds no options there and imports nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from contract_tests.judge import Judge
    from contract_tests.settings import Settings
    from contract_tests.stage import Stage

HERE = Path(__file__).resolve().parent
# Words that pytest and well-known plugins use for things of their own.
CROWDED = frozenset(
    {"strict", "timeout", "seed", "rate", "profile", "shard", "result", "run", "user", "journal", "deny", "control"}
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the settings as options, under the names that `understudy verify` and `understudy.toml` use."""
    config: Any = pluginmanager.get_plugin("pytestconfig")
    if not (_asked(config) or hasattr(config.option, dest("target"))):  # the latter in a process of pytest-xdist
        return
    from contract_tests.settings import OPTIONS

    group = parser.getgroup("understudy", "contract tests of a live server (understudy)")
    for name, (text, kind) in OPTIONS.items():
        if kind == "flag":
            group.addoption(flag(name), dest=dest(name), action="store_true", default=False, help=text)
        else:
            action = "append" if kind == "list" else "store"
            group.addoption(flag(name), dest=dest(name), action=action, default=None, help=text)
    group.addoption(flag("result"), dest=dest("result"), default=None, help="Write the result as JSON to this file.")
    group.addoption(flag("run"), dest=dest("run"), default=None, help="Name of the run (made up by default).")


def _asked(config: pytest.Config) -> bool:
    """Whether this run was started for the suites: by their name, by a target, or by understudy itself."""
    words = [str(one) for one in config.invocation_params.args]
    return (
        any(word.partition("=")[0] == "--target" or "contract_tests" in word for word in words)
        or bool(os.environ.get("PYTEST_ADDOPTS", "").count("--target"))
        or bool(_given(config))
    )


def _given(config: pytest.Config) -> list[Any]:
    """Return the plugins that bring settings along (`understudy verify`)."""
    return [one for one in config.invocation_params.plugins or () if hasattr(one, "understudy_settings")]


def flag(name: str) -> str:
    """Return the pytest option of a setting: plain, or with `contract-` where pytest or its plugins use the word."""
    return f"--contract-{name}" if name in CROWDED else f"--{name}"


def dest(name: str) -> str:
    """Return the attribute of pytest's options that holds a setting."""
    return f"contract_{name.replace('-', '_')}"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks of the suites; start a run where there is a target."""
    config.addinivalue_line("markers", "law(rule, *operations): the rule that a test proves, and on which operations")
    config.addinivalue_line("markers", "alone: no other process of the run is inside a test meanwhile")
    given = _given(config)
    if given or _wanted(config):
        from contract_tests.running import Running

        settings = given[0].understudy_settings if given else None
        config.pluginmanager.register(Running(config, settings), "understudy-running")


def _wanted(config: pytest.Config) -> bool:
    """Whether there is a target: as an option, else in the environment or the file where the suites were named."""
    if "understudy" in getattr(config, "workerinput", ()) or getattr(config.option, dest("target"), None):
        return True
    if not any("contract_tests" in str(word) for word in config.invocation_params.args):
        return False
    from contract_tests.problems import SettingsError, TargetError

    try:
        return bool(settings_of(config).target)
    except TargetError:
        return True  # the run says so, and ends
    except SettingsError as error:
        raise pytest.UsageError(f"understudy: {error}") from None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a target the suites cannot run: say so once, instead of failing each of them."""
    if config.pluginmanager.has_plugin("understudy-running"):
        return
    if any(HERE in item.path.parents for item in items):
        raise pytest.UsageError(
            "the contract tests need a server: --target URL (pytest --pyargs contract_tests --target …)"
        )


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest) -> Stage:
    """Give the target, the people and the things of this process."""
    running: Any = request.config.pluginmanager.get_plugin("understudy-running")
    found: Stage = running.stage
    return found


@pytest.fixture
def judge(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Judge]:
    """Give a test the pen that writes its findings, when it is its turn (see `contract_tests.alone`)."""
    from contract_tests.alone import turn
    from contract_tests.judge import Judge
    from contract_tests.rules import rule
    from contract_tests.selection import ops_of, rules_of

    rules = rules_of(request.node)
    main = rules[0] if rules else "REACH-01"
    known = rule(main)
    # Given people are the same in every process: what one test writes, another one must not take for its own doing.
    alone = request.node.get_closest_marker("alone") is not None or stage.cast.shares
    with turn(stage.settings.target, alone=alone):
        yield Judge(stage, main, ops_of(request.node), known.title if known else main)


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of a run from options, environment and file."""
    from contract_tests.settings import OPTIONS, gather

    return gather({name: getattr(config.option, dest(name), None) for name in (*OPTIONS, "run")})


def worker_name(config: pytest.Config) -> str:
    """Return the name of this process of the run: `gw0`, `gw1` …, or `main`."""
    return str(getattr(config, "workerinput", {}).get("workerid") or "main")
