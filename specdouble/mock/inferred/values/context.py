"""What a value is made for: chance that repeats, the time, and what else is known while it is made."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast
from zlib import crc32

Reference = Callable[[str, Any], Any]


def chance(*parts: Any) -> random.Random:
    """Return a source of chance that is the same for the same parts, on every machine."""
    return cast(random.Random, _Chance(parts))


class _Chance:
    """A source of chance that is made once it is needed: most responses need none, and making one takes its time."""

    __slots__ = ("_made", "_parts")

    def __init__(self, parts: tuple[Any, ...]) -> None:
        self._parts = parts
        self._made: random.Random | None = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            text = "\x1f".join(map(str, self._parts)).encode()
            self._made = random.Random((crc32(text) << 32) | crc32(text[::-1]))
        return getattr(self._made, name)


@dataclass(frozen=True, slots=True)
class Context:
    """One making of a value.

    `rich` asks for members that need not be there; `request` leaves out what only the server writes; `number` is
    which of several values this is (0 for the first, which looks like the document's examples); `now` is the time as
    epoch seconds; `refer` returns the key of another thing by the name of a member, or None; `base` is what URLs
    begin with.
    """

    rng: random.Random
    now: float
    rich: bool = False
    request: bool = False
    number: int = 0
    base: str = "http://localhost"
    noun: str = ""
    refer: Reference | None = None
    path: tuple[Any, ...] = field(default=(), compare=False)

    def inside(self, schema: Any) -> Context:
        """Return the context of a member of this value."""
        return replace(self, path=(*self.path, id(schema)))
