"""The pages about faults and requests are true: their examples run, and every key has a row."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from specdouble import packs
from specdouble.mock.faults.rules import _ALL, Faults
from specdouble.mock.journal.filters import NAMES
from specdouble.mock.pytest_plugin import Urls
from tests.pack import boot

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def run(page: str, url: str, folder: Path) -> str:
    """Run the shell examples of a page one after the other, and return what they print."""
    script = "set -e\n" + "echo; ".join(blocks(page, "sh")).replace("localhost:8085", url.removeprefix("http://"))
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")


@curl
def test_the_examples_of_faults_work(specdouble_server: Urls, tmp_path: Path) -> None:
    out = run("faults.md", specdouble_server.auth_gateway, tmp_path)
    assert "HTTP/1.1 503" in out
    assert "retry-after: 2" in out
    assert '"id":"slow","path":"/v1/billing/**","every":3' in out
    assert '"removed":' in out
    assert "HTTP/1.1 401" in out
    assert "preference-applied: code=401, wait=0.1" in out
    assert "preference-applied: omit=name" in out
    assert "is no key" not in out
    assert "there is no" not in out


@curl
def test_the_examples_of_requests_work(specdouble_server: Urls, tmp_path: Path) -> None:
    out = run("requests.md", specdouble_server.auth_gateway, tmp_path)
    assert '"pointer":"/password"' in out
    assert '"why":{"summary":"1 thing of the request is not as the document says."' in out
    assert '"total":' in out
    assert '"removed":' in out
    assert '"version":"1.2"' in (tmp_path / "requests.har").read_text()


@pytest.mark.parametrize("page", ["faults.md", "requests.md"])
def test_the_python_examples_work(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS.parent)
    (code,) = blocks(page, "python")
    names: dict[str, Any] = {}
    try:
        exec(compile(code, page, "exec"), names)
        if page == "requests.md":
            shown = repr(names["mock"].world.calls("DELETE /books/{bookId}"))
            assert f"assert {shown}\n" in (DOCS / page).read_text()
    finally:
        packs._added.pop("library", None)


def test_the_file_on_the_page_can_be_used() -> None:
    faults = Faults()
    (text,) = blocks("faults.md", "yaml")
    faults.know(boot().world.journal.operations, yaml.safe_load(text))
    assert [one.spent for one in faults.rules] == [False, False, False]


def test_every_key_of_a_rule_and_every_filter_has_a_row() -> None:
    page = (DOCS / "faults.md").read_text()
    assert [one for one in _ALL if f"`{one}`" not in page] == []
    page = (DOCS / "requests.md").read_text()
    assert [one for one in NAMES if f"`{one}`" not in page] == []
