"""What a state holds, told in a few lines, and all of it as lines of JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble import __version__
from specdouble.files import private_file
from specdouble.mock.backends.changes import ABOUT, FORMAT, SERVER, Put, Row, StateFileError
from specdouble.mock.backends.opening import POSTGRESQL, SQLITE, open_postgresql
from specdouble.mock.backends.shelves import STREAMS, WHAT
from specdouble.mock.backends.sqlite import SqliteBackend, size_of
from specdouble.mock.backends.texts import text_of, value_of

if TYPE_CHECKING:
    from specdouble.mock.backends.postgresql import PostgresqlBackend

_FIELDS = ("shelf", "collection", "key", "place")


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
    names: dict[str, int] = {}
    server: dict[str, Any] = {}
    with _open(state) as backend:
        size = _size(backend)
        for row in backend.rows():
            if row.collection != ABOUT:
                counts[row.shelf] += 1
            if row.key != WHAT or row.collection != ABOUT:
                continue
            said = _read(row, state)
            if row.shelf == SERVER:
                server = said
            elif "name" in said:
                names[str(said["name"])] = row.shelf
    identity = server.get("identity", {})
    worlds = {name: counts[shelf] for name, shelf in names.items()}
    api, services = str(identity.get("api", "")), tuple(identity.get("services", ()))
    return About(api, services, int(server.get("starts", 0)), size, worlds)


def export(state: str, target: Path) -> int:
    """Write a state as lines of JSON into a new file of its owner; returns how many documents it has.

    Raises:
        StateFileError: it cannot be read, or the other is there already or cannot be written.

    """
    _refuse_existing(target)
    count = 0
    with _open(state) as backend:
        try:
            with private_file(target) as file:
                file.write(f"{text_of({'specdouble': __version__, 'format': FORMAT})}\n".encode())
                for row in backend.rows():
                    if row.shelf == SERVER and row.collection == STREAMS:
                        continue  # of the servers that have it now
                    line = {**dict(zip(_FIELDS, row[:4], strict=True)), "document": _read(row, state)}
                    file.write(f"{text_of(line)}\n".encode())
                    count += 1
        except StateFileError:
            target.unlink(missing_ok=True)
            raise
        except OSError as error:
            raise StateFileError(f"it cannot be written ({error.strerror or error})", where=str(target)) from None
    return count


def import_(state: str, source: Path) -> int:
    """Make a new state of what `export` wrote, all of it or none; returns how many documents it has.

    Raises:
        StateFileError: there is a state already, or the other is no export.

    """
    if not is_database(state):
        _refuse_existing(_path(state))
    rows = list(_rows(source))
    if not any(row.shelf == SERVER and row.collection == ABOUT for row in rows):
        raise StateFileError("it is not whole: it does not say whose state it is", where=str(source))
    try:
        with _open(state, make=True) as backend:
            if any(True for _ in backend.rows()):
                raise StateFileError("there is a state already", where=state_name(state), next_step="Name a new schema")
            backend.write([Put(rows)])
    except BaseException:
        if not is_database(state):
            with suppress(OSError):
                _path(state).unlink()
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
    return open_postgresql(state).where if is_database(state) else str(_path(state))


def _path(state: str) -> Path:
    return Path(state.removeprefix(SQLITE)).expanduser()


def _size(backend: SqliteBackend | PostgresqlBackend) -> int:
    return size_of(backend.path) if isinstance(backend, SqliteBackend) else backend.size()


def _rows(source: Path) -> Iterator[Row]:
    try:
        with source.open(encoding="utf-8") as file:
            head = _line(file.readline(), source, 1)
            if head.get("format") != FORMAT:
                said = f"it is no export of format {FORMAT}"
                raise StateFileError(said, where=str(source), next_step="specdouble state export writes one")
            for number, text in enumerate(file, 2):
                found = _line(text, source, number)
                shelf, collection, key, place = (found.get(name) for name in _FIELDS)
                right = isinstance(shelf, int) and isinstance(place, int)
                if not (right and isinstance(collection, str) and isinstance(key, str) and "document" in found):
                    raise StateFileError("it is no document of a state", where=f"{source}:{number}")
                yield Row(shelf, collection, key, place, text_of(found["document"]))  # type: ignore[arg-type]
    except (OSError, UnicodeDecodeError) as error:
        raise StateFileError(f"it cannot be read ({error})", where=str(source)) from None


def _line(text: str, source: Path, number: int) -> dict[str, Any]:
    try:
        found = value_of(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StateFileError("it is no JSON object", where=f"{source}:{number}",
                             next_step="Import what specdouble state export wrote, whole")  # fmt: skip
    return found


def _read(row: Row, state: str) -> Any:
    try:
        return value_of(row.text or "")
    except ValueError as error:
        raise StateFileError(f"it is damaged ({error})", where=state_name(state)) from None


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise StateFileError("it is there already", where=str(path), next_step="Name a new file")


@contextmanager
def _open(state: str, *, make: bool = False) -> Iterator[SqliteBackend | PostgresqlBackend]:
    backend: SqliteBackend | PostgresqlBackend
    if is_database(state):
        backend = open_postgresql(state)
        backend.connect()
    else:
        backend = SqliteBackend(_path(state), make=make)
    try:
        yield backend
    finally:
        backend.close()
