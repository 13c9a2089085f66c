"""The commands of docs/deploy.md that back up and restore, with PostgreSQL's own programs."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import httpx

from tests.deploy.test_page import SHELL
from tests.deploy.wiring import Replica, state_of
from tests.ports import free_ports
from tests.postgres import Postgres, binaries

NOTES = Path(__file__).parent / "notes.yaml"
EXEC = ["docker", "compose", "exec", "-T", "postgres"]


def commands(database: str, folder: Path) -> list[str]:
    """Return the page's commands as they are inside of the container, on this database."""
    inside = [line for line in SHELL if shlex.split(line)[: len(EXEC)] == EXEC]
    asked = state_of(database)["SPECDOUBLE_STATE"]
    said = [line.partition(" #")[0].removeprefix(shlex.join(EXEC) + " ") for line in inside]
    names = ("--username=specdouble specdouble", "mock.sql")
    assert all(name in line for name in names for line in said)
    return [line.replace(names[0], shlex.quote(asked)).replace(names[1], str(folder / names[1])) for line in said]


def run(command: str, database: str) -> None:
    variables = {**os.environ, "PATH": f"{binaries()}{os.pathsep}{os.environ['PATH']}", **state_of(database)}
    done = subprocess.run(["sh", "-ec", command], env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_backup_is_all_of_the_mock(postgres: Postgres, database: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with postgres.database() as other:
        old, new = (
            Replica("127.0.0.1", port, [str(NOTES)], state_of(one), tmp_path / f"{number}.log")
            for number, one in enumerate((database, other))
        )
        try:
            old.start()
            made = httpx.post(f"{old.url}/notes", json={"text": "kept"}).json()
            run(commands(database, tmp_path)[0], database)
            old.term()
            old.ended()
            run(commands(other, tmp_path)[1], other)
            new.start()
            assert httpx.get(f"{new.url}/notes/{made['id']}").json() == made
            assert httpx.post(f"{new.url}/notes", json={"text": "next"}).json()["id"] > made["id"]
        finally:
            old.stop()
            new.stop()
