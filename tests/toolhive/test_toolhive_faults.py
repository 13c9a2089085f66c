"""The planted faults: each stands at an operation that there is, and changes what a client sees or keeps."""

from __future__ import annotations

import pytest

from tests.toolhive.planting import faults, planted


@pytest.mark.parametrize("pack", ["toolhive", "alquimia"])
def test_every_fault_can_be_planted(pack: str) -> None:
    found = faults(pack)
    assert len(found) >= 30
    platform = planted(pack, "", 1)
    for one in found.values():
        op = platform.services[pack].operations[one.operation]
        before = op.handler, op.lenient, op.public
        one.plant(op)
        assert (op.handler, op.lenient, op.public) != before, one.id
        op.handler, op.lenient, op.public = before
