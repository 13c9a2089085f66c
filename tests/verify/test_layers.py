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
    "problems", "settings", "responses", "api", "identities", "safety", "http", "users", "session", "generated",
    "reports", "results", "running", "suites", "kit", "plugin",
)  # fmt: skip
ALLOWED = {"reports": 20, "generated": 18}  # a file per report; what is made from the model
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
    assert [".".join(one) for one in known if layer(one) > own] == []


def test_every_folder_is_a_layer_of_about_a_dozen_files() -> None:
    folders = {path for path in HERE.rglob("*") if path.is_dir() and path.name != "__pycache__"}
    assert {path.relative_to(HERE).parts[0] for path in folders} <= set(LAYERS)
    counts = {str(path.relative_to(HERE)): len(list(path.glob("*.py"))) for path in folders}
    assert {name: count for name, count in counts.items() if count > ALLOWED.get(name, 13)} == {}


@pytest.mark.parametrize("path", [*FILES, *sorted((HERE / "reports" / "page").glob("*"))], ids=lambda path: path.name)
def test_no_file_names_an_api(path: Path) -> None:
    words = re.findall(
        r"imperal|auth_gateway|auth-gateway|x-service-token|x-acting-user|imp_\w+", path.read_text(), re.I
    )
    assert words == []
