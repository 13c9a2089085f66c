"""A response leaves once what it rests on is durable; several share a commit; what fails is not taken for done."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from specdouble.mock.backends.changes import Change, Clear, Put, Row, StateFileError
from specdouble.mock.backends.sqlite import SqliteBackend
from specdouble.mock.backends.writer import Writer, merged
from specdouble.mock.testing import Mock, open_mock
from tests.backends.test_surviving import LIBRARY, everything
from tests.engine.leaving import left

BOOK = {"title": "Emma", "author": "Jane Austen"}


class Gate:
    """Holds up every write of SQLite until it is opened, or lets it fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.open.set()
        self.fails = False
        self.entered = threading.Semaphore(0)
        self.groups: list[Sequence[Change]] = []
        inner = SqliteBackend.write

        def write(backend: SqliteBackend, changes: Sequence[Change]) -> None:
            self.entered.release()
            assert self.open.wait(20)
            if self.fails:
                raise StateFileError("the disk is full", where="state.db")
            inner(backend, changes)
            self.groups.append(changes)

        monkeypatch.setattr(SqliteBackend, "write", write)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Let writes wait for as long as the block runs."""
        self.open.clear()
        while self.entered.acquire(blocking=False):
            pass
        try:
            yield
        finally:
            self.open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


@pytest.fixture
def mock(tmp_path: Path, gate: Gate) -> Iterator[Mock]:
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as mock:
        yield mock
        gate.open.set()


@pytest.mark.parametrize("port", [True, False])
def test_writes_wait_and_share_a_commit_and_reads_do_not(mock: Mock, gate: Gate, port: bool) -> None:
    with httpx.Client(base_url=mock.url, timeout=20) if port else mock.client() as client, ThreadPoolExecutor(9) as at:
        with gate.closed():
            first = at.submit(client.post, "/books", json=BOOK)
            assert gate.entered.acquire(timeout=20)
            others = [at.submit(client.post, "/books", json=BOOK) for _ in range(7)]
            while client.get("/books").json()["total"] < 11:  # with those that are seeded: reads see all at once
                pass
            assert not wait([first, *others], 0.05).done
            before = len(gate.groups)
        assert {one.result().status_code for one in (first, *others)} == {201}
        assert len(gate.groups) == before + 2


@pytest.mark.parametrize("port", [True, False])
def test_what_cannot_be_kept_is_503_and_is_tried_again(tmp_path: Path, mock: Mock, gate: Gate, port: bool) -> None:
    client = httpx.Client(base_url=mock.url, timeout=20) if port else mock.client()
    with client:
        gate.fails = True
        found = client.post("/books", json=BOOK)
        assert found.status_code == 503
        assert found.headers["retry-after"] == "1"
        assert found.json()["detail"] == "It could not be kept, but may yet be: state.db: the disk is full."
        seen = client.get("/__mock__/requests").json()["requests"]
        assert [(one["method"], one["status"]) for one in seen] == [("POST", 503)], "what was sent, not what was meant"
        assert client.get("/books").status_code == 200
        moved = client.post("/__mock__/clock", json={"advance": "1h"})
        assert moved.status_code == 503
        gate.fails = False
        assert client.post("/books", json=BOOK).status_code == 201
        before = everything(mock)
    mock.platform.close()
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as again:
        assert everything(again) == before  # the refused write too: those after it may rest on it
    mock.platform.state = None


@pytest.mark.parametrize("port", [True, False])
def test_what_cannot_be_kept_is_let_go_of(mock: Mock, gate: Gate, port: bool) -> None:
    with httpx.Client(base_url=mock.url, timeout=20) if port else mock.client() as client:
        gate.fails = True
        assert client.post("/books", json=BOOK).status_code == 503
        assert left(lambda: client.post("/books", json=BOOK), "StateFileError") <= 0
        gate.fails = False


def test_who_is_refused_waits_for_what_the_refusal_rests_on(tmp_path: Path, gate: Gate) -> None:
    with open_mock("imperal", state=f"sqlite:{tmp_path / 'state.db'}") as mock, ThreadPoolExecutor(2) as at:
        client = mock.client()
        person = {"email": "new@example.com", "password": "s3cure!new"}
        with gate.closed():
            first = at.submit(client.post, "/v1/auth/signup", json=person)
            assert gate.entered.acquire(timeout=20)
            second = at.submit(client.post, "/v1/auth/signup", json=person)
            assert not wait([first, second], 0.2).done
        assert (first.result().status_code, second.result().status_code) == (201, 409)


def test_a_read_waits_for_nothing_that_another_thread_puts_meanwhile() -> None:
    backend = InMemory()
    writer = Writer(backend)
    with ThreadPoolExecutor(1) as at, backend.closed():
        read = at.submit(writer.perform, lambda: put_elsewhere(writer), writes=False)
        assert read.result(20) == writer.number == 1
        written = at.submit(writer.perform, lambda: writer.put([ONE]), writes=False)
        assert not wait([written], 0.1).done
    assert written.result(20) is None
    assert backend.written
    writer.close()


def test_an_error_that_nobody_foresaw_is_told_and_what_it_hit_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    backend = InMemory()
    writer = Writer(backend)
    backend.failure = ZeroDivisionError("one")
    for _ in range(2):
        with pytest.raises(StateFileError, match=r"the server failed \(ZeroDivisionError\('one'\)\)"):
            writer.perform(lambda: writer.put([ONE]), writes=True)
    assert "ZeroDivisionError" in writer.lost
    assert [one.exc_info is not None for one in caplog.records] == [True], "with a traceback, once"
    backend.failure = None
    writer.perform(lambda: writer.put([ONE]), writes=True)
    assert (writer.lost, backend.written) == ("", 1)
    writer.close()


def put_elsewhere(writer: Writer) -> int:
    """Put something in another thread; returns how many transactions there were by then."""
    with ThreadPoolExecutor(1) as at:
        at.submit(writer.put, [ONE]).result(20)
    return writer.number


ONE = Put([Row(1, "books", "1", 1, "{}")])


class InMemory:
    """A backend that writes nothing, waits while it is closed, and fails with what it is told to."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.written = 0
        self._open = threading.Event()
        self._open.set()

    @contextmanager
    def closed(self) -> Iterator[None]:
        self._open.clear()
        yield
        self._open.set()

    def rows(self) -> list[Row]:
        return []

    def check(self) -> None:
        pass

    def write(self, changes: Sequence[Change]) -> None:
        assert self._open.wait(20)
        if self.failure is not None:
            raise self.failure
        self.written += bool(changes)

    def close(self) -> None:
        pass


def test_closing_tells_what_could_not_be_kept() -> None:
    backend = InMemory()
    backend.failure = StateFileError("the disk is full")
    writer = Writer(backend)
    writer.put([ONE])
    with pytest.raises(StateFileError, match="the disk is full"):
        writer.close()


def test_a_group_holds_each_document_once_and_in_order() -> None:
    old, new = Row(1, "books", "1", 1, "{}"), Row(1, "books", "1", 1, None)
    other = Row(2, "books", "1", 1, "{}")
    assert merged([Put([old]), Put([other, new])]) == [Put([new, other])]
    assert merged([Put([old]), Clear(1), Put([new])]) == [Put([old]), Clear(1), Put([new])]


def test_many_documents_come_and_go_in_one_transaction(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    backend = SqliteBackend(path)
    backend.write([Put([Row(1, "books", str(one), one, "{}") for one in range(25_000)])])
    backend.write([Put([Row(1, "books", str(one), 0, None) for one in range(24_000)])])
    backend.close()
    backend = SqliteBackend(path)
    assert [row.place for row in backend.rows()] == list(range(24_000, 25_000))
    backend.close()


def test_a_group_that_cannot_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "state.db")
    kept = [Row(1, "books", "1", 1, "{}")]
    backend.write([Put(kept)])
    broken = Row(None, "books", "2", 2, "{}")  # type: ignore[arg-type]
    with pytest.raises(StateFileError):
        backend.write([Put([Row(1, "books", "3", 3, "{}")]), Clear(1), Put([broken])])
    assert list(backend.rows()) == kept
    backend.close()


def test_memory_has_no_keeper() -> None:
    with open_mock(LIBRARY) as mock:
        assert mock.platform.state is None
        assert mock.world.lasting is None
