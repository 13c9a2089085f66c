"""The documentation site: every page is in it, every link and anchor leads somewhere, nothing is fetched elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FETCHED = re.compile(r'<(?:link|script|img)\b[^>]*(?:src|href)="(?:https?:)?//(?!localhost)([^"/]+)')


def build(config: Path, to: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config), "--site-dir", str(to)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=quiet)


def test_the_site_is_built_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    done = build(ROOT / "mkdocs.yml", tmp_path)
    assert done.returncode == 0, done.stderr
    pages = {page.parent.relative_to(tmp_path).as_posix(): page.read_text() for page in tmp_path.rglob("index.html")}
    written = {page.relative_to(ROOT / "docs").with_suffix("").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert set(pages) == {"." if name == "index" else name for name in written}
    assert {name: found for name, text in pages.items() if (found := FETCHED.findall(text))} == {}


@pytest.mark.parametrize("link", ["nowhere.md", "index.md#nowhere", "../README.md"])
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path, link: str) -> None:
    pages = tmp_path / "docs"
    pages.mkdir()
    (pages / "index.md").write_text(f"# Home\n\n[there]({link})\n")
    lines = (ROOT / "mkdocs.yml").read_text().split("nav:\n")[0]
    (tmp_path / "mkdocs.yml").write_text(lines)
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 1
    assert link in done.stderr
