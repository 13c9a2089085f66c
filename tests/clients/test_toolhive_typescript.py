"""A TypeScript client of ToolHive: its types are generated from the served document, and its calls are made."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.command import served

HERE = Path(__file__).parent / "typescript"


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client and its packages, which are installed once and kept by what they are."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are needed for a TypeScript client")
    wanted = (HERE / "package.json").read_bytes()
    kept = pytestconfig.cache.mkdir(f"typescript-{hashlib.sha256(wanted).hexdigest()[:12]}")
    if not (kept / "node_modules" / "typescript").is_dir():
        (kept / "package.json").write_bytes(wanted)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=kept, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0:
            shutil.rmtree(kept / "node_modules", ignore_errors=True)
            pytest.skip(f"npm cannot install the packages of the client: {done.stderr[-300:]}")
    folder = tmp_path_factory.mktemp("typescript")
    for name in ("package.json", "tsconfig.json", "toolhive.ts"):
        shutil.copy(HERE / name, folder)
    (folder / "node_modules").symlink_to(kept / "node_modules", target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def url(project: Path) -> Iterator[str]:
    """The server whose document the types of the client are generated from."""
    with served("toolhive") as url:
        run(project, "node_modules/.bin/openapi-typescript", f"{url}/api/openapi.json", "-o", "schema.ts")
        yield url


def test_groups_workload_logs_delete(project: Path, url: str) -> None:
    run(project, "node_modules/.bin/tsc", "-p", "tsconfig.json")
    assert run(project, "node", "out/toolhive.js", url) == "all taken\n"


def test_the_types_refuse_what_the_document_does_not_have(project: Path, url: str) -> None:
    source = (project / "toolhive.ts").read_text()
    wrong = source.replace('body: { name: "travel" }', "body: { name: 7 }")
    assert wrong != source
    (project / "wrong.ts").write_text(wrong)
    (project / "wrong.json").write_text('{"extends": "./tsconfig.json", "files": ["wrong.ts"]}')
    command = ["node_modules/.bin/tsc", "-p", "wrong.json", "--noEmit"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    assert "Type 'number' is not assignable to type 'string'" in done.stdout
