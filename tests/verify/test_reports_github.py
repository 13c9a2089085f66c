"""What GitHub and a README see: annotations, the step summary, badges."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from reports_sample import empty, finding, full, hostile, small

from specdouble.verify.reports import ReportError
from specdouble.verify.reports.formats import badge, github, markdown
from specdouble.verify.reports.formats.terminal import headline
from specdouble.verify.reports.stored.text import shown


def lines(result: dict[str, Any]) -> list[str]:
    return list(github.commands(shown(result)))


def test_violations_are_errors_warnings_are_warnings_and_the_headline_is_a_notice() -> None:
    found = lines(full())
    assert [line.split(" ", 1)[0] for line in found] == ["::error"] * 6 + ["::warning"] * 2 + ["::notice"]
    assert found[0].startswith("::error title=AUTH-07 GET /v1/keys::A revoked key opens nothing, but it was not so%0A")
    assert "%0Aexpected: 401 with a detail%0Agot: 200 {" in found[0]
    assert "%0Areplay: specdouble verify https://" in found[0]
    assert found[-1] == f"::notice title=specdouble::{headline(full()).replace('%', '%25')}"


def test_everything_that_would_end_a_command_is_escaped() -> None:
    assert github.command("error", "a:b,c%d", "50%\r\n::error::x, y:z") == (
        "::error title=a%3Ab%2Cc%25d::50%25%0D%0A::error::x, y:z"
    )
    for line in lines(hostile()):
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line), line
        assert "\x1b" not in line


def test_no_more_annotations_than_github_shows_and_the_others_are_counted() -> None:
    some = [finding(f"{number:012x}", "AUTH-07", f"GET /v1/thing{number}") for number in range(14)]
    found = lines(small(*["violates"] * 14, findings=some))
    assert sum(line.startswith("::error") for line in found) == 10
    assert "::notice title=specdouble::4 more errors stand in the reports" in found


def test_a_note_is_a_notice() -> None:
    found = lines(empty() | {"notes": ["the target says nothing of its version"]})
    assert "::notice title=specdouble::the target says nothing of its version" in found


def test_a_broken_target_is_an_error() -> None:
    result = empty() | {"problems": ["nobody answers: connection refused"]}
    result["summary"]["exit_code"] = 3
    assert lines(result)[0] == "::error title=specdouble%3A the target::nobody answers: connection refused"


def test_outside_a_job_nothing_is_said() -> None:
    out = io.StringIO()
    assert github.publish(full(), out, {}) is False
    assert out.getvalue() == ""


def test_inside_a_job_annotations_are_printed_and_the_summary_is_appended(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    out = io.StringIO()
    assert github.publish(full(), out, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}) is True
    assert out.getvalue().splitlines() == lines(full())
    assert summary.read_text() == "before\n" + markdown.render(shown(full()))


def test_a_summary_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="step summary cannot be written"):
        github.publish(empty(), io.StringIO(), {"GITHUB_STEP_SUMMARY": str(tmp_path)})


def test_the_summary_says_all_that_matters() -> None:
    page = markdown.render(shown(full()))
    assert page.startswith(f"## 6 operations violate the contract\n\n`{headline(full())}`\n")
    assert page.count("<details>") == page.count("</details>") == 6 + 4
    assert "### 6 violations" in page
    assert "<summary>10 operations unproven</summary>" in page
    assert "(6): <code>POST /v1/billing/portal</code>, " in page
    assert "W-3 until 2026-12-31" in page
    assert "specdouble cleanup r-20261126-110240-1a2b" in page


def test_the_summary_is_text_whatever_a_server_says() -> None:
    page = markdown.render(shown(hostile()))
    assert "<script" not in page
    assert "](" not in page
    tags = set(re.findall(r"<(/?\w+)", page))
    assert tags <= {"details", "/details", "summary", "/summary", "b", "/b", "code", "/code"}
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {3}


@pytest.mark.parametrize("limit", [2_000, 20_000, markdown.LIMIT])
def test_the_summary_keeps_to_its_limit_and_counts_what_it_leaves_out(limit: int) -> None:
    some = [finding(f"{number:012x}", "AUTH-07", f"GET /v1/thing{number}", got="\u4e2d" * 600, message="m" * 400)
            for number in range(1000)]  # fmt: skip
    page = markdown.render(shown(small(*["violates"] * 1000, findings=some)), limit)
    assert len(page.encode()) <= limit < 1024 * 1024
    listed = page.count("<b>AUTH-07</b>")
    assert f"- and {1000 - listed:,} more violations, in the other reports" in page
    assert page.count("<details>") == page.count("</details>")


def test_the_summary_leaves_room_for_what_the_step_wrote_before(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * (markdown.LIMIT - 5_000))
    some = [finding(f"{number:012x}", "AUTH-07", "GET /v1/thing0") for number in range(100)]
    github.publish(small("violates", findings=some), io.StringIO(), {"GITHUB_STEP_SUMMARY": str(summary)})
    assert markdown.LIMIT - 5_000 < summary.stat().st_size <= markdown.LIMIT


@pytest.mark.parametrize(
    ("verdicts", "message", "colour"),
    [
        (["conforms"] * 20, "20/20 operations", "brightgreen"),
        (["conforms"] * 19 + ["unproven"], "19/20 operations", "brightgreen"),
        (["conforms"] * 17 + ["unproven"] * 3, "17/20 operations", "green"),
        (["conforms"] * 5 + ["unproven"] * 15, "5/20 operations", "yellow"),
        (["conforms"] * 19 + ["violates"], "19/20 operations, 1 violated", "red"),
        ([], "no verdict", "lightgrey"),
    ],
)
def test_the_badge_is_as_good_as_the_run(verdicts: list[str], message: str, colour: str) -> None:
    made = json.loads(badge.endpoint(shown(small(*verdicts))))
    assert made == {"schemaVersion": 1, "label": "contract", "message": message, "color": colour}


def test_a_broken_target_gives_no_verdict() -> None:
    result = small("conforms")
    result["summary"]["exit_code"] = 3
    assert badge.facts(shown(result)) == ("error", "lightgrey")


def test_the_picture_is_svg_with_the_same_words() -> None:
    root = ET.fromstring(badge.svg(shown(full())))
    assert root.get("aria-label") == "contract: 171/189 operations, 6 violated"
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["contract", "171/189 operations, 6 violated"]
    boxes = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("fill")]
    assert sum(int(one.get("width") or 0) for one in boxes) == int(root.get("width") or 0)
    assert "http" not in badge.svg(shown(full())).replace("http://www.w3.org/2000/svg", "")
