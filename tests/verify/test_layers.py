"""The folders of the verifier: imports go downwards only, and generic code names no API."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "specdouble" / "verify"
# From the ground up; a file imports from its own folder and from those before it.
LAYERS = (
    "problems", "settings", "responses", "api", "identities", "safety", "http", "users", "session", "generated",
    "reports", "results", "running", "traffic", "suites", "kit", "plugin",
)  # fmt: skip
PACKAGE = "specdouble.verify."
ALLOWED = {"generated": 15, "suites/model/writes": 14}  # what is made from the model; a file per kind of write
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


def test_imports_go_downwards() -> None:
    upwards = {}
    for path in FILES:
        own = layer(path.relative_to(HERE).with_suffix("").parts)
        names = [one.split(".")[2:] for one in imports(ast.parse(path.read_text())) if one.startswith(PACKAGE)]
        known = [tuple(parts) for parts in names if parts[0] in LAYERS]
        upwards[str(path.relative_to(HERE))] = [".".join(one) for one in known if layer(one) > own]
    assert {path: found for path, found in upwards.items() if found} == {}


def test_every_folder_is_a_layer_of_about_a_dozen_files() -> None:
    folders = {path for path in HERE.rglob("*") if path.is_dir() and path.name != "__pycache__"}
    assert {path.relative_to(HERE).parts[0] for path in folders} <= set(LAYERS)
    counts = {str(path.relative_to(HERE)): len(list(path.glob("*.py"))) for path in folders}
    assert {name: count for name, count in counts.items() if count > ALLOWED.get(name, 13)} == {}


# The folders of the reports from the ground up.
REPORTS = ("stored", "views", "formats")


def test_folders_of_the_reports_import_downwards() -> None:
    for path in sorted((HERE / "reports").rglob("*.py")):
        own = path.relative_to(HERE / "reports").parts[0]
        if own not in REPORTS:
            continue
        found = [name.split(".") for name in imports(ast.parse(path.read_text())) if name.startswith(f"{PACKAGE}r")]
        known = [parts[3] for parts in found if parts[2] == "reports" and parts[3:] and parts[3] in REPORTS]
        assert [one for one in known if REPORTS.index(one) > REPORTS.index(own)] == [], path


def test_no_file_names_an_api() -> None:
    words = re.compile(r"imperal|auth_gateway|auth-gateway|x-service-token|x-acting-user|imp_\w+", re.I)
    pages = (HERE / "reports" / "formats" / "page").glob("*")
    found = {path.name: words.findall(path.read_text()) for path in [*FILES, *pages]}
    assert {name: one for name, one in found.items() if one} == {}
