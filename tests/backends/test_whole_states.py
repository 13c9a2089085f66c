"""A state, or an export of one, of which something is missing is refused; looking at a state changes nothing of it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from specdouble.mock.backends import sqlite as backend
from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.testing import open_mock
from tests.backends.replicas import BOOK, ran, until
from tests.backends.test_surviving import LIBRARY

LOSSES = [
    "collection = ''",
    "collection = '' AND shelf > 0",
    "shelf = 0",
    "shelf = 1",
    "shelf = 2",
    "shelf = 3",
    "shelf > 0",
]


def made(state: str) -> None:
    with open_mock(LIBRARY, state=state) as mock:
        mock.client().post("/books", json=BOOK)
        assert mock.platform.state is not None
        with mock.platform.state.commits.turn():
            mock.platform.worlds.fork(name="mine")
            mock.platform.worlds.drop(mock.platform.worlds.make("gone").name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made(f"sqlite:{tmp_path / 'state.db'}")
    return tmp_path / "state.db"


@pytest.fixture
def lines(file: Path, tmp_path: Path) -> list[str]:
    assert ran("export", str(file), str(tmp_path / "all.jsonl")).exit_code == 0
    return (tmp_path / "all.jsonl").read_text().splitlines(keepends=True)


@pytest.mark.parametrize("lost", LOSSES)
def test_a_file_of_which_something_is_missing_is_damaged(file: Path, lost: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as direct:
        assert direct.execute(f"DELETE FROM documents WHERE {lost}").rowcount
        direct.commit()
    is_damaged(f"sqlite:{file}", tmp_path)


@pytest.mark.parametrize("lost", LOSSES)
def test_a_database_of_which_something_is_missing_is_damaged(database: str, lost: str, tmp_path: Path) -> None:
    made(database)
    with psycopg.connect(database) as direct:
        assert direct.execute(f"DELETE FROM specdouble_documents WHERE {lost}".encode()).rowcount
    is_damaged(database, tmp_path)


def is_damaged(state: str, folder: Path) -> None:
    with pytest.raises(StateFileError, match=r"it is damaged \(.* is missing\)"), open_mock(LIBRARY, state=state):
        pass
    for words in (("info", state), ("export", state, str(folder / "lost.jsonl"))):
        assert "it is damaged" in str(ran(*words).exception)
    assert not (folder / "lost.jsonl").exists()


def test_an_export_that_was_cut_is_refused_whole(lines: list[str], database: str, tmp_path: Path) -> None:
    part, state = tmp_path / "part.jsonl", tmp_path / "new.db"
    assert json.loads(lines[-1]) == {"documents": len(lines) - 2}
    for kept in (
        lines[:-1],
        [*lines[:-2], lines[-1]],
        lines[:5],
        lines[:1],
        [*lines, lines[-2]],
        [lines[0], lines[-1]],
    ):
        part.write_text("".join(kept))
        for one in (str(state), f"{database}?schema=new"):
            assert isinstance(ran("import", one, str(part)).exception, StateFileError)
    assert not state.exists()
    assert schemas(database) == []


@pytest.mark.parametrize(("change", "said"), [
    ({"shelf": True}, "its shelf"),
    ({"shelf": -1}, "its shelf"),
    ({"shelf": 2**31}, "its shelf"),
    ({"place": True}, "its place"),
    ({"place": "1"}, "its place"),
    ({"place": 2**63}, "its place"),
    ({"collection": 1}, "its collection"),
    ({"collection": "a\0"}, "its collection"),
    ({"collection": "\ud800"}, "its collection"),
    ({"key": "{"}, "its key"),
    ({"key": 1}, "its key"),
    ({"document": None}, "it has no document"),
    ({}, "was there before"),
])  # fmt: skip
def test_a_document_that_no_state_can_hold(lines: list[str], database: str, tmp_path: Path, change: dict[str, Any],
                                           said: str) -> None:  # fmt: skip
    number = next(at for at, one in enumerate(lines) if '"collection":"book' in one)
    broken = [*lines[: number + 1], json.dumps({**json.loads(lines[number]), **change}) + "\n", *lines[number + 1 : -1]]
    part = tmp_path / "part.jsonl"
    part.write_text("".join([*broken, json.dumps({"documents": len(broken) - 1})]))
    for one in (str(tmp_path / "new.db"), f"{database}?schema=new"):
        refused = str(ran("import", one, str(part)).exception)
        assert f"part.jsonl:{number + 2}: " in refused
        assert said in refused
    assert not (tmp_path / "new.db").exists()
    assert schemas(database) == []


def test_a_state_that_is_not_there_is_not_made(database: str, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    target = tmp_path / "all.jsonl"
    for state in (database, f"{database}?schema=typo", str(tmp_path / "empty.db"), str(tmp_path / "typo.db")):
        for words in (("info", state), ("export", state, str(target)), ("vacuum", state)):
            refused = ran(*words).exception
            assert isinstance(refused, StateFileError)
            assert refused.exit_code == 2
            assert "there is no" in str(refused)
    assert schemas(database) == []
    with psycopg.connect(database) as direct:
        assert direct.execute("SELECT to_regclass('specdouble_format')").fetchone() == (None,)
    assert {one.name: one.stat().st_size for one in tmp_path.iterdir()} == {"empty.db": 0}


def schemas(database: str) -> list[str]:
    with psycopg.connect(database) as direct:
        found = direct.execute("SELECT nspname FROM pg_namespace WHERE nspname IN ('new', 'typo')").fetchall()
    return [name for (name,) in found]


def test_a_state_is_read_where_nobody_can_write(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(file)) as direct:  # what a server would sweep away
        direct.execute("INSERT INTO documents VALUES (1, 'book', '\"gone\"', 0, NULL)")
        direct.commit()
        direct.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes(), file.stat().st_mtime_ns
    monkeypatch.setattr(backend, "_can_write", lambda name: False)
    assert "library" in ran("info", str(file)).output
    assert ran("export", str(file), str(tmp_path / "all.jsonl")).exit_code == 0
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert {one.name for one in tmp_path.iterdir()} == {"state.db", "all.jsonl"}


def removed(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    removed(path)
    copy.rename(path)


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("do", [removed, replaced])
def test_a_file_that_is_removed_or_replaced_keeps_nothing(tmp_path: Path, do: Callable[[Path], None],
                                                         suffix: str) -> None:  # fmt: skip
    path = tmp_path / f"state.db{suffix}"
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as mock:
        client = mock.client()
        assert client.post("/books", json=BOOK).status_code == 201
        do(path)
        refused = client.post("/books", json=BOOK)
        assert refused.status_code == 503
        assert "it was removed or replaced" in refused.text
        assert client.get("/__mock__/health/ready").status_code == 503
        os.replace(tmp_path / "elsewhere", path)
        until(lambda: client.get("/__mock__/health/ready").status_code == 200)
        assert client.post("/books", json=BOOK).status_code == 201
        do(path)
        until(lambda: client.get("/__mock__/health/ready").status_code == 503)  # also when nobody writes
        os.replace(tmp_path / "elsewhere", path)
        until(lambda: client.get("/__mock__/health/ready").status_code == 200)
        total = client.get("/books").json()["total"]
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as mock:
        assert mock.client().get("/books").json()["total"] == total
