"""Finds the backend that a setting names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble.errors import closest
from specdouble.mock.backends.changes import StateFileError

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper
    from specdouble.mock.backends.postgresql import PostgresqlBackend

MEMORY, SQLITE = "memory", "sqlite:"
POSTGRESQL = ("postgresql://", "postgres://")
_EXTRA = "python -m pip install 'specdouble[postgresql]'"


def open_state(setting: str, identity: dict[str, Any]) -> Keeper | None:
    """Return who keeps worlds where `memory`, `sqlite:PATH` or `postgresql://…` says; None for those in memory.

    Raises:
        StateFileError: the setting names no state, or it cannot be opened.

    """
    if setting == MEMORY:
        return None
    from specdouble.mock.backends.keeper import Keeper

    if setting.startswith(POSTGRESQL):
        from specdouble.mock.backends.turns import Turns

        shared = open_postgresql(setting)
        return Keeper(Turns(shared), shared.where, identity)
    path = path_of(setting)
    from specdouble.mock.backends.sqlite import SqliteBackend
    from specdouble.mock.backends.writer import Writer

    return Keeper(Writer(SqliteBackend(path)), str(path), identity)


def open_postgresql(url: str) -> PostgresqlBackend:
    """Return the state at a URL, which is reached when it is first used.

    Raises:
        StateFileError: it is no URL of a database, or the package for it is missing.

    """
    try:
        from specdouble.mock.backends.postgresql import PostgresqlBackend
    except ModuleNotFoundError as error:
        if error.name not in ("psycopg", "psycopg_binary"):
            raise
        raise StateFileError("PostgreSQL needs a driver", where="--state", next_step=_EXTRA) from None
    return PostgresqlBackend(url)


def path_of(setting: str) -> Path:
    """Return the file of a setting.

    Raises:
        StateFileError: it names none.

    """
    kind, colon, rest = setting.partition(":")
    if kind + colon != SQLITE or not rest:
        near = closest(kind, ["memory", "sqlite", "postgresql"])
        said = "it names no file" if kind + colon == SQLITE else "it names no state"
        step = "Write memory, sqlite:PATH, or postgresql://USER@HOST/DATABASE"
        shown = setting if "@" not in setting else f"{kind}:…"  # a password may stand in it
        raise StateFileError(said, where=f"--state {shown}", closest=near if near != kind else None, next_step=step)
    return Path(rest).expanduser()
