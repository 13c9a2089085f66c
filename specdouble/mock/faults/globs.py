"""Patterns with wildcards, for paths and for values: matched in one pass, whatever the pattern and the text are.

A regular expression would go back and try again at every star, and a pattern comes from whoever writes a rule.
"""

from __future__ import annotations

import re
from functools import lru_cache

from specdouble.mock.faults.effects import FaultError

LONGEST = 1000  # characters of a pattern
MOST_STARS = 40
_WILD = re.compile(r"(\*\*|\*|\{[^{}]*\})")


class Glob:
    """A pattern that was read. What `places` has of a text's beginning is one bit a place in the pattern.

    Each place either goes on by one character (`_by`, by that character; `_by_any` for all others but a slash), or
    stays where it is by any character (`_loops`), or by any but a slash (`_loops_inside`).
    """

    __slots__ = ("_by", "_by_any", "_end", "_loops", "_loops_inside", "_plain")

    def __init__(self, parts: list[str]) -> None:
        """Read parts: `**` is anything, `*` and `{…}` (not empty) anything but a slash, all else stands for itself."""
        self._by: dict[str, int] = {}
        self._by_any = self._loops = self._loops_inside = 0
        place, wild = 1, False
        for part in parts:
            if part == "**":
                self._loops |= place
            elif part == "*":
                self._loops_inside |= place
            elif part[:1] == "{" and part[-1:] == "}":
                self._by_any |= place
                place <<= 1
                self._loops_inside |= place
            else:
                for letter in part:
                    self._by[letter] = self._by.get(letter, 0) | place
                    place <<= 1
                continue
            wild = True
        self._end = place
        self._plain = None if wild else "".join(parts)
        for letter in self._by:
            self._by[letter] |= self._by_any if letter != "/" else 0
        self._by.setdefault("/", 0)

    def fits(self, text: str) -> bool:
        """Tell whether the whole of a text is of this pattern."""
        if self._plain is not None:
            return text == self._plain
        by, other, loops = self._by, self._by_any, self._loops
        loops_inside = loops | self._loops_inside
        places = 1
        for letter in text:
            places = (places & by.get(letter, other)) << 1 | places & (loops if letter == "/" else loops_inside)
            if not places:
                return False
        return bool(places & self._end)


@lru_cache(maxsize=256)
def glob(text: str) -> Glob:
    """Return the pattern of a path: `*` is one segment or a part of it, `**` any number, `{name}` one segment."""
    return Glob(_WILD.split(text))


def wild(text: str) -> Glob:
    """Return the pattern of a value, in which `*` is anything."""
    return Glob(["**" if one == "*" else one for one in text])


def usable(text: str, name: str) -> str:
    """Return a pattern as it is.

    Raises:
        FaultError: it is too long, or has too many stars; the message calls it `name`.

    """
    if len(text) > LONGEST:
        raise FaultError(f"{name} is a pattern of {len(text)} characters, and the most is {LONGEST}")
    if text.count("*") > MOST_STARS:
        raise FaultError(f"{name} has {text.count('*')} stars, and the most is {MOST_STARS}")
    return text


def meet(pattern: str, template: str) -> bool:
    """Tell whether some path is of both a pattern and a template; a `{name}` of the template may also have slashes."""
    known = template.split("/")
    reached = {0}  # how many segments of the template may have been used
    wanted = pattern.split("/")
    for number, one in enumerate(wanted, 1):
        after: set[int] = set()
        for start in reached:
            if "**" in one:
                after |= {*range(start, len(known) + 1)}
            elif start < len(known) and ("{" in known[start] or "{" in one or glob(one).fits(known[start])):
                after.add(start + 1)
                if "{" in known[start] and number < len(wanted):
                    after.add(start)
        reached = after
    return len(known) in reached
