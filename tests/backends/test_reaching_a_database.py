"""A database that does not answer, was emptied, or whose turn another server keeps: nobody waits without an end."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest

from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.backends.shared import beats, bounds, postgresql, turns
from specdouble.mock.testing import open_mock
from tests.backends.replicas import BOOK, Replicas, until
from tests.backends.replicas import turns as turns_of
from tests.backends.test_surviving import LIBRARY
from tests.postgres import Postgres

READY = "/__mock__/health/ready"
Backend = postgresql.PostgresqlBackend


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for longer than moments."""
    monkeypatch.setattr(Backend, "seconds", 0.7)
    monkeypatch.setattr(Backend, "most_seconds", 0.7)
    monkeypatch.setattr(bounds, "LOOK_SECONDS", 0.1)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_stands_still_is_out_of_reach(database: str, postgres: Postgres) -> None:
    library = Replicas(database, LIBRARY, count=3)
    asked, idle = library.http(0), library.http(1)
    try:
        book = asked.post("/books", json=BOOK).json()["book"]
        with postgres.paused():
            for refused in (asked.post("/books", json=BOOK), asked.get("/books"), asked.get(READY)):
                assert refused.status_code == 503
                assert refused.headers["retry-after"] == "1"
            until(lambda: idle.get(READY).status_code == 503)  # nobody asked it for anything
            ending = threading.Thread(target=library.mocks[2].platform.close)
            ending.start()
            ending.join(15)
            assert not ending.is_alive()
        for one in (asked, idle):
            until(lambda one=one: one.get(READY).status_code == 200)
            assert one.get(f"/books/{book['id']}").json()["book"] == book
        assert idle.post("/books", json=BOOK).status_code == 201
        del library.mocks[2]
        library.same()
    finally:
        library.close()


@pytest.mark.usefixtures("impatient")
def test_a_wait_for_an_answer_ends_and_says_why(database: str, postgres: Postgres) -> None:
    backend = Backend(database)
    backend.connect()
    try:
        with postgres.paused(), pytest.raises(StateFileError, match=r"out of reach \(it does not answer\)"):
            backend.news(0)
        backend.connect()
        assert backend.news(0).changes == []
    finally:
        backend.close()


@pytest.mark.parametrize(
    "emptied",
    ["DROP SCHEMA team CASCADE", "TRUNCATE team.specdouble_documents, team.specdouble_log"],
)
def test_an_emptied_state_begins_anew(database: str, emptied: str, caplog: pytest.LogCaptureFixture) -> None:
    library = Replicas(f"{database}?schema=team", LIBRARY)
    try:
        first, second = library.http(0), library.http(1)
        began, total = library.same(), first.get("/books").json()["total"]
        first.post("/books", json=BOOK)
        assert first.post("/__mock__/worlds", json={"name": "mine"}).status_code == 200
        with psycopg.connect(database, autocommit=True) as direct:
            direct.execute(emptied.encode())
        until(lambda: "its worlds begin anew" in caplog.text)
        for one in (first, second):
            until(lambda one=one: one.get("/books").status_code == 200)
            assert one.get(READY).status_code == 200
        assert library.same().keys() == began.keys()  # the world that was forked is gone everywhere
        assert second.get("/books").json()["total"] == total
        made = second.post("/books", json=BOOK)
        assert made.status_code == 201
        assert first.get(f"/books/{made.json()['book']['id']}").json() == made.json()
        library.mocks.append(library.another())
        library.same()
        assert caplog.text.count("its worlds begin anew") == 1
    finally:
        library.close()


def test_what_is_found_and_cannot_be_used_is_told_until_it_can(library: Replicas, database: str) -> None:
    client = library.http(0)
    about = 'UPDATE specdouble_documents SET text = replace(text, \'"api":"{}"\', \'"api":"{}"\') WHERE shelf = 0'
    gone = "DELETE FROM specdouble_log WHERE number < (SELECT max(number) FROM specdouble_log)"
    client.post("/books", json=BOOK)
    total = client.get("/books").json()["total"]
    with psycopg.connect(database, autocommit=True) as direct:
        direct.execute(about.format("library", "bakery").encode())
        direct.execute(gone.encode())
        direct.execute(b"UPDATE specdouble_log SET number = number + 5")
        until(lambda: "it is the state of bakery" in client.get("/books").text)
        refused = client.post("/books", json=BOOK)
        assert refused.status_code == 503
        assert "it is the state of bakery, and library is served" in refused.text
        assert client.get(READY).status_code == 503
        direct.execute(about.format("bakery", "library").encode())
    until(lambda: client.get(READY).status_code == 200)
    assert client.get("/books").json()["total"] == total


def test_who_keeps_the_turn_lets_others_read(library: Replicas, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = library.http(0)
    lock = turns_lock(library)
    total = client.get("/books").json()["total"]
    answers: list[int] = []
    writing = threading.Thread(target=lambda: answers.append(library.http(0).post("/books", json=BOOK).status_code))
    with psycopg.connect(database) as direct:
        direct.execute(lock)
        writing.start()
        for _ in range(5):
            assert client.get("/books").json()["total"] == total
        assert not answers
        direct.rollback()
    writing.join(20)
    assert answers == [201]
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.5)
    with psycopg.connect(database) as direct:
        direct.execute(lock)
        refused = client.post("/books", json=BOOK)
        assert refused.status_code == 503
        assert refused.json()["detail"].startswith("It could not be kept, and will not be: ")
        assert "another server has had the turn" in refused.text
        assert client.get(READY).status_code == 200
        assert client.get("/books").json()["total"] == total + 1
    assert client.post("/books", json=BOOK).status_code == 201
    library.same()


def turns_lock(library: Replicas) -> bytes:
    """The statement by which servers of these take the turn."""
    return str(turns_of(library.mocks[0])._backend._lock).encode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("between", "kept"), [(0.1, True), (60.0, False)])
def test_who_works_in_a_turn_keeps_it_and_who_is_paused_does_not(
    database: str, between: float, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_SESSION", postgresql._SESSION.replace("'8s'", "'800ms'"))
    monkeypatch.setattr(beats, "BEAT_SECONDS", between)
    backend = Backend(database)
    backend.connect()
    try:
        assert backend.begin(0, 1.0) is not None
        time.sleep(1.6)  # as seed data of many documents take
        if kept:
            backend.commit(1, [])
            assert backend.news(1).changes == []
        else:
            with pytest.raises(StateFileError, match="idle-in-transaction timeout"):
                backend.commit(1, [])
    finally:
        backend.close()


def test_a_seed_gives_the_same_ids_wherever_the_state_is(database: str, tmp_path: Path) -> None:
    document = tmp_path / "things.yaml"
    document.write_text("""
openapi: 3.1.0
info: {title: Things, version: "1"}
components:
  schemas:
    Thing:
      type: object
      required: [id, name]
      properties: {id: {type: string, format: uuid, readOnly: true}, name: {type: string}}
paths:
  /things:
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
      responses: {"201": {description: Made, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {"200": {description: It, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}}
  /events:
    get:
      responses:
        "200":
          description: What happens
          content: {text/event-stream: {schema: {type: object, properties: {event: {type: string}, thing: {$ref: "#/components/schemas/Thing"}}}}}
""")  # noqa: E501
    found = []
    for state in ("memory", f"sqlite:{tmp_path / 'state.db'}", database):
        with open_mock(document, state=state, seed=7) as mock:
            made = [mock.client().post("/things", json={"name": str(one)}) for one in range(4)]
            assert [one.status_code for one in made] == [201] * 4
            found.append([one.json()["id"] for one in made])
    assert found[1:] == found[:1] * 2
    assert len(set(found[0])) == 4


def test_a_turn_without_a_change_leaves_what_is_prepared(database: str) -> None:
    backend = Backend(database)
    backend.connect()
    try:
        for _ in range(8):  # the driver prepares by itself what it is asked often, and forgets all at a ROLLBACK
            backend.news(0)
        assert backend.begin(0, 1.0) is not None
        backend.release()
        assert backend.begin(0, 1.0) is not None
        backend.commit(1, [])
    finally:
        backend.close()
