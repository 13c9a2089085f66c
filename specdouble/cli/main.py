"""The entry point: finds a command's file by its name and turns expected errors into one clear line."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import tempfile
import traceback

import click

from specdouble import __version__
from specdouble.errors import SpecdoubleError, closest

# command -> (module, attribute, one line of help); modules load only when their command runs
COMMANDS = {
    "serve": ("specdouble.cli.serve", "serve", "Serve a stateful mock of a pack or a document."),
    "init": ("specdouble.cli.init", "init", "Write a project folder to begin with."),
    "save": ("specdouble.cli.save", "save", "Save what a running server holds as a project folder."),
    "state": ("specdouble.cli.state", "state_commands", "Look after what serve --state keeps."),
    "routes": ("specdouble.cli.routes", "routes", "List every operation: what answers it, and who may call."),
    "where": ("specdouble.cli.routes", "where", "Print file:line of an operation's handler."),
    "verify": ("specdouble.cli.verify", "verify", "Prove or refute the contract of a live server."),
    "proxy": ("specdouble.cli.traffic", "proxy", "Pass traffic on to a server, and judge it."),
    "cleanup": ("specdouble.cli.verify", "cleanup", "Remove what a verify run left behind."),
    "spec": ("specdouble.cli.spec", "spec", "Check, show and compare OpenAPI documents."),
    "report": ("specdouble.cli.report", "report", "Show, compare and merge results of specdouble verify."),
}

_OF_FILES = frozenset({errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EROFS, errno.ENOSPC,
                       errno.ENAMETOOLONG, errno.ELOOP})  # fmt: skip


class Commands(click.Group):
    """Loads a command's module on demand, so that starting a server imports nothing else."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a command."""
        if name not in COMMANDS:
            return None
        module, attribute, _help = COMMANDS[name]
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise _missing(error) from None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the closest command when there is none of that name."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = closest(args[0], COMMANDS, cutoff=0.4)
            hint = f" Did you mean {near!r}?" if near else f" Commands: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="specdouble")
def cli() -> None:
    """Serve a stateful mock from OpenAPI documents, and verify live servers against them.

    A pack is a folder with what belongs to one API: documents, seed data, handlers, contract tests. A document alone
    will do.
    """


class MissingExtraError(SpecdoubleError):
    """A command needs libraries that were not installed; the message names the one command that brings them."""


def _missing(error: ModuleNotFoundError) -> Exception:
    """Return what to say of a module that is not there: only libraries are an extra's, our own are a defect."""
    name = (error.name or "").partition(".")[0]
    if not name or name == "specdouble":
        return error
    extra = {"opentelemetry": "otel", "trustme": "tls", "watchfiles": "reload"}.get(name, "verify")
    return MissingExtraError(f"this needs {name}, which is not installed: pip install 'specdouble[{extra}]'")


def _unusable(error: OSError) -> Exception:
    """Return what to say of a file or folder of the user that cannot be used; any other error stays what it is."""
    if error.errno not in _OF_FILES or error.filename is None:
        return error
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
    said = (error.strerror or "it cannot be used").lower()
    return SpecdoubleError(said, where=name, next_step="Let this user read or write it, or name another")


def main() -> None:
    """Run the command line; an expected error is one line on stderr and exit code 2, never a traceback.

    What broke in specdouble itself is exit code 3, no verdict: Python's own code for it, 1, would say "violations".
    """
    try:
        cli()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError):
            error = _missing(error)
        if isinstance(error, OSError):
            error = _unusable(error)
        if isinstance(error, SpecdoubleError):
            click.echo(f"specdouble: {error}", err=True)
            sys.exit(error.exit_code)
        # Its text may hold a secret, so the log of a CI job gets the name only.
        said = f"{type(error).__name__} in specdouble itself, and no verdict. Report it with {_kept(error)}"
        click.echo(f"specdouble: {said}", err=True)
        sys.exit(3)


def _kept(error: Exception) -> str:
    """Write the traceback of an error into a file that only its owner reads; return its path."""
    with tempfile.NamedTemporaryFile("w", prefix="specdouble-", suffix=".txt", delete=False) as file:
        file.write("".join(traceback.format_exception(error)))
    return file.name
