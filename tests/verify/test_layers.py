"""The folders of the verifier: imports go downwards only, and generic code names no API."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2] / "specdouble" / "verify"
# From the ground up; a file imports from its own folder and from those before it.
LAYERS = (
    "problems", "settings", "responses", "api", "identities", "safety", "http", "users", "session", "reports",
    "results", "running", "generated", "traffic", "suites", "kit", "plugin",
)  # fmt: skip
# Where a document has no pack, what is made from its model stands in for one: these files ask for it when they run.
ASKS_FOR_THE_MODEL = {"running/preflight.py", "session/session.py", "results/result.py"}
FILES = sorted(path for path in HERE.rglob("*.py") if path.parent != HERE or path.stem != "__init__")


def layer(parts: tuple[str, ...]) -> int:
    return LAYERS.index(parts[0])


def imports(node: ast.AST) -> Iterator[str]:
    """What a file imports when it runs, wherever in it; not what only type checks read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.ImportFrom) and child.module:
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        yield from imports(child)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE)))
def test_imports_go_downwards(path: Path) -> None:
    own = layer(path.relative_to(HERE).with_suffix("").parts)
    inside = [
        name.split(".")[2:] for name in imports(ast.parse(path.read_text())) if name.startswith("specdouble.verify.")
    ]
    known = [tuple(parts) for parts in inside if parts[0] in LAYERS]
    asks = str(path.relative_to(HERE)) in ASKS_FOR_THE_MODEL
    assert [".".join(one) for one in known if layer(one) > own and not (asks and one[0] == "generated")] == []


def test_every_folder_is_a_layer_of_about_a_dozen_files() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= set(LAYERS)
    for name in folders - {"suites", "generated"}:
        for folder in [HERE / name, *(one for one in (HERE / name).rglob("*") if one.is_dir())]:
            assert len(list(folder.glob("*.py"))) <= 13, folder


# The folders of the reports from the ground up.
REPORTS = ("stored", "views", "formats")


@pytest.mark.parametrize("path", sorted((HERE / "reports").rglob("*.py")), ids=lambda path: str(path.relative_to(HERE)))
def test_folders_of_the_reports_import_downwards(path: Path) -> None:
    own = path.relative_to(HERE / "reports").parts[0]
    if own not in REPORTS:
        return
    found = [name.split(".") for name in imports(ast.parse(path.read_text())) if name.startswith("specdouble.verify.r")]
    known = [parts[3] for parts in found if parts[2] == "reports" and parts[3:] and parts[3] in REPORTS]
    assert [one for one in known if REPORTS.index(one) > REPORTS.index(own)] == []


@pytest.mark.parametrize(
    "path", [*FILES, *sorted((HERE / "reports" / "formats" / "page").glob("*"))], ids=lambda path: path.name
)
def test_no_file_names_an_api(path: Path) -> None:
    words = re.findall(
        r"imperal|auth_gateway|auth-gateway|x-service-token|x-acting-user|imp_\w+", path.read_text(), re.I
    )
    assert words == []
