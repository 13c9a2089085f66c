"""The settings file `specdouble.toml`: a table for each command that reads it, `[serve]` and `[verify]`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from specdouble.errors import SpecdoubleError, closest

FILE = "specdouble.toml"
TABLES = ("serve", "verify")


def table(name: str, folder: Path | None = None, error: type[SpecdoubleError] = SpecdoubleError) -> dict[str, Any]:
    """Return one table of the settings file in a folder (default: the one we are in); empty where there is none.

    Raises:
        error: the file cannot be read, or has something that is no table of a command.

    """
    path = (folder or Path.cwd()) / FILE
    try:
        if not path.exists():
            return {}
        whole = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise error(
            f"line {line}: a character is not UTF-8", where=str(path), next_step="Save the file as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as problem:
        said, _, place = str(problem).partition(" (at ")
        step = 'A line is NAME = VALUE, with texts in "quotes", below [serve] or [verify]'
        said = f"{place.rstrip(')')}: it is not TOML, {said[:1].lower()}{said[1:]}"
        raise error(said, where=str(path), next_step=step) from None
    except IsADirectoryError:
        raise error("it is a folder", where=str(path), next_step="The settings are a file: move the folder") from None
    except OSError as problem:
        said = problem.strerror or "it cannot be read"
        raise error(said, where=str(path), next_step="Let this user read it, or run elsewhere") from None
    for key, value in whole.items():
        if key not in TABLES:
            kind = f"there is no table [{key}]" if isinstance(value, dict) else f"{key!r} stands outside of a table"
            known = " and ".join(f"[{one}]" for one in TABLES)
            near = closest(key, TABLES) if isinstance(value, dict) else None
            raise error(kind, where=str(path), closest=near and f"[{near}]", next_step=f"Settings stand in {known}")
        if not isinstance(value, dict):
            said = f"{key} is {value!r}; write a table [{key}] with one line per option"
            raise error(said, where=str(path))
    return dict(whole.get(name, {}))
