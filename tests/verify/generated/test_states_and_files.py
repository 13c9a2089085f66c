"""Moves that a text draws, and what is said of a file: pure judgements."""

from __future__ import annotations

import hashlib

import pytest

from specdouble.verify.suites.model.states.test_moves import Drawn
from specdouble.verify.suites.model.writes.test_files import _claims

STATES = ["open", "running", "done"]


@pytest.mark.parametrize(
    ("text", "state", "value", "wrong"),
    [
        ("open → running → done. Other moves are refused (409).", "open", "done", "skips a state"),
        ("open → running → done. Other moves are refused (409).", "done", "open", "skips a state"),
        ("open → running → done, and one step back. Other moves are refused.", "done", "running", ""),
        ("open -> running -> done. Other moves are refused.", "running", "running", "leads nowhere"),
        ("open -> running -> done; 409 for a skip", "running", "running", ""),
        ("open -> running -> done", "open", "done", ""),  # nothing says what happens to others
        ("one -> two. Other moves are refused.", "open", "done", ""),  # states of something else
        ("Moves a task. Invalid moves are refused.", "open", "done", ""),
    ],
)
def test_a_move_that_is_not_drawn_is_excluded(text: str, state: str, value: str, wrong: str) -> None:
    """Only what the text draws, and says of others, counts."""
    assert Drawn(text, STATES).excludes(state, value) == wrong


def test_a_text_says_with_which_status_a_move_is_refused() -> None:
    """Where it draws moves; a status of something else is none."""
    assert Drawn("open → done. Other moves are refused (409).", STATES).status == 409
    assert Drawn("open → done. Unknown tasks are a 404.", STATES).status == 0
    assert Drawn("Moves are refused with 409.", STATES).status == 0


def test_digests_and_sizes_of_a_file_are_held_against_its_bytes() -> None:
    """By the name of the member and the length of the digest; other members say nothing of the file."""
    data = b"specdouble"
    view = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "checksum": f"md5:{hashlib.md5(b'other').hexdigest()}",
        "etag": "W/abc",
        "size": 10,
        "size_bytes": 11,
        "font_size": 3,
        "originalName": "other.txt",
        "id": "ab" * 32,
    }
    wrong = {name for name, expected, got in _claims(view, data, named=True) if expected != got}
    assert wrong == {"checksum", "size_bytes", "originalName"}
    assert {name for name, _, _ in _claims(view, data, named=True)} - wrong == {"sha256", "size"}
