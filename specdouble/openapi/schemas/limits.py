"""The limits of a flat: of numbers, of sizes, and of what numbers look like as text."""

from specdouble.openapi.schemas import formats
from specdouble.openapi.schemas.flat import Flat, Limit, tighter, whole
from specdouble.openapi.schemas.numbers import text_of

# What numbers look like as text, as widely as they may be written.
_WHOLE_TEXT, _NUMBER_TEXT = "^-?[0-9]+$", r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


def as_text(flat: Flat) -> Flat:
    """Return the texts by which numbers or booleans are written; all of them where it is not certain which."""
    if flat.enum is not None:
        return Flat("string", enum=frozenset(text_of(text) for text in flat.enum))
    return Flat("string", min_size=1, patterns=frozenset((_WHOLE_TEXT if flat.integer else _NUMBER_TEXT,)))


def bounds(flat: Flat) -> tuple[Limit | None, Limit | None]:
    """Return the limits of a number, with those of its format where it is an integer."""
    low, high = flat.low, flat.high
    if flat.integer:
        low, high = whole(low, 1), whole(high, -1)
        for name in flat.formats:
            limits = formats.limits(name)
            if limits:
                low, high = tighter(low, limits[0], 1), tighter(high, limits[1], -1)
    return low, high


def reaches(mine: Limit | None, theirs: Limit | None, sign: int) -> bool:
    """Tell whether my limit is at least as tight as theirs."""
    return theirs is None or (mine is not None and tighter(mine, theirs, sign) == mine)


def sized(least: int, most: int | None, b: Flat) -> bool:
    """Tell whether sizes from `least` to `most` are all within the limits of `b`."""
    return least >= b.min_size and (b.max_size is None or (most is not None and most <= b.max_size))
