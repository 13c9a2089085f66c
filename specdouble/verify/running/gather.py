"""Where settings come from: options, the environment, and `specdouble.toml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from specdouble.errors import closest
from specdouble.settings_file import FILE, table
from specdouble.verify.api.api import Api, load
from specdouble.verify.problems import SettingsError, TargetError
from specdouble.verify.settings.options import ABOUT, Option
from specdouble.verify.settings.values import Settings

_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_TYPES = {"int": "a whole number", "float": "a number", "flag": "true or false", "list": "a list of texts"}


def gather(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ, folder: Path | None = None) -> Settings:
    """Make the settings from options (those that were given), the environment, and `specdouble.toml`.

    Raises:
        SettingsError: a value that cannot be used, or a key of the file that nobody knows.
        TargetError: a credential that was named and is empty, as an unset secret of a CI job is.

    """
    filed = table("verify", folder, SettingsError)
    named = _about(given, environ, filed)
    api = load(**named)
    for name in filed:
        if name not in api.options:
            raise SettingsError(
                f"{(folder or Path.cwd()) / FILE}: [verify] knows no {name!r}; the closest is "
                f"{closest(name, api.options, cutoff=0.0)!r}."
            )
    values: dict[str, Any] = dict(named)
    for option in api.options.values():
        for source, value in () if option in ABOUT else _sources(option, given, environ, filed):
            found = _value(option, value, source)
            if found is not None:
                values[option.field] = found
                break
    if given.get("run"):
        values["run"] = given["run"]
    if values.get("replay"):
        from specdouble.verify.results.replay import recalled

        said = {name: values.get(name, "") for name in ("replay_from", "journal")}
        with suppress(SettingsError):  # that no result has it is told when the run begins
            values = {**recalled(values["replay"], **said), **values}
    return Settings(api, **values)


def restored(values: Mapping[str, Any]) -> Settings:
    """Return the settings of which these are the `values`."""
    return Settings(load(values["pack"], values["spec"], values["overlay"], values["tests"]), **values)


def api_of(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ, folder: Path | None = None) -> Api:
    """Return what the settings would be about.

    Raises:
        SettingsError, UnknownPackError, SpecError: as `gather` and `load` do.

    """
    return load(**_about(given, environ, table("verify", folder, SettingsError)))


def _about(given: Mapping[str, Any], environ: Mapping[str, str], filed: Mapping[str, Any]) -> dict[str, str]:
    """Return what a run is about, as the nearest source says: an option is not spoilt by a line of the file."""
    words: dict[str, str] = {}
    for place in range(3):
        for option in ABOUT:
            source, value = _sources(option, given, environ, filed)[place]
            if found := _value(option, value, source):
                words.setdefault(option.name, found)
        if "pack" in words or "spec" in words:
            break
    return words


def _sources(
    option: Option, given: Mapping[str, Any], environ: Mapping[str, str], filed: Mapping[str, Any]
) -> list[tuple[str, Any]]:
    return [
        ("option", given.get(option.name)), ("environment", environ.get(option.variable)),
        (FILE, filed.get(option.name)),
    ]  # fmt: skip


def _value(option: Option, value: Any, source: str) -> Any:
    """Return the value of an option as its kind has it; None where the source says nothing.

    Raises:
        TargetError: a credential is named and empty.
        SettingsError: a list is named and empty, or the value is of another kind.

    """
    if value is None:
        return None
    where = {"option": f"--{option.name}", "environment": option.variable}.get(source, source)
    if option.secret and not option.several and not str(value).strip():
        raise TargetError(
            f"{option.name} ({where}) is named and empty: is a secret unset? Give its value, or leave the name out."
        )
    if option.several and value not in ((), []) and not _read(option, value, source):
        error = TargetError if option.secret else SettingsError
        raise error(f"{option.name} ({where}) is named and empty: write a value, or leave it out.")
    return None if value is False or value in ("", (), []) else _read(option, value, source)


def _read(option: Option, value: Any, source: str) -> Any:
    name, kind = option.name, option.kind
    if source == FILE:
        _strict(option, value)
    try:
        if kind == "int":
            return int(value)
        if kind == "float":
            return float(value)
        if kind == "flag":
            return _flag(name, value, source)
        if option.several:
            words = value if isinstance(value, list | tuple) else str(value).split(",")
            return tuple(word for one in words if (word := str(one).strip()))
    except (TypeError, ValueError):
        raise SettingsError(f"{name} ({source}) is {value!r}, which is no number.") from None
    return str(value).rstrip("\r\n") if option.secret else str(value)


def _strict(option: Option, value: Any) -> None:
    """Refuse a value of the file that is of another type: `seed = true` is no number, whatever Python makes of it.

    Raises:
        SettingsError: the type that it should have.

    """
    kinds: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "flag": (bool,)}
    right = kinds.get(option.kind, (str,))
    fits = isinstance(value, right) and (bool in right or not isinstance(value, bool))
    if option.several:
        fits = isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    if not fits:
        raise SettingsError(
            f"{option.name} ({FILE}) is {value!r}; write {_TYPES.get(option.kind, 'a text in quotes')}."
        )


def _flag(name: str, value: Any, source: str) -> bool:
    found = _FLAGS.get(str(value).strip().lower())
    if found is None:
        raise SettingsError(f"{name} ({source}) is {value!r}; write true or false.")
    return found
