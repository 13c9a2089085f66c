"""What `diff` says about pairs of small documents, in both directions of data, in every version."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.diff import diff
from tests.openapi import diff_cases
from tests.openapi.diff_cases import BREAKING, COMPATIBLE, EQUAL
from tests.openapi.diffing import access, calls, exchanges, noise, parameters, relatives, schemas, versions

CASES = [
    case
    for part in (diff_cases, schemas, parameters, exchanges, access, calls, versions, noise, relatives)
    for case in part.CASES
]


@pytest.mark.parametrize(("expected", "old", "new"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_verdict(expected: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    found = diff(old, new)

    verdict = BREAKING if any(change.breaking for change in found) else COMPATIBLE if found else EQUAL
    assert verdict == expected, [str(change) for change in found]


@pytest.mark.parametrize(("old", "new"), [case[2:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_document_equals_itself(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Also where only an extension differs, so that the documents are not skipped as the same."""
    assert diff(old, {**old, "x-other": 1}) == []
    assert diff(new, {**new, "x-other": 1}) == []
