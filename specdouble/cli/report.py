"""`specdouble report`: show a stored result again, compare two, put the results of shards together."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

RESULT_HELP = "A result is a file written by specdouble verify --json."
OUTPUTS = {
    "json": "the result itself, as JSON",
    "html": "one self-contained HTML page",
    "junit": "JUnit XML",
    "sarif": "SARIF 2.1.0, for code scanning",
    "codequality": "GitLab's code quality report",
    "markdown": "Markdown, for a step summary or a comment",
    "badge": "a badge: SVG when the name ends in .svg, otherwise JSON for a shields.io endpoint",
}


@click.group()
def report() -> None:
    """Show stored results again, compare them, and put the results of shards together."""


def output_options(*kinds: str) -> Callable[[Any], Any]:
    """Return a decorator that adds `--KIND FILE` options for kinds of reports (all without a name)."""

    def decorate(command: Any) -> Any:
        for kind in reversed(kinds or tuple(OUTPUTS)):
            text = f"Write {OUTPUTS[kind]}."
            command = click.option(f"--{kind}", metavar="FILE", type=click.Path(path_type=Path), help=text)(command)
        return command

    return decorate


sarif_file_option = click.option(
    "--sarif-file", metavar="PATH", envvar="SPECDOUBLE_SARIF_FILE",
    help="File of your repository at which code scanning shows findings, from its root.",
)  # fmt: skip


@report.command(epilog=RESULT_HELP)
@click.argument("result")
@output_options("html", "junit", "sarif", "codequality", "markdown", "badge")
@sarif_file_option
def show(result: str, sarif_file: str | None, **files: Path | None) -> None:
    """Print a stored result and write reports of it."""
    with _errors():
        from specdouble.verify.reports import read, write
        from specdouble.verify.reports.formats import terminal

        stored = read(result)
        _points_at(stored, sarif_file)
        written = write(stored, _asked(files))
        terminal.show(stored, written)


@report.command(epilog=RESULT_HELP)
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(old: str, new: str, form: str) -> None:
    """Print what changed between two results, what got worse first.

    Exits with 1 when there are new violations or an operation's verdict got worse, otherwise with 0.
    """
    with _errors():
        from specdouble.verify.reports import read
        from specdouble.verify.reports.views.diff import compare, text

        difference = compare(read(old), read(new))
    if form == "json":
        import orjson

        click.echo(orjson.dumps(difference.as_dict(), option=orjson.OPT_INDENT_2))
    else:
        click.echo(text(difference))
    if difference.regressed:
        raise SystemExit(1)


@report.command(epilog=RESULT_HELP)
@click.argument("results", nargs=-1, required=True)
@output_options()
@click.option("--min-proven", metavar="SHARE", type=click.FloatRange(0, 1), help="Least proven share, from 0 to 1.")
@click.option("--write-baseline", metavar="FILE", help="Write all findings to this file: they are known from now on.")
@sarif_file_option
def merge(
    results: tuple[str, ...], min_proven: float | None, write_baseline: str | None, sarif_file: str | None,
    **files: Path | None,
) -> None:  # fmt: skip
    """Put the results of shards together: print and write the whole.

    Exits as one run of everything would have: 0 conforms, 1 violations, 2 less proven than --min-proven, 3 the target
    or a credential did not work or a shard is missing.
    """
    with _errors():
        from specdouble.cli.outputs import Outputs
        from specdouble.verify.reports import ReportError, read
        from specdouble.verify.reports.formats import github, terminal
        from specdouble.verify.reports.stored.merge import merge as join

        with Outputs(_asked(files), inputs=results, at_once=False) as outputs:
            merged = join([read(one) for one in results], min_proven)
            _points_at(merged, sarif_file)
            if write_baseline:
                from specdouble.verify.results.baseline import found, write

                write(write_baseline, found(merged))
            written = outputs.write(merged)
        terminal.show(merged, written)
        try:
            github.publish(merged, sys.stdout)
        except ReportError as error:
            click.echo(f"specdouble: {error}", err=True)
    if code := merged["summary"]["exit_code"]:
        raise SystemExit(code)


def _points_at(result: Any, sarif_file: str | None) -> None:
    """Let the reports point at another file of the reader's repository."""
    from specdouble.verify.settings.urls import in_repository

    if sarif_file:
        result["run"]["sarif_file"] = in_repository(sarif_file)


class _BadInput(click.ClickException):
    """What the caller named cannot be used."""

    exit_code = 2


@contextmanager
def _errors() -> Iterator[None]:
    """Turn a ReportError into one line on stderr and exit code 2."""
    from specdouble.verify.reports import ReportError

    try:
        yield
    except ReportError as error:
        raise _BadInput(str(error)) from None


def _asked(files: dict[str, Path | None]) -> dict[str, Path]:
    """Return the reports that were asked for, by kind."""
    return {kind: path for kind, path in files.items() if path is not None}
