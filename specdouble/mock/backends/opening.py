"""Finds the backend that a setting names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble.errors import closest
from specdouble.mock.backends.changes import StateFileError

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper
    from specdouble.mock.backends.shared.postgresql import PostgresqlBackend

MEMORY, SQLITE = "memory", "sqlite:"
POSTGRESQL = ("postgresql://", "postgres://")
_EXTRA = "python -m pip install 'specdouble[postgresql]'"
_WRITE = "Write memory, sqlite:PATH, or postgresql://USER@HOST/DATABASE"
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}")
_HARMLESS = re.compile(r"[\w./~-]*")  # of a path
_NO_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|[@=]")


def open_state(setting: str, identity: dict[str, Any]) -> Keeper | None:
    """Return who keeps worlds where `memory`, `sqlite:PATH` or `postgresql://…` says; None for those in memory.

    Raises:
        StateFileError: the setting names no state, or it cannot be opened.

    """
    if setting == MEMORY:
        return None
    from specdouble.mock.backends.keeper import Keeper

    if setting.startswith(POSTGRESQL):
        from specdouble.mock.backends.shared.turns import Turns

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
        from specdouble.mock.backends.shared.postgresql import PostgresqlBackend
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
    if kind + colon == SQLITE:
        return _path(rest, f"--state {shown(setting)}")
    raise _no_state(setting, "--state ")


def file_of(state: str) -> Path:
    """Return the file that is named with or without `sqlite:`.

    Raises:
        StateFileError: none is; a text that is no path is not shown.

    """
    if state.startswith(SQLITE):
        return _path(state.removeprefix(SQLITE), shown(state))
    if _NO_PATH.search(state) and not os.path.exists(state):
        raise _no_state(state)
    return _path(state, shown(state) if state.strip() else "STATE")


def shown(setting: str) -> str:
    """Return what a message may show of a setting: not what follows its scheme, for a password may stand in it."""
    kind, colon, rest = setting.partition(":")
    if setting in ("", ":memory:"):
        return setting
    if not _KIND.fullmatch(kind):
        return "…"
    if kind + colon == SQLITE or (_near(kind) == "sqlite" and _HARMLESS.fullmatch(rest)):
        return setting if rest.strip() else kind + colon
    return f"{kind}:…" if colon else kind


def _near(kind: str) -> str | None:
    return closest(kind.lower(), ["memory", "sqlite", "postgresql"])


def _no_state(setting: str, before: str = "") -> StateFileError:
    kind = setting.partition(":")[0]
    near = _near(kind) if _KIND.fullmatch(kind) else None
    return StateFileError(
        "it names no state", where=f"{before}{shown(setting)}", closest=near if near != kind else None, next_step=_WRITE
    )


def _path(text: str, where: str) -> Path:
    """Return the file of a path; what SQLite reads as something else than a path is refused."""
    if not text.strip() or "\0" in text:
        raise StateFileError("it names no file", where=where, next_step=_WRITE)
    if text.startswith(":memory:"):
        raise StateFileError("that is no file: it would be lost", where=where, next_step="Write memory, or sqlite:PATH")
    if text.lower().startswith("file:"):
        step = "Write sqlite:PATH, the path alone"
        raise StateFileError("it is a URI, and the path of a file is needed", where=where, next_step=step)
    try:
        return Path(text).expanduser()
    except RuntimeError:
        step = "Write the whole path"
        raise StateFileError("nobody knows the home folder that it begins with", where=where, next_step=step) from None
