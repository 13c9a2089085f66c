"""What a setting names: files and databases by their usual forms, and nothing of a password where it cannot be read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from specdouble.cli.main import cli
from specdouble.errors import SpecdoubleError
from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.backends.opening import open_postgresql, path_of
from specdouble.mock.backends.shared.address import address_of
from specdouble.mock.backends.shared.postgresql import PostgresqlBackend
from specdouble.mock.testing import open_mock
from tests.backends.replicas import BOOK, ran
from tests.backends.test_surviving import LIBRARY
from tests.postgres import Postgres

SECRET = "sEcr"  # how each password below begins
HIDDEN = [
    "postgresql://u:sEcr/et@127.0.0.1:1/db",
    "postgresql://u:sEcr#e/t@127.0.0.1:1/db",
    "postgresql://u:sEcr%zzet@127.0.0.1:1/db",
    "postgresql://u:sEcr et@127.0.0.1:1/db",
    "postgresql://u:x@sEcret@127.0.0.1:1/db",
    "postgresql://u:sEcr@[::1/db",
    "postgresql://u:sEcret@127.0.0.1:abc/db",
    "postgresql://u:sEcret/db",
    "postgresql://127.0.0.1:1/db?password=a&sEcret",
    "postgresql://127.0.0.1:1/db?password=a&sEcret=b",
    "postgresql://127.0.0.1:1/db?password=sEcret&nothing=1",
    "postgresql://u:sEcret@127.0.0.1:1/db?nothing=1",
    "postgresql:u:sEcret",
    "postgres:password=sEcret host=h",
    "POSTGRESQL://u:sEcret@h/db",
    "postgresql+psycopg://u:sEcret@h/db",
    "sqlite3://u:sEcret@h/db",
    "mysql://u:sEcret@h/db",
    "host=h password=sEcret",
]


@pytest.mark.parametrize("setting", HIDDEN)
def test_no_message_shows_a_password(setting: str) -> None:
    with pytest.raises(StateFileError) as found, open_mock(LIBRARY, state=setting):
        pass
    for said in (found.value, ran("info", setting).exception, served("--reload", "--state", setting)):
        assert isinstance(said, SpecdoubleError)
        assert said.exit_code == 2
        assert SECRET not in str(said)
        assert "et@" not in str(said)


def test_a_url_that_cannot_be_read_says_how_to_write_one() -> None:
    with pytest.raises(StateFileError) as found:
        open_postgresql("postgresql://u:sEcr/et@127.0.0.1:1/db")
    assert str(found.value).startswith("postgresql://…: it is no URL of a database")
    assert "/ as %2F" in str(found.value)


def test_what_libpq_says_is_told_without_the_password() -> None:
    address = address_of("postgresql://u:s%40Ecret@h/db?sslpassword=other", {})
    assert address.told("s%40Ecret or s@Ecret or other") == "… or … or …"
    assert address.where == "postgresql://h/db"


@pytest.mark.parametrize(("url", "given"), [
    ("postgresql://", {}),
    ("postgresql:///mock", {"dbname": "mock"}),
    ("postgresql:///mock?host=/tmp&port=5433", {"dbname": "mock", "host": "/tmp", "port": "5433"}),
    ("postgresql://?host=h", {"host": "h"}),
    ("postgres://ada@/mock", {"user": "ada", "dbname": "mock"}),
    ("postgresql://a:1,[::1]:2/mock", {"host": "a,::1", "port": "1,2", "dbname": "mock"}),
    ("postgresql://u:a%2Fb%40c@h/mock", {"user": "u", "password": "a/b@c", "host": "h", "dbname": "mock"}),
    ("postgresql://u:a#b?c@h/mock", {"user": "u", "password": "a#b?c", "host": "h", "dbname": "mock"}),
    ("postgresql://h/m?options=-c%20a%3D5%2B5", {"host": "h", "dbname": "m", "options": "-c a=5+5"}),
    ("postgresql://h/m?schema=team&application_name=my+mock", {"host": "h", "dbname": "m",
                                                               "application_name": "my+mock"}),
])  # fmt: skip
def test_a_url_means_what_it_means_to_libpq(url: str, given: dict[str, str]) -> None:
    address = address_of(url, {"application_name": "specdouble", "connect_timeout": "3"})
    more = {"application_name": "specdouble", "connect_timeout": "3"}
    assert psycopg.conninfo.conninfo_to_dict(address.url) == {**more, **given}
    PostgresqlBackend(url)


def test_parameters_with_blanks_reach_the_database(database: str) -> None:
    url = f"{database}?options=-c%20statement_timeout%3D5s&application_name=my%20mock"
    backend = PostgresqlBackend(url)
    backend.connect()
    found = backend._open().execute("SELECT current_setting('statement_timeout'), current_setting('application_name')")
    assert found.fetchone() == ("5s", "my mock")
    backend.close()


@pytest.mark.parametrize("path", [":memory:", "file:state.db", "file:state.db?mode=memory", "FILE:x", " ", "a\0b"])
def test_what_sqlite_reads_as_something_else_is_refused(tmp_path: Path, path: str,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StateFileError, match=r"\. Write "):
        path_of(f"sqlite:{path}")
    for given in (path, f"sqlite:{path}"):
        assert isinstance(ran("info", given).exception, StateFileError)
        assert isinstance(ran("import", given, "none.jsonl").exception, StateFileError)
    assert list(tmp_path.iterdir()) == []


def test_a_relative_path_is_a_file_of_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o022)
    try:
        for name in ("state.db", "./file:state.db", "a b?c=1%20#.db"):
            with open_mock(LIBRARY, state=f"sqlite:{name}") as mock:
                mock.client().post("/books", json=BOOK)
                assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
                total = mock.client().get("/books").json()["total"]
            with open_mock(LIBRARY, state=f"sqlite:{name}") as mock:
                assert mock.client().get("/books").json()["total"] == total
        assert {one.name for one in tmp_path.iterdir()} == {"state.db", "file:state.db", "a b?c=1%20#.db"}
        (tmp_path / "state.db").chmod(0o644)
        with open_mock(LIBRARY, state="sqlite:state.db"):
            assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
    finally:
        os.umask(before)


def test_a_home_that_nobody_knows() -> None:
    for said in (served("--state", "sqlite:~nobody-here/a.db"), ran("info", "~nobody-here/a.db").exception):
        assert isinstance(said, StateFileError)
        assert "home folder" in str(said)


def test_an_empty_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECDOUBLE_STATE", "")
    assert str(served("--port", "0")) == "SPECDOUBLE_STATE: it is empty. Give it a value, or unset it."


def test_who_may_use_a_schema_needs_no_right_to_make_one(postgres: Postgres, database: str) -> None:
    url = f"{database}?schema=team"
    with psycopg.connect(database, autocommit=True) as direct:
        for name in ("owner", "reader", "stranger"):
            direct.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'pass-word'").format(sql.Identifier(name)))
        try:
            direct.execute("CREATE SCHEMA team AUTHORIZATION owner")
            owner, reader, stranger = (as_role(url, name) for name in ("owner", "reader", "stranger"))
            with open_mock(LIBRARY, state=owner) as mock:
                mock.client().post("/books", json=BOOK)
            with open_mock(LIBRARY, state=owner):
                pass
            direct.execute("GRANT USAGE ON SCHEMA team TO reader")
            direct.execute("GRANT SELECT ON ALL TABLES IN SCHEMA team TO reader")
            assert "library" in ran("info", reader).output
            assert "permission denied" in str(ran("vacuum", reader).exception)
            for one in ("info", "vacuum"):
                assert "there is no state, or this user may not see it" in str(ran(one, stranger).exception)
        finally:
            direct.execute("DROP SCHEMA team CASCADE")
            direct.execute("DROP ROLE owner, reader, stranger")


def as_role(url: str, name: str) -> str:
    return f"postgresql://{name}:pass-word@{url.partition('@')[2]}"


def served(*words: str) -> BaseException | None:
    return CliRunner().invoke(cli, ["serve", LIBRARY, *words]).exception
