"""The argument that says what a server command works on, and the options that depend on it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from specdouble import packs
from specdouble.cli.serve_settings import defaults, filed, targets
from specdouble.cli.serve_settings import overlay as overlay_of
from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.binding.load import ServerSide, load
from specdouble.mock.boot import seed_files
from specdouble.mock.options import Options, Setting
from specdouble.openapi.contract import Contract
from specdouble.packs.target import contract_of_targets, looks_like_one
from specdouble.settings_file import FILE

VARIABLES = "SPECDOUBLE"  # how the environment variable of each option begins
OVERLAY = click.Option(
    ["--overlay"], type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="OpenAPI overlay that is applied to the document TARGET.", allow_from_autoenv=False,
)  # fmt: skip


def complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the packs that a word may become, and let the shell add files."""
    found = [CompletionItem(one) for one in packs.names() if one.startswith(incomplete)]
    return [*found, CompletionItem(incomplete, type="file")]


class Target:
    """A contract, and the server side of its pack."""

    def __init__(self, names: Sequence[str], overlay: Path | None) -> None:
        self.contract: Contract = contract_of_targets(names, overlay)
        self.side: ServerSide = load(self.contract.name, list(self.contract.by_name))
        self.options = list(options(self))


class TargetCommand(click.Command):
    """A command whose further options are those of the pack that its argument TARGET names."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the target first, for it says which other options there are."""
        try:
            self._choose(ctx, args)
        except SpecdoubleError:
            if not ctx.resilient_parsing:  # completion: what is being written need not be there yet
                raise
            ctx.meta["target"] = Target([], None)
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            name = error.param.name if error.param is not None else None
            if name is not None and ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP:
                said = f"{error.message} It is named in {FILE} [serve]."
                raise click.BadParameter(said, error.ctx, error.param, error.param_hint) from None
            raise

    def _choose(self, ctx: click.Context, args: list[str]) -> None:
        """Read the target, and from the settings file what the command line does not say."""
        words, guesses, overlay = _targets_in(list(args), self.params)
        if not words and guesses:  # one may be the value of an option that only the default pack has
            usual = list(Target([], None).options)
            words, guesses, overlay = _targets_in(list(args), [*self.params, *usual])
        words = words or guesses[:1]
        settings = filed()
        if not words:
            words = targets(settings)
            overlay = overlay or (Path(said) if (said := overlay_of(settings)) else None)
        ctx.meta["target"] = Target(words, overlay)
        ctx.default_map = defaults(settings, self.get_params(ctx))

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options of the command, of every server, and of the pack."""
        target: Target = ctx.meta["target"]
        return [*target.options, *super().get_params(ctx)]


def _targets_in(args: list[str], own: Sequence[click.Parameter]) -> tuple[list[str], list[str], Path | None]:
    """Return the words of a command line that name targets, those behind unknown options that may, and the overlay."""
    known = {name: one for one in [*own, *generic()] if isinstance(one, click.Option) for name in one.opts}
    candidates, guesses, overlay = [], [], None
    while args:
        word = args.pop(0)
        if word == "--":
            candidates += args
            break
        if not word.startswith("-") or word == "-":  # standard input
            candidates.append(word)
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        takes = option is None or not option.is_flag
        if takes and not equals and args and (option is not None or not args[0].startswith("-") or args[0] == "-"):
            value = args.pop(0)
            if option is None:
                guesses.append(value)  # of the pack's own options, or the target after a flag of the pack
        if name == "--overlay" and value:
            overlay = there(Path(value))
    return candidates, [one for one in guesses if looks_like_one(one)], overlay


def there(overlay: Path) -> Path:
    """Return an overlay that is there: the target is read before its options are checked.

    Raises:
        SpecdoubleError: it is not, and which one may be meant.

    """
    if overlay.exists():
        return overlay
    try:
        beside = [str(one) for one in overlay.parent.iterdir()]
    except OSError:
        beside = []
    near = closest(str(overlay), beside)
    step = "" if near else "Name an OpenAPI overlay, or leave the option out"
    raise SpecdoubleError("there is no such file", where=f"--overlay {overlay}", closest=near, next_step=step)


def generic() -> Iterator[click.Option]:
    """Yield the options of every server."""
    for field in dataclasses.fields(Options):
        if Setting in field.metadata:
            yield _option(field)


def options(target: Target) -> Iterator[click.Option]:
    """Yield the options of a target's server: ports, world, settings."""
    services = target.contract.services
    said = target.side.services
    for field in dataclasses.fields(target.side.pack.options):
        if field.name == "ports":
            for number, service in enumerate(services):
                words = service.name.replace("_", "-")
                env = [f"{VARIABLES}_{service.name.upper()}_PORT"]
                yield click.Option(
                    ["--port" if number == 0 else f"--{words}-port", f"port_{service.name}"], default=service.port,
                    show_default=True, envvar=[f"{VARIABLES}_PORT", *env] if number == 0 else env,
                    type=click.IntRange(0, 65535), show_envvar=True,
                    help=f"Port of the {service.title}; 0 takes a free one." if len(services) > 1
                    else "Port to listen on; 0 takes a free one.",
                )  # fmt: skip
        elif field.name == "world":
            files = seed_files(target.contract)
            names = files.worlds()
            about = " ".join(f"{name}: {files.manifest(name)['description']}." for name in names)
            yield click.Option(
                ["--world"], default=field.default, show_default=True, show_envvar=True, hidden=len(names) == 1,
                help=f"Which seed data to load. {about}",
            )  # fmt: skip
        elif Setting in field.metadata:
            yield _option(field, hidden=_is_idle(field.name, target, said.values()))


def _is_idle(name: str, target: Target, services: Any) -> bool:
    """Whether an option can change nothing of a target."""
    if name == "prefix":
        return len(target.contract.services) < 2
    if name == "rate_limits":
        return not any(one.limits for one in services)
    if name in ("items", "empty"):
        return any(one.handlers for one in services) and not target.side.pack.inferred
    return name == "internal" and all(len(one.documents) == 1 for one in target.contract.services)


def _option(field: dataclasses.Field[Any], hidden: bool = False) -> click.Option:
    about: Setting = field.metadata[Setting]
    words = field.name.replace("_", "-")
    name = f"--{words}"
    more: dict[str, Any] = {"default": field.default, "show_default": field.default is not None, "hidden": hidden}
    text = about.help
    if about.kind is bool:
        more |= {"is_flag": True, "show_default": bool(field.default)}
        name = f"{name}/--no-{words}" if field.default else name
    elif about.file:
        more["type"] = click.Path(exists=True, dir_okay=False)
    elif about.minimum is not None:
        kind = click.IntRange if about.kind is int else click.FloatRange
        more["type"] = kind(about.minimum)  # type: ignore[arg-type]
    else:
        more["type"] = about.kind
    if about.shown:
        text = f"{text}  [default: {about.shown}]"
    if about.env:  # the usual name wins over others
        more["envvar"] = [f"{VARIABLES}_{field.name.upper()}", *about.env]
    return click.Option([name, field.name], show_envvar=True, help=text, **more)


def chosen_options(target: Target, given: dict[str, Any]) -> Options:
    """Return the options that a command line gave, by the names of `options`.

    Of several documents the others follow the first one's port, unless they have one of their own. Where the first
    takes a free one, so does everyone that was given none.
    """
    _refuse_empty(target, given)
    services = target.contract.services
    ports = {one.name: given.pop(f"port_{one.name}") for one in services}
    first = ports[services[0].name]
    if first == 0:
        ports = {name: port if _is_given(f"port_{name}") else 0 for name, port in ports.items()}
    elif first != services[0].port and not packs.is_described(target.contract.name):
        for number, one in enumerate(services):
            following = first + number
            if ports[one.name] == one.port and following < 65_536:
                ports[one.name] = following
    return target.side.pack.options(ports=ports, **given)


def _refuse_empty(target: Target, given: dict[str, Any]) -> None:
    """Refuse a host that is empty, and variables of secrets or of the state that are: a script lost what was meant.

    Raises:
        SpecdoubleError: one is; the message names it.

    """
    if given.get("host") == "":
        step = "Give a name or an address; 0.0.0.0 is every address of this machine"
        raise SpecdoubleError("it is empty", where="--host", next_step=step)
    for field in dataclasses.fields(target.side.pack.options):
        about = field.metadata.get(Setting)
        if about is None or not (about.secret or field.name in ("host", "state")):
            continue
        for variable in (f"{VARIABLES}_{field.name.upper()}", *about.env):
            if os.environ.get(variable) == "" and not _is_given(field.name):
                raise SpecdoubleError("it is empty", where=variable, next_step="Give it a value, or unset it")


def _is_given(name: str) -> bool:
    """Whether somebody gave a parameter of the command that runs."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is not ParameterSource.DEFAULT
