"""What a request needed is let go of at once, and not when Python next looks for cycles: bodies may be large."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from specdouble.mock.pipeline.call import Call
from specdouble.mock.testing import open_mock

DOCUMENTS = Path(__file__).parent / "documents"


@pytest.mark.parametrize(
    ("document", "statuses"),
    [
        ("shop", {"/customers": 200, "/customers/nobody": 404}),
        ("kitchen", {"/pots": 200, "/pots?shelf=none": 404}),  # with effects: which are shown, and what of them
    ],
)
def test_a_request_leaves_no_cycle_behind(document: str, statuses: dict[str, int]) -> None:
    with open_mock(DOCUMENTS / f"{document}.yaml") as mock:
        client = mock.client()
        client.headers["authorization"] = "Bearer anything"
        for path in statuses:
            client.get(path)
        gc.collect()
        before = calls()
        gc.disable()
        try:
            for _ in range(5):
                for path, status in statuses.items():
                    assert client.get(path).status_code == status
            assert calls() < before + 5  # of ten; other threads of a run may have some of their own
        finally:
            gc.enable()


def calls() -> int:
    return sum(isinstance(one, Call) for one in gc.get_objects())
