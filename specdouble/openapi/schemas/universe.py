"""The schemas of one or two documents, numbered by meaning.

Equal schemas have one number, whichever document they stand in: a reference counts as equal where the schemas that it
reaches are the same in both documents. So what did not change is known to be equal without a look.
"""

from typing import Any

from specdouble.openapi.keywords import MANY, NAMED, ONE
from specdouble.openapi.references import References
from specdouble.openapi.schemas.equal import same_targets
from specdouble.openapi.schemas.flat import ANYTHING, Conj
from specdouble.openapi.schemas.normal import ANNOTATIONS, normal
from specdouble.openapi.schemas.numbers import text_of

Schema = dict[str, Any]  # normal form; inner schemas are numbers


class Universe:
    """Gives schemas their numbers; `schemas[number]` is the normal form, `sides[number]` the document it stands in."""

    def __init__(self, *documents: tuple[dict[str, Any], str]) -> None:
        self.references = [References(document) for document, _ in documents]
        self.versions = [version for _, version in documents]
        self.schemas: list[Schema] = []
        self.sides: list[int] = []
        self._numbers: dict[Any, int] = {}
        self._seen: dict[tuple[int, int], int] = {}
        self._keep: list[Any] = []
        self._targets: dict[int, Conj] = {}
        self._annotations: dict[tuple[Conj, str], Any] = {}
        self._same = same_targets(documents[0], documents[1]) if len(documents) == 2 else frozenset()
        self.never = self.add(False, 0)

    def add(self, raw: Any, side: int) -> Conj:
        """Return the conjunction of one schema of the document number `side`."""
        return frozenset((self._number(raw, side),))

    def _number(self, raw: Any, side: int) -> int:
        seen = self._seen.get((id(raw), side)) if isinstance(raw, dict) else None
        if seen is not None:
            return seen
        schema = normal(raw, self.versions[side])
        if "not" in schema and schema["not"] in ({}, True):
            schema = {"never": True}
        for keyword in ONE:
            if keyword in schema:
                schema[keyword] = self._number(schema[keyword], side)
        for keyword in MANY:
            if keyword in schema:
                schema[keyword] = tuple(self._number(part, side) for part in schema[keyword])
        for keyword in NAMED:
            if keyword in schema:
                schema[keyword] = {name: self._number(part, side) for name, part in schema[keyword].items()}
        number = self._intern(schema, side)
        if isinstance(raw, dict):
            self._seen[id(raw), side] = number
            self._keep.append(raw)  # an id is taken again once its object is gone
        return number

    def _intern(self, schema: Schema, side: int) -> int:
        refs = [schema[k] for k in ("$ref", "$dynamicRef") if k in schema]
        mine = side if any(ref not in self._same for ref in refs) else -1
        key = (mine, *sorted((keyword, _key(keyword, value)) for keyword, value in schema.items()))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.schemas)
            self.schemas.append(schema)
            self.sides.append(side)
        return number

    def target(self, number: int) -> Conj | None:
        """Return what the reference of a schema names, or None where it has none or leads nowhere."""
        if number not in self._targets:
            schema = self.schemas[number]
            found: Conj = ANYTHING
            for keyword in ("$ref", "$dynamicRef"):
                if keyword in schema:
                    place = self.references[self.sides[number]].resolve(schema[keyword])
                    if place is not None:
                        found |= self.add(place[0], self.sides[number])
            self._targets[number] = found
        return self._targets[number] or None

    def inner(self, number: int) -> Conj:
        """Return the conjunction of one inner schema; one that accepts everything is empty."""
        return ANYTHING if not self.schemas[number] else frozenset((number,))

    def annotation(self, conj: Conj, keyword: str) -> Any:
        """Return what the schemas say under an annotation such as `readOnly`, also behind references, or None."""
        key = (conj, keyword)
        if key not in self._annotations:
            self._annotations[key] = None  # a schema inside itself says nothing new
            self._annotations[key] = next(
                (said for number in sorted(conj) if (said := self._said(number, keyword)) is not None), None
            )
        return self._annotations[key]

    def _said(self, number: int, keyword: str) -> Any:
        schema = self.schemas[number]
        if keyword in schema:
            return schema[keyword]
        inner = [*(self.target(number) or ()), *schema.get("allOf", ())]
        for alternatives in ("anyOf", "oneOf"):
            real = [part for part in schema.get(alternatives, ()) if self.schemas[part] != {"type": ("null",)}]
            inner += real if len(real) == 1 else []
        for part in inner:
            found = self.annotation(frozenset((part,)), keyword)
            if found is not None:
                return found
        return None


def _key(keyword: str, value: Any) -> Any:
    if isinstance(value, dict) and keyword in NAMED:
        return frozenset(value.items())
    if isinstance(value, tuple) and keyword in ("allOf", "anyOf", "oneOf"):
        return tuple(sorted(value))
    return text_of(value) if keyword in ANNOTATIONS else value
