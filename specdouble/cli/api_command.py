"""A command whose options depend on the API that it is about: `--pack` and `--spec` are read before the others."""

from __future__ import annotations

from typing import Any

import click

from specdouble.verify.api.api import Api, load
from specdouble.verify.running.gather import api_of
from specdouble.verify.running.pytest_options import named
from specdouble.verify.settings.options import Option

_METAVARS = {"int": "INTEGER", "float": "NUMBER", "file": "FILE", "url": "URL", "login": "NAME:PASSWORD"}
_API = "specdouble.api"  # the key in a context's `meta`


class ApiCommand(click.Command):
    """Adds the settings of a run as options, from the one list that pytest's options and the file come from.

    `takes` names those that a command is about, where it is not about all.
    """

    takes: frozenset[str] = frozenset()

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read which API it is about, then everything else."""
        asks = bool({"--help", "-h"} & set(args))
        api = api_of(named(args), {} if asks and not named(args) else _environ())
        context = self.context_class(self, info_name=info_name, parent=parent, **self._settings(extra))
        context.meta[_API] = api
        with context.scope(cleanup=False):
            self.parse_args(context, args)
        return context

    def _settings(self, extra: dict[str, Any]) -> dict[str, Any]:
        return {**self.context_settings, **extra}

    def _takes(self, option: Option) -> bool:
        return option.name in self.takes if self.takes else option.name != "target"

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options of the command and those of the API."""
        api = ctx.meta.get(_API) or load()
        own = [one for one in self.params if isinstance(one, click.Argument)]
        rest = [one for one in self.params if not isinstance(one, click.Argument)]
        given = [as_click(one) for one in api.options.values() if self._takes(one)]
        found = [*own, *given, *rest]
        help_option = self.get_help_option(ctx)
        return [*found, *([help_option] if help_option else [])]


def api_in(ctx: click.Context) -> Api:
    """Return the API that a command is about."""
    found: Api = ctx.meta[_API]
    return found


def as_click(option: Option) -> click.Option:
    """Return a setting as an option of the command line."""
    if option.kind == "flag":
        more: dict[str, Any] = {"is_flag": True}
    else:
        more = {"multiple": option.several, "metavar": _METAVARS.get(option.kind, "TEXT")}
    return click.Option([f"--{option.name}", option.field], help=f"{option.help}  [{option.variable}]", **more)


def _environ() -> dict[str, str]:
    import os

    return dict(os.environ)
