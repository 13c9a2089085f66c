"""Moments and server-sent events: what the layers below server and verifier read and write."""

from __future__ import annotations

import os
import sys
from datetime import UTC
from pathlib import Path

import pytest

from specdouble import sse
from specdouble.digits import whole
from specdouble.files import private_file, write_private
from specdouble.moments import parse_moment, parse_stamp


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1970-01-01T00:00:01Z", 1.0), ("1970-01-01T01:00:00.5+01:00", 0.5), ("1970-01-01T00:00:00-00:30", 1800.0)],
)
def test_a_moment_is_read(text: str, seconds: float) -> None:
    assert parse_stamp(text) == seconds
    assert parse_moment(text).timestamp() == seconds


def test_an_offset_may_be_assumed() -> None:
    assert parse_moment("1970-01-01T00:00:01", UTC).timestamp() == 1.0
    assert parse_moment("1970-01-02", UTC).timestamp() == 86_400.0
    assert parse_moment("1970-01-01T01:00:00+01:00", UTC).timestamp() == 0.0


@pytest.mark.parametrize("text", ["", "now", "1970-01-01T00:00:01", "1970-01-01", "12:00Z"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_stamp(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), (str(2**63 - 1), 2**63 - 1), (str(2**63), None), ("9" * 5000, None), ("²", None),
     ("٣", None), ("", None), ("-1", None), ("+1", None), ("1.0", None), (" 1", None)],
)  # fmt: skip
def test_a_whole_number_is_read(text: str, number: int | None) -> None:
    assert whole(text) == number


def read(*chunks: bytes) -> tuple[list[sse.Event], sse.Parser]:
    parser = sse.Parser()
    return list(parser.feed(sse.lines(chunks))), parser


@pytest.mark.parametrize(
    ("written", "event"),
    [
        (sse.write(b"x"), sse.Event("", "", "x")),
        (sse.write(b'{"a": 1}', event_id=7, name="made"), sse.Event("7", "made", '{"a": 1}')),
        (sse.write(b"one\ntwo", event_id="a-0"), sse.Event("a-0", "", "one\ntwo", 2)),
        (sse.write("ü\u2028x".encode()), sse.Event("", "", "ü\u2028x")),
    ],
)
def test_what_was_written_is_read(written: bytes, event: sse.Event) -> None:
    assert read(written)[0] == [event]
    assert read(*(written[at : at + 1] for at in range(len(written))))[0] == [event]


def test_an_id_stays_until_the_next_one_and_a_name_does_not() -> None:
    events, _ = read(b"id: 1\nevent: a\ndata: x\n\n", b"data: y\n\n", b"event: lost\n\ndata: z\n\n")
    assert [(one.id, one.name, one.data) for one in events] == [("1", "a", "x"), ("1", "", "y"), ("1", "", "z")]


def test_comments_retries_and_unknown_words_are_gathered() -> None:
    events, parser = read(sse.comment("connected", retry=3000), b"color: red\r\ndata:x\r\n\r\n")
    assert [one.data for one in events] == ["x"]
    assert (parser.comments, parser.retry, parser.unknown) == (["connected"], 3000, ["color: red"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_private_files_and_the_folders_made_for_them_are_their_owners_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        open_to_all = tmp_path / "old.json"
        open_to_all.write_text("old, and longer")
        write_private(open_to_all, "new")
        write_private(tmp_path / "made" / "for it" / "report.html", b"<p>")
        with private_file(tmp_path / "made" / "journal", append=True) as file:
            file.write(b"a line\n")
        with private_file(tmp_path / "made" / "journal", append=True) as file:
            file.write(b"another\n")
    finally:
        os.umask(mask)
    assert open_to_all.read_text() == "new"
    assert (tmp_path / "made" / "journal").read_bytes() == b"a line\nanother\n"
    made = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert made == {
        "old.json": 0o600, "made": 0o700, "made/for it": 0o700, "made/for it/report.html": 0o600, "made/journal": 0o600,
    }  # fmt: skip


def test_what_stands_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_private(tmp_path / "file" / "report.html", "")
