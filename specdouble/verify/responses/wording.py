"""How a failure reads: `items[3].cap: expected an integer, got "many"`.

A place is written as a person reads it, `items[3].cap`, and as a machine does, the JSON pointer `/items/3/cap`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

BODY = "the body"  # the place of what has no name
_PLAIN = re.compile(r"[A-Za-z_]\w*")
_LONGEST = 120  # characters of a value in a sentence
_TYPES = {"array": "a list", "object": "an object", "string": "a string", "integer": "an integer", "number": "a number",
          "boolean": "true or false", "null": "null"}  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """One way in which a value breaks its schema: where, and what was expected and got there, in words."""

    path: tuple[str | int, ...]
    expected: str
    got: str


def place(path: Iterable[str | int]) -> str:
    """Write the path of a value as people do: `items[3].cap`, `extra["a b"]`, `body[0].id`; the whole is "the body"."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text = f"{text or 'body'}[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text = f"{text or 'body'}[{json.dumps(part, ensure_ascii=False)}]"
    return text or BODY


def pointer(path: Iterable[str | int]) -> str:
    """Write the path of a value as a JSON pointer (RFC 6901): `/items/3/cap`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def sentence(path: Iterable[str | int], expected: str, got: str) -> str:
    """Say what is wrong at a place; the pointer stands behind it where it says more than the place."""
    parts = tuple(path)
    beside = f" ({pointer(parts)})" if len(parts) > 1 else ""
    return f"{place(parts)}: expected {expected}, got {got}{beside}"


def shown(value: Any, clean: Callable[[str], str] = str) -> str:
    """Write a JSON value for a sentence: on one line, without secrets, cut to a length that people read."""
    text = clean(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def failure(error: Any, clean: Callable[[str], str] = str) -> Failure:
    """Return what an error of jsonschema-rs means; of several allowed forms, the one that came closest counts."""
    error = _closest(error)
    path, kind, wanted = tuple(error.instance_path), error.kind.name, error.kind.value
    if kind == "required":
        return Failure((*path, str(wanted)), "a value", "no such field")
    if kind in ("additionalProperties", "unevaluatedProperties"):
        beyond = {name: error.instance[name] for name in wanted if name in error.instance}
        return Failure(path, f"no field {' or '.join(map(str, wanted))}", shown(beyond, clean))
    if kind in _COUNTED:
        return Failure(path, _COUNTED[kind].format(wanted), _count(error.instance, kind))
    return Failure(path, _expected(kind, wanted), shown(error.instance, clean))


def _closest(error: Any) -> Any:
    """Follow an error of several forms into the one form that fits the value best, where one does."""
    while error.kind.name in ("anyOf", "oneOf") and getattr(error.kind, "context", None):
        here = len(list(error.instance_path))
        # A form that wants another type, or another constant, at this very place was not meant.
        meant = [
            form for form in error.kind.context
            if form and not any(len(list(one.instance_path)) == here and one.kind.name in ("type", "const", "enum")
                                for one in form)
        ]  # fmt: skip
        if len(meant) != 1:
            return error
        error = meant[0][0]
    return error


_COUNTED = {
    "minItems": "at least {} items", "maxItems": "at most {} items",
    "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "minProperties": "at least {} fields", "maxProperties": "at most {} fields",
}  # fmt: skip


def _count(value: Any, kind: str) -> str:
    return f"{len(value)} {_COUNTED[kind].rpartition(' ')[2]}"


def _expected(kind: str, wanted: Any) -> str:
    say: Mapping[str, Callable[[], str]] = {
        "type": lambda: _types(wanted),
        "enum": lambda: "one of " + ", ".join(json.dumps(one, ensure_ascii=False) for one in wanted),
        "const": lambda: json.dumps(wanted, ensure_ascii=False),
        "format": lambda: f"a string of the format {wanted}",
        "pattern": lambda: f"a string that matches {wanted}",
        "minimum": lambda: f"at least {wanted}",
        "maximum": lambda: f"at most {wanted}",
        "exclusiveMinimum": lambda: f"more than {wanted}",
        "exclusiveMaximum": lambda: f"less than {wanted}",
        "multipleOf": lambda: f"a multiple of {wanted}",
        "uniqueItems": lambda: "items that differ",
        "anyOf": lambda: _forms(wanted),
        "oneOf": lambda: _forms(wanted),
        "falseSchema": lambda: "nothing",
    }
    found = say.get(kind)
    return found() if found else f"what {kind} allows"


def _forms(forms: Any) -> str:
    """Name the types that were allowed, where a type is all that each form wanted."""
    errors: list[Any] = [form[0] if len(form) == 1 else None for form in forms or ()]
    if errors and all(one is not None and one.kind.name == "type" for one in errors):
        names = [[one.kind.value] if isinstance(one.kind.value, str) else one.kind.value for one in errors]
        return _types([name for some in names for name in some])
    return "one of the declared forms"


def _types(wanted: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else sorted(wanted, key=lambda one: (one == "null", one))
    return " or ".join(_TYPES.get(name, name) for name in names)
