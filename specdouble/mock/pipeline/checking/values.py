"""Values of requests: read from text into their declared types, and checked."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from specdouble.mock.pipeline.checking.lax import LEAST_INT, MAX_INT, Lax
from specdouble.mock.pipeline.checking.wording import describe
from specdouble.openapi.bodies import without_files
from specdouble.openapi.validation.telling import errors_of

Loc = tuple[str | int, ...]
Error = tuple[Loc, str, str]
_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")


def types_of(schema: dict[str, Any]) -> set[str]:
    """Return the types that a schema names, in its branches too."""
    found = schema.get("type")
    types = {found} if isinstance(found, str) else set(found or ())
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        types |= types_of(part)
    return types


def as_integer(text: str) -> Any:
    """Return a whole number of 64 bits; the text itself where it is none."""
    if not _WHOLE.fullmatch(text):
        return text
    value = int(text)
    return value if LEAST_INT <= value <= MAX_INT else text


def as_number(text: str) -> Any:
    """Return a finite number; the text itself where it is none."""
    try:
        value = float(text)
    except ValueError:
        return text
    return value if isfinite(value) and "_" not in text and text == text.strip() else text


def as_boolean(text: str) -> Any:
    """Return true or false; the text itself where it is neither."""
    return {"true": True, "false": False}.get(text, text)


def as_text(text: str) -> str:
    """Return the text itself."""
    return text


def checked(
    value: Any, validator: Any, schema: Any, lax: Lax | None, loc: Loc, errors: list[Error], *, files: bool = False
) -> Any:
    """Return a value as it is read, in the lax mode where that is given; appends to ``errors`` what is wrong."""
    if lax is not None:
        value = lax.read(value, schema, loc, errors)
    plain = without_files(value) if files else value
    if not validator.is_valid(plain):
        found = [one for one in errors_of(validator, plain) if not _is_value_of_step(one, plain)]
        errors.extend(describe((one for one in found if lax is None or not _is_told(one)), loc))
    return value


def _is_told(error: Any) -> bool:
    """Tell whether the lax mode has judged already what an error is about: addresses have rules of their own there."""
    return bool(error.kind.name == "format" and error.kind.format == "email")


def _is_value_of_step(error: Any, body: Any) -> bool:
    """Tell whether an error is about the value of a step of a JSON Patch: it may be any, whatever a document says."""
    path = list(error.instance_path)
    if not path or path[-1] != "value" or error.kind.name != "type":
        return False
    step = body
    for name in path[:-1]:
        step = step[name]
    return isinstance(step, dict) and {"op", "path"} <= step.keys()
