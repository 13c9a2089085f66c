"""``specdouble init``: a project folder to begin with, which ``serve`` and ``verify`` take as it is."""

from __future__ import annotations

import os
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import click
import orjson

from specdouble.errors import SpecdoubleError
from specdouble.files import OWN_FILE, private_folder
from specdouble.openapi.model import infer
from specdouble.openapi.reading import is_url, load
from specdouble.openapi.reading.bundle import bundle
from specdouble.openapi.reading.source import read
from specdouble.packs.manifest import SUFFIXES, identifier

TEXTS = Path(__file__).parent / "project"
_SHOWN = 12  # resources that are named in the file that explains seed data


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--from", "source", metavar="FILE|URL", help="OpenAPI document to begin with; without it a small one.")
def init(folder: Path, source: str | None) -> None:
    """Write a project into FOLDER (default: the present one).

    It holds specs/, fixtures/, mockserver/ and contract_tests/, each with a short file that explains it. Nothing that
    is there is overwritten.
    """
    files = project(folder.resolve().name, source)
    write(folder, files)
    where = str(folder) if str(folder) != "." else "."
    for path in files:
        click.echo(f"  {folder / path}")
    click.echo(f"\nspecdouble serve {where}\nspecdouble verify --pack {where} http://localhost:8080")


def project(name: str, source: str | None) -> dict[str, bytes]:
    """Return the files of a project by path.

    Raises:
        SpecdoubleError: the document cannot be read.

    """
    documents = documents_of(source) if source else {"specs/notes.yaml": (TEXTS / "notes.yaml").read_bytes()}
    main = next(iter(documents))
    raw = load(source) if source else load(TEXTS / "notes.yaml")
    resources = [one.name for one in infer(raw).resources]
    first = resources[0] if resources else "note"
    operation = next((f"{method.upper()} {path}" for path, item in (raw.get("paths") or {}).items()
                      for method in item if method in ("get", "post")), "GET /notes")  # fmt: skip
    known = {
        "name": identifier(name), "document": Path(main).name, "resource": first, "operation": operation,
        "resources": ", ".join(f"`{one}`" for one in resources[:_SHOWN]) or "none yet",
    }  # fmt: skip
    texts = {
        "README.md": "README.md",
        "specs/README.md": "specs.md",
        "fixtures/README.md": "fixtures.md",
        "mockserver/README.md": "mockserver.md",
        "mockserver/__init__.py": "mockserver.py.txt",
        "contract_tests/README.md": "contract_tests.md",
    }
    filled = {
        path: Template((TEXTS / text).read_text(encoding="utf-8")).safe_substitute(known).encode()
        for path, text in texts.items()
    }
    return {**filled, **documents}


def documents_of(source: str) -> dict[str, bytes]:
    """Return a document as files of `specs/`: as it is, with its overlay, or as one where it has several files."""
    raw = load(source)
    path = Path(urlsplit(source).path if is_url(source) else source)
    stem = path.name.partition(".")[0] or "api"
    whole = bundle(raw, source)
    if whole is not raw:
        text = orjson.dumps(whole, option=orjson.OPT_INDENT_2, default=str)
        found = {f"specs/{stem}.json": text}
    else:
        text = read(source)
        suffix = path.suffix if path.suffix in SUFFIXES else ".json" if text.lstrip()[:1] == b"{" else ".yaml"
        found = {f"specs/{stem}{suffix}": text}
    for end in SUFFIXES if not is_url(source) else ():
        overlay = path.with_name(f"{stem}.overlay{end}")
        if overlay.is_file():
            found[f"specs/{overlay.name}"] = overlay.read_bytes()
    return found


def write(folder: Path, files: dict[str, bytes], *, private: bool = False) -> None:
    """Write files below a folder, all of them or none; `private` ones, and folders made for them, are their owner's.

    Raises:
        SpecdoubleError: one of them is there already, or cannot be written.

    """
    there = [path for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if there:
        names = ", ".join(there[:3]) + (f" and {len(there) - 3} more" if len(there) > 3 else "")
        said = f"there {'is' if len(there) == 1 else 'are'} {names} already, and nothing was written"
        raise SpecdoubleError(said, where=str(folder), next_step="Name another folder, or move them away")
    mode = OWN_FILE if private else 0o666
    try:
        for path, content in files.items():
            file = folder / path
            if private:
                private_folder(file.parent)
            file.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as out:
                out.write(content)
    except OSError as error:
        raise SpecdoubleError(f"it cannot be written ({error.strerror})", where=str(error.filename or folder)) from None
