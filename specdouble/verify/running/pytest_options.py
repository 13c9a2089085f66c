"""The settings of a run as pytest's options."""

from __future__ import annotations

import pytest

from specdouble.verify.api.api import Api
from specdouble.verify.running.gather import gather
from specdouble.verify.settings.options import ABOUT, Option
from specdouble.verify.settings.values import Settings

API = pytest.StashKey[Api]()
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
        "tests",
        "har",
        "baseline",
    }
)


def add_options(parser: pytest.Parser, api: Api) -> None:
    """Add each setting under `flag` and under its longer name; the latter alone where a conftest took the other."""
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
    found = {}
    for number, word in enumerate(args):
        name, equals, value = word.partition("=")
        for option in ABOUT:
            if name in (f"--{option.name}", f"--contract-{option.name}"):
                found[option.name] = value if equals else args[number + 1] if number + 1 < len(args) else ""
    return {name: value for name, value in found.items() if value}


def flag(name: str) -> str:
    """Return the pytest option of a setting: plain, or with `contract-` where pytest or its plugins use the word."""
    return f"--contract-{name}" if name in CROWDED else f"--{name}"


def dest(name: str) -> str:
    """Return the attribute of pytest's options that holds a setting."""
    return f"contract_{name.replace('-', '_')}"


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of a run from options, environment and file."""
    return gather({name: getattr(config.option, dest(name), None) for name in (*config.stash[API].options, "run")})


def worker_name(config: pytest.Config) -> str:
    """Return the name of this process of the run: `gw0`, `gw1` …, or `main`."""
    return str(getattr(config, "workerinput", {}).get("workerid") or "main")


def refuse(session: pytest.Session, items: list[pytest.Item], said: str) -> None:
    """End a run that cannot be made as it was asked for.

    A process of pytest-xdist that raises ends the one that started it with a traceback; that one tells the reason.

    Raises:
        pytest.UsageError: in any other process.

    """
    if not hasattr(session.config, "workerinput"):
        raise pytest.UsageError(said)
    items.clear()
    session.shouldfail = said
