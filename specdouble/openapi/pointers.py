"""JSON pointers, and following a reference inside one document."""

from collections.abc import Iterable
from typing import Any

from specdouble.openapi.errors import SpecError

_LONGEST_CHAIN = 20


def escape(token: str) -> str:
    """Return a key as it stands in a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1") if "/" in token or "~" in token else token


def join(tokens: Iterable[str], start: str = "") -> str:
    """Return the pointer that goes from `start` through the keys in `tokens`."""
    return start + "".join(f"/{escape(token)}" for token in tokens)


def lookup(document: Any, pointer: str) -> Any:
    """Return what a JSON pointer points at.

    Raises:
        KeyError: it points at nothing.

    """
    value = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (IndexError, ValueError, TypeError):
            raise KeyError(pointer) from None
    return value


def follow(document: Any, value: Any, pointer: str = "") -> tuple[Any, str]:
    """Follow `$ref` until something else stands there; return that and the pointer to it.

    Raises:
        SpecError: the reference leaves the document, points at nothing, or goes round in a circle.

    """
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(value, dict) or "$ref" not in value:
            return value, pointer
        ref = value["$ref"]
        if not isinstance(ref, str) or not ref.startswith("#"):
            raise SpecError(
                f"the reference {ref} leaves the document", where=pointer, next_step="Bundle the document into one file"
            )
        target = ref[1:]
        if "%" in target:
            from urllib.parse import unquote

            target = unquote(target)
        try:
            value = lookup(document, target)
        except KeyError:
            raise SpecError(
                f"the reference {ref} points at nothing", where=pointer, next_step="Correct the $ref"
            ) from None
        pointer = target
    raise SpecError("the reference goes round in a circle", where=pointer, next_step="Correct the $ref")
