"""Where suites lie, and under which names they are imported: the general ones here, those of the pack in its folder."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from specdouble.packs import find, package

NAMES = ("specdouble.verify", "specdouble.verify.suites")  # what pytest is asked for (`--pyargs`) to run all suites
GENERAL = Path(__file__).resolve().parent / "suites"


def folders() -> dict[Path, str]:
    """Return the folders that hold suites, each with the package that its files belong to."""
    layers = find().layers
    own = {layers["contract_tests"]: package("contract_tests")} if "contract_tests" in layers else {}
    return {GENERAL: NAMES[1], **own}


def files() -> list[Path]:
    """Return the files with suites, the general ones first."""
    return [path for folder in folders() for path in sorted(folder.rglob("test_*.py"))]


def module_name(path: Path) -> str | None:
    """Return the name under which a file is imported, or None when no suite of ours lies there."""
    for folder, name in folders().items():
        if path.is_relative_to(folder):
            return ".".join([name, *path.relative_to(folder).with_suffix("").parts])
    return None


def modules() -> Iterator[ModuleType]:
    """Import the suites and yield them."""
    for path in files():
        yield importlib.import_module(str(module_name(path)))


def asks_for_all(word: str) -> bool:
    """Whether a word names all suites of a folder, rather than some of its files or tests."""
    return word in NAMES or ("::" not in word and Path(word).absolute() in {*folders(), GENERAL.parent})
