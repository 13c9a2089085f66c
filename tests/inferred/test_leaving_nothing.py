"""What a request needed is let go of at once, and not when Python next looks for cycles: bodies may be large."""

from __future__ import annotations

import gc
from pathlib import Path

from specdouble.mock.pipeline.call import Call
from specdouble.mock.testing import open_mock

SHOP = Path(__file__).parent / "documents" / "shop.yaml"


def test_a_request_leaves_no_cycle_behind() -> None:
    with open_mock(SHOP) as mock:
        client = mock.client()
        client.headers["authorization"] = "Bearer anything"
        client.get("/customers")
        gc.collect()
        before = calls()
        gc.disable()
        try:
            for _ in range(5):
                assert client.get("/customers").status_code == 200
                assert client.get("/customers/nobody").status_code == 404
            assert calls() < before + 5  # of ten; other threads of a run may have some of their own
        finally:
            gc.enable()


def calls() -> int:
    return sum(isinstance(one, Call) for one in gc.get_objects())
