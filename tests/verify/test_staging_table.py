"""The table of `docs/staging.md`: what each set of credentials proves, measured again."""

from __future__ import annotations

import json

import pytest

from tests.verify.running import told
from tests.verify.staging import ROWS, TABLE, measure, summary

KEPT = json.loads(TABLE.read_text())


def test_every_row_is_measured_and_proves_what_it_must_without_a_false_alarm() -> None:
    assert list(KEPT) == list(ROWS)
    for name, row in ROWS.items():
        assert KEPT[name]["operations"] >= row.least, name
        assert KEPT[name]["violations"] == 0
        assert row.leaves or not KEPT[name]["left_behind"]
        assert KEPT[name]["missing"], "nobody is told what would prove more"


@pytest.mark.parametrize("name", ["nobody", "users", "everything"])
def test_each_operation_that_a_row_proves_is_reached(name: str) -> None:
    result = measure(name, "--only", "REACH", workers=1)
    assert told(result) == []
    unproven = [f"{one['method']} {one['path']}: {one['reasons']}" for one in result["operations"] if one["reasons"]]
    assert result["summary"]["operations"]["conforms"] >= KEPT[name]["operations"], unproven
    assert ROWS[name].leaves or summary(result)["left_behind"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("name", ROWS)
def test_a_row_proves_what_the_table_says(name: str, seed: int) -> None:
    result = measure(name, "--seed", str(seed))
    assert told(result) == []
    found = summary(result)
    assert found["operations"] >= KEPT[name]["operations"]
    assert ROWS[name].leaves or found["left_behind"] == 0
    reasons = [one["reasons"] for one in result["operations"] if one["verdict"] == "unproven"]
    assert all(reasons), "an operation is unproven without a reason"
