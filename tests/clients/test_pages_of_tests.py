"""The pages on testing against the mock are true: every file that they show is written down and run."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_ports

ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = ROOT / "docs" / "examples" / "library.yaml"
CHROMIUM = next(
    (found for one in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(one))), None
)
PACKAGES = '{"name": "pages", "private": true, "type": "module", "devDependencies": {%s}}'
NODE = shutil.which("node")


def written(page: str, folder: Path, port: int = 8085) -> list[Path]:
    """Write the files that a page shows, and the document that they are about."""
    shutil.copy(LIBRARY, folder)
    found = []
    for name, content in re.findall(
        r'^```\w+ title="([^"]+)"\n(.*?)^```', (ROOT / "docs" / page).read_text(), re.DOTALL | re.MULTILINE
    ):
        found.append(folder / name)
        found[-1].write_text(content.replace("8085", str(port)))
    return found


def run(folder: Path, *command: str, seconds: int = 120) -> str:
    """Run a command of a page, with our own specdouble before others; what it left running is ended."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, "PATH": path, "CI": "1"},
    ) as process:  # fmt: skip
        try:
            out, _ = process.communicate(timeout=seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, out
    return out


def packages(config: pytest.Config, **wanted: str) -> Path:
    """Return the folder of these npm packages, which are installed once and kept by what they are."""
    if NODE is None or shutil.which("npm") is None:
        pytest.skip("node and npm are needed")
    text = PACKAGES % ", ".join(f'"{name.replace("__", "/")}": "{version}"' for name, version in wanted.items())
    kept = config.cache.mkdir(f"pages-{hashlib.sha256(text.encode()).hexdigest()[:12]}")
    if not (kept / "done").exists():
        (kept / "package.json").write_text(text)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=kept, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0:
            pytest.skip(f"npm cannot install the packages of the page: {done.stderr[-300:]}")
        (kept / "done").touch()
    return kept


def test_the_page_on_pytest(tmp_path: Path) -> None:
    files = written("test-with-pytest.md", tmp_path)
    assert len(files) == 4
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:schemathesis -p no:asyncio\n")
    assert "8 passed" in run(tmp_path, sys.executable, "-m", "pytest", "-q", "-n", "2")


@pytest.mark.parametrize(
    ("name", "command"), [("check.sh", "bash"), ("check.mjs", "node"), ("check.py", sys.executable)]
)
def test_the_page_on_scripts(tmp_path: Path, name: str, command: str) -> None:
    files = written("test-with-scripts.md", tmp_path)
    assert tmp_path / name in files
    if shutil.which(command) is None:
        pytest.skip(f"{command} is needed")
    (tmp_path / "specdouble.toml").unlink()
    run(tmp_path, command, *(["-eo", "pipefail"] if command == "bash" else []), name)


def test_the_settings_of_the_page_are_read(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    written("test-with-scripts.md", tmp_path, port)
    script = (
        f"specdouble serve & until curl -s --fail localhost:{port}/books; do sleep 0.1; done; kill $!; wait $! || true"
    )
    assert "books" in run(tmp_path, "bash", "-c", script)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is needed")
def test_the_completion_of_the_page_completes(tmp_path: Path) -> None:
    (script,) = (one for one in written("test-with-scripts.md", tmp_path) if one.name == "completion.sh")
    (tmp_path / "specdouble.toml").unlink()  # without it, the options are those of the default pack
    more = (
        "\nCOMP_WORDS=(specdouble serve --sig); COMP_CWORD=2; _specdouble_completion specdouble; echo ${COMPREPLY[@]}"
    )
    script.write_text(script.read_text() + more)
    assert run(tmp_path, "bash", "completion.sh").split() == ["--signing-key"]


def test_the_page_on_vitest(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kept = packages(pytestconfig, msw="^2.6.0", vitest="^3.0.0")
    assert len(written("test-with-vitest.md", tmp_path)) == 4
    shutil.copy(kept / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(kept / "node_modules", target_is_directory=True)
    assert "2 passed" in run(tmp_path, "node_modules/.bin/vitest", "run", "--no-color")


@pytest.mark.skipif(CHROMIUM is None, reason="a Chromium is needed")
def test_the_page_on_playwright(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kept = packages(pytestconfig, **{"@playwright__test": "^1.48.0"})
    (port,) = free_ports(1)
    (config, *rest) = written("test-with-playwright.md", tmp_path, port)
    assert len(rest) == 2
    launch = f'use: {{ launchOptions: {{ executablePath: "{CHROMIUM}", args: ["--no-sandbox"] }} }},\n  webServer: {{'
    config.write_text(config.read_text().replace("webServer: {", launch))
    shutil.copy(kept / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(kept / "node_modules", target_is_directory=True)
    assert "2 passed" in run(tmp_path, "node_modules/.bin/playwright", "test", "--workers=2", "--reporter=line")
