"""Reading a stored result, with an error that says where it is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from specdouble.errors import SpecdoubleError
from specdouble.verify.reports.stored.schema import FORMAT, TOOL, Result
from specdouble.verify.reports.stored.text import whole


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
    try:
        return whole(msgspec.convert(value, Result))  # members nobody asked for may be there
    except msgspec.ValidationError as error:
        raise ReportError(f"{where}: {said(error)}.") from None


def said(error: msgspec.ValidationError) -> str:
    """Return what msgspec finds wrong, the place first: `run.seed: expected int, got str`."""
    text, _, at = str(error).partition(" - at ")
    place = re.sub(r"^\$\.?", "", at.strip("`"))
    told = text.replace("`", "")
    return f"{place}: {told[:1].lower()}{told[1:]}" if place else told
