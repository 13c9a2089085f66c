"""Cutting schemas into flats."""

from dataclasses import replace
from typing import Any

from specdouble.openapi.schemas.flat import ANYTHING, BASE, Conj, Flat, Group, both
from specdouble.openapi.schemas.parts import own
from specdouble.openapi.schemas.universe import Schema, Universe

_MOST_FLATS = 256
Flats = tuple[Flat, ...]
_BASES: Flats = tuple(BASE.values())


class Cutter:
    """Cuts conjunctions of schemas into flats, each conjunction once.

    `strict` flats hold that exactly one variant of `oneOf` fits; the others read `oneOf` as `anyOf`, as authors do.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.schemas = universe.schemas
        self._flats: dict[tuple[Conj, bool], Flats] = {}
        self._open: set[int] = set()  # the schemas being cut, to notice one inside itself
        self._cut: set[int] = set()

    def flats(self, conj: Conj, strict: bool = False) -> Flats:
        """Return the flats of a conjunction: a value fits when it fits one of them."""
        known = self._flats.get((conj, strict))
        if known is None:
            known = _BASES
            for number in sorted(conj):
                known = self._product(known, self._node(number, strict), number)
            if not self._cut:  # a part of a cycle is complete only as seen from outside
                self._flats[conj, strict] = known
        return known

    def _product(self, left: Flats, right: Flats, mark: Any) -> Flats:
        if len(left) * len(right) > _MOST_FLATS * 8:
            return tuple(replace(flat, opaque=flat.opaque | {mark}) for flat in left)
        found = {
            flat: None
            for a in left
            for b in right
            if a.type == b.type
            for flat in (both(a, b),)
            if flat.enum is None or flat.enum
        }
        if len(found) > _MOST_FLATS:
            return tuple(replace(flat, opaque=flat.opaque | {mark}) for flat in left)
        return tuple(found)

    def _node(self, number: int, strict: bool) -> Flats:
        if number in self._open:  # a schema that holds itself adds nothing to itself
            self._cut.add(number)
            return _BASES
        one = frozenset((number,))
        known = self._flats.get((one, strict))
        if known is None:
            self._open.add(number)
            try:
                known = self._made(number, strict)
            finally:
                self._open.discard(number)
                self._cut.discard(number)
            if not self._cut:
                self._flats[one, strict] = known
        return known

    def _made(self, number: int, strict: bool) -> Flats:
        schema = self.schemas[number]
        if "never" in schema:
            return ()
        found = own(schema, self.universe.inner)
        if "$ref" in schema or "$dynamicRef" in schema:
            target = self.universe.target(number)
            if target is None:
                mark = ("nowhere", schema.get("$ref"), schema.get("$dynamicRef"))
                found = tuple(replace(flat, opaque=flat.opaque | {mark}) for flat in found)
            else:
                for one in sorted(target):
                    found = self._product(found, self._node(one, strict), number)
        for part in schema.get("allOf", ()):
            found = self._product(found, self._node(part, strict), part)
        if "anyOf" in schema:
            union = dict.fromkeys(flat for part in schema["anyOf"] for flat in self._node(part, strict))
            found = self._product(found, tuple(union), ("anyOf", number))
        if "oneOf" in schema:
            found = self._product(found, self._one_of(schema["oneOf"], strict), ("oneOf", number))
        if "if" in schema:
            found = self._product(found, self._conditional(schema, strict), ("if", number))
        if "not" in schema:
            found = self._without(found, frozenset((schema["not"],)), strict)
        return self._unevaluated(schema, found)

    def _one_of(self, parts: tuple[int, ...], strict: bool) -> Flats:
        found: dict[Flat, None] = {}
        for index, part in enumerate(parts):
            flats = self._node(part, strict)
            if strict:
                for other, twin in enumerate(parts):
                    if other != index:
                        flats = self._without(flats, frozenset((twin,)), strict)
            found.update(dict.fromkeys(flats))
        return tuple(found)

    def _conditional(self, schema: Schema, strict: bool) -> Flats:
        test = schema["if"]
        yes = self._node(test, strict)
        if "then" in schema:
            yes = self._product(yes, self._node(schema["then"], strict), ("then", test))
        no = self._without(_BASES, frozenset((test,)), strict)
        if "else" in schema:
            no = self._product(no, self._node(schema["else"], strict), ("else", test))
        return tuple(dict.fromkeys((*yes, *no)))

    def _without(self, flats: Flats, unwanted: Conj, strict: bool) -> Flats:
        """Return the flats without the values that fit `unwanted`."""
        out: list[Flat] = []
        theirs = self.flats(unwanted, strict)
        for flat in flats:
            others = [other for other in theirs if other.type == flat.type]
            if not others:
                out.append(flat)
            elif BASE[flat.type] in others:
                continue
            elif flat.enum is not None and all(other == Flat(flat.type, enum=other.enum) for other in others):
                left = flat.enum - frozenset().union(*(other.enum or () for other in others))
                if left:
                    out.append(replace(flat, enum=left))
            else:
                out.append(replace(flat, nots=flat.nots | {unwanted}))
        return tuple(out)

    def _unevaluated(self, schema: Schema, flats: Flats) -> Flats:
        """Apply `unevaluatedProperties` and `unevaluatedItems` to what the rest of the schema leaves unsaid."""
        members, items = schema.get("unevaluatedProperties"), schema.get("unevaluatedItems")
        if members is None and items is None:
            return flats
        found = []
        for flat in flats:
            if flat.type == "object" and members is not None and not any(g.explicit for g in flat.groups):
                patterns = {pattern: ANYTHING for group in flat.groups for pattern, _ in group.patterns}
                group = Group(
                    dict.fromkeys(flat.declared, ANYTHING), patterns.items(), self.universe.inner(members), True
                )
                flat = replace(flat, groups=(*flat.groups, group))
            if flat.type == "array" and items is not None and not flat.all_items:
                more = Flat(
                    "array", prefix=(ANYTHING,) * len(flat.prefix), rest=self.universe.inner(items), all_items=True
                )
                flat = both(flat, more)
            found.append(flat)
        return tuple(found)
