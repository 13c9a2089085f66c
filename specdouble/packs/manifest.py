"""What a pack says of itself: its services, their documents and ports (``specs/pack.toml``).

::

    title = "Petstore"

    [[service]]
    name = "petstore"                # a Python identifier: its folder in mockserver/ and fixtures/
    title = "Pet store"
    document = "petstore.yaml"       # beside this file; petstore.overlay.yaml is applied where it exists
    also = ["petstore-admin.yaml"]   # served beside it, and no part of the contract
    port = 8080

Or it says nothing but ``extends = "petstore"``, the name of a pack or a folder relative to that of ``specs/``: then the
folder is that pack with the seed data of this one laid over its own.

Without the file, each document in ``specs/`` is a service, named after its file.
"""

from __future__ import annotations

import keyword
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from specdouble.errors import SpecdoubleError, closest

FILE = "pack.toml"
PORT = 8080  # of the first service of a pack that names no port
SUFFIXES = (".json", ".yaml", ".yml")
_VERSION = re.compile(rb"""(?:^|[{,\s])["']?(?:openapi|swagger)["']?\s*:\s*["']?\d""")
PUT_THERE = "Put a .yaml or .json file there that says `openapi: 3.x` or `swagger: 2.0`"
KEYS = {"title": str, "default": bool, "service": list, "extends": str}
SERVICE_KEYS = {"name": str, "title": str, "document": str, "also": list, "port": int, "stated": list}


class ManifestError(SpecdoubleError):
    """A pack says something of itself that cannot be used."""


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """A document of a pack: its name, its file (a text is a URL), its overlay if it has one.

    `stated` is how many paths and operations its documentation says that there are, if it does.
    """

    name: str
    published: Path | str
    overlay: Path | None = None
    stated: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """A service of a pack: the published document first, and its port."""

    name: str
    title: str
    documents: tuple[DocumentFiles, ...]
    port: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pack as it describes itself; `default` is the one that is used when none is named."""

    name: str
    title: str
    services: tuple[ServiceFiles, ...]
    default: bool = False


def identifier(text: str) -> str:
    """Return a Python identifier for a name such as `my-api.v2`."""
    name = re.sub(r"\W+", "_", text).strip("_").lower() or "api"
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


def read(name: str, folder: Path) -> Manifest:
    """Return the manifest of the pack whose documents lie in a folder.

    Raises:
        ManifestError: the file cannot be read, holds something unknown, or there is no document.

    """
    file = folder / FILE
    if not file.is_file():
        return _found(name, folder)
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(f"it is not TOML ({error})", where=str(file)) from None
    _check(data, KEYS, str(file))
    services = []
    for number, one in enumerate(data.get("service", ())):
        where = f"{file}, service {number + 1}"
        if not isinstance(one, dict):
            raise ManifestError("a service is a table", where=where, next_step="Write [[service]]")
        _check(one, SERVICE_KEYS, where)
        if "document" not in one:
            raise ManifestError("it names no document", where=where, next_step='Write document = "FILE"')
        services.append(_service(one, folder, where, PORT + number))
    if not services:
        raise ManifestError("it has no service", where=str(file), next_step="Write [[service]] with a document")
    return Manifest(name, data.get("title", services[0].title), tuple(services), data.get("default", False))


def extended(folder: Path) -> str:
    """Return which pack the one in `folder` extends, "" for none; a file that cannot be read is told of by `read`."""
    try:
        found = tomllib.loads((folder / FILE).read_text(encoding="utf-8")).get("extends", "")
    except (OSError, ValueError):
        return ""
    return found if isinstance(found, str) else ""


def single(source: Path | str, overlay: Path | None = None) -> Manifest:
    """Return the manifest of a plain document at a path or URL; without an overlay, one beside the file is applied."""
    name = Path(source).name.partition(".")[0] or "api"
    document = DocumentFiles(name, source, overlay or (_overlay(source) if isinstance(source, Path) else None))
    name = identifier(document.name)
    return Manifest(name, document.name, (ServiceFiles(name, document.name, (document,), PORT),))


def several(sources: Sequence[Path | str]) -> Manifest:
    """Return the manifest of several plain documents: a service each, with a name and a port of its own."""
    services: list[ServiceFiles] = []
    for source in sources:
        one = single(source).services[0]
        same = sum(other.name == one.name or other.name.startswith(f"{one.name}_") for other in services)
        services.append(replace(one, name=f"{one.name}_{same + 1}" if same else one.name, port=PORT + len(services)))
    name = "_".join(one.name for one in services)
    return Manifest(name, ", ".join(one.title for one in services), tuple(services))


def documents_in(folder: Path) -> list[Path]:
    """Return the documents of a folder, sorted: what has a suffix of theirs, names a version of OpenAPI, is no overlay.

    Other files of these suffixes, such as settings and parts that documents refer to, may lie beside them.
    """
    return [
        one
        for one in sorted(folder.iterdir())
        if one.suffix in SUFFIXES and one.is_file() and not one.stem.endswith(".overlay") and is_document(one)
    ]


def is_document(path: Path) -> bool:
    """Whether a file says of itself that it is an OpenAPI document; its text is looked at, and not parsed."""
    try:
        return _VERSION.search(path.read_bytes()) is not None
    except OSError:
        return True  # the error belongs to whoever reads it


def _found(name: str, folder: Path) -> Manifest:
    documents = documents_in(folder)
    if not documents:
        raise ManifestError("it holds no document", where=str(folder), next_step=PUT_THERE)
    services = []
    for number, path in enumerate(documents):
        document = DocumentFiles(path.stem, path, _overlay(path))
        services.append(ServiceFiles(identifier(path.stem), path.stem, (document,), PORT + number))
    return Manifest(name, name, tuple(services))


def _service(data: dict[str, Any], folder: Path, where: str, port: int) -> ServiceFiles:
    documents = []
    stated = data.get("stated")
    for number, file in enumerate([data["document"], *data.get("also", ())]):
        path = folder / str(file)
        if not path.is_file():
            near = closest(str(file), [one.name for one in folder.iterdir()])
            raise ManifestError(f"there is no file {file!r} in {folder}", where=where, closest=near)
        counts = (int(stated[0]), int(stated[1])) if stated and number == 0 else None
        documents.append(DocumentFiles(path.name.partition(".")[0], path, _overlay(path), counts))
    name = data.get("name", identifier(documents[0].name))
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ManifestError(f"{name!r} is no name that Python can import", where=where, closest=identifier(name))
    if not 0 < data.get("port", port) < 65_536:
        raise ManifestError(f"{data['port']} is no port", where=where, next_step="Write 1 to 65535")
    return ServiceFiles(name, data.get("title", documents[0].name), tuple(documents), data.get("port", port))


def _overlay(path: Path) -> Path | None:
    stem = path.name.partition(".")[0]
    found = [path.with_name(f"{stem}.overlay{suffix}") for suffix in SUFFIXES]
    return next((one for one in found if one.is_file()), None)


def _check(data: dict[str, Any], keys: dict[str, type], where: str) -> None:
    for key, value in data.items():
        if key not in keys:
            raise ManifestError(f"there is no key {key!r}", where=where, closest=closest(key, keys))
        if type(value) is not keys[key]:
            raise ManifestError(f"{key} is a {keys[key].__name__}, not {value!r}", where=where)
