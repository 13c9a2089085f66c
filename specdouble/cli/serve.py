"""``specdouble serve``: the mock server, its options and its start-up panel."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from specdouble import packs
from specdouble.cli.target import OVERLAY, VARIABLES, Target, TargetCommand, chosen_options, complete
from specdouble.errors import SpecdoubleError
from specdouble.mock.options import Options
from specdouble.packs.documents import STDIN

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform
    from specdouble.mock.transports.certificates import Certificate
    from specdouble.mock.transports.server import Sockets

log = logging.getLogger("specdouble")
ROWS = 20  # people in the start-up panel
PROBLEMS = 10  # of a document that are listed when it is served


@click.command(cls=TargetCommand, context_settings={"auto_envvar_prefix": VARIABLES})
@click.argument("targets", nargs=-1, metavar="[TARGET]...", shell_complete=complete)
@click.option(
    "--reload",
    is_flag=True,
    allow_from_autoenv=False,  # the server that is started again would do it too
    help="Start again when a file changes, with the state that still fits.",
)
@click.option("--strict-document", is_flag=True, help="Refuse a document of which a part cannot be used.")
@click.option(
    "--ready-json",
    is_flag=True,
    help="Print one line of JSON on stdout when the server listens (urls, ports, pid, control), the rest on stderr.",
)
@click.option("-v", "--verbose", is_flag=True, help="Print a line per request.")
@click.pass_context
def serve(
    ctx: click.Context, /, targets: tuple[str, ...], *, reload: bool, strict_document: bool, verbose: bool,
    ready_json: bool, overlay: Path | None, **given: Any,
) -> None:  # fmt: skip
    """Serve TARGET: a pack by name, a folder with specs/ in it, or a document; or several documents at once.

    Each service has a port, and all share one world. Without a target, the bundled default pack is served; the options
    below are those of the pack that is named.
    """
    found: Target = ctx.meta["target"]
    if reload and given["state"] != "memory":
        from specdouble.mock.backends.opening import shown

        raise SpecdoubleError("--reload keeps the state itself, in memory", where=f"--state {shown(given['state'])}",
                              next_step="Leave one of the two out")  # fmt: skip
    if reload:
        from specdouble.cli.reload import serve_again

        for one in targets:
            if one == STDIN or Path(one).is_fifo():
                said = "what comes through a pipe does not change, and cannot be read again"
                raise SpecdoubleError(said, where=one, next_step="Leave --reload out, or name a file")
        serve_again(found, targets, overlay, [given["faults"]] if given.get("faults") else [])
    else:
        start(found, chosen_options(found, given), verbose, strict_document, ready_json)


serve.params.append(OVERLAY)


def start(
    target: Target, options: Options, verbose: bool, strict_document: bool = False, ready_json: bool = False
) -> None:
    """Boot a platform and serve it until interrupted."""
    from specdouble.cli.reload import leave, take_over
    from specdouble.mock.boot import boot
    from specdouble.mock.telemetry import logs
    from specdouble.mock.transports.certificates import certificate_of
    from specdouble.mock.transports.server import ports_of, run

    logs.set_up(options.log_format, verbose)
    say = log.warning if options.log_format == "json" else partial(click.echo, err=True)
    sockets = _open_sockets(options)
    with contextlib.ExitStack() as held:
        for socket in (socket for several in sockets.values() for socket in several):
            held.callback(socket.close)
        options = dataclasses.replace(options, ports=ports_of(sockets, options))
        if not packs.is_described(target.contract.name):
            _tell_problems(target, strict_document, say)
        platform = boot(target.contract, options)
        held.callback(platform.close)
        certificate = certificate_of(platform.world.options)
        held.pop_all()  # from here on they are the server's
    for one in take_over(platform.world, platform.contract):
        say(f"  {one}")
    if options.log_format == "json":
        logs.began(platform.urls)
    else:
        click.echo(panel(platform, certificate), err=ready_json)
    if ready_json:
        click.echo(ready(platform, certificate))
    try:
        run(platform, sockets, certificate)
        leave(platform.world, platform.contract)
    finally:
        platform.close()


def _open_sockets(options: Options) -> Sockets:
    """Bind the ports before anything else is done; the first service's is set by ``--port``."""
    from specdouble.mock.transports.server import open_sockets
    from specdouble.sockets import ServeError

    names = {name: "--port" if number == 0 else f"--{name.replace('_', '-')}-port"
             for number, name in enumerate(options.ports)}  # fmt: skip
    taken: dict[int, str] = {}
    for name, port in options.ports.items() if not options.prefix else ():
        if port in taken:
            raise ServeError(f"both {taken[port]} and {name} are to listen on port {port}",
                             next_step=f"Give {names[name]} another one")  # fmt: skip
        if port:
            taken[port] = name
    return open_sockets(options, names.__getitem__)


def _tell_problems(target: Target, strict: bool, say: Callable[[str], object]) -> None:
    """List once what of the documents cannot be used, the worst first; refuse them where that is asked for."""
    from specdouble.openapi.problems import problems

    for service in target.contract.services:
        found = problems(service.document, schemas=strict)
        service.document.forget()
        told = [f"  {one}" for one in found[: None if strict else PROBLEMS]]
        if len(found) > len(told):
            told.append(f"  and {len(found) - len(told)} more; specdouble spec lint lists what is wrong")
        if found and strict:
            said = "parts of it cannot be used; mend it, or leave --strict-document out:\n" + "\n".join(told)
            raise SpecdoubleError(said, where=service.document.name)
        if found:
            say("\n".join([f"{service.document.name} is served as far as it goes:", *told]))


def ready(platform: Platform, certificate: Certificate | None = None) -> str:
    """Write for scripts, as one line of JSON, where things are."""
    urls = platform.urls
    first = next(iter(urls.values()))
    said = {
        "pid": os.getpid(),
        "urls": urls,
        "ports": dict(platform.world.options.ports),
        "control": f"{first}/__mock__/",
        "world": platform.world.options.world,
        "authority": str(certificate.authority) if certificate and certificate.authority else None,
    }
    return orjson.dumps(said).decode()


def panel(platform: Platform, certificate: Certificate | None = None) -> str:
    """Write the start-up panel: where things are, who is there, and which credentials open what."""
    world = platform.world
    options, urls = world.options, platform.urls
    known = Counter(service.title for service in platform.services.values())
    titles = {name: one.title if known[one.title] == 1 else name for name, one in platform.services.items()}
    width = max(len(title) for title in (*titles.values(), "Documents"))
    documents = "   ".join(f"{urls[name]}{one.policy.document_path}" for name, one in platform.services.items())
    first = next(iter(urls.values()))
    lines = [
        f"{click.style('specdouble', bold=True)}  world {options.world}" + ("  strict" if options.strict else ""),
        "",
        *(f"  {title:<{width}}  {click.style(urls[name], bold=True)}" for name, title in titles.items()),
        f"  {'Documents':<{width}}  {documents}",
        f"  {'Control':<{width}}  {first}/__mock__/",
        *([f"  {'Authority':<{width}}  {certificate.authority}"] if certificate and certificate.authority else []),
        *_people(platform),
    ]
    credentials = list(platform.credentials(world))
    if credentials:
        widest = max(len(name) for name, _ in credentials)
        lines += ["", *(f"  {name:<{widest}}  {value}" for name, value in credentials)]
    for name, tell in platform.panel.items():
        title = [f"  {titles[name]}"] if len(platform.panel) > 1 else []
        lines += ["", *title, *(f"  {one}" for one in tell(world, urls[name]))]
    lines += ["", click.style("  Ctrl+C stops; POST /__mock__/reset starts the world over.", dim=True)]
    return "\n".join(lines)


def _people(platform: Platform) -> list[str]:
    world, principals = platform.world, platform.world.principals
    people = principals.of(world)
    if not people:
        return []
    columns = [one for one in principals.columns if one.width]
    lines = ["", click.style("  " + " ".join(f"{one.title.lower():<{one.width}}" for one in columns) + " ", dim=True)]
    for one in people[:ROWS]:
        shown = " ".join(f"{column.of(one):<{column.width}}" for column in columns)
        lines.append(f"  {shown} {principals.note(world, one)}")
    if len(people) > ROWS:
        listing = f"; {principals.listing}" if principals.listing else ""
        lines.append(click.style(f"  and {len(people) - ROWS} more{listing}", dim=True))
    return lines
