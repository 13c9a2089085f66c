"""The JUnit report: a case per operation and family, verdicts as JUnit knows them, always well-formed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from reports_sample import empty, finding, full, hostile, small

from specdouble.verify.reports.formats import junit
from specdouble.verify.reports.stored.text import shown


def suites(result: dict[str, Any]) -> ET.Element:
    return ET.fromstring(junit.render(shown(result)))


def case(root: ET.Element, name: str) -> ET.Element:
    found = [one for one in root.iter("testcase") if one.get("name") == name]
    assert len(found) == 1, name
    return found[0]


def outcome(one: ET.Element) -> str:
    return next((child.tag for child in one if child.tag in ("failure", "error", "skipped")), "passed")


def test_there_is_a_case_per_operation_and_family() -> None:
    result = full()
    wanted = set()
    for one in result["operations"]:
        wanted |= {(one["service"], f"{one['key']} [{family}]") for family in one["checks"]}
        wanted |= set() if one["checks"] else {(one["service"], one["key"])}
    for one in result["findings"]:
        wanted.add((one["service"], f"{one['key']} [{one['rule'].partition('-')[0]}]"))
    found = [(suite.get("name"), one.get("name")) for suite in suites(result) for one in suite.iter("testcase")]
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_violations_fail_with_everything_there_is_to_say() -> None:
    failed = case(suites(full()), "GET /v1/tasks/{task_id} [ISOL]")
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == "ISOL-01: a second user reads the task"
    assert failure.get("type") == "ISOL-01"
    text = failure.text or ""
    for part in ("promised: One user", "rule S05 /paths/~1v1~1tasks", "expected: 404", "imp_u_other", "--replay 2a1b",
                 "seed 1234", "curl -sS -X POST"):  # fmt: skip
        assert part in text, part
    assert failed.get("classname") == "auth_gateway.tasks"
    assert failed.get("file") == "README.md"  # of the folder that the tests run in
    assert outcome(case(suites(full()), "GET /v1/tasks/{task_id} [SCHEMA]")) == "passed"


def test_two_violations_of_a_family_are_one_failure_with_both() -> None:
    some = [finding("a" * 12, "AUTH-02", "GET /v1/thing0"), finding("b" * 12, "AUTH-07", "GET /v1/thing0")]
    (failure,) = case(suites(small("violates", findings=some)), "GET /v1/thing0 [AUTH]").findall("failure")
    assert (failure.get("message") or "").endswith("(and 1 more)")
    assert "a" * 12 in (failure.text or "")
    assert "b" * 12 in (failure.text or "")


def test_unproven_is_skipped_with_the_reason() -> None:
    skipped = case(suites(small("unproven")), "GET /v1/thing0 [AUTH]").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "unproven: No developer was given (--developer). (answers: 401: 30)"


def test_unproven_without_a_check_is_one_skipped_case() -> None:
    result = small("unproven")
    result["operations"][0] |= {"checks": {}, "statuses": {}}
    assert outcome(case(suites(result), "GET /v1/thing0")) == "skipped"


def test_waived_is_skipped_with_the_waiver() -> None:
    waiver = {"id": "W-9", "reason": "known", "expires": "2026-12-31"}
    some = [finding("a" * 12, "AUTH-07", "GET /v1/thing0", waiver=waiver)]
    skipped = case(suites(small("waived", findings=some)), "GET /v1/thing0 [AUTH]").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "waived: W-9 until 2026-12-31: known"


def test_a_warning_passes_and_is_told() -> None:
    warned = case(suites(full()), "GET /v1/audit [TIME]")
    assert outcome(warned) == "passed"
    assert "created_at has no offset" in (warned.findtext("system-out") or "")


def test_a_verdict_that_no_finding_explains_still_fails() -> None:
    assert outcome(case(suites(small("violates")), "GET /v1/thing0")) == "failure"


def test_counts_are_right_in_every_suite_and_in_all() -> None:
    root = suites(full())
    for where in (root, *root):
        cases = list(where.iter("testcase"))
        assert where.get("tests") == str(len(cases))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert where.get(name) == str(sum(outcome(one) == tag for one in cases)), name
    assert root.get("failures") == "6"
    assert root[0].get("timestamp") == "2026-11-26T11:02:40"


@pytest.mark.parametrize(("code", "tag"), [(3, "error"), (1, "passed")])
def test_trouble_with_the_target_is_an_error_only_when_it_ended_the_run(code: int, tag: str) -> None:
    result = empty() | {"problems": ["nobody answers"]}
    result["summary"]["exit_code"] = code
    assert outcome(case(suites(result), "target problem 1")) == tag


def test_findings_of_no_listed_operation_are_not_lost() -> None:
    result = small("conforms", findings=[finding("a" * 12, "AUTH-07", "GET /v1/nowhere")])
    assert outcome(case(suites(result), "GET /v1/nowhere [AUTH-07]")) == "failure"


def test_hostile_text_is_well_formed_xml() -> None:
    root = suites(hostile())
    assert root.find(".//script") is None
    assert "<script>alert(1)</script>" in (root.findtext(".//failure") or "")
    assert len(list(root.iter("testcase"))) > 6
