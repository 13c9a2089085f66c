"""The calls of the script are made, and answered."""

from __future__ import annotations

from pathlib import Path

from tests.soak.waits.__main__ import measured
from tests.soak.waits.calls import CALLS


def test_every_call_is_answered(tmp_path: Path) -> None:
    told = {name: answer for name, *_, answer in measured("memory", 100, tmp_path, [])}
    assert list(told) == list(CALLS)
    refused = {name for name, answer in told.items() if not answer.startswith("2")}
    assert refused == {"pattern that backtracks", "fill the journal"}  # a text that does not fit; many calls
