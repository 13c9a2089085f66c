"""``specdouble serve``: the mock server, its options and its start-up panel."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specdouble.cli.target import OVERLAY, Target, TargetCommand, chosen_options
from specdouble.mock.options import Options

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform

ROWS = 20  # people in the start-up panel


@click.command(cls=TargetCommand)
@click.argument("target", required=False)
@click.option("--reload", is_flag=True, help="Start again when a document, a fixture or a handler changes.")
@click.option("-v", "--verbose", is_flag=True, help="Print a line per request.")
@click.pass_context
def serve(
    ctx: click.Context, /, target: str | None, *, reload: bool, verbose: bool, overlay: Path | None, **given: Any
) -> None:
    """Serve TARGET: a pack by name, a folder with specs/ in it, or a document.

    Each service has a port, and all share one world. Without a target, the bundled default pack is served; the options
    below are those of the pack that is named.
    """
    found: Target = ctx.meta["target"]
    if reload:
        _reload(found, target, overlay)
    else:
        start(found, chosen_options(found, given), verbose)


serve.params.append(OVERLAY)


def start(target: Target, options: Options, verbose: bool) -> None:
    """Boot a platform and serve it until interrupted."""
    from specdouble.mock.boot import boot
    from specdouble.mock.transports.server import ServeError, claim, run

    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(message)s")
    taken: dict[int, str] = {}
    for number, (name, port) in enumerate(options.ports.items()):
        option = "--port" if number == 0 else f"--{name.replace('_', '-')}-port"
        if port in taken:
            raise ServeError(
                f"both {taken[port]} and {name} are to listen on port {port}", next_step=f"Give {option} another one"
            )
        taken[port] = name
        claim(options.host, port, option)
    platform = boot(target.contract, options)
    click.echo(panel(platform))
    run(platform)


def _reload(target: Target, name: str | None, overlay: Path | None) -> None:
    """Run the same command without ``--reload`` in a process that is replaced when a file changes."""
    import shlex
    import sys

    import watchfiles

    from specdouble import packs

    ours = Path(__file__).resolve().parent.parent
    watched = [ours / "openapi", ours / "mock"]
    layers = packs.find(target.contract.name).layers
    watched += [folder for layer, folder in layers.items() if layer != "contract_tests"]
    watched += [path for path in (Path(name or ""), overlay) if path is not None and path.is_file()]
    command = [sys.executable, "-m", "specdouble", *(word for word in sys.argv[1:] if word != "--reload")]
    watchfiles.run_process(*watched, target=shlex.join(command), target_type="command", callback=_say_what_changed)


def _say_what_changed(changes: Any) -> None:
    names = sorted({path.rpartition("/")[2] for _change, path in changes})
    click.echo(f"changed: {', '.join(names)}; starting again with a fresh world", err=True)


def panel(platform: Platform) -> str:
    """Write the start-up panel: where things are, who is there, and which credentials open what."""
    world = platform.world
    options, urls = world.options, platform.urls
    titles = {service.title: urls[name] for name, service in platform.services.items()}
    width = max(len(title) for title in (*titles, "Documents"))
    documents = "   ".join(f"{urls[name]}{one.policy.document_path}" for name, one in platform.services.items())
    first = next(iter(urls.values()))
    lines = [
        f"{click.style('specdouble', bold=True)}  world {options.world}" + ("  strict" if options.strict else ""),
        "",
        *(f"  {title:<{width}}  {click.style(url, bold=True)}" for title, url in titles.items()),
        f"  {'Documents':<{width}}  {documents}",
        f"  {'Control':<{width}}  {first}/__mock__/",
        *_people(platform),
    ]
    credentials = list(platform.credentials(world))
    if credentials:
        widest = max(len(name) for name, _ in credentials)
        lines += ["", *(f"  {name:<{widest}}  {value}" for name, value in credentials)]
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
