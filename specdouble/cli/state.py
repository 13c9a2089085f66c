"""``specdouble state``: what a state holds, and moving it to another place."""

from __future__ import annotations

from pathlib import Path

import click

from specdouble.mock.backends import exchange

_STATE = click.argument("state")


@click.group("state")
def state_commands() -> None:
    """Look after what `serve --state` keeps: a file, while no server has it open, or a database by its URL."""


@state_commands.command()
@_STATE
def info(state: str) -> None:
    """Tell of which API a state is, how large it is, and its worlds."""
    found = exchange.about(state)
    click.echo(f"{exchange.state_name(state)}  {found.size:,} bytes")
    click.echo(f"  API     {found.api or 'none yet'}" + (f" ({', '.join(found.services)})" if found.services else ""))
    click.echo(f"  starts  {found.began:,}")
    for name, count in found.worlds.items():
        click.echo(f"  world   {name}  {count:,} documents")


@state_commands.command("export")
@_STATE
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(state: str, file: Path) -> None:
    """Write a state as lines of JSON into a new FILE, which its owner alone may read: it has every secret in it."""
    count = exchange.export(state, file)
    click.echo(f"{file}  {count:,} documents")


@state_commands.command("import")
@_STATE
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def import_(state: str, file: Path) -> None:
    """Make a new STATE of what `export` wrote into FILE."""
    count = exchange.import_(state, file)
    click.echo(f"{exchange.state_name(state)}  {count:,} documents")


@state_commands.command()
@_STATE
def vacuum(state: str) -> None:
    """Give back the room that a state no longer needs."""
    before, after = exchange.vacuum(state)
    click.echo(f"{exchange.state_name(state)}  {before:,} bytes before, {after:,} now")
