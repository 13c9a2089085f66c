"""Whether one schema accepts all that another accepts.

"Yes" is a proof. "No" means that a value is known that one accepts and the other refuses, or that no proof was found.

Three readings: `PLAIN` is the letter of JSON Schema. `REQUEST` and `RESPONSE` read as the users of documents do:
variants of `oneOf` are a union; read-only members are not sent in requests, write-only ones not in responses; a request
does not use names that its document did not declare; and a response may gain declared members, also where its object
was closed. `TEXT` is `REQUEST` where values are written as text, as in a query or a form: there a number is a text too.
"""

import math
from dataclasses import replace

from specdouble.openapi import patterns
from specdouble.openapi.schemas import formats
from specdouble.openapi.schemas.cutter import Cutter, Flats
from specdouble.openapi.schemas.flat import Conj, Flat, Group, Limit, both, whole
from specdouble.openapi.schemas.limits import as_text, bounds, reaches, sized
from specdouble.openapi.schemas.numbers import text_of
from specdouble.openapi.schemas.universe import Universe
from specdouble.openapi.schemas.values import Values, member, value_of

PLAIN, REQUEST, RESPONSE, TEXT = "plain", "request", "response", "text"
_UNSENT = {PLAIN: "", REQUEST: "readOnly", RESPONSE: "writeOnly", TEXT: "readOnly"}
_MOST_INTEGERS = 64
_DEEPEST = 500
_MOST_PARTS = 12  # how often a flat is divided before it is given up
_ROOT = math.inf


class Subset:
    """Compares conjunctions of one universe under one reading; every pair is visited once."""

    def __init__(self, universe: Universe, cutter: Cutter, reading: str) -> None:
        self.universe = universe
        self.cutter = cutter
        self.reading = reading
        self.strict = reading == PLAIN
        self.unsent = _UNSENT[reading]
        self.values = Values(cutter, self.strict)
        self.never = universe.never
        self._known: dict[tuple[Conj, Conj], bool] = {}
        # A pair inside itself is taken for true, as it may be when nothing else speaks against it. What rests on such
        # an assumption is provisional until the assumption is decided; its value here is the depth it rests on.
        self._pending: dict[tuple[Conj, Conj], int] = {}
        self._provisional: dict[tuple[Conj, Conj], float] = {}
        self._log: list[tuple[Conj, Conj]] = []  # the provisional ones in order
        self._lowest: float = _ROOT
        self._empty: dict[Conj, bool] = {}
        self._comparing: set[tuple[Flat, Flat]] = set()  # of the value that is looked at now
        self._depth = 0
        self._dividing: set[tuple[Flat, frozenset[Flat]]] = set()

    def holds(self, left: Conj, right: Conj) -> bool:
        """Tell whether each value that `left` accepts is accepted by `right`."""
        if right <= left or self.never <= left:
            return True
        pair = (left, right)
        known = self._known.get(pair)
        if known is not None:
            self._lowest = min(self._lowest, self._provisional.get(pair, _ROOT))
            return known
        if pair in self._pending:
            self._lowest = min(self._lowest, self._pending[pair])
            return True
        depth = len(self._pending)
        self._pending[pair] = depth
        outer, self._lowest = self._lowest, _ROOT
        mark = len(self._log)
        result = all(self._covered(flat, self._flats(right)) for flat in self._flats(left))
        del self._pending[pair]
        self._settle(pair, result, depth, mark, outer)
        return result

    def _settle(self, pair: tuple[Conj, Conj], result: bool, depth: int, mark: int, outer: float) -> None:
        """Keep the result of a pair, and decide about the provisional ones that were found on the way."""
        self._known[pair] = result
        if not result or self._lowest >= depth:
            for other in self._log[mark:]:
                del self._provisional[other]
                if not result:
                    del self._known[other]
            del self._log[mark:]
            self._lowest = outer
        else:
            self._provisional[pair] = self._lowest
            self._log.append(pair)
            self._lowest = min(outer, self._lowest)

    def _flats(self, conj: Conj) -> Flats:
        return self.cutter.flats(conj, self.strict)

    def _covered(self, flat: Flat, wide: Flats) -> bool:
        """Tell whether the union of `wide` accepts all values of `flat`."""
        others = [other for other in wide if other.type == flat.type]
        for unwanted in flat.nots:  # what the flat shuts out need not be covered
            others += [other for other in self._flats(unwanted) if other.type == flat.type]
        if any(self._inside(flat, other) for other in others) or self.empty_flat(flat):
            return True
        if self.reading == TEXT and flat.type in ("number", "boolean"):
            return self._covered(as_text(flat), wide)
        values = self._finite(flat)
        if values is not None:
            return all(
                any(self.values.fits_flat(value, other) for other in others)
                for value in map(value_of, values)
                if self.values.fits_flat(value, replace(flat, opaque=frozenset()))
            )
        key = (flat, frozenset(others))
        if len(others) < 2 or key in self._dividing or len(self._dividing) > _MOST_PARTS:
            return False
        self._dividing.add(key)
        try:
            return self._beyond(flat, others) or self._split(flat, others)
        finally:
            self._dividing.discard(key)

    def _beyond(self, flat: Flat, others: list[Flat]) -> bool:
        """Take one of the others that shuts something out: what it shuts out must be covered by the rest."""
        for other in others:
            if other.nots and self._inside(flat, replace(other, nots=frozenset())):
                rest = tuple(one for one in others if one is not other)
                parts = [part for unwanted in other.nots for part in self._flats(unwanted) if part.type == flat.type]
                if all(self._covered(both(flat, part), rest) for part in parts):
                    return True
        return False

    def _split(self, flat: Flat, others: list[Flat]) -> bool:
        """Try again with the parts of a flat, where the others divide it: at numbers, or by a member's values."""
        if flat.type == "number":
            cuts = {limit[0] for other in others for limit in (other.low, other.high) if limit}
            for cut in sorted(cuts)[:8]:
                below = both(flat, Flat("number", high=(cut, True)))
                above = both(flat, Flat("number", low=(cut, False)))
                if flat not in (below, above) and not self.empty_flat(below) and not self.empty_flat(above):
                    return self._covered(below, tuple(others)) and self._covered(above, tuple(others))
        return flat.type == "object" and self._split_member(flat, others)

    def _split_member(self, flat: Flat, others: list[Flat]) -> bool:
        for name in sorted(flat.required & flat.declared.keys()):
            parts = self._flats(member(flat, name))
            values = [text for part in parts for text in (part.enum or ())]
            if not 1 < len(values) <= _MOST_INTEGERS or any(part.enum is None for part in parts):
                continue
            if not any(part.enum is not None for other in others for part in self._flats(member(other, name))):
                continue
            for text in values:
                one = self.universe.add({"enum": [value_of(text)]}, 0)
                narrowed = replace(flat, groups=(*flat.groups, _member_group(name, one)))
                if not any(self._inside(narrowed, other) for other in others):
                    return False
            return True
        return False

    def _finite(self, flat: Flat) -> frozenset[str] | None:
        """Return all values of a flat where they can be counted."""
        if flat.enum is not None:
            return flat.enum
        low, high = bounds(flat)
        if flat.type == "number" and flat.integer and low and high and high[0] - low[0] <= _MOST_INTEGERS:
            first, last = math.ceil(low[0]), math.floor(high[0])
            return frozenset(text_of(number) for number in range(first, last + 1))
        return None

    def empty(self, conj: Conj) -> bool:
        """Tell whether it is certain that nothing fits a conjunction."""
        if conj in self._empty:
            return self._empty[conj]
        self._empty[conj] = False  # a schema inside itself may have values
        outer, self._lowest = self._lowest, _ROOT
        result = all(map(self.empty_flat, self._flats(conj)))
        if result and self._lowest < _ROOT:
            del self._empty[conj]  # it rests on an assumption
        else:
            self._empty[conj] = result
        self._lowest = min(outer, self._lowest)
        return result

    def empty_flat(self, flat: Flat) -> bool:
        """Tell whether it is certain that nothing fits a flat."""
        if flat.enum is not None:
            open_ = replace(flat, opaque=frozenset())
            return not any(self.values.fits_flat(value_of(text), open_) for text in flat.enum)
        low, high = bounds(flat)
        if low and high and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))):
            return True
        if flat.type == "array" and any(self.empty(flat.item(i)) for i in range(min(flat.min_size, 32))):
            return True
        if flat.max_size is not None and max(flat.min_size, len(flat.required)) > flat.max_size:
            return True
        if any(self.empty(member(flat, name)) for name in flat.required):
            return True
        positive = replace(flat, nots=frozenset())
        return any(
            self._inside(positive, other)
            for unwanted in flat.nots
            for other in self._flats(unwanted)
            if other.type == flat.type
        )

    def _inside(self, a: Flat, b: Flat) -> bool:
        """Tell whether it is certain that `b` accepts all that `a` accepts."""
        if a == b:
            return True
        if (a, b) in self._comparing or self._depth > _DEEPEST:
            return False  # a schema that applies itself to the same value proves nothing
        self._comparing.add((a, b))
        self._depth += 1
        try:
            return self._compared(a, b)
        finally:
            self._depth -= 1
            self._comparing.discard((a, b))

    def _below(self, left: Conj, right: Conj) -> bool:
        """Compare what two schemas say about a part of the value: there the same flats may be met again."""
        outer, self._comparing = self._comparing, set()
        try:
            return self.holds(left, right)
        finally:
            self._comparing = outer

    def _compared(self, a: Flat, b: Flat) -> bool:
        if not b.opaque <= a.opaque or not self._shut_out(a, b):
            return False
        if b.enum is not None and (a.enum is None or not a.enum <= b.enum):
            return False
        if a.enum is not None and b.enum is None:
            open_ = replace(a, opaque=frozenset())
            fitting = [v for v in map(value_of, a.enum) if self.values.fits_flat(v, open_)]
            return all(self.values.fits_flat(value, replace(b, opaque=frozenset())) for value in fitting)
        return _INSIDE[a.type](self, a, b)

    def _shut_out(self, a: Flat, b: Flat) -> bool:
        """Tell whether `a` has no value of those that `b` shuts out."""
        for unwanted in b.nots:
            if any(self.holds(unwanted, other) for other in a.nots):
                continue
            for flat in self._flats(unwanted):
                if flat.type == a.type and not self.empty_flat(both(a, flat)):
                    return False
        return True

    def same(self, a: Flat, b: Flat) -> bool:
        """Compare null or booleans: all is in their values."""
        return True

    def number(self, a: Flat, b: Flat) -> bool:
        """Compare numbers."""
        low, high = bounds(a)
        if b.integer and not (a.integer or any(step.denominator == 1 for step in a.multiples)):
            return False
        least, most = (whole(b.low, 1), whole(b.high, -1)) if a.integer else (b.low, b.high)
        if not reaches(low, least, 1) or not reaches(high, most, -1):
            return False
        for step in b.multiples:
            if not any((own / step).denominator == 1 for own in (*a.multiples, *((1,) if a.integer else ()))):
                return False
        return all(self._has_format(a, name, low, high) for name in b.formats)

    def _has_format(self, a: Flat, name: str, low: Limit | None, high: Limit | None) -> bool:
        if any(formats.implies(own, name) for own in a.formats):
            return True
        limits = formats.limits(name)
        return bool(limits and a.integer and reaches(low, limits[0], 1) and reaches(high, limits[1], -1))

    def string(self, a: Flat, b: Flat) -> bool:
        """Compare texts."""
        return (
            sized(a.min_size, a.max_size, b)
            and all(any(patterns.implies(own, one) for own in (*a.patterns, "")) for one in b.patterns)
            and all(any(formats.implies(own, one) for own in a.formats) for one in b.formats)
            and b.content <= a.content
        )

    def array(self, a: Flat, b: Flat) -> bool:
        """Compare lists."""
        if not sized(a.min_size, a.max_size, b):
            return False
        if b.unique and not (a.unique or (a.max_size is not None and a.max_size <= 1)):
            return False
        longest = max(len(a.prefix), len(b.prefix))
        for index in range(longest if a.max_size is None else min(longest, a.max_size)):
            if not self.empty(a.item(index)) and not self._below(a.item(index), b.item(index)):
                return False
        if (a.max_size is None or a.max_size > longest) and not self.empty(a.rest) and not self._below(a.rest, b.rest):
            return False
        return all(self._contains(a, *wanted) for wanted in b.contains)

    def _contains(self, a: Flat, wanted: Conj, least: int, most: int | None) -> bool:
        all_fit = all(self._below(conj, wanted) for conj in (*a.prefix, a.rest))
        enough = least == 0 or (all_fit and a.min_size >= least)
        few = most is None or (a.max_size is not None and a.max_size <= most)
        for own, own_least, own_most in a.contains:
            enough = enough or (own_least >= least and self._below(own, wanted))
            few = few or (own_most is not None and most is not None and own_most <= most and self._below(wanted, own))
        return enough and few

    def object(self, a: Flat, b: Flat) -> bool:
        """Compare objects."""
        required = frozenset(name for name in a.required if not self._is_unsent(member(a, name)))
        most = a.max_size
        closed = not any(group.patterns for group in a.groups) and self.empty(a.additional)
        if closed:
            most = len(a.declared) if most is None else min(most, len(a.declared))
        if not sized(max(a.min_size, len(required)), most, b):
            return False
        for name in b.required - required:
            if not self._is_unsent(member(b, name)):
                return False
        return (
            all(self._member(a, b, name) for name in {**a.declared, **b.declared})
            and self._others(a, b, closed)
            and self._names(a, b, closed)
            and all(self._depends(a, name, conj) for name, conj in b.dependent)
        )

    def _is_unsent(self, conj: Conj) -> bool:
        return bool(self.unsent) and self.universe.annotation(conj, self.unsent) is True

    def _member(self, a: Flat, b: Flat, name: str) -> bool:
        left, right = member(a, name), member(b, name)
        if self.reading in (REQUEST, TEXT) and name not in a.declared and not left and not self.never <= right:
            return True
        if self.reading == RESPONSE and name not in b.declared and self.never <= right:
            return True
        if self._is_unsent(left) or self._is_unsent(right) or self.empty(left):
            return True
        return self._below(left, right)

    def _others(self, a: Flat, b: Flat, closed: bool) -> bool:
        """Compare the members whose names are not written out: by pattern, and all the rest."""
        mine: dict[str, Conj] = {}
        for group in a.groups:
            for pattern, conj in group.patterns:
                mine[pattern] = mine.get(pattern, conj) | conj
        for group in b.groups:
            theirs = dict(group.patterns)
            for pattern, conj in theirs.items():
                if pattern in mine:
                    if not self._below(mine[pattern] | self._beside(a, pattern), conj):
                        return False
                elif (not self.empty(a.additional) and not self._below(a.additional, conj)) or not all(
                    self._below(other, conj) for other in mine.values()
                ):
                    return False
            for pattern, conj in mine.items():
                if pattern not in theirs and not self._below(conj | self._beside(a, pattern), group.additional):
                    return False
        return closed or self.empty(a.additional) or self._below(a.additional, b.additional)

    def _beside(self, flat: Flat, pattern: str) -> Conj:
        """Return what the groups without a pattern say about the names that it matches."""
        others = (group.additional for group in flat.groups if not group.patterns)
        return frozenset().union(*others)

    def _names(self, a: Flat, b: Flat, closed: bool) -> bool:
        if not b.names or self._below(a.names, b.names):
            return True
        return closed and all(self.values.fits(name, b.names) for name in a.declared)

    def _depends(self, a: Flat, name: str, conj: Conj) -> bool:
        if (name, conj) in a.dependent or self.empty(member(a, name)):
            return True
        flats = [replace(a, required=a.required | {name})]
        applied = frozenset((own, more) for own, more in a.dependent if own == name)
        for _, more in applied:
            flats = [both(f, g) for f in flats for g in self._flats(more) if g.type == "object"]
        return all(self._covered(replace(f, dependent=f.dependent - applied), self._flats(conj)) for f in flats)


def _member_group(name: str, conj: Conj) -> Group:
    return Group({name: conj})


_INSIDE = {
    "null": Subset.same,
    "boolean": Subset.same,
    "number": Subset.number,
    "string": Subset.string,
    "array": Subset.array,
    "object": Subset.object,
}
