"""Finds the backend that a setting names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from specdouble.errors import closest
from specdouble.mock.backends.changes import StateFileError

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper
    from specdouble.mock.backends.postgresql import PostgresqlBackend

MEMORY, SQLITE = "memory", "sqlite:"
POSTGRESQL = ("postgresql://", "postgres://")
_EXTRA = "python -m pip install 'specdouble[postgresql]'"
_WRITE = "Write memory, sqlite:PATH, or postgresql://USER@HOST/DATABASE"
_ENCODE = (
    "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE; characters such as / # ? @ % & = must be"
    " percent-encoded in each part, / as %2F and a blank as %20"
)
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}")
_HARMLESS = re.compile(r"[\w./~-]*")  # of a path
_NO_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|[@=]")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,50}")
# As libpq reads a URL: who connects ends at the first @ that stands before any /, whatever else is in it.
_PARTS = re.compile(r"(?:(?P<who>[^@/]*)@)?(?P<hosts>[^/?]*)(?P<database>(?:/[^?]*)?)(?P<query>(?:\?.*)?)")
_HOSTS = re.compile(r"(?:(?:\[[^\[\]]+\]|[^:\[\],]*)(?::\d*)?(?:,|\Z))*")
_NO_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_SECRET = re.compile(r"password|secret|scram", re.IGNORECASE)  # in the name of a parameter
_SHORT = 3  # characters of a secret that no sentence has by chance


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


@dataclass(frozen=True, slots=True)
class Address:
    """A database by its URL: `url` is for libpq, `where` for messages, `schema` the one it names or "".

    `hides` are texts of the URL that no message may show.
    """

    url: str
    where: str
    schema: str
    hides: tuple[str, ...]
    open: bool  # whether its parameters may be shown

    def told(self, text: str) -> str:
        """Return a text without what no message may show."""
        for one in self.hides:
            text = text.replace(one, "…")
        return text


def address_of(url: str, more: Mapping[str, str]) -> Address:
    """Return a database by its URL, with more parameters for those that it does not name.

    Raises:
        StateFileError: it cannot be understood; the message shows nothing that may be of a password.

    """
    kind, _, rest = url.partition("://")
    parts = _PARTS.fullmatch(rest)
    what = ""
    if parts is None or not url.isprintable() or " " in url:
        what = "a blank, or a character that cannot be printed"
    elif _NO_PERCENT.search(rest):
        what = "a % that two digits do not follow"
    elif any("@" in (parts[name] or "") for name in ("hosts", "database", "query")):
        what = "an @ behind USER:PASSWORD@HOST, or a / in front of it"
    elif not _HOSTS.fullmatch(parts["hosts"]):
        what = "a port that is no number, or no host"
    pairs = [] if what or parts is None else [one.split("=") for one in parts["query"][1:].split("&") if one]
    if any(len(pair) != 2 for pair in pairs):
        what = "a parameter that is not NAME=VALUE"
    if what or parts is None:
        raise StateFileError(f"it is no URL of a database: there is {what}", where=f"{kind}://…", next_step=_ENCODE)
    given = {unquote(name): unquote(value) for name, value in pairs}
    schema, where = given.get("schema", ""), f"postgresql://{parts['hosts']}{parts['database']}"
    if "schema" in given:
        where += f"?schema={schema}"
        if not _SCHEMA.fullmatch(schema):
            step = "Write small letters, digits and _"
            raise StateFileError(f"{schema!r} cannot be the name of a schema", where=where, next_step=step)
    secret = [value for name, value in pairs if _SECRET.search(unquote(name))]
    hides = [*secret, (parts["who"] or "").partition(":")[2]]
    hides = sorted(
        {one for text in hides for one in (text, unquote(text)) if len(one) >= _SHORT}, key=len, reverse=True
    )
    kept = [f"{name}={value}" for name, value in pairs if unquote(name) != "schema"]
    kept += [f"{name}={quote(value, safe='')}" for name, value in more.items() if name not in given]
    who = "" if parts["who"] is None else f"{parts['who']}@"
    whole = f"{kind}://{who}{parts['hosts']}{parts['database']}?{'&'.join(kept)}"
    return Address(whole, where, schema, tuple(hides), open=not secret)
