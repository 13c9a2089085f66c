"""What is no state that can be opened is refused in one sentence, and stays as it is."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specdouble.cli.main import cli
from specdouble.errors import SpecdoubleError
from specdouble.mock.backends import sqlite as backend
from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.backends.opening import path_of
from specdouble.mock.testing import open_mock
from tests.backends.test_surviving import LIBRARY


def opened(path: Path, api: str = LIBRARY) -> None:
    with open_mock(api, state=f"sqlite:{path}"):
        pass


def refused(path: Path, api: str = LIBRARY) -> str:
    """Return why a file is not opened, which must change nothing of it."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StateFileError) as found:
        opened(path, api)
    assert (path.read_bytes() if path.is_file() else None) == before
    said = str(found.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said


def test_a_state_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "state.db"
    with open_mock(LIBRARY, state=f"sqlite:{path}") as mock:
        mock.client().post("/books", json={"title": "Emma", "author": "Jane Austen"})
        for one in path.parent.iterdir():
            assert stat.S_IMODE(one.stat().st_mode) == 0o600, one
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["state.db"]


@pytest.mark.parametrize(("setting", "said"), [
    ("sqlit:x", "it names no state. Did you mean sqlite?"),
    ("sqlite:", "it names no file."),
    ("memori", "it names no state. Did you mean memory?"),
    ("", "it names no state."),
])  # fmt: skip
def test_a_setting_that_names_no_state(setting: str, said: str) -> None:
    with pytest.raises(StateFileError) as found:
        path_of(setting)
    assert (
        str(found.value) == f"--state {setting}: {said} Write memory, sqlite:PATH, or postgresql://USER@HOST/DATABASE."
    )


def test_a_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk.")
    assert "it is no state of specdouble" in refused(path)
    with closing(sqlite3.connect(tmp_path / "other.db")) as file:
        file.execute("CREATE TABLE customers (name TEXT)")
    assert "it is no state of specdouble" in refused(tmp_path / "other.db")


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    assert "it cannot be opened for writing (Is a directory)" in refused(tmp_path)
    (tmp_path / "file").write_text("")
    assert "it cannot be opened for writing" in refused(tmp_path / "file" / "state.db")
    if os.name == "posix" and os.geteuid():  # root may write anywhere
        (tmp_path / "closed").mkdir(0o500)
        assert "it cannot be opened for writing (Permission denied)" in refused(tmp_path / "closed" / "state.db")


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    opened(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "it is damaged" in refused(path)
    path.write_bytes(whole[:8192] + b"\x7f" * 4096 + whole[12288:])
    assert "it is damaged" in refused(path)
    path.write_bytes(whole)
    opened(path)


def test_a_document_that_is_no_json_any_more(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    opened(path)
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE documents SET text = '{' WHERE collection = 'counters'")
        file.commit()
    with pytest.raises(StateFileError, match="it is damaged"):
        opened(path)


def test_another_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    monkeypatch.setattr(backend, "FORMAT", 2)
    opened(path)
    monkeypatch.undo()
    assert "it has format 2, and this version of specdouble reads 1" in refused(path)


def test_another_api_and_other_collections(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    opened(path)
    with pytest.raises(StateFileError, match="it is the state of library, and toolhive is served"):
        opened(path, "toolhive")
    more = tmp_path / "library.yaml"
    more.write_text(Path(LIBRARY).read_text().replace("/books", "/volumes"))
    with pytest.raises(StateFileError, match="another version of library: other collections are book, volume"):
        opened(path, str(more))
    opened(path)


def test_a_file_that_another_server_has_open(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with open_mock(LIBRARY, state=f"sqlite:{path}") as mock:
        with pytest.raises(StateFileError, match="another server has it open"):
            opened(path)
        assert mock.client().post("/books", json={"title": "Emma", "author": "Jane Austen"}).status_code == 201
    opened(path)


def test_a_file_of_which_nothing_came_to_be_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()
    opened(path)
    backend.SqliteBackend(tmp_path / "tables.db").close()
    opened(tmp_path / "tables.db")


def test_serving_ends_with_one_sentence_and_code_2(tmp_path: Path) -> None:
    done = served("--port", "0", "--state", f"sqlite:{tmp_path}")
    assert isinstance(done.exception, SpecdoubleError)
    assert done.exception.exit_code == 2
    done = served("--reload", "--state", f"sqlite:{tmp_path / 'state.db'}")
    assert "--reload keeps the state itself" in str(done.exception)


def served(*words: str) -> Result:
    return CliRunner().invoke(cli, ["serve", LIBRARY, *words])
