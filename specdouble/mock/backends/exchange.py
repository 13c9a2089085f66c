"""What a state holds, told in a few lines, and all of it as lines of JSON."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble import __version__
from specdouble.files import private_file
from specdouble.mock.backends.changes import ABOUT, FORMAT, SERVER, Put, Row, StateFileError
from specdouble.mock.backends.finding import damaged, missing_of
from specdouble.mock.backends.opening import POSTGRESQL, file_of, open_postgresql
from specdouble.mock.backends.shelves import STREAMS, WHAT
from specdouble.mock.backends.sqlite import SqliteBackend, size_of
from specdouble.mock.backends.texts import text_of, value_of

if TYPE_CHECKING:
    from specdouble.mock.backends.shared.postgresql import PostgresqlBackend

END = "documents"  # of the last line of an export: how many there are
_FIELDS = ("shelf", "collection", "key", "place")
_WHOLE = "Import what specdouble state export wrote, whole"


@dataclass(frozen=True, slots=True)
class About:
    """What a state is: of which API, its size in bytes, and its worlds with how many documents each has."""

    api: str
    services: tuple[str, ...]
    began: int
    size: int
    worlds: dict[str, int]


def about(state: str) -> About:
    """Tell what a state is.

    Raises:
        StateFileError: it cannot be read.

    """
    counts: Counter[int] = Counter()
    whole = _Whole()
    with _open(state, reads=True) as backend:
        size = _size(backend)
        for row in backend.rows():
            whole.see(row, state)
            if row.collection != ABOUT:
                counts[row.shelf] += 1
    missing = missing_of(whole.said)
    if missing:
        raise damaged(f"{missing} is missing", state_name(state))
    server = whole.said.get(SERVER, {})
    names = {about["name"]: shelf for shelf, about in whole.said.items() if "name" in about}
    identity = server.get("identity", {})
    worlds = {name: counts[shelf] for name, shelf in names.items()}
    api, services = str(identity.get("api", "")), tuple(identity.get("services", ()))
    return About(api, services, int(server.get("starts", 0)), size, worlds)


def export(state: str, target: Path) -> int:
    """Write a state as lines of JSON into a new file of its owner; returns how many documents it has.

    The last line says how many there are, so that a file that was cut is known by its end.

    Raises:
        StateFileError: it cannot be read or is damaged, or the other is there already or cannot be written.

    """
    _refuse_existing(target)
    count, whole = 0, _Whole()
    with _open(state, reads=True) as backend:
        try:
            with private_file(target) as file:
                file.write(f"{text_of({'specdouble': __version__, 'format': FORMAT})}\n".encode())
                for row in backend.rows():
                    if row.shelf == SERVER and row.collection == STREAMS:
                        continue  # of the servers that have it now
                    whole.see(row, state)
                    line = {**dict(zip(_FIELDS, row[:4], strict=True)), "document": _read(row, state)}
                    file.write(f"{text_of(line)}\n".encode())
                    count += 1
                missing = missing_of(whole.said) if count else "everything"
                if missing:
                    raise damaged(f"{missing} is missing", state_name(state))
                file.write(f"{text_of({END: count})}\n".encode())
        except OSError as error:
            with suppress(OSError):
                target.unlink(missing_ok=True)
            raise StateFileError(f"it cannot be written ({error.strerror or error})", where=str(target)) from None
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return count


def import_(state: str, source: Path) -> int:
    """Make a new state of what `export` wrote, all of it or none; returns how many documents it has.

    Raises:
        StateFileError: there is a state already, or the other is no export.

    """
    if not is_database(state):
        _refuse_existing(file_of(state))
    rows = list(_rows(source))
    try:
        with _open(state, make=True) as backend:
            if any(True for _ in backend.rows()):
                raise StateFileError("there is a state already", where=state_name(state), next_step="Name a new schema")
            backend.write([Put(rows)])
    except BaseException:
        if not is_database(state):
            with suppress(OSError):
                file_of(state).unlink()
        raise
    return len(rows)


def vacuum(state: str) -> tuple[int, int]:
    """Give back what a state no longer needs; returns its size in bytes before and after.

    Raises:
        StateFileError: it cannot be read or written.

    """
    with _open(state) as backend:
        before = _size(backend)
        backend.vacuum()
        return before, _size(backend)


def is_database(state: str) -> bool:
    """Tell whether a state is one of PostgreSQL, by its URL; else it is a file, with or without `sqlite:`."""
    return state.startswith(POSTGRESQL)


def state_name(state: str) -> str:
    """Return what to call a state, without the password of its URL."""
    return open_postgresql(state).where if is_database(state) else str(file_of(state))


def _size(backend: SqliteBackend | PostgresqlBackend) -> int:
    return size_of(backend.path) if isinstance(backend, SqliteBackend) else backend.size()


class _Whole:
    """What each shelf of a state says that it is, None for one that says nothing; by which is known what is missing."""

    def __init__(self) -> None:
        self.said: dict[int, Any] = {}

    def see(self, row: Row, state: str) -> None:
        """Take up a document."""
        if row.collection == ABOUT and row.key == WHAT:
            self.said[row.shelf] = _read(row, state)
        else:
            self.said.setdefault(row.shelf, None)


def _rows(source: Path) -> Iterator[Row]:
    """Yield the documents of an export.

    Raises:
        StateFileError: it is none, or no whole one.

    """
    seen: set[tuple[int, str, str]] = set()
    said: dict[int, Any] = {}
    end: Any = None
    try:
        with source.open(encoding="utf-8") as file:
            head = _line(file.readline(), source, 1)
            if head.get("format") != FORMAT:
                what = f"it is no export of format {FORMAT}"
                raise StateFileError(what, where=str(source), next_step="specdouble state export writes one")
            for number, text in enumerate(file, 2):
                found = _line(text, source, number)
                if end is not None:
                    raise StateFileError(
                        "there is something behind its end", where=f"{source}:{number}", next_step=_WHOLE
                    )
                if END in found:
                    end = found[END]
                    continue
                row = _row(found, f"{source}:{number}")
                if row[:3] in seen:
                    raise StateFileError("this document was there before", where=f"{source}:{number}", next_step=_WHOLE)
                seen.add(row[:3])
                is_about = row.collection == ABOUT and row.key == WHAT
                said[row.shelf] = found["document"] if is_about else said.get(row.shelf)
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise StateFileError(f"it cannot be read ({error})", where=str(source)) from None
    if end is None:
        what = "it is not whole: its last line does not say how many documents it has"
        raise StateFileError(what, where=str(source), next_step="Export the state again")
    missing = f"one of {end} documents" if end != len(seen) else missing_of(said) if seen else "everything"
    if missing:
        raise StateFileError(f"it is not whole: {missing} is missing", where=str(source), next_step=_WHOLE)


def _row(found: dict[str, Any], where: str) -> Row:
    """Return the document of a line; raises `StateFileError` for what no state can hold."""
    shelf, collection, key, place = (found.get(name) for name in _FIELDS)
    wrong = ""
    if type(shelf) is not int or not 0 <= shelf < 2**31:  # as wide as a column of PostgreSQL
        wrong = "its shelf is no number of one"
    elif not isinstance(collection, str) or not _fits(collection):
        wrong = "its collection is no name of one"
    elif not isinstance(key, str) or not _fits(key) or (collection != ABOUT and not _is_json(key)):
        wrong = "its key is no JSON in a text"
    elif type(place) is not int or not -(2**63) <= place < 2**63:
        wrong = "its place is no number of one"
    elif "document" not in found or (collection != ABOUT and not isinstance(found["document"], dict)):
        wrong = "it has no document"
    if wrong:
        raise StateFileError(f"it is no document of a state: {wrong}", where=where, next_step=_WHOLE)
    return Row(shelf, collection, key, place, text_of(found["document"]))  # type: ignore[arg-type]


def _fits(text: str) -> bool:
    """Whether a column of any database can hold a text."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _is_json(text: str) -> bool:
    try:
        value_of(text)
    except (ValueError, RecursionError):
        return False
    return True


def _line(text: str, source: Path, number: int) -> dict[str, Any]:
    try:
        found = value_of(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise StateFileError("it is no JSON object", where=f"{source}:{number}",
                             next_step=_WHOLE)  # fmt: skip
    return found


def _read(row: Row, state: str) -> Any:
    try:
        return value_of(row.text or "")
    except ValueError as error:
        raise damaged(str(error), state_name(state)) from None


def _refuse_existing(path: Path) -> None:
    if os.path.exists(path):  # which a path that cannot be is not, either
        raise StateFileError("it is there already", where=str(path), next_step="Name a new file")


@contextmanager
def _open(state: str, *, make: bool = False, reads: bool = False) -> Iterator[SqliteBackend | PostgresqlBackend]:
    backend = open_postgresql(state) if is_database(state) else SqliteBackend(file_of(state), make=make, reads=reads)
    try:
        if not isinstance(backend, SqliteBackend):
            backend.connect(make=make)
        yield backend
    finally:
        backend.close()
