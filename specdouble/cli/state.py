"""``specdouble state``: what a state file holds, and moving it to another machine."""

from __future__ import annotations

from pathlib import Path

import click

from specdouble.mock.backends import exchange

_PATH = click.argument("path", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def state() -> None:
    """Look after the file of `specdouble serve --state sqlite:PATH`, while no server has it open."""


@state.command()
@_PATH
def info(path: Path) -> None:
    """Tell of which API a state is, how large it is, and its worlds."""
    found = exchange.about(path)
    click.echo(f"{path}  {found.size:,} bytes")
    click.echo(f"  API     {found.api or 'none yet'}" + (f" ({', '.join(found.services)})" if found.services else ""))
    click.echo(f"  starts  {found.began:,}")
    for name, count in found.worlds.items():
        click.echo(f"  world   {name}  {count:,} documents")


@state.command("export")
@_PATH
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(path: Path, file: Path) -> None:
    """Write a state as lines of JSON into a new FILE, which its owner alone may read: it has every secret in it."""
    count = exchange.export(path, file)
    click.echo(f"{file}  {count:,} documents")


@state.command("import")
@_PATH
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def import_(path: Path, file: Path) -> None:
    """Make a new state at PATH of what `export` wrote into FILE."""
    count = exchange.import_(path, file)
    click.echo(f"{path}  {count:,} documents")


@state.command()
@_PATH
def vacuum(path: Path) -> None:
    """Give back the room that a state no longer needs."""
    before, after = exchange.vacuum(path)
    click.echo(f"{path}  {before:,} bytes before, {after:,} now")
