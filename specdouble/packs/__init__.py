"""Packs: all that belongs to one API, in four folders that may each be missing.

A pack is found by its name and imported by path, as ``specdouble.packs.<name>.<layer>``, wherever its folders lie:

- A distribution brings a pack with an entry point of the group ``specdouble.packs``, which maps the name to a package;
  the four folders lie in it.
- Bundled packs use the same entry point. In the wheel their folders lie here, in ``specdouble/packs/<name>/``; in a
  checkout they lie by layer, in ``<layer>/<name>/``.
- Any folder is a pack once it is added with `add`.

Modules of a pack import each other relatively and the rest by its public names, so a pack works under any name.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from specdouble.errors import SpecdoubleError, closest
from specdouble.packs.manifest import DocumentFiles, Manifest, extended, read

LAYERS = ("specs", "fixtures", "mockserver", "contract_tests")
GROUP = "specdouble.packs"
_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent  # the checkout, or site-packages


class UnknownPackError(SpecdoubleError):
    """No pack has that name; the message names the closest one."""


class PackFolderError(SpecdoubleError):
    """A folder that cannot be a pack."""


@dataclass(frozen=True, slots=True)
class PackFolders:
    """Where the layers of a pack lie: absolute folders by layer, without those that the pack does not have.

    `over` is a folder of seed data that are laid over its own, of a folder whose ``pack.toml`` extends another pack;
    `extends` is what it says there.
    """

    name: str
    layers: dict[str, Path]
    over: Path | None = None
    extends: str = ""

    @classmethod
    def within(cls, name: str, folder: Path) -> PackFolders:
        """Return the pack whose four folders lie in one."""
        return cls(name, {layer: folder / layer for layer in LAYERS if (folder / layer).is_dir()})


_added: dict[str, PackFolders] = {}
_documents: dict[str, DocumentFiles] = {}  # plain ones, by service


def add(name: str, folder: Path) -> PackFolders:
    """Make a folder with ``specs/``, ``fixtures/``, ``mockserver/`` and ``contract_tests/`` a pack of this process.

    Raises:
        PackFolderError: the name is no Python identifier, or the folder holds none of the four.

    """
    if not name.isidentifier():
        raise PackFolderError(f"a pack needs a name that Python can import, such as 'petstore', not {name!r}")
    found = PackFolders.within(name, folder.resolve())
    if not found.layers:
        said = f"it is no pack: it holds none of {', '.join(f'{layer}/' for layer in LAYERS)}"
        raise PackFolderError(said, where=str(folder), next_step="Name a folder with specs/ in it, or a document")
    base = extended(found.layers["specs"]) if "specs" in found.layers else ""
    if base:
        below = PackFolders.within(name, (folder / base).resolve()) if (folder / base).is_dir() else find(base)
        if "specs" not in below.layers:
            raise PackFolderError(f"it extends {base}, which has no specs/", where=str(folder))
        found = PackFolders(name, below.layers, found.layers.get("fixtures"), base)
    _added[name] = found
    manifest_of.cache_clear()
    return found


def add_layer(name: str, layer: str, folder: Path) -> Path:
    """Make a folder, whatever its name, a layer of a pack of this process that has nothing else; return its path."""
    found = folder.resolve()
    _added[name] = PackFolders(name, {layer: found})
    return found


def add_document(described: Manifest) -> None:
    """Make plain documents a pack of this process, whatever pack has its name.

    What lies beside the first one goes with them: seed data in ``fixtures/``, and handlers in ``mockserver/`` where
    that has a file or a folder of the name of a service.
    """
    source = described.services[0].documents[0].published
    layers = {}
    if isinstance(source, Path):
        folder = source.resolve().parent
        handlers = [folder / "mockserver" / f"{one.name}{end}" for one in described.services for end in ("", ".py")]
        if (folder / "fixtures").is_dir():
            layers["fixtures"] = folder / "fixtures"
        if any(one.exists() for one in handlers):
            layers["mockserver"] = folder / "mockserver"
    _added[described.name] = PackFolders(described.name, layers)
    _documents.update({one.name: one.documents[0] for one in described.services})
    manifest_of.cache_clear()


def document_of(service: str) -> DocumentFiles | None:
    """Return the files of a plain document that is a service of this process, by the name of that."""
    return _documents.get(service)


def comes_by_name(found: PackFolders) -> bool:
    """Whether a pack is found by its name from everywhere: it is bundled or installed."""
    there = _bundled(found.name) or _installed(found.name)
    return there is not None and there.layers == found.layers


def names() -> list[str]:
    """Return the names of the installed packs, sorted."""
    from importlib.metadata import entry_points  # takes longer to import than a bundled pack to find

    return sorted({point.name for point in entry_points(group=GROUP)} | _added.keys())


def is_pack(name: str) -> bool:
    """Whether a pack has that name."""
    return name in _added or _bundled(name) is not None or _installed(name) is not None


def is_described(name: str) -> bool:
    """Whether a pack has documents of its own in ``specs/``, and is not made of plain documents."""
    return "specs" in find(name).layers


def find(name: str = "") -> PackFolders:
    """Return where a pack lies; without a name, the default one.

    Raises:
        UnknownPackError: no pack has that name.

    """
    name = name or default()
    known = _added.get(name) or _bundled(name) or _installed(name)
    if known is None:
        raise UnknownPackError(f"there is no pack called {name!r}", closest=closest(name, names(), cutoff=0.0))
    return _added.setdefault(name, known)


def bundled() -> list[str]:
    """Return the names of the packs that come with the product, the default one first."""
    here = {path.parent.name for path in _HERE.glob("*/specs")}
    if (_ROOT / "pyproject.toml").exists():
        here |= {path.name for path in (_ROOT / "specs").glob("*") if path.is_dir() and path.name.isidentifier()}
    return sorted(here, key=lambda name: (not manifest_of(name).default, name))


@cache
def default() -> str:
    """Return the pack that is used when none is named: the bundled one that says so.

    Raises:
        UnknownPackError: no pack is bundled.

    """
    for name in bundled():
        return name
    raise UnknownPackError("no pack is bundled", next_step="Name a pack, a folder or a document")


@cache
def manifest_of(name: str) -> Manifest:
    """Return what a pack says of itself.

    Raises:
        UnknownPackError: no pack has that name.
        ManifestError: the pack has no document, or says of itself what cannot be used.

    """
    return read(name, folder("specs", name))


def _bundled(name: str) -> PackFolders | None:
    if (_HERE / name).is_dir():
        return PackFolders.within(name, _HERE / name)
    layers = {layer: _ROOT / layer / name for layer in LAYERS if (_ROOT / layer / name).is_dir()}
    return PackFolders(name, layers) if "specs" in layers and (_ROOT / "pyproject.toml").exists() else None


def _installed(name: str) -> PackFolders | None:
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        spec = find_spec(point.value)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            found = PackFolders.within(name, Path(folder).resolve())
            if found.layers:
                return found
    return None


def folder(layer: str, name: str = "") -> Path:
    """Return the folder of a layer of a pack; raises ``FileNotFoundError`` when the pack does not have it."""
    try:
        return find(name).layers[layer]
    except KeyError:
        raise FileNotFoundError(f"the pack {name!r} has no folder {layer}/") from None


def package(layer: str, name: str = "") -> str:
    """Return the name under which a layer of a pack is imported, such as ``specdouble.packs.petstore.mockserver``."""
    return f"{__name__}.{name or default()}.{layer}"


def modules(layer: str, name: str = "", inside: str = "") -> Iterator[ModuleType]:
    """Import every module of a layer of a pack, or of a package ``inside`` it, and yield them."""
    if layer not in find(name).layers:
        return
    top = package(layer, name) + (f".{inside}" if inside else "")
    if find_spec(top) is None:
        return
    first = importlib.import_module(top)
    if not hasattr(first, "__path__"):  # one file in the place of a folder
        yield first
        return
    for found in pkgutil.walk_packages(first.__path__, f"{top}."):
        if not found.ispkg:
            yield importlib.import_module(found.name)


class _Finder:
    """Finds ``specdouble.packs.<name>`` and ``specdouble.packs.<name>.<layer>``; what is below, Python finds itself."""

    @staticmethod
    def find_spec(
        name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(f"{__name__}."):
            return None
        pack, _, layer = name.removeprefix(f"{__name__}.").partition(".")
        if "." in layer or (layer and layer not in LAYERS):
            return None
        try:
            layers = find(pack).layers
        except UnknownPackError:
            return None
        if not layer:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = []
            return spec
        if layer not in layers:
            return None
        init = layers[layer] / "__init__.py"
        if init.is_file():
            return spec_from_file_location(name, init, submodule_search_locations=[str(layers[layer])])
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(layers[layer])]
        return spec


if not any(isinstance(one, _Finder) for one in sys.meta_path):
    sys.meta_path.insert(0, _Finder())
