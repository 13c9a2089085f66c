"""The layout keeps its rules: imports point downwards, rooms hold what their name says, files stay small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from mockserver.boot import PACKS
from mockserver.packs import bind, load, room_of
from specs import bundled

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# From the ground up; a file imports only from lower floors, or from earlier on its own.
FLOORS = (
    ("problems", "options", "cors"),
    ("state", "clock", "events"),
    ("world", "wording"),
    ("call", "checker", "operation"),
    ("sampler", "kit", "limits"),
    ("seeds", "packs"),
    ("dispatch",),
    ("boot", "paths"),
    ("control", "app"),
    ("server", "respx_bridge", "pytest_plugin"),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
MACHINE = sorted(path.stem for path in (ROOT / "mockserver").glob("*.py") if path.stem != "__init__")
PACK_FILES = [path for pack in PACKS for path in sorted((ROOT / "mockserver" / pack).glob("*.py"))]
SHIPPED = [
    path
    for name in ("specdouble", "specs", "mockserver", "contract_tests", "understudy")
    for path in (ROOT / name).rglob("*.py")
]


# The folders of `specdouble/openapi` from the ground up; single files of it belong to the folder that uses them first.
OPENAPI = (
    ("errors",),
    ("pointers", "media_types", "keywords", "routing"),
    ("references", "places"),
    ("shapes",),
    ("reading",),
    ("dialects", "patterns"),
    ("schemas",),
    ("validation",),
    ("operations", "resolve"),
    ("parameters",),
    ("bodies",),
    ("overlay",),
    ("effective",),
    ("diff", "lint"),
    ("report",),
)


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports when it runs; imports for type checking only do not count."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_file_of_the_machine_has_its_floor() -> None:
    assert [name for name in MACHINE if name not in FLOOR] == []


@pytest.mark.parametrize("name", MACHINE)
def test_the_machine_imports_only_downwards_and_never_a_pack(name: str) -> None:
    for module in imported(ROOT / "mockserver" / f"{name}.py"):
        parts = module.split(".")
        if parts[0] != "mockserver":
            assert parts[0] not in ("contract_tests", "understudy", "tests"), module
            continue
        assert parts[1] not in PACKS, f"{name} imports a pack: {module}"
        assert FLOOR[parts[1]] < FLOOR[name] or (
            FLOOR[parts[1]] == FLOOR[name] and FLOORS[FLOOR[name]].index(parts[1]) < FLOORS[FLOOR[name]].index(name)
        ), f"{name} imports upwards: {module}"


def test_the_openapi_layer_imports_only_downwards_and_nothing_of_this_project() -> None:
    level = {name: number for number, names in enumerate(OPENAPI) for name in names}
    root = ROOT / "specdouble" / "openapi"
    for path in sorted(root.rglob("*.py")):
        own = path.relative_to(root).parts[0].removesuffix(".py")
        for module in imported(path):
            parts = module.split(".")
            assert parts[0] not in ("specs", "mockserver", "contract_tests", "understudy", "fixtures"), (
                f"{path}: {module}"
            )
            if parts[:2] == ["specdouble", "openapi"] and parts[2] != own and own != "__init__":
                assert level[parts[2]] < level[own], f"{path.name} imports {module}"


def test_folders_of_the_openapi_layer_stay_small() -> None:
    for folder in [one for one in (ROOT / "specdouble").rglob("*") if one.is_dir() and one.name != "__pycache__"]:
        files = [one for one in folder.glob("*.py") if one.name != "__init__.py"]
        assert len(files) <= 13, f"{folder.name} has {len(files)} files"


@pytest.mark.parametrize("path", PACK_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_rooms_import_the_kit_and_themes_only(path: Path) -> None:
    if path.stem == "__init__":
        return
    for module in imported(path):
        parts = module.split(".")
        if parts[0] in ("contract_tests", "understudy", "tests", "fixtures"):
            pytest.fail(f"{path.stem} imports {module}")
        if parts[0] != "mockserver" or parts[1] == "kit":
            continue
        assert parts[1] in PACKS, f"{path.stem} reaches past the kit: {module}"
        assert parts[2].startswith("_") or parts[2] == "policy", f"{path.stem} imports a room: {module}"
        assert parts[1] == path.parent.name or path.parent.name == "registry", f"{path.stem} imports {module}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    ceiling = 250 if path.parent.name in PACKS else 400
    assert lines <= ceiling, f"{path.name} has {lines} lines: is it still one idea?"


@pytest.mark.parametrize("pack", PACKS)
def test_every_operation_has_a_rule_and_stands_in_its_room(pack: str) -> None:
    loaded = load(pack)
    for key, bound in bind(loaded, [bundled(name) for name in loaded.documents]).items():
        assert bound.rung in ("rule", "crud"), f"{key} answers from a {bound.rung}"
        room = f"mockserver/{pack}/{room_of(key.partition(' ')[2])}.py"
        assert bound.room.partition(":")[0] == room, f"{key} stands in {bound.room}"


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    project = PROJECT["project"]
    needed = list(chain(project["dependencies"], *project["optional-dependencies"].values()))
    names = {re.split(r"[<>=\[ ]", one)[0] for one in needed} - {"understudy"}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_the_gate_is_the_readme_s_second_command() -> None:
    gate = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert gate in (ROOT / "README.md").read_text()


def test_the_changelog_knows_the_version() -> None:
    assert f"## {PROJECT['project']['version']}" in (ROOT / "CHANGELOG.md").read_text()


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_lint_is_clean() -> None:
    run("ruff", "check", ".")


def test_format_is_clean() -> None:
    run("ruff", "format", "--check", ".")


def test_types_are_clean() -> None:
    run("mypy")
