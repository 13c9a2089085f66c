"""What changed between two flats, keyword by keyword, and whether the values that fit became fewer or more."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from specdouble.openapi import patterns
from specdouble.openapi.schemas import formats
from specdouble.openapi.schemas.flat import Flat, Limit, tighter, whole
from specdouble.openapi.schemas.values import value_of

NARROWED, WIDENED, CHANGED = "narrowed", "widened", "changed"
Found = tuple[str, str, Any, Any]  # subject, effect, before, after
_SIZES = {"string": "length", "array": "items", "object": "properties"}


def keyword_changes(a: Flat, b: Flat) -> Iterator[Found]:
    """Yield what the keywords of two flats of one type say differently; inner schemas are left out."""
    if a.enum != b.enum:
        yield from _enum(a, b)
    for subject, low, high, sign in (("minimum", a.low, b.low, 1), ("maximum", a.high, b.high, -1)):
        if a.integer and b.integer:
            low, high = whole(low, sign), whole(high, sign)
        if low != high:
            yield _limit(subject, low, high, sign)
    if a.min_size != b.min_size:
        effect = NARROWED if b.min_size > a.min_size else WIDENED
        yield f"min-{_SIZES[a.type]}", effect, a.min_size or None, b.min_size or None
    if a.max_size != b.max_size:
        fewer = a.max_size is None or (b.max_size is not None and b.max_size < a.max_size)
        yield f"max-{_SIZES[a.type]}", NARROWED if fewer else WIDENED, a.max_size, b.max_size
    if a.unique != b.unique:
        yield "unique-items", NARROWED if b.unique else WIDENED, a.unique, b.unique
    yield from _sets("multiple-of", a.multiples, b.multiples, _is_multiple)
    yield from _sets("pattern", a.patterns, b.patterns, patterns.implies)
    yield from _sets("format", a.formats, b.formats, formats.implies)
    yield from _sets("content", a.content, b.content, None)
    yield from _sets("not", a.nots, b.nots, None)
    yield from _sets("schema", a.opaque, b.opaque, None)


def _enum(a: Flat, b: Flat) -> Iterator[Found]:
    if a.enum is None or b.enum is None:
        before, after = (None if flat.enum is None else _values(flat.enum) for flat in (a, b))
        yield "enum", NARROWED if a.enum is None else WIDENED, before, after
        return
    gone, new = a.enum - b.enum, b.enum - a.enum
    effect = CHANGED if gone and new else NARROWED if gone else WIDENED
    yield "enum", effect, _values(gone) or None, _values(new) or None


def _values(texts: Iterable[str]) -> list[Any]:
    return [value_of(text) for text in sorted(texts)]


def _limit(subject: str, before: Limit | None, after: Limit | None, sign: int) -> Found:
    effect = NARROWED if tighter(before, after, sign) == after and after is not None else WIDENED
    return subject, effect, _spoken(before, sign), _spoken(after, sign)


def _spoken(limit: Limit | None, sign: int) -> Any:
    if limit is None:
        return None
    return f"{'>' if sign > 0 else '<'} {limit[0]}" if limit[1] else limit[0]


def _is_multiple(a: Fraction, b: Fraction) -> bool:
    return (a / b).denominator == 1


def _sets(
    subject: str, before: frozenset[Any], after: frozenset[Any], implies: Callable[[Any, Any], bool] | None
) -> Iterator[Found]:
    """Compare constraints that hold together: one more narrows, one fewer widens."""
    gone, new = before - after, after - before
    if not gone and not new:
        return
    narrows = any(not any(implies(old, one) for old in before) for one in new) if implies else bool(new)
    widens = any(not any(implies(one, old) for one in after) for old in gone) if implies else bool(gone)
    effect = CHANGED if narrows and widens else NARROWED if narrows else WIDENED
    yield subject, effect, _one(gone), _one(new)


def _one(values: frozenset[Any]) -> Any:
    """Return constraints as values that can be shown; schemas and the like are not."""
    shown = sorted(_plain(value) for value in values if isinstance(value, str | Fraction))
    shown += sorted(f"{v[0]}: {v[1]}" for v in values if isinstance(v, tuple) and isinstance(v[1], str))
    return None if not shown else shown[0] if len(shown) == 1 else shown


def _plain(value: str | Fraction) -> Any:
    if isinstance(value, str):
        return value
    return int(value) if value.denominator == 1 else float(value)
