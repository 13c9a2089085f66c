"""Finds the backend that a setting names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdouble.errors import closest
from specdouble.mock.backends.changes import StateFileError

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper

MEMORY, SQLITE = "memory", "sqlite:"


def open_state(setting: str, identity: dict[str, Any]) -> Keeper | None:
    """Open the state that `memory` or `sqlite:PATH` names; None for that in memory.

    Raises:
        StateFileError: the setting names no state, or it cannot be opened.

    """
    if setting == MEMORY:
        return None
    path = path_of(setting)
    from specdouble.mock.backends.keeper import Keeper
    from specdouble.mock.backends.sqlite import SqliteBackend

    backend = SqliteBackend(path)
    try:
        return Keeper(backend, str(path), identity)
    except StateFileError:
        backend.close()
        raise


def path_of(setting: str) -> Path:
    """Return the file of a setting.

    Raises:
        StateFileError: it names none.

    """
    kind, colon, rest = setting.partition(":")
    if kind + colon != SQLITE or not rest:
        near = closest(kind, ["memory", "sqlite"])
        said = "it names no file" if kind + colon == SQLITE else "it names no state"
        step = "Write memory, or sqlite:PATH"
        raise StateFileError(said, where=f"--state {setting}", closest=near if near != kind else None, next_step=step)
    return Path(rest).expanduser()
