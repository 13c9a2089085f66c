"""`specdouble report`: show, diff and merge, with the exit codes that a job relies on and errors of one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from reports_sample import empty, finding, full, operation, small

from specdouble.cli.main import cli
from specdouble.verify.reports import read
from specdouble.verify.reports.views.diff import compare


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["report", *map(str, arguments)])


@pytest.fixture
def store(tmp_path: Path) -> Any:
    def keep(name: str, result: dict[str, Any], **run: Any) -> Path:
        result["run"] |= run
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(result))
        return path

    return keep


def test_show_prints_and_writes_every_report(store: Any, tmp_path: Path) -> None:
    kinds = ("html", "junit", "sarif", "markdown", "badge")
    options = [part for kind in kinds for part in (f"--{kind}", str(tmp_path / f"out.{kind}"))]
    done = run("show", store("r", full()), *options)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("CONFORM 131/149 paths 171/189 operations · VIOLATE 6")
    assert done.output.rstrip().endswith(", ".join(str(tmp_path / f"out.{kind}") for kind in kinds))
    for kind in kinds:
        assert (tmp_path / f"out.{kind}").stat().st_size > 50


def test_a_badge_named_svg_is_a_picture(store: Any, tmp_path: Path) -> None:
    run("show", store("r", full()), "--badge", tmp_path / "b.svg")
    assert (tmp_path / "b.svg").read_text().startswith("<svg ")


@pytest.mark.parametrize("command", [["show", "{bad}"], ["diff", "{bad}", "{good}"], ["diff", "{good}", "{bad}"],
                                     ["merge", "{good}", "{bad}"]])  # fmt: skip
def test_unreadable_input_is_one_line_and_exit_code_2(command: list[str], store: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("[]")
    names = {"bad": tmp_path / "bad.json", "good": store("good", full())}
    done = run(*(one.format(**names) for one in command))
    assert done.exit_code == 2
    assert done.output == (
        f"Error: {tmp_path / 'bad.json'}: is JSON, but not a result. Name a file written by specdouble verify --json.\n"
    )


def test_a_report_that_cannot_be_written_is_one_line(store: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("show", store("r", empty()), "--html", tmp_path / "file" / "x.html")
    assert done.exit_code == 2
    assert done.output.count("\n") == 1


# -- diff ------------------------------------------------------------------------------------------------------------


def violated(identity: str, number: int = 0, **changed: Any) -> dict[str, Any]:
    return finding(identity * 12, "AUTH-07", f"GET /v1/thing{number}", **changed)


def test_nothing_changed(store: Any) -> None:
    done = run("diff", store("a", full()), store("b", full()))
    assert done.exit_code == 0
    assert done.output.splitlines()[2:] == ["proven share 94.7% -> 94.7% (+0.0 points)", "", "nothing changed"]


def test_a_new_violation_is_worse(store: Any) -> None:
    old, new = small("conforms"), small("violates", findings=[violated("a")])
    done = run("diff", store("old", old), store("new", new))
    assert done.exit_code == 1
    assert (
        "new violations (1)\n  AUTH-07  GET /v1/thing0: A revoked key opens nothing, but it was not so\n" in done.output
    )
    assert "    replay  specdouble verify https://auth.staging.example.com --replay aaaaaaaaaaaa" in done.output
    assert "verdicts that got worse (1)\n  GET /v1/thing0: conforms -> violates\n" in done.output
    assert done.output.endswith("worse: 1 new violation, 1 operation worse off\n")


def test_a_fixed_violation_is_better(store: Any) -> None:
    done = run("diff", store("old", small("violates", findings=[violated("a")])), store("new", small("conforms")))
    assert done.exit_code == 0
    assert "fixed (1)\n  AUTH-07  GET /v1/thing0" in done.output
    assert "verdicts that got better (1)\n  GET /v1/thing0: violates -> conforms" in done.output


def test_another_violation_of_an_operation_that_violates_already_is_new(store: Any) -> None:
    old = small("violates", findings=[violated("a")])
    new = small("violates", findings=[violated("a"), violated("b")])
    assert run("diff", store("old", old), store("new", new)).exit_code == 1
    assert run("diff", store("new", new), store("old", old)).exit_code == 0


def test_the_same_violation_elsewhere_in_the_list_is_not_new() -> None:
    some = [violated("a"), violated("b", 1)]
    old, new = small("violates", "violates", findings=some), small("violates", "violates", findings=some[::-1])
    difference = compare(old, new)  # type: ignore[arg-type]
    assert not difference.regressed
    assert difference.fixed == []


@pytest.mark.parametrize(("old", "new", "code"), [("conforms", "unproven", 1), ("unproven", "conforms", 0),
                                                 ("unproven", "waived", 0), ("waived", "unproven", 1),
                                                 ("conforms", "waived", 0), ("waived", "conforms", 0)])  # fmt: skip
def test_a_verdict_that_got_worse_fails(old: str, new: str, code: int, store: Any) -> None:
    assert run("diff", store("old", small(old)), store("new", small(new))).exit_code == code


def test_a_violation_that_nobody_looked_for_again_is_not_fixed() -> None:
    old = small("violates", "violates", findings=[violated("a"), violated("b", 1)])
    new = small("unproven")
    difference = compare(old, new)  # type: ignore[arg-type]
    assert difference.fixed == []
    assert [one["id"][0] for one in difference.unseen] == ["a", "b"]
    assert difference.gone == ["auth_gateway GET /v1/thing1"]
    assert [(one.old, one.new) for one in difference.better] == [("violates", "unproven")]


def test_waiving_is_neither_worse_nor_fixed_and_an_expired_waiver_is_worse(store: Any) -> None:
    waiver = {"id": "W-1", "reason": "known", "expires": "2026-12-31"}
    live = small("violates", findings=[violated("a")])
    waived = small("waived", findings=[violated("a", waiver=waiver)])
    difference = compare(live, waived)  # type: ignore[arg-type]
    assert (difference.fixed, difference.unseen, difference.regressed) == ([], [], False)
    assert [one.told(difference.first) for one in difference.now_waived] == ["GET /v1/thing0: violates -> waived"]
    assert run("diff", store("waived", waived), store("live", live)).exit_code == 1


def test_a_warning_that_became_a_violation_is_new() -> None:
    old = small("conforms", findings=[violated("a", severity="warning")])
    new = small("violates", findings=[violated("a")])
    assert [one["id"][0] for one in compare(old, new).new_violations] == ["a"]  # type: ignore[arg-type]


def test_operations_that_came_and_went_are_told_and_harm_nobody(store: Any) -> None:
    new = small("conforms")
    new["operations"] = [operation("GET /v1/other", "unproven", service="registry")]
    done = run("diff", store("old", small("conforms")), store("new", new))
    assert done.exit_code == 0
    assert "new operations (1)\n  registry GET /v1/other\n" in done.output
    assert "operations that are gone (1)\n  auth_gateway GET /v1/thing0\n" in done.output


def test_runs_that_asked_for_different_things_say_so(store: Any) -> None:
    old = store("old", small("conforms"), selection=["AUTH"], writes=True)
    done = run("diff", old, store("new", small("conforms"), shard="1/4", writes=False, profile="nightly"))
    assert [line for line in done.output.splitlines() if line.startswith("the runs differ")] == [
        "the runs differ: profile gate -> nightly",
        "the runs differ: selection AUTH -> everything",
        "the runs differ: shard everything -> 1/4",
        "the runs differ: writes allowed yes -> no",
    ]


def test_the_difference_as_json(store: Any) -> None:
    new = small("violates", "conforms", findings=[violated("a")])
    done = run("diff", store("old", small("conforms", "unproven")), store("new", new), "--format", "json")
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert found["regressed"] is True
    assert found["share"] == [0.5, 1.0]
    assert found["better"] == [{"service": "auth_gateway", "key": "GET /v1/thing1", "old": "unproven",
                                "new": "conforms"}]  # fmt: skip
    assert found["new_violations"][0]["id"] == "a" * 12


# -- merge -----------------------------------------------------------------------------------------------------------


def test_merge_writes_one_result_and_exits_like_one_run(store: Any, tmp_path: Path) -> None:
    one = store("a", small("conforms", "unproven"), id="r-1", shard="1/2")
    rest = small("unproven", "unproven")
    rest["operations"][0]["reasons"] = ["no test sent a request to it"]  # which the other shard refutes
    two = store("b", rest, id="r-2", shard="2/2")
    done = run("merge", one, two, "--json", tmp_path / "m.json", "--html", tmp_path / "m.html")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("CONFORM 1/2 paths 1/2 operations · VIOLATE 0 · UNPROVEN 1 · WAIVED 0 · RULES")
    merged = read(tmp_path / "m.json")
    assert [one["verdict"] for one in merged["operations"]] == ["conforms", "unproven"]
    assert (tmp_path / "m.html").read_text().count('class="row ') == 2
    assert run("merge", one, two, "--min-proven", "0.51").exit_code == 2
    assert run("merge", one, two, "--min-proven", "0.5").exit_code == 0
    assert run("merge", one).exit_code == 3
    assert run("merge", one, two, "--min-proven", "51").exit_code == 2


def test_merge_fails_where_a_shard_does(store: Any) -> None:
    one = store("a", small("violates", findings=[violated("a")]), id="r-1", shard="1/2")
    assert run("merge", one, store("b", small("conforms"), id="r-2", shard="2/2")).exit_code == 1


def test_merge_speaks_to_a_github_job(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    done = run("merge", store("a", small("violates", findings=[violated("a")])))
    assert "\n::error title=AUTH-07 GET /v1/thing0::" in done.output
    assert (tmp_path / "summary.md").read_text().startswith("## 1 operation violates the contract\n")
