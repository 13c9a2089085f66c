"""The results of shards become the result of one run: nothing that a shard refuted or missed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from reports_sample import counted, finding, full, operation, small

from specdouble.verify.reports import ReportError
from specdouble.verify.reports.stored.merge import UNMATCHED, UNTOUCHED, merge
from specdouble.verify.reports.stored.summary import summarise


def shard(number: int, of: int, result: dict[str, Any]) -> Any:
    result["run"] |= {"id": f"r-{number}", "shard": f"{number}/{of}"}
    return result


def untouched(result: dict[str, Any]) -> dict[str, Any]:
    """The tests of these operations were all in other shards."""
    for one in result["operations"]:
        if one["verdict"] == "unproven":
            one["reasons"] = [UNTOUCHED]
    return result


def verdict(*verdicts: str) -> str:
    shards = [shard(number, len(verdicts), untouched(small(one))) for number, one in enumerate(verdicts, 1)]
    (merged,) = merge(shards)["operations"]
    return merged["verdict"]


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [
        (("conforms", "violates"), "violates"),
        (("unproven", "violates"), "violates"),
        (("waived", "violates"), "violates"),
        (("unproven", "conforms"), "conforms"),
        (("conforms", "unproven"), "conforms"),
        (("conforms", "waived"), "waived"),
        (("waived", "unproven"), "waived"),
        (("unproven", "unproven"), "unproven"),
        (("conforms", "unproven", "violates", "unproven"), "violates"),
    ],
)
def test_the_verdict_of_an_operation(verdicts: tuple[str, ...], wanted: str) -> None:
    assert verdict(*verdicts) == wanted


def test_counts_of_an_operation_add_up_and_reasons_stay_only_while_it_is_unproven() -> None:
    one, two = small("unproven", "unproven"), small("conforms", "unproven")
    one["operations"][0]["reasons"] = [UNTOUCHED]
    two["operations"][1]["reasons"] = ["Another reason.", *one["operations"][1]["reasons"]]
    first, second = merge([shard(1, 2, one), shard(2, 2, two)])["operations"]
    assert first["reached"] == 12
    assert first["statuses"] == {"401": 60, "200": 12}
    assert first["checks"] == {"AUTH": 60, "SCHEMA": 84}
    assert first["reasons"] == []
    assert second["reasons"] == ["No developer was given (--developer).", "Another reason."]


def test_what_one_shard_could_not_prove_is_unproven_as_in_one_run() -> None:
    (merged,) = merge([shard(1, 2, small("conforms")), shard(2, 2, small("unproven"))])["operations"]
    assert (merged["verdict"], merged["reasons"]) == ("unproven", ["No developer was given (--developer)."])


def test_what_no_shard_reached_is_unproven() -> None:
    one, two = (untouched(small("unproven")) for _ in range(2))
    (merged,) = merge([shard(1, 2, one), shard(2, 2, two)])["operations"]
    assert (merged["verdict"], merged["reasons"]) == ("unproven", ["only refusals were reached"])


def test_a_waiver_is_idle_where_it_is_idle_everywhere() -> None:
    both, one = f"The waiver of A {UNMATCHED}", f"The waiver of B {UNMATCHED}"
    shards = [shard(1, 2, small("conforms")), shard(2, 2, small("conforms"))]
    shards[0]["notes"], shards[1]["notes"] = [both, one, "first"], [both, "second"]
    assert merge(shards)["notes"] == [both, "first", "second"]


def test_the_shards_given_are_left_as_they_are() -> None:
    one, two = shard(1, 2, full()), shard(2, 2, full())
    before = repr((one, two))
    merge([one, two])
    assert repr((one, two)) == before


def test_findings_are_united_by_id() -> None:
    waiver = {"id": "W-1", "reason": "known", "expires": "2026-12-31"}
    one = small("violates", findings=[finding("a" * 12, "AUTH-07", "GET /v1/thing0", count=3, waiver=waiver),
                                      finding("b" * 12, "AUTH-02", "GET /v1/thing0", severity="warning")])  # fmt: skip
    two = small("violates", findings=[finding("a" * 12, "AUTH-07", "GET /v1/thing0", count=4),
                                      finding("c" * 12, "TIME-01", "GET /v1/thing0", waiver=waiver)])  # fmt: skip
    merged = merge([shard(1, 2, one), shard(2, 2, two)])
    assert [(one["id"][0], one["count"]) for one in merged["findings"]] == [("a", 7), ("b", 1), ("c", 1)]
    assert merged["findings"][0]["waiver"] is None
    assert merged["findings"][2]["waiver"] == waiver
    assert set(merged["rules"]) == {"AUTH-07", "AUTH-02", "TIME-01"}
    assert merged["summary"]["violations"] == 1
    assert merged["summary"]["warnings"] == 1
    assert merged["summary"]["waived"] == 1


def summary(result: dict[str, Any]) -> Any:
    return summarise(result["operations"], result["findings"], result["proof"], result["summary"]["min_proven"])


def test_the_summary_is_that_of_one_run() -> None:
    result = full()
    assert summary(result) == result["summary"] | {"exit_code": 0}
    result["operations"].append(operation("POST /v1/auth/me", "unproven"))
    assert summary(result) == counted(result)["summary"] | {"exit_code": 0}


def test_the_run_tells_the_whole() -> None:
    one, two = small("conforms"), small("conforms")
    one["run"] |= {"started_at": "2026-11-26T11:00:00Z", "seconds": 60.0, "selection": ["AUTH"]}
    two["run"] |= {"started_at": "2026-11-26T11:00:30Z", "seconds": 50.5, "selection": ["AUTH", "LIFE"],
                   "destructive": True}  # fmt: skip
    two["run"]["services"][1]["url"] = "http://r"
    run = merge([shard(1, 2, one), shard(2, 2, two)])["run"]
    assert run["id"] == "r-1+r-2"
    assert run["started_at"] == "2026-11-26T11:00:00Z"
    assert run["seconds"] == 80.5
    assert run["requests"] == 2 * 12345
    assert run["client_cpu_seconds"] == 110.2
    assert run["selection"] == ["AUTH", "LIFE"]
    assert [one["url"] for one in run["services"]][1] == "http://r"
    assert run["destructive"] is True
    assert run["shard"] is None


def test_a_run_without_a_readable_start_takes_as_long_as_its_longest_shard() -> None:
    one, two = small("conforms"), small("conforms")
    two["run"] |= {"started_at": "yesterday", "seconds": 99.0}
    assert merge([shard(1, 2, one), shard(2, 2, two)])["run"]["seconds"] == 99.0


def test_what_was_left_behind_keeps_the_run_that_removes_it() -> None:
    one, two = small("conforms"), small("conforms")
    one["created"] = [{"what": "app", "id": "a", "removed": False}]
    two["created"] = [{"what": "app", "id": "b", "removed": True, "run": "r-0"}]
    assert merge([shard(1, 2, one), shard(2, 2, two)])["created"] == [
        {"what": "app", "id": "a", "removed": False, "run": "r-1"},
        {"what": "app", "id": "b", "removed": True, "run": "r-0"},
    ]


def code(*results: dict[str, Any], min_proven: float | None = None) -> int:
    shards = [shard(number, len(results), one) for number, one in enumerate(results, 1)]
    return merge(shards, min_proven)["summary"]["exit_code"]


def ended(result: dict[str, Any], exit_code: int) -> dict[str, Any]:
    result["summary"]["exit_code"] = exit_code
    return result


def test_the_exit_code_is_that_of_one_run() -> None:
    violated = small("violates", findings=[finding("a" * 12, "AUTH-07", "GET /v1/thing0")])
    assert code(small("conforms"), small("unproven")) == 2  # nothing is proven
    assert code(small("conforms", "conforms"), small("unproven", "conforms")) == 0
    assert code(small("conforms"), violated) == 1
    assert code(violated, ended(small("conforms"), 3)) == 3
    assert code(small("conforms"), small("conforms") | {"problems": ["the target was lost"]}) == 3


def test_the_least_proven_share_is_asked_of_the_whole() -> None:
    def shards() -> list[dict[str, Any]]:
        parts = small("conforms", "unproven", "unproven"), small("unproven", "unproven", "waived")
        for one in parts:
            one["summary"]["min_proven"] = 0.9
        return [ended(untouched(one), 2) for one in parts]

    assert code(*shards(), min_proven=0.66) == 0
    assert code(*shards(), min_proven=0.67) == 2
    assert code(*shards()) == 2


def test_a_missing_shard_is_no_clean_run() -> None:
    merged = merge([shard(1, 3, small("conforms")), shard(3, 3, small("unproven"))])
    assert merged["problems"] == ["Shard 2/3 is missing: what it verifies is unproven here."]
    assert merged["summary"]["exit_code"] == 3


def test_results_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ReportError, match="nothing to merge"):
        merge([])
    with pytest.raises(ReportError, match="run r-1 is named twice"):
        merge([shard(1, 2, small("conforms")), shard(1, 2, small("conforms"))])
    with pytest.raises(ReportError, match=r"not shards of one run: 1/2, 2/3\."):
        merge([shard(1, 2, small("conforms")), shard(2, 3, small("conforms"))])


def test_different_targets_are_told() -> None:
    one, two = shard(1, 2, small("conforms")), shard(2, 2, small("conforms"))
    two["run"]["target"] = "http://elsewhere"
    assert merge([one, two])["problems"][-1].endswith("http://elsewhere.")
