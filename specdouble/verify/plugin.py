"""The pytest plugin of the suites (an entry point): their options, and the start of a run.

It does nothing and imports nothing in a run that does not ask for the suites by name.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from specdouble.verify.api import Api
    from specdouble.verify.settings import Settings

# Words that pytest and well-known plugins use for things of their own.
CROWDED = frozenset(
    {
        "strict",
        "timeout",
        "seed",
        "rate",
        "profile",
        "shard",
        "result",
        "run",
        "user",
        "journal",
        "deny",
        "control",
        "pack",
        "spec",
        "overlay",
    }
)
PRODUCT = Path(__file__).resolve().parent.parent
_ASKED = pytest.StashKey[bool]()
API = pytest.StashKey["Api"]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None]:
    """Add the settings as options, in a run for the suites: after those of the user's conftest, which may be alike."""
    yield
    early_config.stash[_ASKED] = asked = any(map(_asks, args))
    if asked:
        from specdouble.errors import SpecdoubleError
        from specdouble.verify.gather import api_of

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


def add_options(parser: pytest.Parser, api: Api) -> None:
    """Add each setting under `flag` and under its longer name; the latter alone where a conftest took the other."""
    from specdouble.verify.options import Option

    groups = [*getattr(parser, "_groups", ()), getattr(parser, "_anonymous", None)]
    taken = {name for group in groups if group is not None for option in group.options for name in option.names()}
    group = parser.getgroup("specdouble", "contract tests of a live server (specdouble)")
    more = (
        Option("result", "Write the result as JSON to this file."),
        Option("run", "Name of the run (made up by default)."),
    )
    for option in (*api.options.values(), *more):
        name = option.name
        names = [one for one in dict.fromkeys((flag(name), f"--contract-{name}")) if one not in taken]
        if option.kind == "flag":
            group.addoption(*names, dest=dest(name), action="store_true", default=False, help=option.help)
        else:
            action = "append" if option.several else "store"
            group.addoption(*names, dest=dest(name), action=action, default=None, help=option.help)


def named(args: list[str]) -> dict[str, str]:
    """Return what the words of a command line say of the API: they tell which other options there are."""
    from specdouble.verify.options import ABOUT

    found = {}
    for number, word in enumerate(args):
        name, equals, value = word.partition("=")
        for option in ABOUT:
            if name in (f"--{option.name}", f"--contract-{option.name}"):
                found[option.name] = value if equals else args[number + 1] if number + 1 < len(args) else ""
    return {name: value for name, value in found.items() if value}


def _given(config: pytest.Config) -> list[Any]:
    """Return the plugins that bring settings along (`specdouble verify`)."""
    return [one for one in config.invocation_params.plugins or () if hasattr(one, "specdouble_settings")]


def flag(name: str) -> str:
    """Return the pytest option of a setting: plain, or with `contract-` where pytest or its plugins use the word."""
    return f"--contract-{name}" if name in CROWDED else f"--{name}"


def dest(name: str) -> str:
    """Return the attribute of pytest's options that holds a setting."""
    return f"contract_{name.replace('-', '_')}"


def pytest_configure(config: pytest.Config) -> None:
    """Make ready what the suites need; start a run where there is a target."""
    given = _given(config)
    works = "specdouble" in getattr(config, "workerinput", ())  # a process of pytest-xdist
    if not (given or works or config.stash.get(_ASKED, False)):
        return
    config.addinivalue_line("markers", "rule(id, *operations): the rule that a test proves, and on which operations")
    config.addinivalue_line("markers", "operations(wanted): the operations that a test is made for")
    config.addinivalue_line("markers", "alone: no other process of the run is inside a test meanwhile")
    from specdouble.verify import fixtures
    from specdouble.verify.api import load
    from specdouble.verify.collecting import Collecting

    if given:
        config.stash[API] = given[0].specdouble_settings.api
    elif works:
        about = config.workerinput["specdouble"]  # type: ignore[attr-defined]
        config.stash[API] = load(about["pack"], about["spec"], about["overlay"])
    config.pluginmanager.register(Collecting(config, config.stash[API]), "specdouble-collecting")
    config.pluginmanager.register(fixtures, "specdouble-fixtures")
    if given or works or _wanted(config):
        from specdouble.verify.running import Running

        settings = given[0].specdouble_settings if given else None
        config.pluginmanager.register(Running(config, settings), "specdouble-running")


def _wanted(config: pytest.Config) -> bool:
    """Whether there is a target: as an option, in the environment or in the file."""
    if getattr(config.option, dest("target"), None):
        return True
    from specdouble.verify.problems import SettingsError, TargetError

    try:
        return bool(settings_of(config).target)
    except TargetError:
        return True  # the run says so, and ends
    except SettingsError as error:
        raise pytest.UsageError(f"specdouble: {error}") from None


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of a run from options, environment and file."""
    from specdouble.verify.gather import gather

    return gather({name: getattr(config.option, dest(name), None) for name in (*config.stash[API].options, "run")})


def worker_name(config: pytest.Config) -> str:
    """Return the name of this process of the run: `gw0`, `gw1` …, or `main`."""
    return str(getattr(config, "workerinput", {}).get("workerid") or "main")
