"""Packs are found by name and imported by path: bundled ones, those of another distribution, and any folder."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from specdouble import packs

HANDLER = """
from specdouble.mock.kit import Call, op

from .shelf import BOOKS


@op("GET /books")
def books(_call: Call) -> list[str]:
    return BOOKS
"""


def library(folder: Path) -> Path:
    """Write the four folders of a pack."""
    for layer in packs.LAYERS:
        (folder / layer).mkdir(parents=True)
    (folder / "mockserver" / "books.py").write_text(HANDLER)
    (folder / "mockserver" / "shelf.py").write_text('BOOKS = ["Emma"]\n')
    (folder / "contract_tests" / "laws").mkdir()
    (folder / "contract_tests" / "laws" / "__init__.py").write_text("")
    (folder / "contract_tests" / "laws" / "test_books.py").write_text("from ...mockserver.shelf import BOOKS\n")
    return folder


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(packs, "_added", dict(packs._added))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("specdouble.packs."):
            del sys.modules[name]
            parent, _, leaf = name.rpartition(".")
            vars(sys.modules.get(parent, packs)).pop(leaf, None)


def test_a_bundled_pack_uses_the_entry_point_that_strangers_use() -> None:
    (point,) = entry_points(group=packs.GROUP, name="imperal")
    assert point.value == "specdouble.packs.imperal"
    assert packs.names() == ["alquimia", "imperal", "toolhive"]
    assert set(packs.find("imperal").layers) == set(packs.LAYERS)


def test_a_folder_becomes_a_pack_whose_modules_import_each_other(tmp_path: Path) -> None:
    found = packs.add("library", library(tmp_path))
    assert found.layers == {layer: tmp_path / layer for layer in packs.LAYERS}
    books = importlib.import_module("specdouble.packs.library.mockserver.books")
    assert books.books(None) == ["Emma"]
    assert books.books.operation_keys == ("GET /books",)
    assert {module.__name__ for module in packs.modules("mockserver", "library")} == {
        "specdouble.packs.library.mockserver.books", "specdouble.packs.library.mockserver.shelf",
    }  # fmt: skip
    (laws,) = packs.modules("contract_tests", "library", inside="laws")
    assert laws.BOOKS is books.BOOKS
    assert str(tmp_path) not in sys.path
    assert not {"mockserver", "contract_tests", "library"} & sys.modules.keys()


def test_another_distribution_brings_a_pack_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library(tmp_path / "acme_library")
    info = tmp_path / "acme_library-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-library\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[specdouble.packs]\nlibrary = acme_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert packs.names() == ["alquimia", "imperal", "library", "toolhive"]
    assert packs.find("library").layers["mockserver"] == tmp_path / "acme_library" / "mockserver"
    assert importlib.import_module("specdouble.packs.library.mockserver.books").books(None) == ["Emma"]


def test_layers_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    found = packs.add("bare", tmp_path)
    assert list(found.layers) == ["specs"]
    assert list(packs.modules("mockserver", "bare")) == []
    with pytest.raises(FileNotFoundError, match="the pack 'bare' has no folder fixtures/"):
        packs.folder("fixtures", "bare")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("specdouble.packs.bare.mockserver")


def test_what_is_no_pack_says_why(tmp_path: Path) -> None:
    with pytest.raises(packs.UnknownPackError, match="no pack called 'imperil'"):
        packs.find("imperil")
    with pytest.raises(packs.PackFolderError, match="it holds none of specs/, fixtures/, mockserver/, contract_tests/"):
        packs.add("empty", tmp_path)
    with pytest.raises(packs.PackFolderError, match="not 'my-pack'"):
        packs.add("my-pack", library(tmp_path / "x"))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("specdouble.packs.imperil")
