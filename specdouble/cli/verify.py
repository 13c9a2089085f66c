"""``specdouble verify`` and ``specdouble cleanup``: the contract suites with a bar, a report and an exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specdouble.cli.api_command import ApiCommand, api_in
from specdouble.cli.outputs import Outputs
from specdouble.openapi.effective import cache_folder
from specdouble.verify.problems import SettingsError, TargetError
from specdouble.verify.running.gather import gather
from specdouble.verify.safety.journal import folder
from specdouble.verify.settings.values import Settings

if TYPE_CHECKING:
    from specdouble.cli.progress import Follower
    from specdouble.verify.api.api import Api

KINDS = ("json", "html", "junit", "sarif", "codequality", "markdown", "badge")
_NO_TESTS, _INTERRUPTED = 5, 130  # exit codes: pytest's when it has nothing to do, a shell's after Ctrl+C
_PYTEST = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")  # of the caller's own tests


def reports(function: Any) -> Any:
    """Add an option for each kind of report."""
    texts = {
        "json": "the result as JSON", "html": "a page (HTML) of every operation and its checks", "junit": "JUnit XML",
        "sarif": "SARIF 2.1.0",
        "codequality": "GitLab's code quality report", "markdown": "a summary in Markdown",
        "badge": "a badge (.svg, or JSON for shields.io)",
    }  # fmt: skip
    for kind in reversed(KINDS):
        variable = f"SPECDOUBLE_{kind.upper()}"
        help_ = f"Write {texts[kind]}.  [{variable}]"
        option = click.option(f"--{kind}", f"{kind}_report", metavar="FILE", envvar=variable, help=help_)
        function = option(function)
    return function


@click.command(cls=ApiCommand)
@click.argument("target", required=False)
@click.option(
    "--workers",
    "-n",
    type=click.IntRange(1, 64),
    envvar="SPECDOUBLE_WORKERS",
    help="Processes to use  [default: one per core, at most 4; one with a budget, which pays for set-up once].",
)
@click.option("--explain", metavar="RULE", help="Say what a rule asks for, and end.")
@click.option("--rules", is_flag=True, help="List the rules and what is not sent beyond loopback, and end.")
@click.option("--init", is_flag=True, help="Write a commented specdouble.toml and waivers.toml here, and end.")
@reports
@click.option("--run", metavar="NAME", envvar="SPECDOUBLE_RUN", help="Name of the run  [default: made up].")
@click.option("-q", "--quiet", is_flag=True, envvar="SPECDOUBLE_QUIET", help="No progress.")
@click.option("--fail-fast", is_flag=True, envvar="SPECDOUBLE_FAIL_FAST", help="Stop at the first violation.")
@click.pass_context
def verify(
    ctx: click.Context, /, *, target: str | None, workers: int | None, explain: str | None, rules: bool, init: bool,
    quiet: bool, fail_fast: bool, **given: Any,
) -> None:  # fmt: skip
    """Prove or refute the contract of the server at TARGET, operation by operation.

    With --har FILE nothing is sent: the traffic in the file is judged, by the same rules.

    An operation conforms when its success was reached and every check of its own kinds was made and none failed.

    Exit codes: 0 conforms, 1 violations, 2 nothing or too little is proven or the command line makes no sense, 3 the
    target or a credential does not work, 130 interrupted.
    """
    if explain is not None:
        _explain(api_in(ctx), explain)
        return
    if rules:
        _list_rules(api_in(ctx))
        return
    files = {kind: Path(path) for kind in KINDS if (path := given.pop(f"{kind}_report", None))}
    said = {"target": target, **{name.replace("_", "-"): value for name, value in given.items()}}
    if init:
        _init(api_in(ctx), said)
        return
    try:
        with Outputs(files, target or "", [given.get("replay_from") or ""], api=api_in(ctx)) as outputs:
            outputs.settings = gather(said)
            if outputs.settings.har:
                from specdouble.cli.traffic import judge_files

                sys.exit(judge_files(outputs.settings, outputs))
            code = run(outputs.settings, workers, outputs, quiet=quiet, fail_fast=fail_fast)
    except TargetError as error:
        click.echo(f"specdouble: {error}", err=True)
        sys.exit(3)
    sys.exit(code)


def _settings(given: dict[str, Any]) -> Settings:
    """Gather the settings; a credential that is named and empty ends the command with exit code 3."""
    try:
        return gather(given)
    except TargetError as error:
        click.echo(f"specdouble: {error}", err=True)
        sys.exit(3)


def run(settings: Settings, workers: int | None, outputs: Outputs, *, quiet: bool, fail_fast: bool) -> int:
    """Make a run and its reports; return the exit code.

    Raises:
        SettingsError: what was asked for makes no sense, such as a selection without a test.
        TargetError: the target or a credential does not work, or the suites did not run.

    """
    from specdouble.verify.results.replay import replayed
    from specdouble.verify.results.waivers import read
    from specdouble.verify.running.preflight import preflight
    from specdouble.verify.running.selection import check_words

    check_words(settings)
    read(settings.waivers)
    if settings.replay:
        replayed(settings.replay, settings.replay_from, settings.journal)
    outputs.settings = settings = preflight(settings)
    from specdouble.cli.progress import Follower

    follower = Follower(settings, quiet=quiet)
    processes = workers or (1 if settings.budget or settings.api.generated else min(4, os.cpu_count() or 1))
    with _terminable():
        code = _pytest(follower, processes, fail_fast=fail_fast)
    result = follower.result
    if result is None or (follower.complaints and not follower.tests):
        raise TargetError("the suites did not run; the lines above say why")
    if not follower.tests and not settings.shard and not follower.interrupted and code == _NO_TESTS:
        words = ", ".join(settings.only) or settings.replay
        raise SettingsError(f"no test looks at {words}: --rules lists the rules, --only takes operations and tags too.")
    show(settings, outputs, result)
    return _INTERRUPTED if follower.interrupted else int(result["summary"]["exit_code"])


def show(settings: Settings, outputs: Outputs, result: Any) -> None:
    """Write the files that were asked for, and show a result on the terminal and to GitHub."""
    from specdouble.verify.reports import ReportError
    from specdouble.verify.reports.formats import github, terminal

    written = outputs.write(result)
    if getattr(settings, "write_overlay", ""):
        write_overlay(settings, result)
    terminal.show(result, written)
    try:
        github.publish(result, sys.stdout)
    except ReportError as error:
        click.echo(f"specdouble: {error}", err=True)


def write_overlay(settings: Settings, result: Any) -> None:
    """Write the lines that settle the drift of a run."""
    from specdouble.verify.generated.overlay import as_overlay

    service = settings.api.contract.first
    drift = [one for one in result["findings"] if one.get("kind") == "drift" and one["service"] == service.name]
    try:
        Path(settings.write_overlay).expanduser().write_text(as_overlay(drift, service.document), encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"--write-overlay: {settings.write_overlay} cannot be written ({error.strerror})."
        ) from None


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let a polite end (SIGTERM, as CI sends it) be one that cleans up and reports, as Ctrl+C is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _pytest(follower: Follower, count: int, *, fail_fast: bool) -> int:
    """Run the suites in this process, or in `count` workers of it; return pytest's exit code."""
    import pytest

    root = str(Path(__file__).resolve().parent.parent.parent)
    arguments = ["--pyargs", "specdouble.verify", "-c", os.devnull, "--rootdir", root, "--strict-markers"]
    # What nobody asks for: a cache, the terminal's own report, and collecting garbage five times at the end.
    arguments += ["-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:unraisableexception"]
    arguments += ["--assert", "plain", "-W", "ignore"]
    arguments += ["-p", "specdouble.verify.plugin"]
    arguments += ["-p", "xdist.plugin", "-n", str(count)] if count > 1 else []
    arguments += ["-x"] if fail_fast else []
    kept = {name: os.environ.pop(name, None) for name in _PYTEST}
    # Other plugins of the environment would cost time and might interfere; workers inherit the variable.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Hypothesis keeps tables of Unicode, which take a second to make; not in the folder of whoever verifies a server.
    tables = cache_folder() or folder(follower.specdouble_settings.journal)
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(tables / "hypothesis"))
    before = time.perf_counter()
    try:
        code = int(pytest.main(arguments, plugins=[follower]))
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})
    if follower.result is not None:
        follower.result["run"]["seconds"] = round(time.perf_counter() - before, 2)
    return code


def _explain(api: Api, word: str) -> None:
    from specdouble.openapi.errors import closest
    from specdouble.verify.api.rules import FAMILIES
    from specdouble.verify.reports.stored.definitions import DEFINITION, RULE_DEFINITION
    from specdouble.verify.results.proof import OWN

    found = api.rules.get(word) or api.rules.get(word.upper())
    if found is None:
        near = closest(word.upper(), api.rules, cutoff=0.0)
        raise click.UsageError(f"There is no rule {word!r}; the closest is {near}. --rules lists them.")
    family = {**FAMILIES, **api.pack.families}.get(found.family, "")
    click.secho(f"{found.id}  {found.title}", bold=True)
    click.echo(f"\n{click.wrap_text(found.explain, 100)}\n\nFamily  {found.family}: {family}")
    if found.source:
        click.echo(f"Rests on  {found.source}")
    click.echo(f"\n{click.wrap_text(DEFINITION, 100)}")
    counts = "it decides about each operation" if found.id in OWN | api.pack.own else "no operation waits for it"
    click.echo(f"{RULE_DEFINITION} This one: {counts}.")


def _init(api: Api, said: dict[str, Any]) -> None:
    from specdouble.cli.starter import init

    gather(said)  # what makes no sense is not written down
    for path in init(api, said, Path.cwd()):
        click.echo(f"{path.name} written")
    for option in api.options.values():
        if said.get(option.name) and option.secret:
            click.echo(f"--{option.name} is a secret and was not written: set {option.variable}")
    click.echo("Next: read the comments, set the variables of your credentials, run specdouble verify.")


def _list_rules(api: Api) -> None:
    from specdouble.verify.api.policy import listing

    for one in api.rules.values():
        click.echo(f"{one.id:<10} {one.title}")
    click.echo("\nNot sent beyond loopback unless --allow says so (--deny adds to it):\n")
    for line in listing(api):
        click.echo(line)


@click.command(cls=ApiCommand)
@click.argument("run_id", metavar="RUN")
@click.argument("target", required=False)
def cleanup(*, run_id: str, target: str | None, **given: Any) -> None:
    """Remove what a run created and left behind, the last thing first; RUN is the name that its report shows.

    Without TARGET it is the target of that run. Exits with 0 when nothing is left that could be removed, else with 1.
    """
    from specdouble.verify.running.opening import make_session
    from specdouble.verify.running.preflight import preflight
    from specdouble.verify.session.cleanup import about, leftovers, maybe, remove

    given = {name.replace("_", "-"): value for name, value in given.items()}
    where = _settings({"target": target, **given, "run": run_id}).journal
    told = about(run_id, where)
    if not told:
        raise SettingsError(f"there is no journal of a run {run_id} in {folder(where)} (--journal FOLDER).")
    for one in maybe(run_id, where):
        traces = ", ".join(f"{name} {value}" for name, value in one.get("traces", {}).items())
        click.echo(f"Perhaps created, no response came: {one['what']} ({one['op']}; {traces}). Look for it yourself.")
    pending = leftovers(run_id, where)
    if not pending:
        click.echo(f"Nothing is left of the run {run_id}.")
        return
    # What that run was about holds here too, but for credentials, and for the target where another one is named.
    kept = {"pack", "spec", "overlay", "tests", "target"} if target else told.keys() - {"event", "at", "run"}
    more = {name: told[name] for name in kept if told.get(name)}
    said = {name: value for name, value in given.items() if value}
    forced = {"run": run_id, "allow-writes": True, "allow-destructive": True, "target": target or told["target"]}
    settings = _settings({**more, **said, **forced})
    try:
        settings = preflight(settings)
    except TargetError as error:
        click.echo(f"specdouble: {error}", err=True)
        sys.exit(3)
    session = make_session(settings, "cleanup")
    left = remove(session, pending)
    session.close()
    click.echo(f"{len(pending) - len(left)} of {len(pending)} things removed.")
    for one in left:
        why = "" if one["undo"] else " (no operation removes it)"
        click.echo(f"  still there: {one['what']} {one['id']}{why}")
    sys.exit(1 if any(one["undo"] for one in left) else 0)
