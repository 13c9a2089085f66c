"""The contract of a pack, and the documents of bundled packs by name."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from specdouble import packs
from specdouble.openapi import Document, SpecError, effective
from specdouble.openapi.contract import Contract, Service
from specdouble.openapi.errors import closest
from specdouble.openapi.reading import is_url
from specdouble.packs import manifest
from specdouble.packs.manifest import DocumentFiles, Manifest

STDIN = "-"


def piped(source: str) -> str:
    """Return the file that holds what comes through a pipe: `-` is standard input; any other source is left as it is.

    A pipe is read once and kept as long as the process lives, for a document is read in several places.

    Raises:
        SpecError: nothing comes.

    """
    return _drained(source) if source == STDIN or (not is_url(source) and Path(source).is_fifo()) else source


@cache
def _drained(source: str) -> str:
    text = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
    if not text.strip():
        raise SpecError("nothing came through it", where=source, next_step="Write a document into the pipe")
    folder = tempfile.mkdtemp(prefix="specdouble-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = Path(folder) / ("api.json" if text.lstrip()[:1] == b"{" else "api.yaml")
    file.write_bytes(text)
    return str(file)


def contract(name: str) -> Contract:
    """Return the contract of an installed pack.

    Raises:
        UnknownPackError: no pack has that name.
        ManifestError: the pack cannot say what its services are.
        SpecError: a document of it cannot be read.

    """
    return contract_of(packs.manifest_of(name))


def contract_of(described: Manifest) -> Contract:
    """Return the contract of a pack that is described by a manifest."""
    services = tuple(
        Service(one.name, one.title, tuple(map(_read, one.documents)), one.port) for one in described.services
    )
    return Contract(described.name, described.title, services)


def contract_of_file(path: Path, overlay: Path | None = None) -> Contract:
    """Return the contract of a plain document; an overlay beside it, of its own name, is applied too."""
    return contract_of(manifest.single(path, overlay))


def _read(files: DocumentFiles) -> Document:
    return effective(files.published, files.overlay, name=files.name, follow=True, tolerant=True)


@cache
def bundled_documents() -> dict[str, DocumentFiles]:
    """Return the documents of the bundled packs by name, those of the default pack first."""
    found: dict[str, DocumentFiles] = {}
    for name in packs.bundled():
        for service in packs.manifest_of(name).services:
            for document in service.documents:
                found.setdefault(document.name, document)
    return found


def bundled(name: str) -> Document:
    """Return a bundled document with its overlay applied.

    Raises:
        SpecError: there is no bundled document of that name.

    """
    return _read(find(name))


def find(name: str) -> DocumentFiles:
    """Return the files of a bundled document.

    Raises:
        SpecError: there is no bundled document of that name.

    """
    known = bundled_documents()
    if name not in known:
        raise SpecError(
            "no bundled document has this name",
            where=name,
            closest=closest(name, known),
            next_step=f"Bundled are {', '.join(known)}",
        )
    return known[name]
