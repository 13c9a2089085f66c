"""A state in a SQLite file (WAL), which one server has open at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import orjson

from specdouble.files import OWN_FILE, private_file
from specdouble.mock.backends.changes import FORMAT, Change, Clear, Copy, End, Put, Row, StateFileError

APPLICATION = 0x53504442  # "SPDB", in the header of a file of ours
_HEADER = b"SQLite format 3\x00"
_SWEEP = 10_000  # removed documents after which their places are freed
_AT_ONCE = 2_000  # documents in one statement
_TABLE = """
CREATE TABLE documents (
    shelf INTEGER NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL, place INTEGER NOT NULL, text TEXT,
    PRIMARY KEY (shelf, collection, key)
) WITHOUT ROWID;
CREATE INDEX removed ON documents (shelf) WHERE text IS NULL;
"""
# One statement a group: Python's lock is let go and taken again once, not once for each document. One that is removed
# stays as a row without a text for a while, so that the same statement does for it.
_PUT = """
INSERT INTO documents
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]'), json_extract(value, '$[4]')
FROM json_each(?) WHERE true
ON CONFLICT (shelf, collection, key) DO UPDATE SET place = excluded.place, text = excluded.text
"""
_ROWS = """
SELECT shelf, collection, key, place, text FROM documents WHERE text IS NOT NULL ORDER BY shelf, collection, place
"""


class SqliteBackend:
    """Keeps documents in a file that it has for itself as long as it is open."""

    def __init__(self, path: Path, *, make: bool = True, reads: bool = False) -> None:
        """Open a file, or make it unless `make` says no; who only `reads` may do so where nobody can write.

        Raises:
            StateFileError: it cannot be made or read, it is damaged, another server has it open, or it is no state of
                this version.

        """
        self.path = path
        # SQLite reads a relative path that begins with `file:`, and `:memory:`, as something else.
        self._name = os.path.abspath(path)
        self._removed = 0
        self._known: dict[str, tuple[int, int]] = {}
        self._frozen = reads and os.path.isfile(path) and not _can_write(self._name)
        self._touch(make)
        try:
            self._open(make)
        except sqlite3.Error as error:
            with suppress(AttributeError):
                self._file.close()
            raise self._told(error) from None
        except StateFileError:
            self._file.close()
            raise

    def rows(self) -> Iterator[Row]:
        """Return all documents by shelf, collection and place."""
        try:
            for row in self._file.execute(_ROWS):
                yield Row(*row)
        except sqlite3.Error as error:
            raise self._told(error) from None

    def check(self) -> None:
        """See that the file is still the one that was opened.

        Raises:
            StateFileError: it was removed or replaced, so that nothing written to it would be found again.

        """
        for name, known in self._known.items():
            if _identity(name) != known:
                raise StateFileError("it was removed or replaced while a server has it open, and can keep nothing more",
                                     where=name, next_step="Put it back, or stop the server")  # fmt: skip

    def write(self, changes: Sequence[Change]) -> None:
        """Make changes durable, in that order, all of them or none."""
        self.check()
        try:
            only = changes[0] if len(changes) == 1 else None
            if isinstance(only, Put) and len(only.rows) <= _AT_ONCE:
                self._apply(only)
            else:
                with _transaction(self._file):
                    for change in changes:
                        self._apply(change)
            if self._removed > _SWEEP:
                self._file.execute("DELETE FROM documents WHERE text IS NULL")
                self._removed = 0
        except sqlite3.Error as error:
            raise self._told(error) from None

    def vacuum(self) -> None:
        """Give back what the file no longer needs."""
        try:
            self._file.execute("DELETE FROM documents WHERE text IS NULL")
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._file.execute("VACUUM")
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise self._told(error) from None

    def close(self) -> None:
        """Put everything into the one file, and let go of it."""
        with suppress(sqlite3.Error):  # what is in the log beside it is durable as well
            if not self._frozen:
                self._file.execute("DELETE FROM documents WHERE text IS NULL")
                self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._file.close()

    # -- inside ------------------------------------------------------------------------------------------------

    def _touch(self, make: bool) -> None:
        """See that there is a file which may be ours; a new one is its owner's alone."""
        try:
            if not self.path.exists():
                if not make:
                    raise StateFileError("there is no such file", where=str(self.path),
                                         next_step="specdouble serve --state sqlite:PATH makes one")  # fmt: skip
                private_file(self.path, append=True).close()
                return
            with self.path.open("rb" if self._frozen else "r+b") as file:
                start = file.read(len(_HEADER))
        except OSError as error:
            raise StateFileError(
                f"it cannot be opened for writing ({error.strerror or error})", where=str(self.path),
                next_step="Name a file in a folder that you may write to",
            ) from None  # fmt: skip
        if start and start != _HEADER:
            raise self._foreign()

    def _open(self, make: bool) -> None:
        name = self._name
        if self._frozen:  # without a log beside it nobody has it open, and SQLite could make none
            whole = "" if os.path.exists(_log_of(name)) else "&immutable=1"
            name = f"file://{quote(name)}?mode=ro{whole}"
        # The same thread uses it at any time, but not always the one that opened it.
        self._file = sqlite3.connect(
            name, timeout=0, isolation_level=None, check_same_thread=False, uri=self._frozen
        )  # fmt: skip
        self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
        application = self._file.execute("PRAGMA application_id").fetchone()[0]
        tables = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != APPLICATION and (application or tables):
            raise self._foreign()
        found = self._file.execute("PRAGMA user_version").fetchone()[0]
        if not (tables or make):
            raise StateFileError("there is no state in it", where=str(self.path),
                                 next_step="specdouble serve --state sqlite:PATH makes one")  # fmt: skip
        if tables and found != FORMAT:
            raise StateFileError(
                f"it has format {found}, and this version of specdouble reads {FORMAT}", where=str(self.path),
                next_step="Open it with the version that wrote it, or begin with a new file",
            )  # fmt: skip
        if not self._frozen:
            for one in (name, _log_of(name)):  # before there is more beside it, which has the mode of the file
                with suppress(OSError):
                    os.chmod(one, OWN_FILE)
            self._file.execute("PRAGMA journal_mode = WAL").fetchall()
            self._file.execute("PRAGMA synchronous = FULL")
        if tables:
            damage = self._file.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise sqlite3.DatabaseError(damage)
            if not self._frozen:
                self._file.execute("BEGIN EXCLUSIVE").execute("COMMIT")
        else:
            with _transaction(self._file):
                for one in _TABLE.split(";\n")[:-1]:
                    self._file.execute(one)
                self._file.execute(f"PRAGMA application_id = {APPLICATION}")
                self._file.execute(f"PRAGMA user_version = {FORMAT}")
        self._known = {one: known for one in (name, _log_of(name)) if (known := _identity(one)) is not None}

    def _apply(self, change: Change) -> None:
        if isinstance(change, Put):
            self._removed += sum(row.text is None for row in change.rows)
            for start in range(0, len(change.rows), _AT_ONCE):
                rows = change.rows[start : start + _AT_ONCE]
                self._file.execute(_PUT, (orjson.dumps(rows, default=tuple).decode(),))
        elif isinstance(change, Clear):
            marks = ",".join("?" * len(change.keeps))
            self._file.execute(
                f"DELETE FROM documents WHERE shelf = ? AND collection NOT IN ({marks})",  # noqa: S608 - marks alone
                (change.shelf, *change.keeps),
            )
        elif isinstance(change, End):
            self._file.execute("DELETE FROM documents WHERE shelf = ?", (change.shelf,))
        elif isinstance(change, Copy):
            marks = ",".join("?" * len(change.without))
            self._file.execute(
                "INSERT INTO documents SELECT ?, collection, key, place, text FROM documents "  # noqa: S608
                f"WHERE shelf = ? AND text IS NOT NULL AND collection NOT IN ({marks}) "
                "ON CONFLICT (shelf, collection, key) DO UPDATE SET place = excluded.place, text = excluded.text",
                (change.target, change.source, *change.without),
            )

    def _foreign(self) -> StateFileError:
        step = "Name another file: this one stays as it is"
        return StateFileError("it is no state of specdouble", where=str(self.path), next_step=step)

    def _told(self, error: sqlite3.Error) -> StateFileError:
        """Say what is wrong with the file."""
        said, where = " ".join(str(error).split()), str(self.path)
        if "locked" in said or "busy" in said:
            step = "Stop that one, or name another file; replicas cannot share one"
            return StateFileError("another server has it open", where=where, next_step=step)
        if "full" in said:
            return StateFileError("it cannot be written: the disk is full", where=where, next_step="Make room on it")
        if "readonly" in said or "unable to open" in said:
            return StateFileError(
                f"it cannot be written ({said})", where=where, next_step="Name a file in a folder that you may write to"
            )
        if isinstance(error, sqlite3.OperationalError):
            return StateFileError(f"it cannot be used ({said})", where=where)
        return StateFileError(
            f"it is damaged ({said})", where=where, next_step="Put a copy in its place, or begin with a new file"
        )


class _transaction:  # noqa: N801 - a context manager, as a function would be
    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    def __enter__(self) -> None:
        self._file.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            try:
                self._file.execute("COMMIT")
            except sqlite3.Error:
                with suppress(sqlite3.Error):
                    self._file.execute("ROLLBACK")
                raise
        else:
            with suppress(sqlite3.Error):
                self._file.execute("ROLLBACK")


def size_of(path: Path) -> int:
    """Return how many bytes a state takes, with the log beside it."""
    beside = [path, Path(_log_of(str(path)))]
    return sum(one.stat().st_size for one in beside if one.exists())


def _log_of(name: str) -> str:
    """Return the write-ahead log, which lies beside the file that a link leads to."""
    return f"{os.path.realpath(name)}-wal"


def _identity(name: str) -> tuple[int, int] | None:
    """Return which file has a name now, None for none that can be seen."""
    try:
        found = os.stat(name)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _can_write(name: str) -> bool:
    return os.access(name, os.W_OK) and os.access(os.path.dirname(os.path.realpath(name)), os.W_OK)
