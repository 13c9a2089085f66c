"""The table `[serve]` of `specdouble.toml`: options of the server under their own names, below the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from specdouble.errors import SpecdoubleError, closest
from specdouble.settings_file import FILE, table

TARGET = "target"
_NEVER = frozenset({"help", "reload"})  # a server that is started again would do it too
_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text in quotes"}


class ServeSettingsError(SpecdoubleError):
    """A line of `[serve]` that cannot be used; the message names the key."""


def filed() -> dict[str, Any]:
    """Return the table as it is written, by the names of options, in the folder we are in.

    Raises:
        ServeSettingsError: the file cannot be read.

    """
    return table("serve", error=ServeSettingsError)


def targets(found: dict[str, Any]) -> list[str]:
    """Return what is to be served when the command line does not say: a text, or a list of texts.

    Raises:
        ServeSettingsError: it is something else.

    """
    value = found.get(TARGET, [])
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
        raise _wrong(TARGET, value, "a text in quotes, or a list of texts")
    return several


def overlay(found: dict[str, Any]) -> str | None:
    """Return the overlay of the target.

    Raises:
        ServeSettingsError: it is no text.

    """
    value = found.get("overlay")
    if value is not None and not isinstance(value, str):
        raise _wrong("overlay", value, _KINDS[str])
    return value


def defaults(found: dict[str, Any], params: Iterable[click.Parameter]) -> dict[str, Any]:
    """Return the values of the options, by the names of their parameters.

    Raises:
        ServeSettingsError: a key that nobody knows, or a value of another type.

    """
    known = {
        name.removeprefix("--"): one
        for one in params
        if isinstance(one, click.Option)
        for name in one.opts
        if name.startswith("--") and name.removeprefix("--") not in _NEVER
    }
    values: dict[str, Any] = {}
    for key, value in found.items():
        if key == TARGET:
            continue
        option = known.get(key)
        if option is None:
            near = closest(key, [*known, TARGET])
            said = f"[serve] knows no {key!r}"
            step = "" if near else "specdouble serve --help lists the options"
            raise ServeSettingsError(said, where=FILE, closest=near and repr(near), next_step=step)
        kind = _kind(option)
        right = (int, float) if kind is float else kind
        if not isinstance(value, right) or (isinstance(value, bool) and kind is not bool):
            raise _wrong(key, value, _KINDS[kind])
        values[str(option.name)] = value
    return values


def _kind(option: click.Option) -> type:
    if option.is_flag:
        return bool
    if isinstance(option.type, click.types.IntParamType):
        return int
    return float if isinstance(option.type, click.types.FloatParamType) else str


def _wrong(key: str, value: Any, wanted: str) -> ServeSettingsError:
    return ServeSettingsError(f"{key} is {value!r}", where=f"{FILE} [serve]", next_step=f"Write {wanted}")
