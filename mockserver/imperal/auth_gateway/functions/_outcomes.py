"""How a function of an app ends: with data and a sentence about it, or with a failure its user can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.mock.kit import Doc, World

Performed = tuple[Any, str | None]
Function = Callable[[World, Doc, Doc], Performed]


class FunctionError(Exception):
    """A function that could not do what it was asked; the message is for the user (rule C02)."""


def text(params: Doc, *names: str) -> str:
    """Return the first of the named parameters that is text and says something; fails when none does."""
    for name in names:
        value = params.get(name)
        if isinstance(value, str) and value.strip():
            return value
    raise FunctionError(f"params.{names[0]} is required: a text that is not empty.")


def whole(params: Doc, name: str, default: int | None = None, *, least: int = 1) -> int:
    """Return a parameter that is a whole number of at least ``least``; fails when it is not."""
    value = params.get(name, default)
    if type(value) is not int or value < least:
        raise FunctionError(f"params.{name} must be a whole number of at least {least}.")
    return value
