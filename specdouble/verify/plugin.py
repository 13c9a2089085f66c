"""The pytest plugin of the suites (an entry point): their options, and the start of a run.

It does nothing and imports nothing in a run that does not ask for the suites by name.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

PRODUCT = Path(__file__).resolve().parent.parent
_ASKED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None]:
    """Add the settings as options, in a run for the suites: after those of the user's conftest, which may be alike."""
    yield
    early_config.stash[_ASKED] = asked = any(map(_asks, args)) or any(
        one.startswith("--contract-tests") for one in args
    )
    if asked:
        from specdouble.errors import SpecdoubleError
        from specdouble.verify.running.gather import api_of
        from specdouble.verify.running.pytest_options import API, add_options, named

        try:
            early_config.stash[API] = api = api_of(named(args))
        except SpecdoubleError as error:
            raise pytest.UsageError(f"specdouble: {error}") from None
        add_options(parser, api)


def _asks(word: str) -> bool:
    """Whether a word of the command line names suites of ours: by package, or by a path that lies among them."""
    name = word.partition("::")[0]
    if name == "specdouble.verify" or name.startswith(("specdouble.verify.", "specdouble.packs.")):
        return True
    if not ("specdouble" in name or "contract_tests" in name):
        return False  # spare other people's runs a look at the disk
    path = Path(name).absolute()
    return any(path.is_relative_to(one) for one in (PRODUCT, PRODUCT.parent / "contract_tests")) and path.exists()


def _given(config: pytest.Config) -> list[Any]:
    """Return the plugins that bring settings along (`specdouble verify`)."""
    return [one for one in config.invocation_params.plugins or () if hasattr(one, "specdouble_settings")]


def pytest_configure(config: pytest.Config) -> None:
    """Make ready what the suites need; start a run where there is a target."""
    given = _given(config)
    works = "specdouble" in getattr(config, "workerinput", ())  # a process of pytest-xdist
    if not (given or works or config.stash.get(_ASKED, False)):
        return
    config.addinivalue_line("markers", "rule(id, *operations): the rule that a test proves, and on which operations")
    config.addinivalue_line("markers", "operations(wanted): the operations that a test is made for")
    config.addinivalue_line("markers", "alone: no other process of the run is inside a test meanwhile")
    from specdouble.verify.api.api import load
    from specdouble.verify.api.chosen import narrow
    from specdouble.verify.running import fixtures
    from specdouble.verify.running.collecting import Collecting
    from specdouble.verify.running.pytest_options import API

    if given:
        config.stash[API] = given[0].specdouble_settings.api
    elif works:
        about = config.workerinput["specdouble"]  # type: ignore[attr-defined]
        config.stash[API] = load(about["pack"], about["spec"], about["overlay"], about["tests"])
    collecting = Collecting(config, config.stash[API])
    config.pluginmanager.register(collecting, "specdouble-collecting")
    config.pluginmanager.register(fixtures, "specdouble-fixtures")
    if given or works or _wanted(config):
        from specdouble.verify.running.run import Running

        settings = given[0].specdouble_settings if given else None
        running = Running(config, settings)
        config.pluginmanager.register(running, "specdouble-running")
        if not narrow(running.settings):  # the tests of other operations would be left out one by one
            collecting.ops = running.result.ops


def _wanted(config: pytest.Config) -> bool:
    """Whether there is a target: as an option, in the environment or in the file."""
    from specdouble.verify.running.pytest_options import dest, settings_of

    if getattr(config.option, dest("target"), None):
        return True
    from specdouble.verify.problems import SettingsError, TargetError

    try:
        return bool(settings_of(config).target)
    except TargetError:
        return True  # the run says so, and ends
    except SettingsError as error:
        raise pytest.UsageError(f"specdouble: {error}") from None
