"""A server without its database says so, loses nothing and recovers; a state moves from one place to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.backends.shared import postgresql
from specdouble.mock.testing import open_mock
from tests.backends.replicas import BOOK, Replicas, ran, until
from tests.backends.test_surviving import LIBRARY, everything
from tests.postgres import Postgres


def test_who_loses_the_database_says_so_and_recovers(library: Replicas, postgres: Postgres) -> None:
    ports = [library.http(0), library.http(1)]
    book = ports[0].post("/books", json=BOOK).json()["book"]
    postgres.kill()
    try:
        for one in ports:
            for asked, said in (
                (lambda one=one: one.post("/books", json=BOOK), "It could not be kept, and will not be: "),
                (lambda one=one: one.get("/books"), "The state cannot be read now: "),
                (lambda one=one: one.post("/__mock__/reset"), "It could not be kept, and will not be: "),
                (lambda one=one: one.get("/__mock__/worlds"), "The state cannot be read now: "),
            ):
                refused = asked()
                assert refused.status_code == 503
                assert refused.headers["retry-after"] == "1"
                assert refused.json()["detail"].startswith(said)
                assert "the database is out of reach" in refused.text
            assert one.get("/__mock__/health/ready").status_code == 503
            assert one.get("/__mock__/health/live").status_code == 200
    finally:
        postgres.start()
    for one in ports:
        until(lambda one=one: one.get("/books").status_code == 200)
        assert one.get(f"/books/{book['id']}").json()["book"] == book
        assert one.get("/__mock__/health/ready").status_code == 200
        refused = one.get("/__mock__/requests", params={"status": "503"}).json()["requests"]
        assert {(entry["method"], entry["path"]) for entry in refused} == {("POST", "/books"), ("GET", "/books")}
    assert ports[0].post("/books", json=BOOK).status_code == 201
    library.same()


def test_a_write_that_is_lost_on_its_way_is_as_if_it_had_not_been(
    library: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (one.client() for one in library.mocks)
    before = library.same()
    inner = postgresql.PostgresqlBackend.commit

    def cut(backend: postgresql.PostgresqlBackend, number: int, changes: Any) -> None:
        backend.close()
        inner(backend, number, changes)

    monkeypatch.setattr(postgresql.PostgresqlBackend, "commit", cut)
    refused = first.post("/books", json=BOOK)
    assert refused.status_code == 503
    assert refused.json()["detail"].startswith("It could not be kept, but may yet be: ")
    monkeypatch.setattr(postgresql.PostgresqlBackend, "commit", inner)
    until(lambda: first.get("/books").status_code == 200)
    assert library.same() == before
    assert second.post("/books", json=BOOK).status_code == 201
    library.same()


def test_who_was_away_for_longer_than_the_log_reads_everything(library: Replicas, database: str) -> None:
    first, second = library.mocks
    with first.client() as client:
        for _ in range(3):
            client.post("/books", json=BOOK)
    with psycopg.connect(database) as direct:
        direct.execute("DELETE FROM specdouble_log WHERE number < (SELECT max(number) FROM specdouble_log)")
    client = second.client()
    until(lambda: client.get("/books").status_code == 200)
    assert client.get("/books").json()["total"] == 6
    library.same()


def test_what_cannot_be_a_database_is_one_sentence(database: str) -> None:
    with (
        pytest.raises(StateFileError, match=r"out of reach \(.*\)\.") as refused,
        open_mock(LIBRARY, state="postgresql://ada:secret@127.0.0.1:1/none"),
    ):
        pass
    assert "secret" not in str(refused.value)
    with (
        pytest.raises(StateFileError, match="cannot be the name of a schema"),
        open_mock(LIBRARY, state=f"{database}?schema=Not-One"),
    ):
        pass
    with open_mock(LIBRARY, state=database):
        pass
    with (
        pytest.raises(StateFileError, match="it is the state of library, and imperal is served"),
        open_mock("imperal", state=database),
    ):
        pass
    with open_mock("imperal", state=f"{database}?schema=another"):
        pass
    with psycopg.connect(database) as direct:
        direct.execute("UPDATE specdouble_format SET format = 99")
    with pytest.raises(StateFileError, match="it has format 99"), open_mock(LIBRARY, state=database):
        pass


def test_an_uploaded_file_is_kept(database: str, tmp_path: Path) -> None:
    document = tmp_path / "files.yaml"
    document.write_text("""
openapi: 3.1.0
info: {title: Files, version: "1"}
paths:
  /files/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    put:
      requestBody: {required: true, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {"204": {description: Kept}}
    get:
      responses:
        "200": {description: It, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
""")
    content = bytes(range(256))
    for state in (database, f"sqlite:{tmp_path / 'state.db'}"):
        with open_mock(document, state=state) as mock:
            kind = {"content-type": "application/octet-stream"}
            assert mock.client().put("/files/a", content=content, headers=kind).status_code == 204
        with open_mock(document, state=state) as mock:
            assert mock.client().get("/files/a").content == content


def test_a_state_moves_from_a_file_to_a_database_and_back(database: str, tmp_path: Path) -> None:
    file, lines = tmp_path / "state.db", tmp_path / "all.jsonl"
    with open_mock(LIBRARY, state=f"sqlite:{file}") as mock:
        mock.client().post("/books", json=BOOK)
        mock.platform.worlds.fork(name="mine")
        kept = everything(mock)
    assert ran("export", str(file), str(lines)).exit_code == 0
    assert ran("import", database, str(lines)).exit_code == 0
    with open_mock(LIBRARY, state=database) as mock:
        assert everything(mock) == kept
        more = tmp_path / "more.jsonl"
        assert ran("export", database, str(more)).exit_code == 0  # while a server has it
    said = ran("info", database)
    assert said.exit_code == 0
    assert "library" in said.output
    assert "mine" in said.output
    assert urlsplit(database).password not in said.output
    assert " now" in ran("vacuum", f"{database}").output
    assert isinstance(ran("import", database, str(lines)).exception, StateFileError)  # there is one already
    assert ran("import", f"sqlite:{tmp_path / 'back.db'}", str(more)).exit_code == 0
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'back.db'}") as mock:
        assert everything(mock) == kept
