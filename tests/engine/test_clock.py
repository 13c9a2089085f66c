"""Time and ids: stamps, date math, durations, moving, and repeatable ids."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdouble.mock.state.clock import Clock, Ids, parse_duration
from specdouble.moments import parse_stamp

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


@pytest.mark.rule("E10")
def test_stamps_are_utc_with_z_and_never_repeat_or_run_backwards() -> None:
    clock = Clock()
    stamps = [clock.stamp() for _ in range(2000)]
    assert all(STAMP.fullmatch(one) for one in stamps)
    times = [parse_stamp(one) for one in stamps]
    assert times == sorted(times)
    assert len(set(stamps)) == len(stamps)


def test_a_stamp_of_a_whole_second_has_no_fraction() -> None:
    assert Clock().stamp(1782036000) == "2026-06-21T10:00:00Z"
    assert Clock().stamp(1782036000.25) == "2026-06-21T10:00:00.250000Z"


@given(st.integers(0, 4_000_000_000))
def test_a_stamp_reads_back_as_its_time(seconds: int) -> None:
    text = Clock().stamp(seconds)
    assert parse_stamp(text) == seconds
    assert text == datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_moving_the_clock_moves_now_and_stamps() -> None:
    clock = Clock()
    before = clock.now()
    clock.move(3600)
    assert 3600 <= clock.now() - before < 3605
    assert 3595 < parse_stamp(clock.stamp()) - before < 3605


@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan"), float("inf"), 1e15])
def test_time_neither_runs_backwards_nor_past_what_a_stamp_can_say(seconds: float) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="time"):
        clock.move(seconds)
    assert clock.offset == 0.0
    assert STAMP.fullmatch(clock.stamp())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", 0),
        ("now-3d", -259200),
        ("now+2h", 7200),
        ("now-3d12h", -302400),
        ("now-1w-1h", -608400),
        ("now-1M", -2592000),
    ],
)
def test_date_math_counts_from_now(text: str, seconds: int) -> None:
    clock = Clock()
    stamp = clock.relative(text)
    assert stamp is not None
    assert abs(parse_stamp(stamp) - clock.now() - seconds) <= 2


@pytest.mark.parametrize("text", ["", "yesterday", "now-", "now-3", "now 3d", "nowadays", "now-3d tomorrow"])
def test_other_text_is_no_date_math(text: str) -> None:
    assert Clock().relative(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("90s", 90), ("2h30m", 9000), ("3d", 259200), ("1w", 604800), ("1y", 31536000)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "2h30", "h", "1e3", "3 d"])
def test_other_text_is_no_duration_and_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="2h30m"):
        parse_duration(text)


def test_a_seed_repeats_ids_and_two_seeds_differ() -> None:
    def made(seed: int | None) -> list[str]:
        ids = Ids(seed)
        return [ids.new("key_", 12), ids.new("", 32), ids.pick("AB12", 8)]

    assert made(7) == made(7)
    assert made(7) != made(8)
    assert made(None) != made(None)


def test_ids_have_their_prefix_and_length() -> None:
    ids = Ids(1)
    assert re.fullmatch(r"key_[A-Za-z0-9]{12}", ids.new("key_", 12))
    assert set(ids.pick("AB", 200)) == {"A", "B"}
    assert len({ids.new("x", 12) for _ in range(5000)}) == 5000
