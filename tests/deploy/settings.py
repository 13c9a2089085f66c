"""What the server takes: its options, its variables, and the paths at which it answers anybody."""

from __future__ import annotations

from collections.abc import Sequence

import click

from specdouble.cli.serve import serve
from specdouble.cli.target import VARIABLES, Target
from specdouble.mock.boot import boot
from specdouble.mock.control.direct import direct_actions
from specdouble.packs.target import contract_of_target


def _options(targets: Sequence[str]) -> list[click.Option]:
    context = click.Context(serve, auto_envvar_prefix=VARIABLES)
    context.meta["target"] = Target(targets, None)
    return [one for one in serve.get_params(context) if isinstance(one, click.Option)]


def options(targets: Sequence[str]) -> set[str]:
    """Return the options of `specdouble serve` for these targets."""
    return {name for one in _options(targets) for name in one.opts}


def variables(targets: Sequence[str]) -> set[str]:
    """Return the environment variables of `specdouble serve` for these targets."""
    found: set[str] = set()
    for one in _options(targets):
        if one.envvar:
            found |= {one.envvar} if isinstance(one.envvar, str) else set(one.envvar)
        if one.allow_from_autoenv and one.name:
            found.add(f"{VARIABLES}_{one.name.upper()}")
    return found


def open_paths(target: str) -> set[str]:
    """Return the paths of the control plane that answer beyond loopback."""
    platform = boot(contract_of_target(target))
    try:
        return {key.partition(" ")[2] for key in direct_actions(platform)}
    finally:
        platform.close()
