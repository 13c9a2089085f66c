"""A schema cut into flat parts: each holds for one JSON type and has no alternatives left in it.

A schema is the union of its flats. Inner schemas stay what they are: conjunctions, sets of the numbers that
`Universe` gives to schemas, all of which hold. The empty conjunction accepts everything.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

TYPES = ("null", "boolean", "number", "string", "array", "object")
Conj = frozenset[int]
ANYTHING: Conj = frozenset()
Limit = tuple[Any, bool]  # the number, and whether the number itself is shut out


class Group:
    """What one schema says about the members of an object: they are checked by it apart from other schemas."""

    __slots__ = ("_hash", "additional", "explicit", "patterns", "properties")

    def __init__(
        self,
        properties: dict[str, Conj],
        patterns: Iterable[tuple[str, Conj]] = (),
        additional: Conj = ANYTHING,
        explicit: bool = False,
    ) -> None:
        self.properties = properties
        self.patterns = tuple(patterns)
        self.additional = additional
        self.explicit = explicit  # whether `additionalProperties` is written there, which evaluates all members
        self._hash = hash((frozenset(properties.items()), frozenset(self.patterns), additional))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Group)
            and self._hash == other._hash
            and self.additional == other.additional
            and self.properties == other.properties
            and frozenset(self.patterns) == frozenset(other.patterns)
        )

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Flat:
    """All that a value of one type has to fulfil. `enum` holds the JSON texts of the values that are left."""

    type: str
    enum: frozenset[str] | None = None
    nots: frozenset[Conj] = frozenset()
    opaque: frozenset[Any] = frozenset()  # what is compared by identity only
    integer: bool = False
    low: Limit | None = None
    high: Limit | None = None
    multiples: frozenset[Fraction] = frozenset()
    formats: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    content: frozenset[tuple[str, Any]] = frozenset()
    min_size: int = 0
    max_size: int | None = None
    unique: bool = False
    prefix: tuple[Conj, ...] = ()
    rest: Conj = ANYTHING
    all_items: bool = field(default=False, compare=False)  # `items` is written there, which evaluates all members
    contains: frozenset[tuple[Conj, int, int | None]] = frozenset()
    required: frozenset[str] = frozenset()
    groups: tuple[Group, ...] = ()
    names: Conj = ANYTHING
    dependent: frozenset[tuple[str, Conj]] = frozenset()

    def item(self, index: int) -> Conj:
        """Return what the member of an array at `index` has to fulfil."""
        return self.prefix[index] if index < len(self.prefix) else self.rest

    @property
    def declared(self) -> Mapping[str, object]:
        """The member names that are written out, in order, as keys."""
        if len(self.groups) == 1:
            return self.groups[0].properties
        return {name: None for group in self.groups for name in group.properties}

    @property
    def additional(self) -> Conj:
        """What a member has to fulfil whose name is neither written out nor matched by a pattern."""
        if len(self.groups) == 1:
            return self.groups[0].additional
        return frozenset().union(*(group.additional for group in self.groups))


BASE = {
    kind: Flat(kind, enum=frozenset(("null",)) if kind == "null" else frozenset(("true", "false")))
    if kind in ("null", "boolean")
    else Flat(kind)
    for kind in TYPES
}


def whole(limit: Limit | None, sign: int) -> Limit | None:
    """Return a limit of integers as the integer that it lets in: more than 0 is at least 1."""
    if limit is None or not math.isfinite(limit[0]):
        return limit
    number = math.ceil(limit[0]) if sign > 0 else math.floor(limit[0])
    return (number + sign if limit[1] and number == limit[0] else number), False


def tighter(a: Limit | None, b: Limit | None, sign: int) -> Limit | None:
    """Return the limit that shuts out more: the larger minimum (`sign` 1) or the smaller maximum (-1)."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        return a if a[1] else b
    return a if (a[0] > b[0]) == (sign > 0) else b


def smaller(a: int | None, b: int | None) -> int | None:
    """Return the smaller of two sizes; None stands for no limit."""
    return b if a is None else a if b is None else min(a, b)


def both(a: Flat, b: Flat) -> Flat:
    """Return the flat that accepts what both accept. Their types are the same."""
    if a == BASE[a.type]:
        return b
    if b == BASE[b.type] or a == b:
        return a
    enum = b.enum if a.enum is None else a.enum if b.enum is None else a.enum & b.enum
    longest = max(len(a.prefix), len(b.prefix))
    return replace(
        a,
        enum=enum,
        nots=a.nots | b.nots,
        opaque=a.opaque | b.opaque,
        integer=a.integer or b.integer,
        low=tighter(a.low, b.low, 1),
        high=tighter(a.high, b.high, -1),
        multiples=a.multiples | b.multiples,
        formats=a.formats | b.formats,
        patterns=a.patterns | b.patterns,
        content=a.content | b.content,
        min_size=max(a.min_size, b.min_size),
        max_size=smaller(a.max_size, b.max_size),
        unique=a.unique or b.unique,
        prefix=tuple(a.item(index) | b.item(index) for index in range(longest)),
        rest=a.rest | b.rest,
        all_items=a.all_items or b.all_items,
        contains=a.contains | b.contains,
        required=a.required | b.required,
        groups=tuple(dict.fromkeys((*a.groups, *b.groups))),
        names=a.names | b.names,
        dependent=a.dependent | b.dependent,
    )
