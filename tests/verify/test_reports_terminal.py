"""The report in a terminal: the agreed headline, all that is needed to act, and nothing that breaks a terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from reports_sample import TARGET, empty, finding, full, hostile, operation, small
from rich.cells import cell_len
from rich.console import Console

from specdouble.verify.reports.formats.terminal import console, headline, show


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def printed(result: dict[str, Any], *, width: int = 110, reports: list[Path] | None = None, limit: int = 10) -> str:
    out = io.StringIO()
    show(result, reports or [], out=Console(file=out, width=width, highlight=False, markup=False), limit=limit)
    return out.getvalue()


def test_the_headline_has_the_agreed_form() -> None:
    assert headline(full()) == (
        "CONFORM 131/149 paths 171/189 operations · VIOLATE 6 · UNPROVEN 10 · WAIVED 2"
        " · RULES 2/12 · 94 % proven, 0 % asked"
    )
    assert printed(full()).splitlines()[0] == headline(full())
    assert printed(empty(), width=40).splitlines()[0] == headline(empty())


def test_a_violation_says_what_was_promised_what_came_and_how_to_replay_it() -> None:
    one = finding("abcdefabcdef", "AUTH-07", "GET /v1/thing0", count=3, pointer="/paths/~1v1~1thing0/get/security",
                  source="overlay", promised="bearerAuth opens it", expected="401", got="200 {}")  # fmt: skip
    page = printed(small("violates", findings=[one]))
    assert page.splitlines()[2:] == [
        "1 violation",
        "  AUTH-07  A revoked key opens nothing",
        "    GET /v1/thing0 (3 times)",
        "      A revoked key opens nothing, but it was not so",
        "      promised  bearerAuth opens it",
        "                overlay /paths/~1v1~1thing0/get/security",
        "      expected  401",
        "      got       200 {}",
        f"      replay    specdouble verify {TARGET} --replay abcdefabcdef --seed 1234",
        "",
        "41.2 s · 12,345 requests · 55.1 s client CPU · seed 1234",
    ]


def test_unproven_operations_stand_under_their_reason_once_and_are_capped() -> None:
    result = small(*["unproven"] * 7, "conforms")
    result["operations"][6]["reasons"] = ["Skipped: it sends mail."]
    page = printed(result, limit=4)
    assert "7 operations unproven\n  No developer was given (--developer). (6)\n    GET /v1/thing0\n" in page
    assert "    GET /v1/thing3\n    and 2 more\n  Skipped: it sends mail.\n    GET /v1/thing6\n" in page
    assert "thing4" not in page
    assert "thing7" not in page


def test_many_violations_of_one_rule_are_capped_and_counted() -> None:
    some = [finding(f"{number:012x}", "AUTH-07", f"GET /v1/thing{number}") for number in range(12)]
    page = printed(small(*["violates"] * 12, findings=some))
    assert page.count("      replay  ") == 10
    assert "and 2 more of AUTH-07; the other reports have them all" in page


def test_the_service_is_named_unless_it_is_the_first() -> None:
    page = printed(full())
    assert "GET /v1/apps (registry) (41 times)" in page
    assert "(auth_gateway)" not in page


def test_warnings_and_waived_findings_are_short() -> None:
    page = printed(full())
    assert "  TIME-01  GET /v1/audit: created_at has no offset\n" in page
    assert "  SECRET-01  GET /v1/auth/me: W-3 until 2026-12-31: Known; fixed with the ledger rewrite\n" in page


def test_what_was_left_behind_is_listed_with_the_command_that_removes_it() -> None:
    result = empty()
    result["created"] = [
        {"what": "user", "id": "u1", "removed": True},
        {"what": "app", "id": "a1", "removed": False},
        {"what": "app", "id": "a2", "removed": False, "run": "r-other"},
    ]
    page = printed(result)
    assert "  app a1\n  clean up  specdouble cleanup r-20261126-110240-1a2b\n" in page
    assert "  app a2\n  clean up  specdouble cleanup r-other\n" in page
    assert "u1" not in page


def test_the_last_line_says_what_it_cost_and_where_the_reports_are() -> None:
    result = empty()
    result["run"]["shard"] = "1/4"
    last = printed(result, reports=[Path("out/r.html"), Path("r.json")]).splitlines()[-1]
    assert last == (
        "41.2 s · 12,345 requests · 55.1 s client CPU · seed 1234 · shard 1/4 · reports: out/r.html, r.json"
    )


def test_trouble_with_the_target_comes_first() -> None:
    result = empty() | {"problems": ["the admin's password was refused (401)"]}
    assert printed(result).splitlines()[2:4] == ["Trouble with the target", "  the admin's password was refused (401)"]


@pytest.mark.parametrize("width", [40, 64, 100])
def test_lines_keep_to_the_width_save_commands_and_first_and_last_line(width: int) -> None:
    result = full()
    result["findings"][0]["message"] = "\u4e2d\u6587 " * 90
    lines = printed(result, width=width).splitlines()[1:-1]
    wide = [line for line in lines if cell_len(line) > width and not re.match(r" +(replay|clean up) ", line)]
    assert wide == []


def test_a_command_is_never_broken() -> None:
    replays = [line for line in printed(full(), width=40).splitlines() if "replay" in line]
    assert len(replays) == 6
    assert all(line.endswith("--seed 1234") for line in replays)


def test_without_a_terminal_there_is_no_escape_code_and_room_for_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    assert console(out).width == 110
    show(full(), out=console(out))
    assert "\x1b" not in out.getvalue()
    monkeypatch.setenv("COLUMNS", "70")
    assert console(out).width == 70


def test_no_color_is_kept_where_there_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def coloured() -> str:
        out = io.StringIO()
        show(full(), out=Console(file=out, force_terminal=True, width=100, highlight=False))
        return out.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    assert re.search(r"\x1b\[[\d;]*31m", coloured())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[\d;]*3[1-6]m", coloured())


def test_a_server_s_text_moves_no_cursor_and_floods_no_log() -> None:
    page = printed(hostile())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", page)
    assert len(page) < 40_000
    assert re.search(r"\(\+[\d,]+ characters\)", " ".join(page.split()))


def test_inside_a_github_job_a_server_s_text_is_no_workflow_command(monkeypatch: pytest.MonkeyPatch) -> None:
    result = small("violates", findings=[finding("a" * 12, "AUTH-07", "GET /v1/thing0", message="x\n::add-mask::y",
                                                 got="a ##[set-env name=A]b")])  # fmt: skip
    assert "::add-mask::" in printed(result)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    page = printed(result)
    assert "::" not in page
    assert "##[" not in page


def test_a_result_of_one_service_needs_no_registry() -> None:
    result = small("conforms")
    result["operations"].append(operation("GET /v1/x", "unproven", service="other"))
    result["run"]["services"].pop()
    assert "GET /v1/x (other)" in printed(result)
