"""``understudy verify`` and ``understudy cleanup``: the contract suites with a bar, a report and an exit code."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from contract_tests.problems import TargetError
from contract_tests.settings import OPTIONS, Settings, gather

KINDS = ("json", "html", "junit", "sarif", "markdown", "badge")
LISTS = {name for name, (_text, kind) in OPTIONS.items() if kind == "list"}


def _options(function: Any) -> Any:
    """Add the settings of a run as options, from the one list that pytest's options and the file come from."""
    for name, (text, kind) in reversed(OPTIONS.items()):
        if name == "target":
            continue
        variable = f"UNDERSTUDY_{name.upper().replace('-', '_')}"
        more: dict[str, Any] = {"is_flag": True} if kind == "flag" else {"multiple": kind == "list", "default": None}
        if kind == "list":
            more = {"multiple": True}
        text = text if kind == "list" else f"{text}  [{variable}]"
        function = click.option(f"--{name}", name.replace("-", "_"), help=text, **more)(function)
    return function


@click.command()
@click.argument("target", required=False)
@_options
@click.option(
    "--workers", "-n", type=click.IntRange(1, 64), help="Processes to use  [default: one per core, at most 4]."
)
@click.option("--min-proven", type=click.FloatRange(0, 1), default=0.0, help="Share of operations that must be proven.")
@click.option("--explain", metavar="RULE", help="Say what a rule asks for, and end.")
@click.option("--rules", is_flag=True, help="List the rules, and end.")
@click.option("--json", "json_", type=click.Path(dir_okay=False), help="Write the result as JSON.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write the matrix as one HTML file.")
@click.option("--junit", type=click.Path(dir_okay=False), help="Write JUnit XML.")
@click.option("--sarif", type=click.Path(dir_okay=False), help="Write SARIF 2.1.0.")
@click.option("--markdown", type=click.Path(dir_okay=False), help="Write a summary in Markdown.")
@click.option("--badge", type=click.Path(dir_okay=False), help="Write a badge (.svg, or JSON for shields.io).")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first violation.")
def verify(
    *, target: str | None, workers: int | None, min_proven: float, explain: str | None, rules: bool, quiet: bool,
    fail_fast: bool, **given: Any,
) -> None:  # fmt: skip
    """Prove or refute the contract of the server at TARGET, operation by operation.

    Exit codes: 0 conforms, 1 violations, 2 too little is proven or the command line makes no sense, 3 the target or a
    credential does not work.
    """
    if explain is not None:
        _explain(explain)
        return
    if rules:
        _list_rules()
        return
    outputs = {kind: Path(path) for kind in KINDS if (path := given.pop("json_" if kind == "json" else kind, None))}
    for path in outputs.values():
        if not path.parent.is_dir():
            raise click.UsageError(f"{path}: there is no folder {path.parent}.")
    settings = gather({"target": target, **{name.replace("_", "-"): value for name, value in given.items()}})
    sys.exit(run(settings, workers, min_proven, outputs, quiet=quiet, fail_fast=fail_fast))


def run(
    settings: Settings,
    workers: int | None,
    min_proven: float,
    outputs: dict[str, Path],
    *,
    quiet: bool,
    fail_fast: bool,
) -> int:
    """Make a run and its reports; return the exit code."""
    from contract_tests.preflight import preflight
    from contract_tests.reports import github, terminal, write
    from contract_tests.selection import check_words, replayed

    try:
        check_words(settings)
        if settings.replay:
            replayed(settings)
        settings = preflight(settings)
    except TargetError as error:
        click.echo(f"understudy: {error}", err=True)
        return 3
    result = _pytest(settings, workers, quiet=quiet, fail_fast=fail_fast, min_proven=min_proven)
    if result is None:
        click.echo("understudy: the suites did not run; the lines above say why", err=True)
        return 3
    written = write(result, outputs)
    terminal.show(result, written)
    github.publish(result, sys.stdout)
    return int(result["summary"]["exit_code"])


def _pytest(
    settings: Settings, workers: int | None, *, quiet: bool, fail_fast: bool, min_proven: float
) -> dict[str, Any] | None:  # fmt: skip
    """Run the suites in this process (and workers of it) and return the result."""
    import pytest

    from understudy.progress import Follower

    count = workers or min(4, os.cpu_count() or 1)
    arguments = ["--pyargs", "contract_tests", "-p", "no:cacheprovider", "-p", "no:terminal", "--strict-markers"]
    arguments += ["-W", "ignore", "-c", os.devnull, "--rootdir", str(Path(__file__).resolve().parent.parent)]
    # Other plugins of the environment would cost time and might interfere; workers inherit the variable.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    arguments += ["-p", "contract_tests.plugin"]
    arguments += ["-p", "xdist.plugin", "-n", str(count)] if count > 1 else []
    arguments += ["-x"] if fail_fast else []
    follower = Follower(settings, min_proven, quiet=quiet)
    before = time.perf_counter()
    code = pytest.main(arguments, plugins=[follower])
    if follower.result is not None:
        follower.result["run"]["seconds"] = round(time.perf_counter() - before, 2)
    return follower.result if code in (0, 1, 2, 5) else None


def _explain(word: str) -> None:
    import difflib

    from contract_tests.rules import all_rules, rule

    found = rule(word) or rule(word.upper())
    if found is None:
        closest = difflib.get_close_matches(word.upper(), all_rules(), n=1, cutoff=0.0)[0]
        raise click.UsageError(f"There is no rule {word!r}; the closest is {closest}. --rules lists them.")
    from contract_tests.rules import FAMILIES

    click.secho(f"{found.id}  {found.title}", bold=True)
    click.echo(f"\n{click.wrap_text(found.explain, 100)}\n\nFamily  {found.family}: {FAMILIES[found.family]}")
    if found.source:
        click.echo(f"Rests on  {found.source}")


def _list_rules() -> None:
    from contract_tests.rules import all_rules

    for one in all_rules().values():
        click.echo(f"{one.id:<10} {one.title}")


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("target", required=False)
@_options
def cleanup(*, run_id: str, target: str | None, **given: Any) -> None:
    """Remove what a run created and left behind, the last thing first; RUN is the name that its report shows."""
    from contract_tests.cleanup import leftovers, remove
    from contract_tests.preflight import preflight
    from contract_tests.stage import Stage

    given = {name.replace("_", "-"): value for name, value in given.items()}
    settings = gather({"target": target, **given, "run": run_id, "allow-writes": True, "allow-destructive": True})
    pending = leftovers(run_id, settings.journal)
    if not pending:
        click.echo(f"Nothing is left of the run {run_id}.")
        return
    try:
        settings = preflight(settings)
        left = remove(Stage(settings, "cleanup"), pending)
    except TargetError as error:
        click.echo(f"understudy: {error}", err=True)
        sys.exit(3)
    click.echo(f"{len(pending) - len(left)} of {len(pending)} things removed.")
    for one in left:
        click.echo(f"  still there: {one['what']} {one['id']}")
    sys.exit(1 if any(one["undo"] for one in left) else 0)
