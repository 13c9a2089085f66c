"""What is wrong with a value that does not fit: all of it where the value is small.

The validator makes all errors at once, and each takes 20 µs and some KiB, more where it tells of alternatives. A body
of some MiB may hold a million mistakes, for which nobody should wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import SimpleNamespace
from typing import Any, ClassVar

MANY = 2_000  # values in a value; of one that holds more, mistakes in the first ones are told
_OF_SIZE = frozenset({"minItems", "contains", "uniqueItems", "minProperties", "unevaluatedItems"})


class Elsewhere:
    """Stands for errors that lie behind what was looked at; has what an error of the validator has."""

    kind: ClassVar[Any] = SimpleNamespace(name="")
    instance_path: ClassVar[list[str | int]] = []
    instance: ClassVar[Any] = None
    message = f"It does not fit, and is too large to say where: the first {MANY:,} values do"


def errors_of(validator: Any, value: Any) -> list[Any]:
    """Return the errors of a value, at least one where a validator refuses it: see `MANY`."""
    begin = _Begin()
    looked_at = begin.of(value)
    if begin.whole:
        return list(validator.iter_errors(value))
    hidden = _OF_SIZE if begin.members else _OF_SIZE | {"required", "dependentRequired"}
    found = [one for one in validator.iter_errors(looked_at) if one.kind.name not in hidden]
    return found if found or validator.is_valid(value) else [Elsewhere()]


class _Begin:
    """Takes the beginning of a value; `whole` is whether that is all of it, `members` whether all objects are whole."""

    def __init__(self) -> None:
        self.whole = self.members = True
        self._left = MANY

    def of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return dict(self._members(value))
        return list(self._items(value)) if isinstance(value, list) else value

    def _members(self, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        most = MANY if self._left > -MANY else 0  # objects stay whole a little longer than lists: members are asked for
        if len(value) > most:
            self.whole = self.members = False
        self._left -= len(value)
        for name, one in islice(value.items(), most):
            yield name, self.of(one)

    def _items(self, value: list[Any]) -> Iterator[Any]:
        for one in value:
            if self._left <= 0:
                self.whole = False
                return
            self._left -= 1
            yield self.of(one)
