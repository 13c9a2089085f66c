"""Keeps documents in a PostgreSQL database, which several servers share.

Beside the documents stands a log of what was committed, by which servers learn of each other. Who writes has the
advisory lock of the log from before it reads what is new until its commit, so that the numbers of the log are one order
of everything, without gaps. Who only reads asks the log alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, ClassVar

import orjson
import psycopg
from psycopg import sql

from specdouble.mock.backends.changes import FORMAT, Change, Clear, Copy, End, News, Put, Row, StateFileError, Tell
from specdouble.mock.backends.shared.address import address_of
from specdouble.mock.backends.shared.beats import Beat
from specdouble.mock.backends.shared.bounds import Bound
from specdouble.mock.backends.wire import read, written

KEPT = 5_000  # transactions of the log; who was away for longer reads all documents
_TRIM = 500  # transactions between two removals of those that are no longer kept
_CREATING = 0x53504442  # "SPDB", the advisory lock of who makes the tables
_LONGEST = 200  # characters of a key in an index
_WAIT_SECONDS = 1.0  # for a note, until it is said that there was none
_BYTES_A_SECOND = 2**19  # that the slowest database still takes or gives
_WHOLE_SECONDS = 60.0  # more, for what is done to all documents of a world
_BATCH = 5_000  # documents that are fetched together
_CONNECTION = {
    "application_name": "specdouble", "connect_timeout": "3", "keepalives_idle": "5", "keepalives_interval": "2",
    "keepalives_count": "3", "tcp_user_timeout": "10000",
}  # fmt: skip
_SESSION = """
SET search_path TO {schema}; SET lock_timeout TO '4s'; SET idle_in_transaction_session_timeout TO '8s';
SET client_min_messages TO warning; SET tcp_keepalives_idle TO 5; SET tcp_keepalives_interval TO 2;
SET tcp_keepalives_count TO 3
"""
_TABLES = """
CREATE TABLE IF NOT EXISTS specdouble_documents (
    shelf integer NOT NULL, collection text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, key text,
    place bigint NOT NULL, text text NOT NULL, PRIMARY KEY (shelf, collection, id)
);
CREATE TABLE IF NOT EXISTS specdouble_log (number bigint PRIMARY KEY, changes text NOT NULL);
ALTER TABLE specdouble_log ALTER COLUMN changes SET STORAGE EXTERNAL;
INSERT INTO specdouble_log VALUES (0, '[]') ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS specdouble_format (format integer PRIMARY KEY);
INSERT INTO specdouble_format SELECT {format} WHERE NOT EXISTS (SELECT FROM specdouble_format)
"""
_NEWS = (
    "SELECT number, CASE WHEN number > {after} THEN changes END FROM specdouble_log WHERE number >= {after} ORDER BY 1"
)
_ROWS = """
SELECT shelf, collection, coalesce(key, id), place, text FROM specdouble_documents ORDER BY shelf, collection, place
"""
# One text for all documents: the driver would spend more on arrays than the database does on this.
_ROWS_OF = """
SELECT (one->>0)::int AS shelf, one->>1 AS collection, one->>2 AS id, one->>3 AS key, (one->>4)::bigint AS place,
       one->>5 AS text
FROM json_array_elements($1) AS one
"""
_PUT = f"""
PREPARE specdouble_put (json) AS INSERT INTO specdouble_documents {_ROWS_OF}
ON CONFLICT (shelf, collection, id) DO UPDATE SET place = excluded.place, text = excluded.text
"""
_REMOVE = f"""
PREPARE specdouble_remove (json) AS DELETE FROM specdouble_documents USING ({_ROWS_OF}) AS gone
WHERE specdouble_documents.shelf = gone.shelf AND specdouble_documents.collection = gone.collection
AND specdouble_documents.id = gone.id
"""  # noqa: S608 - nothing of it comes from outside
_COPY = """
PREPARE specdouble_copy (int, int, text[]) AS INSERT INTO specdouble_documents
SELECT $1, collection, id, key, place, text FROM specdouble_documents
WHERE shelf = $2 AND collection <> '' AND collection <> ALL ($3)
ON CONFLICT (shelf, collection, id) DO UPDATE SET place = excluded.place, text = excluded.text
"""
_CLEAR = """
PREPARE specdouble_clear (int, text[]) AS DELETE FROM specdouble_documents WHERE shelf = $1 AND collection <> ALL ($2)
"""
_LOG = """
PREPARE specdouble_log (text, bigint, text) AS WITH said AS (SELECT pg_notify($1, $2::text))
INSERT INTO specdouble_log SELECT $2, $3 FROM said
"""
_TRIM_LOG = "PREPARE specdouble_trim (bigint) AS DELETE FROM specdouble_log WHERE number < $1"
_PREPARED = ";".join((_PUT, _REMOVE, _COPY, _CLEAR, _LOG, _TRIM_LOG))  # for a session


_PRESENT = """
SELECT objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s::bigint::oid AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class PostgresqlBackend:
    """Keeps documents in tables of one schema of a database: that of the URL's `schema`, else the first of its path.

    `seconds` is how long an answer may take, `most_seconds` that to a commit and to each part of all documents, without
    what their size takes. Who waits for longer loses the connection.
    """

    seconds: ClassVar[float] = 5.0
    most_seconds: ClassVar[float] = 10.0

    def __init__(self, url: str) -> None:
        """Read a URL; nothing is reached yet.

        Raises:
            StateFileError: it is none.

        """
        self._address = address_of(url, _CONNECTION)
        self.where = self._address.where
        try:
            psycopg.conninfo.conninfo_to_dict(self._address.url)
        except (psycopg.Error, ValueError) as error:
            said = f" ({self._first(error)})" if self._address.open else ""
            raise StateFileError(
                f"it is no URL of a database{said}", where=self.where, next_step="Write postgresql://USER@HOST/DATABASE"
            ) from None
        self._connection: psycopg.Connection[Any] | None = None
        self._bound: Bound | None = None
        self._beat: Beat | None = None
        self._channel = ""
        self._servers = 0  # the first number of the locks by which servers are known to be there
        self._lock = ""

    # -- reaching it -------------------------------------------------------------------------------------------

    def connect(self, *, make: bool = True) -> None:
        """Reach the database anew, and make the schema and the tables where there are none, unless `make` says no."""
        self.close()
        with self._told():
            made, self._bound = self._reach()
            self._connection = made
        with self._asked(self.most_seconds), made.transaction():
            if make:
                self._make(made)
            elif not self._is_there(made):
                raise StateFileError(
                    "there is no state, or this user may not see it", where=self.where,
                    next_step="Look at the database and the schema of the URL",
                )  # fmt: skip
            found = made.execute("SELECT format FROM specdouble_format").fetchall()
            number = made.execute("SELECT 'specdouble_log'::regclass::oid::bigint").fetchone()
        if [one for one, *_ in found] != [FORMAT]:
            self.close()
            raise StateFileError(
                f"it has format {found[0][0] if found else 'none'}, and this version of specdouble reads {FORMAT}",
                where=self.where, next_step="Open it with the version that wrote it, or name another schema",
            )  # fmt: skip
        assert number is not None  # noqa: S101 - a SELECT of an expression has a row
        with self._asked():
            made.execute(_PREPARED)
        self._beat = Beat(lambda: _show(made))
        self._channel = f"specdouble_{number[0]}"
        self._servers = number[0] & 0x7FFFFFFF
        self._lock = f"SELECT pg_advisory_xact_lock({_CREATING}, ({number[0]}::bigint & 2147483647)::int)"

    def _make(self, connection: psycopg.Connection[Any]) -> None:
        """Make what is not there: who may only use what is there needs no right for more."""
        connection.execute(sql.SQL("SELECT pg_advisory_xact_lock({})").format(_CREATING))
        schema = self._address.schema
        if schema and not connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,)).fetchall():
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        if not self._is_there(connection):
            connection.execute(sql.SQL(_TABLES).format(format=FORMAT))

    @staticmethod
    def _is_there(connection: psycopg.Connection[Any]) -> bool:
        there = connection.execute("SELECT to_regclass('specdouble_format')").fetchone()
        return there is not None and there[0] is not None

    def _reach(self) -> tuple[psycopg.Connection[Any], Bound]:
        made = psycopg.connect(self._address.url, autocommit=True)
        made.prepare_threshold = None  # else the driver forgets at a ROLLBACK all that is prepared, ours too
        bound = Bound(made.fileno())
        try:
            with bound.within(self.seconds):
                self._set(made)
        except BaseException:
            bound.close()
            made.close()
            raise
        return made, bound

    def _set(self, made: psycopg.Connection[Any]) -> None:
        schema = self._address.schema
        if not schema:
            row = made.execute("SELECT current_schema()").fetchone()
            schema = row[0] if row and row[0] else "public"
        made.execute(sql.SQL(_SESSION).format(schema=sql.Identifier(schema)))  # several statements
        encoding = made.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StateFileError(f"its encoding is {encoding}, which cannot hold all texts", where=self.where,
                                 next_step="Make a database with ENCODING 'UTF8'")  # fmt: skip

    def close(self) -> None:
        """Let go of the database."""
        bound, beat = self._bound, self._beat
        if beat is not None and not beat.end(0.5) and bound is not None:
            bound.break_off()  # it waits for an answer that does not come
            beat.end(self.seconds)
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        if bound is not None:
            bound.close()
        self._connection = self._bound = self._beat = None

    # -- as a shared backend -----------------------------------------------------------------------------------

    def news(self, after: int) -> News:
        """Return what was committed after the transaction of that number."""
        with self._asked():
            return _news(after, self._open().execute(_NEWS.format(after=after)).fetchall())

    def begin(self, after: int, seconds: float) -> News | None:
        """Take the turn to write; returns what was committed before it, None if another has it for that long."""
        with self._asked(self.seconds + seconds):
            wait = f"SET LOCAL lock_timeout TO {int(seconds * 1000) or 1}; {self._lock}; SET LOCAL lock_timeout TO '4s'"
            try:
                cursor = self._open().execute(f"BEGIN; {wait}; {_NEWS.format(after=after)}", prepare=False)
            except psycopg.errors.LockNotAvailable:
                self._open().execute("ROLLBACK")
                return None
            while cursor.nextset():
                pass
            return _news(after, cursor.fetchall())

    def rows(self) -> Iterator[Row]:
        """Return all documents by shelf, collection and place."""
        most = self.most_seconds
        with self._asked(most) as bound, self._open().transaction(), self._open().cursor("rows") as cursor:
            size = self._open().execute("SELECT pg_total_relation_size('specdouble_documents')").fetchone()
            bound.renew(most + (size[0] if size else 0) / _BYTES_A_SECOND)  # they are sorted before the first comes
            cursor.execute(_ROWS)
            while some := cursor.fetchmany(_BATCH):
                for row in some:
                    yield Row(*row)
                bound.renew(most + sum(len(row[-1]) for row in some) / _BYTES_A_SECOND)

    def commit(self, number: int, changes: Sequence[Change]) -> None:
        """Make changes durable as the transaction of that number, and end the turn."""
        whole = any(not isinstance(change, Put | Tell) for change in changes)
        seconds = self.most_seconds + whole * _WHOLE_SECONDS
        with self._told():
            steps = [step for change in changes for step in self._steps(change)]
            steps.append(self._step("log", self._channel, number, written(changes)))
            if number % _TRIM == 0:
                steps.append(self._step("trim", number - KEPT))
            # As one text: a step of its own costs the driver more than it does the database.
            text = ";".join([*steps, "COMMIT"])
            with self._asked(seconds + len(text) / _BYTES_A_SECOND):
                self._open().execute(text, prepare=False)

    def release(self) -> None:
        """End the turn without a change."""
        with self._asked():
            self._open().execute("ROLLBACK")

    def stay(self, number: int) -> None:
        """Be there under a number of this server: a lock that the database takes back when the connection ends."""
        with self._asked():
            self._open().execute("SELECT pg_advisory_lock_shared(%s::int, %s::int)", (self._servers, number))

    def present(self) -> set[int]:
        """Return the numbers of the servers that are there now."""
        with self._asked():
            return {number for (number,) in self._open().execute(_PRESENT, (self._servers,))}

    def notes(self) -> Iterator[int]:
        """Yield the number of each transaction soon after it was committed, 0 when nothing happens for a second."""
        channel = self._channel
        with self._told():
            connection, bound = self._reach()
            with closing(bound), connection:
                with bound.within(self.seconds):
                    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                yield 0
                while channel == self._channel:  # it is another where the tables were made anew
                    heard = 0
                    for note in connection.notifies(timeout=_WAIT_SECONDS, stop_after=1):
                        heard = int(note.payload)
                    yield heard

    # -- as a backend of one -----------------------------------------------------------------------------------

    def write(self, changes: Sequence[Change]) -> None:
        """Make changes durable, as one server that has no others beside it."""
        news = self.begin(0, self.seconds)
        if news is None:
            raise StateFileError("another server has the turn", where=self.where)
        self.commit(news.number + 1, changes)

    def vacuum(self) -> None:
        """Give back what the tables no longer need."""
        with self._told():
            said: list[str] = []  # it only warns where a user may not
            self._open().add_notice_handler(lambda one: said.append(one.message_primary or ""))
            self._open().execute("VACUUM FULL specdouble_documents, specdouble_log")
        if said:
            raise StateFileError(f"the database refuses ({said[0]})", where=self.where)

    def size(self) -> int:
        """Return how many bytes the tables take."""
        with self._told():
            asked = "SELECT sum(pg_total_relation_size(one::regclass)) FROM unnest(%s::text[]) AS one"
            row = self._open().execute(asked, (["specdouble_documents", "specdouble_log"],)).fetchone()
        return int(row[0]) if row else 0

    # -- inside ------------------------------------------------------------------------------------------------

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            raise StateFileError("it is not connected", where=self.where)
        return self._connection

    def _steps(self, change: Change) -> Iterator[str]:
        """Yield the statements that make a change."""
        if isinstance(change, Put):
            there = [_written(row) for row in change.rows if row.text is not None]
            gone = [_written(row) for row in change.rows if row.text is None]
            if there:
                yield self._step("put", orjson.dumps(there).decode())
            if gone:
                yield self._step("remove", orjson.dumps(gone).decode())
        elif isinstance(change, Clear):
            yield self._step("clear", change.shelf, list(change.keeps))
        elif isinstance(change, End):
            yield self._step("clear", change.shelf, [])
        elif isinstance(change, Copy):
            yield self._step("copy", change.target, change.source, list(change.without))

    def _step(self, name: str, *given: Any) -> str:
        """Return the statement that runs a prepared one."""
        return f"EXECUTE specdouble_{name} ({','.join(sql.quote(one, self._open()) for one in given)})"

    @contextmanager
    def _asked(self, seconds: float | None = None) -> Iterator[Bound]:
        """Wait for answers for no longer than that; say in one sentence what the database said."""
        if self._bound is None:
            raise StateFileError("it is not connected", where=self.where)
        with self._told(), self._bound.within(self.seconds if seconds is None else seconds):
            yield self._bound

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one sentence what the database said."""
        try:
            yield
        except psycopg.OperationalError as error:
            late = self._bound is not None and self._bound.broken
            said = "it does not answer" if late else self._first(error)
            raise StateFileError(f"the database is out of reach ({said})", where=self.where) from None
        except psycopg.Error as error:
            raise StateFileError(f"the database refuses ({self._first(error)})", where=self.where) from None

    def _first(self, error: Exception) -> str:
        said = " ".join(self._address.told(str(error)).split())[:300].rstrip(".")
        return said or type(error).__name__


def _show(connection: psycopg.Connection[Any]) -> None:
    """Let the database know that a transaction goes on."""
    if connection.pgconn.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
        with suppress(psycopg.Error):
            connection.execute("SELECT 1", prepare=False)


def _news(after: int, rows: Sequence[tuple[int, str | None]]) -> News:
    if not rows or rows[0][0] != after or rows[-1][0] != after + len(rows) - 1:
        return News(rows[-1][0] if rows else 0, None)
    try:
        return News(rows[-1][0], [change for _, text in rows[1:] for change in read(text or "")])
    except ValueError:
        return News(rows[-1][0], None)


def _written(row: Row) -> tuple[int, str, str, str | None, int, str | None]:
    known = _id(row.key)
    return row.shelf, row.collection, known, None if known == row.key else row.key, row.place, row.text


def _id(key: str) -> str:
    """Return a text for a key that an index can hold."""
    return key if len(key) <= _LONGEST else f"{key[: _LONGEST // 2]} {hashlib.sha256(key.encode()).hexdigest()}"
