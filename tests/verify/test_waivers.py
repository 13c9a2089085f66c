"""Waivers: accepted with a reason and a last day; an expired one and one that matches nothing are told."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from apis import Settings

from specdouble.verify.problems import SettingsError
from specdouble.verify.responses.record import Record
from specdouble.verify.results.result import Result
from specdouble.verify.results.waivers import Waiver, notes, read
from specdouble.verify.running.selection import check_words

TODAY = datetime.date(2026, 6, 15)
DAY = datetime.timedelta(days=1)
OP, RULE = "POST /v1/keys", "SCHEMA-01"
FINDING = {"rule": RULE, "op": OP, "id": "0123456789ab"}


def waiver(rule: str = RULE, operation: str = "", expires: datetime.date = TODAY) -> Waiver:
    return Waiver(rule, operation, "known", expires)


@pytest.mark.parametrize(
    ("one", "covered"),
    [
        (waiver(), True),
        (waiver(operation=OP), True),
        (waiver("", OP), True),
        (waiver("0123456789ab"), True),
        (waiver(operation="GET /v1/keys"), False),
        (waiver(operation="registry POST /v1/keys"), False),
        (waiver("SCHEMA-02"), False),
        (waiver("SCHEMA"), False),
        (waiver(expires=TODAY + DAY), True),
        (waiver(expires=TODAY - DAY), False),
    ],
)
def test_what_a_waiver_covers(one: Waiver, covered: bool) -> None:
    assert one.covers(FINDING, TODAY) is covered


def test_the_reader_hears_of_expired_and_of_idle_waivers() -> None:
    told = notes([waiver(), waiver(expires=TODAY - DAY), waiver("SCHEMA-02")], [FINDING, FINDING], TODAY)
    assert told == [
        "The waiver of SCHEMA-01 (known) expired on 2026-06-14: 2 violations count again.",
        "The waiver of SCHEMA-02 (known) matches no violation: it can be removed.",
    ]


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


ENTRY = '[[waiver]]\nrule = "SCHEMA-01"\noperation = "POST /v1/keys"\nreason = "known"\n'


@pytest.mark.parametrize("day", ["2026-12-31", '"2026-12-31"', "2026-12-31T10:00:00Z"])
def test_a_file_is_read(day: str, tmp_path: Path) -> None:
    (one,) = read(write(tmp_path / "w.toml", f"{ENTRY}expires = {day}\n"))
    assert (one.name, one.reason, one.expires) == (f"{RULE} {OP}", "known", datetime.date(2026, 12, 31))


def test_no_file_is_no_waiver() -> None:
    assert read("") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY, "waiver 1: it has no day on which it ends"),
        (f'{ENTRY}expires = "some day"', "no day on which it ends"),
        ('[[waiver]]\nrule = "A01"\nexpires = 2026-12-31', "waiver 1: it has no reason"),
        ('[[waiver]]\nrule = "A01"\nreason = " "\nexpires = 2026-12-31', "it has no reason"),
        ('[[waiver]]\nreason = "x"\nexpires = 2026-12-31', "name a rule, an operation, or both"),
        (f"{ENTRY}expires = 2026-12-31\n[[waiver]]\n", "waiver 2: name a rule"),
        (f'{ENTRY}expires = 2026-12-31\nuntil = "x"', "it has 'until'; the words are"),
        ("waiver = 3", "write one table"),
        ('[[waiver]]\nrule = ["A01"]\nreason = "x"\nexpires = 2026-12-31', "rule is .'A01'.; write a text"),
        ('[[waiver]]\nrule = "A01"\nreason = 5\nexpires = 2026-12-31', "reason is 5; write a text"),
        ("[[waiver]", "w.toml"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        read(write(tmp_path / "w.toml", text))


@pytest.mark.parametrize(
    ("rule", "operation", "said"),
    [
        ("AUTH-77", "", "there is no rule 'AUTH-77'; the closest is 'AUTH-"),
        ("", "GET /v1/keyz", "there is no operation 'GET /v1/keyz'; the closest is 'GET /v1/keys'"),
        ("", "get /v1/keys", "there is no operation 'get /v1/keys'"),
    ],
)
def test_a_waiver_of_what_there_is_not_is_refused(rule: str, operation: str, said: str, tmp_path: Path) -> None:
    text = f'[[waiver]]\nrule = "{rule}"\noperation = "{operation}"\nreason = "x"\nexpires = 2999-12-31\n'
    with pytest.raises(SettingsError, match=said):
        check_words(Settings(waivers=str(write(tmp_path / "w.toml", text))))


def test_a_waiver_may_name_a_finding(tmp_path: Path) -> None:
    text = '[[waiver]]\nrule = "0123456789ab"\nreason = "x"\nexpires = 2999-12-31\n'
    check_words(Settings(waivers=str(write(tmp_path / "w.toml", text))))


def test_a_file_that_is_not_there_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--waivers .*none\.toml: No such file"):
        Result(Settings(waivers=str(tmp_path / "none.toml")))


def result(tmp_path: Path, expires: str) -> dict[str, object]:
    waivers = write(tmp_path / "w.toml", f"{ENTRY}expires = {expires}\n")
    made = Result(Settings(target="http://127.0.0.1:9", only=(RULE,), journal=str(tmp_path), waivers=waivers))
    record = Record()
    record.statuses[OP]["201"] += 1
    record.add(RULE, OP, "wrong")
    made.add(record.data())
    return made.data()


def verdict(of: dict[str, object]) -> str:
    operations = of["operations"]
    assert isinstance(operations, list)
    return next(str(one["verdict"]) for one in operations if one["key"] == OP)


def test_a_waived_violation_is_no_violation(tmp_path: Path) -> None:
    found = result(tmp_path, "2999-12-31")
    assert verdict(found) == "waived"
    assert found["summary"]["exit_code"] == 0  # type: ignore[index]
    assert found["findings"][0]["waiver"] == {  # type: ignore[index]
        "id": f"{RULE} {OP}", "reason": "known", "expires": "2999-12-31",
    }  # fmt: skip
    assert found["notes"] == []


def test_an_expired_waiver_is_no_waiver_and_says_so(tmp_path: Path) -> None:
    found = result(tmp_path, "2020-12-31")
    assert verdict(found) == "violates"
    assert found["summary"]["exit_code"] == 1  # type: ignore[index]
    assert found["notes"] == [f"The waiver of {RULE} {OP} (known) expired on 2020-12-31: a violation counts again."]
