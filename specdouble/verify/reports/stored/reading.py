"""Reading a stored result, with an error that says where it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from specdouble.errors import SpecdoubleError
from specdouble.verify.reports.stored.schema import FORMAT, TOOL, Result
from specdouble.verify.reports.stored.text import whole

WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "null"}


class ReportError(SpecdoubleError):
    """A result cannot be read or a report cannot be written; the message is one line for the person who asked."""


def read(path: str | Path) -> Result:
    """Return the result stored in a file, or raise ReportError saying what is wrong with it and what to do."""
    try:
        text = Path(path).read_bytes().decode()
    except OSError as error:
        raise ReportError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ReportError(f"{path}: is not JSON. Name a file written by specdouble verify --json.") from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        hint = "Name a file written by specdouble verify --json."
        raise ReportError(f"{path}: is not JSON ({error}). {hint}") from None
    return _checked(value, str(path))


def _checked(value: Any, where: str) -> Result:
    tool = value.get("tool") if isinstance(value, dict) else None
    if not isinstance(value, dict) or "format" not in value or not isinstance(tool, dict):
        raise ReportError(f"{where}: is JSON, but not a result. Name a file written by specdouble verify --json.")
    if tool.get("name") != TOOL:
        raise ReportError(f"{where}: was written by {tool.get('name')!r}, not by {TOOL}.")
    if value["format"] != FORMAT:
        advice = f"Use the version that wrote it ({tool.get('version', 'unknown')}), or run specdouble verify again."
        raise ReportError(f"{where}: has format {value['format']!r}, and this version reads format {FORMAT}. {advice}")
    if wrong := _mismatch(value, Result, ""):
        raise ReportError(f"{where}: {wrong}.")
    return whole(value)


def _mismatch(value: Any, wanted: Any, at: str) -> str | None:
    """Say where `value` first differs from the type `wanted`, or return None; members nobody asked for may be there."""
    if is_typeddict(wanted):
        return _object_mismatch(value, wanted, at)
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        found = [_mismatch(value, one, at) for one in arguments]
        return None if None in found else found[0]
    if origin is Literal:
        return None if value in arguments else f"{at} is {_short(value)}, not one of {', '.join(map(str, arguments))}"
    if origin is list:
        if not isinstance(value, list):
            return f"{at} is {_short(value)}, not a list"
        return _first(_mismatch(item, arguments[0], f"{at}[{number}]") for number, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            return f"{at} is {_short(value)}, not an object"
        return _first(_mismatch(item, arguments[1], f"{at}[{key!r}]") for key, item in value.items())
    allowed = (int, float) if wanted is float else wanted
    fits = isinstance(value, allowed) and (wanted is bool or not isinstance(value, bool))
    return None if fits else f"{at} is {_short(value)}, not {WORDS[wanted]}"


def _object_mismatch(value: Any, wanted: Any, at: str) -> str | None:
    if not isinstance(value, dict):
        return f"{at} is {_short(value)}, not an object"
    for name, kind in get_type_hints(wanted, include_extras=True).items():
        optional = get_origin(kind) is NotRequired
        if name not in value:
            if optional:
                continue
            return f"{at or 'the result'} has no {name!r}"
        inner = get_args(kind)[0] if optional else kind
        if wrong := _mismatch(value[name], inner, f"{at}.{name}" if at else name):
            return wrong
    return None


def _first(found: Any) -> str | None:
    return next((wrong for wrong in found if wrong), None)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 40 else text[:37] + "..."
