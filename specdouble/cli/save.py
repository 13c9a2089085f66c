"""``specdouble save``: what a running server holds as a project folder, from which ``serve`` begins with the same."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import click

from specdouble.cli.init import write
from specdouble.errors import SpecdoubleError

_SECONDS = 600.0  # in which a server says nothing more: a large world takes long


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--url", default="http://localhost:8085", show_default=True, help="Where a service of the server listens."
)
@click.option("--world", default="main", show_default=True, help="Which world to save.")
@click.option("--all", "everything", is_flag=True, help="Write all data, not only what differs from the seed data.")
def save(folder: Path, url: str, world: str, everything: bool) -> None:
    """Save a world of a running server as FOLDER.

    `specdouble serve FOLDER` then begins with the same data; their times count from now. Nothing that is there is
    overwritten, and who is signed in is not saved. Hashes of passwords and keys are: the folder opens what they open.
    """
    files = fetched(url, world, everything)
    made = {path: _placed(path, text, folder).encode() for path, text in files.items()}
    write(folder, made, private=True)  # they hold hashes of secrets
    for path, text in made.items():
        click.echo(f"  {folder / path}  {len(text):,} bytes")
    click.echo(f"\nspecdouble serve {folder}")


def fetched(url: str, world: str, everything: bool) -> dict[str, str]:
    """Return the files of a world as a server gives them.

    Raises:
        SpecdoubleError: nobody answers there, or not with files.

    """
    asked = f"{url.rstrip('/')}/__mock__/files{'?all=true' if everything else ''}"
    if not asked.startswith(("http://", "https://")):
        raise SpecdoubleError("it is no http(s) URL", where=url, next_step="Name a service: http://localhost:8085")
    try:
        with urlopen(Request(asked, headers={"X-Specdouble-World": world}), timeout=_SECONDS) as reply:  # noqa: S310
            files: dict[str, str] = json.loads(reply.read())["files"]
            return files
    except HTTPError as error:
        said = error.read().decode(errors="replace")[:300]
        error.close()
        raise SpecdoubleError(f"it answered {error.code}: {said}", where=asked) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "reason", None) or error
        raise SpecdoubleError(
            f"no server of specdouble answers there ({reason})", where=url, next_step="Name one of its URLs with --url"
        ) from None


def _placed(path: str, text: str, folder: Path) -> str:
    """Let a pack in a folder be named from the one that is written."""
    name, _, base = text.partition("extends = ")
    if path != "specs/pack.toml" or not base or not Path(json.loads(base)).is_absolute():
        return text
    return f"{name}extends = {json.dumps(os.path.relpath(json.loads(base), folder.resolve()))}\n"
