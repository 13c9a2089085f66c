"""What is proven: an operation by its own checks, a rule by being judged everywhere, and nothing by silence."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from apis import API, Settings
from click.testing import CliRunner
from verify_command import Run

from specdouble.cli.main import cli
from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.api.chosen import chosen_ops
from specdouble.verify.problems import TargetError
from specdouble.verify.reports.stored.definitions import REFUSED, UNTOUCHED
from specdouble.verify.responses.record import Record
from specdouble.verify.results.proof import ENDED, OWN
from specdouble.verify.results.result import Result
from specdouble.verify.running.gather import FILE, gather
from specdouble.verify.settings.options import MIN_PROVEN

OP, BESIDE = "POST /v1/keys", "GET /v1/keys"


def record(rule: str, *ops: str, judged: bool = False, reason: str = "", idle: bool = False) -> dict[str, Any]:
    """Return the record of a test that judged, could not be made, did not apply, or said nothing."""
    made = Record(rules=(rule,), ops=ops)
    for op in ops:
        made.statuses[op]["201"] += 1
        if judged:
            made.checked(op, rule, "SCHEMA-01")
        if reason:
            made.skip(op, reason, rule)
        if idle:
            made.idle.append({"rule": rule, "op": op, "reason": "no field has a bound"})
    return made.data()


def started(tmp_path: Path, *only: str, **more: Any) -> Result:
    settings = Settings(target="http://127.0.0.1:9", only=only, journal=str(tmp_path), **more)
    return Result(settings, chosen_ops(settings))


def of(tmp_path: Path, *records: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = started(tmp_path, OP, **more)
    for one in records:
        made.add(one)
    return made.data()


REACHED = record("REACH-01", OP, judged=True)


def verdict(result: dict[str, Any]) -> tuple[str, list[str]]:
    (one,) = result["operations"]
    return one["verdict"], one["reasons"]


def rule(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in result["proof"] if one["rule"] == name)


def test_a_rule_over_several_operations_leaves_none_of_them_unproven(tmp_path: Path) -> None:
    result = of(tmp_path, REACHED, record("B03", OP, BESIDE, reason="no service token was given"))
    assert verdict(result) == ("conforms", [])
    assert rule(result, "B03")["verdict"] == "unproven"
    assert rule(result, "B03")["reasons"] == [{"reason": "no service token was given", "operations": [OP]}]
    assert result["summary"]["rules"] == {"conforms": 2, "violates": 0, "unproven": 1, "waived": 0, "total": 3}


@pytest.mark.parametrize("own", sorted(OWN - {"REACH-01"}))
def test_a_check_of_its_own_does(own: str, tmp_path: Path) -> None:
    result = of(tmp_path, REACHED, record(own, OP, reason="no admin was given"))
    assert verdict(result) == ("unproven", ["no admin was given"])


def test_a_check_of_its_own_that_judged_nothing_proves_nothing(tmp_path: Path) -> None:
    result = of(tmp_path, REACHED, record("BOUND-09", OP))
    assert verdict(result) == ("unproven", ["BOUND-09 found nothing to judge"])
    assert rule(result, "BOUND-09")["verdict"] == "unproven"


def test_what_does_not_apply_is_no_gap(tmp_path: Path) -> None:
    result = of(tmp_path, REACHED, record("BOUND-10", OP, idle=True))
    assert verdict(result) == ("conforms", [])
    assert "BOUND-10" not in {one["rule"] for one in result["proof"]}


def test_a_check_that_was_planned_and_not_begun_is_a_gap(tmp_path: Path) -> None:
    made = started(tmp_path, OP)
    made.add(REACHED)
    made.proof.planned.add(("AUTH-01", OP))
    assert verdict(made.data()) == ("unproven", [ENDED])


def test_the_first_record_of_a_process_says_what_was_planned(tmp_path: Path) -> None:
    told = {**REACHED, "planned": [("REACH-01", OP), ("AUTH-01", OP)]}
    assert verdict(of(tmp_path, told)) == ("unproven", [ENDED])


def test_a_run_of_two_processes_that_is_ended_proves_no_operation(tmp_path: Path, specdouble_server: Urls) -> None:
    words = [sys.executable, "-m", "specdouble", "verify", specdouble_server.auth_gateway, "-n", "2", "-q"]
    more = ["--registry", specdouble_server.registry, "--json", "r.json", "--journal", "runs", "--seed", "1"]
    run = subprocess.Popen([*words, *more], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not any(b'"event":"created"' in one.read_bytes() for one in (tmp_path / "runs").glob("*.gw0.jsonl")):
        assert time.monotonic() < until, run.poll()
        time.sleep(0.2)
    time.sleep(2)
    run.terminate()
    assert run.wait(120) == 130
    result = json.loads((tmp_path / "r.json").read_bytes())
    assert result["summary"]["operations"]["conforms"] < 20
    assert ENDED in {reason for one in result["operations"] for reason in one["reasons"]}


def test_refusals_alone_and_silence_prove_nothing(tmp_path: Path) -> None:
    assert verdict(of(tmp_path)) == ("unproven", [UNTOUCHED])
    refused = Record(rules=("AUTH-01",), ops=(OP,))
    refused.statuses[OP]["401"] += 30
    refused.checked(OP, "AUTH-01")
    assert verdict(of(tmp_path, refused.data())) == ("unproven", [REFUSED])


def test_a_rule_judged_in_passing_lacks_what_the_tests_of_its_family_lack(tmp_path: Path) -> None:
    passing = Record(rules=("AUTH-01",), ops=(OP,))
    passing.checked(OP, "AUTH-01", "AUTH-08")
    missing = record("AUTH-01", OP, reason="no user was given")
    result = of(tmp_path, REACHED, passing.data(), missing)
    assert rule(result, "AUTH-08")["reasons"] == [{"reason": "no user was given", "operations": [OP]}]


def test_where_a_rule_is_asked_for_every_gap_counts(tmp_path: Path) -> None:
    made = started(tmp_path, "B03")
    made.add(record("B03", OP, reason="no service token was given"))
    assert verdict(made.data()) == ("unproven", ["no service token was given"])


def test_own_rules_exist() -> None:
    assert API.rules.keys() >= OWN


@pytest.mark.parametrize(
    ("records", "least", "code"),
    [((), 0.0, 2), ((REACHED,), 0.0, 0), ((REACHED,), 1.0, 0), ((record("REACH-01", OP, reason="x"),), 0.0, 2)],
)
def test_nothing_proven_is_never_green(
    records: tuple[dict[str, Any], ...], least: float, code: int, tmp_path: Path
) -> None:
    assert of(tmp_path, *records, min_proven=least)["summary"]["exit_code"] == code


def test_four_of_five_operations_are_asked_for_by_default(tmp_path: Path) -> None:
    assert Settings().min_proven == MIN_PROVEN == 0.8
    made = started(tmp_path, "/v1/keys", "POST /v1/auth/login")
    for op in (OP, BESIDE):
        made.add(record("REACH-01", op, judged=True))
    found = made.data()["summary"]
    assert found["operations"]["total"] == 4
    assert (found["proven"], found["exit_code"]) == (0.5, 2)


# -- by the command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("only", ["billing", "GET /v1/billing/balance", "B03"])
def test_a_selection_that_proves_nothing_ends_with_2(only: str, run: Run, specdouble_server: Urls) -> None:
    code, out, _err = run(
        specdouble_server.auth_gateway, "--control", "off", "--safety", "--rate", "1000", "--only", only
    )
    assert code == 2, out
    assert "· UNPROVEN 0 ·" not in out


def test_explain_says_when_an_operation_conforms() -> None:
    out = CliRunner().invoke(cli, ["verify", "--explain", "AUTH-01"]).output
    assert "An operation conforms when" in " ".join(out.split())
    assert "it decides about each operation" in " ".join(out.split())


# -- a credential that is named and empty ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["service-token", "registry-key", "admin", "user", "stripe-secret"])
@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_a_credential_that_is_named_and_empty_is_no_absence(name: str, value: str, tmp_path: Path) -> None:
    variable = f"SPECDOUBLE_{name.upper().replace('-', '_')}"
    with pytest.raises(TargetError, match=rf"{variable}\) is named and empty"):
        gather({}, {variable: value}, tmp_path)
    with pytest.raises(TargetError, match=rf"\(--{name}\) is named and empty"):
        gather({name: value}, {}, tmp_path)
    (tmp_path / FILE).write_text(f"[verify]\n{name} = {value!r}\n".replace("'", '"'))
    with pytest.raises(TargetError, match=rf"\({FILE}\) is named and empty"):
        gather({}, {}, tmp_path)


@pytest.mark.parametrize("words", ["a@example.com:", ":s3cret"])
def test_half_of_a_person_is_none(words: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="one of the two is empty"):
        gather({"user": words}, {}, tmp_path)


def test_an_unset_secret_ends_a_run_with_3(run: Run, specdouble_server: Urls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECDOUBLE_SERVICE_TOKEN", "")
    code, out, err = run(specdouble_server.auth_gateway, "--only", "GET /healthz")
    assert (code, out) == (3, "")
    assert "SPECDOUBLE_SERVICE_TOKEN) is named and empty: is a secret unset?" in err
