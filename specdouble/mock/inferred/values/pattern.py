"""A text that a regular expression finds itself in, made from the expression."""

from __future__ import annotations

import random
import re
from re import _constants as codes
from re import _parser as parser
from typing import Any

from specdouble.openapi.patterns import matches

_TRIES = 12
_MOST = 8  # repetitions of what may be repeated without end
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def text_for(pattern: str, rng: random.Random, low: int = 0, high: int | None = None) -> str | None:
    """Return a text with a pattern, of a length within bounds, or None where none was found."""
    try:
        parsed = list(parser.parse(_translated(pattern)))
    except (re.error, OverflowError, RecursionError):
        return None
    for attempt in range(_TRIES):
        made = _sequence(parsed, rng, attempt, low)
        if not pattern.startswith("^") and len(made) < low:
            made += "".join(rng.choice(_LETTERS) for _ in range(low - len(made)))
        if len(made) >= low and (high is None or len(made) <= high) and matches(pattern, made):
            return made
    return None


def _translated(pattern: str) -> str:
    text = re.sub(r"\\p\{(L|Lu|Ll|Alpha|Letter)\}", "[a-z]", pattern)
    text = re.sub(r"\\p\{(N|Nd)\}", "[0-9]", text)
    return re.sub(r"\(\?<(?![=!])", "(?P<", text.replace("\\/", "/"))


def _sequence(parts: Any, rng: random.Random, attempt: int, wanted: int) -> str:
    return "".join(_one(code, argument, rng, attempt, wanted) for code, argument in parts)


def _one(code: Any, argument: Any, rng: random.Random, attempt: int, wanted: int) -> str:
    if code is codes.LITERAL:
        return chr(argument)
    if code is codes.NOT_LITERAL:
        return "a" if chr(argument) != "a" else "b"
    if code is codes.ANY:
        return rng.choice(_LETTERS)
    if code is codes.IN:
        return _of_class(argument, rng)
    if code is codes.BRANCH:
        branches = argument[1]
        return _sequence(rng.choice(branches), rng, attempt, wanted)
    if code in (codes.SUBPATTERN,):
        return _sequence(argument[-1], rng, attempt, wanted)
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT) or str(code) == "POSSESSIVE_REPEAT":
        least, most, inner = argument
        times = _times(int(least), int(most), rng, attempt, wanted)
        return "".join(_sequence(inner, rng, attempt, 0) for _ in range(times))
    if str(code) == "ATOMIC_GROUP":
        return _sequence(argument, rng, attempt, wanted)
    return ""  # anchors and looking around take no text


def _times(least: int, most: int, rng: random.Random, attempt: int, wanted: int) -> int:
    if wanted > least:
        return min(most, wanted + attempt)
    if attempt == 0:
        return min(most, max(least, min(least + 1, most)) if least else min(most, 6))
    return rng.randint(least, min(most, least + _MOST))


def _of_class(items: Any, rng: random.Random) -> str:
    choices: list[str] = []
    negated = False
    for code, argument in items:
        if code is codes.NEGATE:
            negated = True
        elif code is codes.LITERAL:
            choices.append(chr(argument))
        elif code is codes.RANGE:
            low, high = argument
            choices += [chr(point) for point in range(low, min(high, low + 200) + 1)]
        elif code is codes.CATEGORY:
            name = str(argument)
            if name.endswith("NOT_SPACE") or (name.endswith("_WORD") and "NOT" not in name):
                choices += _LETTERS
            elif name.endswith("NOT_WORD"):
                choices.append("-")
            elif name.endswith("NOT_DIGIT"):
                choices += _LETTERS[:26]
            elif name.endswith("DIGIT"):
                choices += "0123456789"
            elif name.endswith("SPACE"):
                choices.append(" ")
    if negated:
        left = [one for one in _LETTERS if one not in choices]
        return rng.choice(left) if left else "~"
    plain = [one for one in choices if one.isascii() and one.isalnum()]
    return rng.choice(plain or choices) if choices else "a"
