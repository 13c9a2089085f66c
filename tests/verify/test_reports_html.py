"""The HTML report: one file that needs nothing, runs only its own script, and holds every operation and finding."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from reports_sample import HOSTILE, empty, finding, full, hostile, small

from specdouble.verify.reports.formats import html
from specdouble.verify.reports.stored.text import shown

VOID = {"meta", "input", "link", "br", "img", "hr"}


class Page(HTMLParser):
    """Collects elements with attributes and text, and checks that every element is closed."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__()
        self.source = html.render(shown(result))
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def having(self, name: str, value: str) -> list[dict[str, str | None]]:
        return [attrs for _tag, attrs in self.elements if value in (attrs.get(name) or "").split()]


def test_every_operation_has_a_row_with_a_cell_per_family() -> None:
    result = full()
    page = Page(result)
    rows = page.having("class", "row")
    assert len(rows) == 189
    assert Counter(row["data-verdict"] for row in rows) == Counter(one["verdict"] for one in result["operations"])
    families = page.having("class", "family")
    assert len(families) == 11
    assert len(page.having("class", "cell")) == 189 * 11
    for one in result["operations"]:
        assert re.search(rf">{one['method']}</span> <span class=\"path\">{re.escape(one['path'])}<", page.source)


def test_cells_show_what_came_out() -> None:
    page = Page(full())
    cells = [str(attrs["class"]).split()[1] for attrs in page.having("class", "cell")]
    count = {state: cells.count(state) for state in ("violation", "waived", "warning")}
    assert count == {"violation": 6, "waived": 2, "warning": 2}


def test_every_finding_is_there_with_what_it_takes_to_repeat_it() -> None:
    result = full()
    page = Page(result)
    for one in result["findings"]:
        assert page.having("id", f"f-{one['id']}"), one["id"]
        for text in (one["message"], one["promised"], one["pointer"], one["expected"], one["replay"], *one["sequence"]):
            assert text in page.text, text
    targets = {attrs.get("id") for _tag, attrs in page.elements}
    links = {str(attrs.get("href"))[1:] for tag, attrs in page.elements if tag == "a" and attrs["href"][0] == "#"}
    assert links <= targets, links - targets


def test_ids_are_unique_and_copy_buttons_have_something_to_copy() -> None:
    page = Page(full())
    ids = [attrs["id"] for _tag, attrs in page.elements if attrs.get("id")]
    assert len(ids) == len(set(ids))
    assert len(page.having("class", "copy")) == 2 * 10 + 2  # replay and curl of ten findings, clean-up, command


@pytest.mark.parametrize("make", [empty, full, hostile])
def test_nothing_is_loaded_and_only_the_page_s_own_script_runs(make: Any) -> None:
    page = Page(make())
    for tag, attrs in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "base", "form")
        assert "src" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
        if tag == "a":
            assert re.match(r"(#|https?://)", attrs["href"] or ""), attrs
    assert "url(" not in page.source
    assert "@import" not in page.source
    (script,) = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [attrs["content"] or "" for _tag, attrs in page.elements if attrs.get("http-equiv")]
    assert policy.startswith("default-src 'none';")
    assert f"script-src 'sha256-{digest}';" in policy


def test_hostile_text_stays_text() -> None:
    page = Page(hostile())
    assert "<script>alert(1)</script>" not in page.source
    assert "<script>alert(1)</script>" in page.text
    assert not re.search(r"[\x00\x1b\u202e]", page.source)
    assert HOSTILE[-20:] in page.text


def test_an_empty_run_says_so() -> None:
    page = Page(empty())
    assert "Nothing was verified" in page.text
    assert "This run looked at no operation." in page.text
    assert "not given" in page.text


@pytest.mark.parametrize(
    ("change", "sentence", "tone"),
    [
        ({}, "6 operations violate the contract", "bad"),
        ({"exit_code": 3}, "The target or a credential did not work", "broken"),
    ],
)
def test_the_title_is_the_verdict(change: dict[str, int], sentence: str, tone: str) -> None:
    result = full()
    result["summary"] |= change
    page = Page(result)
    assert f"<h1>{sentence}</h1>" in page.source
    assert f'<body class="{tone}">' in page.source


@pytest.mark.parametrize(
    ("verdicts", "sentence", "tone"),
    [
        (("conforms", "conforms"), "Every operation conforms", "good"),
        (("conforms", "waived"), "Nothing violates, some is waived", "good"),
        (("conforms", "unproven"), "Nothing violates the contract, 1 operation unproven", "open"),
        (("violates",), "1 operation violates the contract", "bad"),
    ],
)
def test_the_verdict_is_no_better_than_the_run(verdicts: tuple[str, ...], sentence: str, tone: str) -> None:
    page = Page(small(*verdicts))
    assert f"<h1>{sentence}</h1>" in page.source
    assert f'<body class="{tone}">' in page.source


def test_a_violation_of_no_operation_is_no_clean_run() -> None:
    page = Page(small("conforms", findings=[finding("a" * 12, "AUTH-07", "", service="")]))
    assert "<h1>1 violation of the contract</h1>" in page.source
    assert "the service" in page.text


@pytest.mark.skipif(shutil.which("node") is None, reason="the script is parsed with node")
def test_the_script_parses(tmp_path: Path) -> None:
    script = tmp_path / "page.js"
    script.write_text(Page(full()).scripts[0])
    done = subprocess.run(["node", "--check", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
