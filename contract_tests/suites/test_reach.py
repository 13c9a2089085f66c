"""Reach: a valid request with a good credential is taken by every operation, however its caller may sign in."""

from __future__ import annotations

import pytest

from contract_tests.contract import Op, contract
from contract_tests.judge import Judge
from contract_tests.rules import law
from contract_tests.stage import Stage

OPS = contract().ops


@law("REACH-01")
@pytest.mark.parametrize("op", OPS, ids=str)
def test_a_valid_request_is_taken(op: Op, stage: Stage, judge: Judge) -> None:
    """A valid request is taken."""
    reply = stage.play(stage.ready(op))
    judge.ok(reply, about="recipe")
    judge.that(
        reply.status == op.spec.success.status,
        f"the success is {reply.status}, not {op.spec.success.status}",
        reply,
        expected=op.spec.success.status,
        rule="SCHEMA-01",
    )
