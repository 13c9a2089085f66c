"""Other people's traffic: `specdouble verify --har` judges what was recorded, `specdouble proxy` what passes."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specdouble.cli.api_command import ApiCommand, api_in
from specdouble.cli.outputs import Outputs
from specdouble.cli.verify import KINDS, reports, show
from specdouble.verify.problems import SettingsError
from specdouble.verify.running.gather import gather
from specdouble.verify.settings.values import Settings

if TYPE_CHECKING:
    from specdouble.verify.traffic.judge import Judge
    from specdouble.verify.traffic.places import Places

_COLOURS = {"violation": "red", "warning": "yellow"}


def judge_files(settings: Settings, outputs: Outputs) -> int:
    """Judge the traffic of the files of --har; return the exit code.

    Raises:
        SettingsError: a file is no HAR file, or what was asked for makes no sense.

    """
    from specdouble.verify.running.selection import check_words
    from specdouble.verify.traffic import har
    from specdouble.verify.traffic.judge import Judge
    from specdouble.verify.traffic.places import Places, bases

    settings = _lenient(settings)
    check_words(settings)
    started = time.perf_counter()
    read = [har.read(path) for path in settings.har]
    seen = [one for exchanges, _notes in read for one in exchanges]
    asked = [(one.method, one.url) for one in seen]
    places = Places(settings.api.contract, bases(settings.api.contract, settings.urls, asked, settings.base_path))
    outputs.settings = settings = settings.but(target=settings.target or _url(places, [one.url for one in seen]))
    judge = Judge(settings, places, _command("verify", settings))
    judge.notes += [note for _exchanges, notes in read for note in notes]
    for one in seen:
        judge.see(one)
    return _end(judge, settings, outputs, time.perf_counter() - started)


def _lenient(settings: Settings) -> Settings:
    """Ask for no share of proven operations that nobody asked for: traffic shows what it shows."""
    return settings if settings.says("min_proven") else settings.but(min_proven=0.0)


def _url(places: Places, urls: list[str]) -> str:
    """Return the base URL of the first place that any of the traffic went to."""
    from specdouble.verify.traffic.places import place

    for host, before in places.bases:
        for url in urls:
            if place(url)[0] == host:
                return "/".join(url.split("/")[:3]) + before
    return ""


def _command(name: str, settings: Settings, *more: str) -> str:
    """Return the command line that judges the same again, without its secrets."""
    from specdouble.verify.results.replay import command

    words = shlex.split(command(settings))
    seed = words.index("--seed")
    return shlex.join(["specdouble", name, *more, *words[2 if name == "verify" else 3 : seed]])


def _end(judge: Judge, settings: Settings, outputs: Outputs, seconds: float) -> int:
    """Write and show the result; return the exit code."""
    result = judge.finish(seconds)
    show(settings, outputs, result)
    return int(result["summary"]["exit_code"])


class ProxyCommand(ApiCommand):
    """Takes the settings that say something of passing traffic."""

    takes = frozenset(
        {
            "pack", "spec", "overlay", "only", "timeout", "strict", "insecure", "ca-file", "client-cert", "client-key",
            "proxy", "waivers", "fail-on", "baseline", "write-baseline", "prune-baseline", "sarif-file", "min-proven",
            "write-overlay",
        }
    )  # fmt: skip


@click.command(cls=ProxyCommand)
@click.option("--upstream", metavar="URL", envvar="SPECDOUBLE_UPSTREAM", help="The server to pass requests on to.")
@click.option("--host", default="localhost", show_default=True, envvar="SPECDOUBLE_HOST", help="Address to listen on.")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), envvar="SPECDOUBLE_PORT",
              help="Port to listen on; 0 takes a free one.")  # fmt: skip
@click.option("--record", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False),
              help="Record what responses show here, as seed data for `specdouble serve`.")  # fmt: skip
@reports
@click.option("-q", "--quiet", is_flag=True, envvar="SPECDOUBLE_QUIET", help="Print no findings as they come.")
@click.pass_context
def proxy(
    ctx: click.Context, /, *, upstream: str | None, host: str, port: int, record: Path | None, quiet: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Pass requests on to a server, judge what passes, and print findings as they come.

    Ctrl+C (or SIGTERM) ends it, writes the reports, and exits as `specdouble verify` does: 0 nothing that counts was
    found, 1 violations, 2 no operation was seen, 3 no verdict.
    """
    from specdouble.sockets import listen, port_of, url
    from specdouble.verify.running.selection import check_words
    from specdouble.verify.traffic.judge import Judge
    from specdouble.verify.traffic.places import Places, bases
    from specdouble.verify.traffic.serving import serve
    from specdouble.verify.traffic.world import World

    files = {kind: Path(path) for kind in KINDS if (path := given.pop(f"{kind}_report", None))}
    said = {name.replace("_", "-"): value for name, value in given.items()}
    if not (upstream or os.environ.get("SPECDOUBLE_TARGET")):
        raise SettingsError("no server was named; write --upstream URL, such as --upstream http://127.0.0.1:8000")
    with Outputs(files, upstream or "", api=api_in(ctx)) as outputs:
        settings = outputs.settings = _lenient(gather({**said, "target": upstream}))
        check_words(settings)
        sockets = listen(host, port)
        contract = settings.api.contract
        places = Places(contract, bases(contract, settings.urls, ()))
        world = World(contract) if record else None
        more = ["--upstream", settings.target, *(["--record", str(record)] if record else [])]
        judge = Judge(settings, places, _command("proxy", settings, *more), world)
        here = url(host, port_of(sockets))
        click.echo(f"specdouble proxy  {here} → {settings.target}   Ctrl+C ends it and reports", err=True)
        started = time.perf_counter()
        serve(judge, settings, sockets, None if quiet else _tell)
        if world is not None and record is not None:
            document = world.write(record, judge.redactor.clean_all)
            click.echo(f"recorded: specdouble serve {document}", err=True)
        code = _end(judge, settings, outputs, time.perf_counter() - started)
    sys.exit(code)


def _tell(finding: dict[str, Any]) -> None:
    """Print a finding as it comes."""
    rule = click.style(f"{finding['rule']:<10}", fg=_COLOURS.get(finding["severity"]))
    click.echo(f"{rule} {finding['op']}: {finding['message']}")
