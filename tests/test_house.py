"""The layout keeps its rules: imports point downwards, generic code knows no pack, handlers stand where paths say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.pack import NAME, SERVICES, bound

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PRODUCT = ROOT / "specdouble"

# From the ground up: a layer imports those before it, and nothing of its neighbours in the same row.
LAYERS = (
    ("digits", "errors", "files", "moments", "settings_file", "sse", "sockets"),
    ("openapi",),
    ("packs",),
    ("verify", "mock"),
    ("cli",),
)
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}
# The engine, from the ground up: a folder (or file) imports only from those before it, and its own files.
ENGINE = (
    "options", "telemetry", "faults", "journal", "state", "backends", "pipeline", "inferred", "binding", "kit",
    "defaults", "boot", "saving", "control", "dashboard", "transports", "testing", "respx_bridge", "pytest_plugin",
)  # fmt: skip
# The folders of the OpenAPI layer from the ground up; single files belong to the folder that uses them first.
OPENAPI = (
    ("errors",),
    ("pointers", "media_types", "keywords", "routing"),
    ("references", "places"),
    ("shapes",),
    ("reading",),
    ("dialects", "patterns"),
    ("schemas",),
    ("validation",),
    ("extensions",),
    ("operations", "resolve"),
    ("model",),
    ("values",),
    ("parameters",),
    ("bodies",),
    ("overlay",),
    ("effective",),
    ("contract",),
    ("diff", "lint"),
    ("problems",),
    ("report",),
)
# What packs import of the product, by layer of the pack.
PUBLIC = {
    "mockserver": ("specdouble.mock.kit.",),
    "contract_tests": ("specdouble.verify.kit.",),
}
GENERIC = sorted(PRODUCT.rglob("*.py"))
PACK_FILES = sorted(path for layer in PUBLIC for path in (ROOT / layer).rglob("*.py"))
HANDLERS = [path for path in PACK_FILES if path.is_relative_to(ROOT / "mockserver")]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """Yield what a file imports when it runs, by absolute names; imports for type checking only do not count."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (start, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_the_product_imports_only_downwards_and_never_a_pack() -> None:
    for path in GENERIC:
        mine = path.relative_to(PRODUCT).parts[0]
        for module in imported(path):
            parts = module.split(".")
            foreign = parts[0] in ("tests", "specs", "fixtures", "mockserver", "contract_tests")
            assert not foreign, f"{name(path)} imports {module}"
            if parts[:2] == ["specdouble", "packs"] and parts[2:]:
                assert not (ROOT / "specs" / parts[2]).is_dir(), f"{name(path)} imports a pack: {module}"
            if parts[0] == "specdouble" and mine in LAYER and parts[1:] and parts[1] in LAYER:
                assert parts[1] == mine or LAYER[parts[1]] < LAYER[mine], f"{name(path)} imports upwards: {module}"


def test_the_picture_of_the_layers_is_the_one_that_imports_are_held_to() -> None:
    picture = (ROOT / "ARCHITECTURE.md").read_text().split("```")[3]
    rows = [line.partition("<──")[0].split() for line in reversed(picture.splitlines()) if line.strip(" |")]
    assert [tuple(row) for row in rows] == list(LAYERS)


def test_the_engine_imports_only_downwards() -> None:
    root = PRODUCT / "mock"
    for path in sorted(root.rglob("*.py")):
        own = path.relative_to(root).parts[0].removesuffix(".py")
        assert own == "__init__" or own in ENGINE, f"{own} has no place in the order of the engine"
        for module in imported(path):
            parts = module.split(".")
            if parts[:2] == ["specdouble", "mock"] and parts[2:] and parts[2] != own:
                assert ENGINE.index(parts[2]) < ENGINE.index(own), f"{name(path)} imports upwards: {module}"


def test_the_openapi_layer_imports_only_downwards() -> None:
    level = {name: number for number, names in enumerate(OPENAPI) for name in names}
    root = PRODUCT / "openapi"
    for path in sorted(root.rglob("*.py")):
        own = path.relative_to(root).parts[0].removesuffix(".py")
        for module in imported(path):
            parts = module.split(".")
            if parts[:2] == ["specdouble", "openapi"] and parts[2] in level and parts[2] != own and own != "__init__":
                assert level[parts[2]] < level[own], f"{path.name} imports {module}"


@pytest.mark.parametrize("layer", ["openapi", "mock"])
def test_folders_of_the_product_stay_small(layer: str) -> None:
    for folder in [one for one in (PRODUCT / layer).rglob("*") if one.is_dir() and one.name != "__pycache__"]:
        files = [one for one in folder.glob("*.py") if one.name != "__init__.py"]
        assert len(files) <= 13, f"{folder.name} has {len(files)} files"


def test_packs_import_the_public_modules_and_themselves() -> None:
    for path in PACK_FILES:
        layer, pack = path.relative_to(ROOT).parts[:2]
        for module in imported(path):
            if module.startswith(f"{layer}.{pack}."):
                continue
            foreign = module.startswith(("tests.", "specs.", "fixtures.", "mockserver.", "contract_tests."))
            assert not foreign, f"{name(path)} imports {module}"
            if module.partition(".")[0] == "specdouble":
                assert f"{module}.".startswith(PUBLIC[layer]), f"{name(path)} reaches past the kit: {module}"


def test_handlers_import_shared_modules_only() -> None:
    """A file of handlers is imported by nobody; what files share begins with an underscore."""
    for path in [one for one in HANDLERS if one.stem != "__init__"]:
        mine = path.relative_to(ROOT).parts
        for module in imported(path):
            parts = module.split(".")
            if parts[:2] != list(mine[:2]):
                continue
            shared = [part for part in parts[2:] if part.startswith("_") or part == "policy"]
            assert shared, f"{path.stem} imports handlers: {module}"
            of_all = parts[2].startswith("_")
            assert of_all or parts[2] == mine[2] or mine[2] == "registry", f"{path.stem} imports {module}"


def test_files_stay_small() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in [*GENERIC, *PACK_FILES]}
    large = {name(path): count for path, count in lines.items() if count > (250 if path in HANDLERS else 400)}
    assert large == {}, "is each still one idea?"


def test_folders_of_packs_stay_small() -> None:
    counts = Counter(path.parent for path in PACK_FILES if path.stem != "__init__")
    assert {name(folder): count for folder, count in counts.items() if count > 16} == {}


AUDIENCE = frozenset({"api", "internal"})


def module_of(path: str) -> str:
    """Return the module that handles a path: without version and audience, the first static segment names the file.

    Paths with an ``internal`` segment stand in a file of their own, so that nobody takes them for public ones:
    ``/v1/billing/internal/usage/track`` belongs into ``billing_internal``.
    """
    segments = path.strip("/").split("/")
    for segment in segments:
        version = segment[:1] == "v" and segment[1:].isdigit()
        if not segment or version or segment in AUDIENCE or segment.startswith("{"):
            continue
        found = segment.replace("-", "_").replace(".", "_")
        return f"{found}_internal" if "internal" in segments else found
    return "root"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_a_handler_and_stands_where_its_path_says(service: str) -> None:
    folder = ROOT / "mockserver" / NAME / service
    names = Counter(path.stem for path in folder.rglob("*.py") if path.stem != "__init__")
    assert [one for one, count in names.items() if count > 1] == []
    for key, op in bound(service).items():
        assert op.fidelity == "handler", f"{key} is answered by {op.fidelity!r}"
        file = ROOT / op.source.partition(":")[0]
        assert file.is_relative_to(folder), f"{key} stands in {op.source}"
        assert file.stem == module_of(key.partition(" ")[2]), f"{key} stands in {op.source}"


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    project = PROJECT["project"]
    needed = list(chain(project["dependencies"], *project["optional-dependencies"].values()))
    names = {re.split(r"[<>=\[; ]", one)[0] for one in needed} - {"specdouble"}
    assert sorted(one for one in names if f"`{one}`" not in text) == []


def test_no_library_that_users_have_too_is_pinned() -> None:
    project = PROJECT["project"]
    assert [
        one for one in chain(project["dependencies"], *project["optional-dependencies"].values()) if "==" in one
    ] == []


def test_the_gate_is_the_readme_s_second_command() -> None:
    gate = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert gate in (ROOT / "README.md").read_text()


def test_one_version_is_everywhere() -> None:
    from specdouble import __version__

    assert PROJECT["project"]["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_lint_is_clean() -> None:
    run("ruff", "check", ".")


def test_format_is_clean() -> None:
    run("ruff", "format", "--check", ".")


def test_types_are_clean() -> None:
    run("mypy")
