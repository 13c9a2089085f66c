"""The pytest plugin of the suites (an entry point): options, fixtures, and the result of a run.

It stays out of the way of every pytest run that has no `--target`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import nullcontext
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings as options, under the names that `understudy verify` and `understudy.toml` use."""
    from contract_tests.settings import OPTIONS

    group = parser.getgroup("understudy", "contract tests of a live server (understudy)")
    for name, (text, kind) in OPTIONS.items():
        if kind == "flag":
            group.addoption(flag(name), dest=dest(name), action="store_true", default=False, help=text)
        else:
            action = "append" if kind == "list" else "store"
            group.addoption(flag(name), dest=dest(name), action=action, default=None, help=text)
    group.addoption(flag("result"), dest=dest("result"), default=None, help="Write the result as JSON to this file.")
    group.addoption(
        flag("min-proven"),
        dest=dest("min-proven"),
        default=None,
        help="Share of operations that must be proven, 0 to 1.",
    )
    group.addoption(flag("run"), dest=dest("run"), default=None, help="Name of the run (made up by default).")


def flag(name: str) -> str:
    """Return the pytest option of a setting: plain, or with `contract-` where pytest or its plugins use the word."""
    return f"--contract-{name}" if name in CROWDED else f"--{name}"


def dest(name: str) -> str:
    """Return the attribute of pytest's options that holds a setting."""
    return f"contract_{name.replace('-', '_')}"


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of the suites; start a run where there is a target."""
    config.addinivalue_line("markers", "law(rule, *operations): the rule that a test proves, and on which operations")
    config.addinivalue_line("markers", "alone: no other process of the run is inside a test meanwhile")
    given = [one for one in config.pluginmanager.get_plugins() if hasattr(one, "understudy_settings")]
    if given or _wanted(config):
        from contract_tests.running import Running

        settings = given[0].understudy_settings if given else None
        config.pluginmanager.register(Running(config, settings), "understudy-running")


def _wanted(config: pytest.Config) -> bool:
    return bool(config.getoption(dest("target"))) or "understudy" in getattr(config, "workerinput", ())


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
    alone = request.node.get_closest_marker("alone") is not None
    with nullcontext() if worker_name(request.config) == "main" else turn(stage.settings.run, alone=alone):
        yield Judge(stage, main, ops_of(request.node), known.title if known else main)


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of a run from options, environment and file."""
    from contract_tests.settings import OPTIONS, gather

    return gather({name: config.getoption(dest(name)) for name in (*OPTIONS, "run")})


def now() -> float:
    """Return the seconds since some moment, for durations."""
    return time.perf_counter()


def worker_name(config: pytest.Config) -> str:
    """Return the name of this process of the run: `gw0`, `gw1` …, or `main`."""
    return str(getattr(config, "workerinput", {}).get("workerid") or os.environ.get("UNDERSTUDY_WORKER") or "main")
