"""What `lint` says about small documents: nothing about right ones, and the right thing about wrong ones."""

from __future__ import annotations

import pytest

from specdouble.openapi.lint.source import lint_text
from tests.openapi.linting.documents import RIGHT, WRONG


@pytest.mark.parametrize("name", RIGHT)
def test_right_documents_have_no_errors(name: str) -> None:
    found = lint_text(RIGHT[name].encode(), name).findings

    assert [str(one) for one in found if one.level == "error"] == []


@pytest.mark.parametrize("name", WRONG)
def test_wrong_documents_are_told_by_the_rule_for_it(name: str) -> None:
    rule, text = WRONG[name]

    assert rule in [one.rule for one in lint_text(text.encode(), name).findings]


def test_an_operation_that_is_a_reference_is_read_and_warned_about() -> None:
    found = lint_text(RIGHT["digitalocean"].encode(), "d").findings

    assert [one.rule for one in found if one.level == "warning"] == ["operation-reference"]
