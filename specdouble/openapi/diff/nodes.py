"""The differences of two schemas at their own level, and the pairs of inner schemas to look at next."""

from dataclasses import dataclass, field
from typing import Any

from specdouble.openapi.diff.keywords import CHANGED, NARROWED, WIDENED, keyword_changes
from specdouble.openapi.diff.rules import BREAKING, COMPATIBLE, REQUEST, RESPONSE, RULES
from specdouble.openapi.pointers import escape
from specdouble.openapi.schemas import subset
from specdouble.openapi.schemas.cutter import Cutter, Flats
from specdouble.openapi.schemas.flat import TYPES, Conj, Flat
from specdouble.openapi.schemas.numbers import text_of
from specdouble.openapi.schemas.subset import Subset
from specdouble.openapi.schemas.universe import Universe
from specdouble.openapi.schemas.values import member

PARAMETER = "parameter"  # a request as text, where a default counts
FORM = "form"  # a request as text


@dataclass(frozen=True, slots=True)
class Leaf:
    """A difference at one place. `fixed` ones weigh what they weigh, whatever the schema around them accepts."""

    rule: str
    level: str
    suffix: str = ""
    before: Any = None
    after: Any = None
    fixed: bool = False


@dataclass(slots=True)
class Node:
    """Two schemas: `harmless` tells that the newer one breaks nobody, all keywords together."""

    equal: bool
    harmless: bool
    leaves: list[Leaf] = field(default_factory=list)
    inner: list[tuple[str, Conj, Conj]] = field(default_factory=list)


class Nodes:
    """Compares pairs of schemas, each pair once for each direction."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.cutter = Cutter(universe)
        self.plain = Subset(universe, self.cutter, subset.PLAIN)
        self.reading = {name: Subset(universe, self.cutter, name) for name in (REQUEST, RESPONSE)}
        text = Subset(universe, self.cutter, subset.TEXT)
        self.reading |= {PARAMETER: text, FORM: text}
        self._nodes: dict[tuple[Conj, Conj, str], Node] = {}

    def node(self, old: Conj, new: Conj, kind: str) -> Node:
        """Return the differences of two schemas; `kind` is request, response, parameter or form."""
        key = (old, new, kind)
        if key not in self._nodes:
            self._nodes[key] = self._made(old, new, kind)
        return self._nodes[key]

    def harmless(self, old: Conj, new: Conj, kind: str) -> bool:
        """Tell whether the newer schema breaks nobody: requests still fit, or responses fitted before."""
        compare = self.reading[kind].holds
        return compare(new, old) if kind == RESPONSE else compare(old, new)

    def _made(self, old: Conj, new: Conj, kind: str) -> Node:
        direction = RESPONSE if kind == RESPONSE else REQUEST
        equal = self.plain.holds(old, new) and self.plain.holds(new, old)
        node = Node(equal, self.harmless(old, new, kind))
        pairs = _Pairs(self, old, new, kind, direction, node)
        pairs.annotations()
        pairs.extensible()
        pairs.types()
        return node


class _Pairs:
    """The making of one node."""

    def __init__(self, nodes: Nodes, old: Conj, new: Conj, kind: str, direction: str, node: Node) -> None:
        self.nodes, self.kind, self.direction, self.node = nodes, kind, direction, node
        self.old, self.new = old, new
        self.before, self.after = (_merged(nodes.cutter.flats(conj)) for conj in (old, new))
        self.annotation = nodes.universe.annotation

    def leaf(
        self,
        rule: str,
        suffix: str = "",
        before: Any = None,
        after: Any = None,
        *,
        level: str = "",
        fixed: bool = False,
    ) -> None:
        rule = rule if rule in RULES else f"{self.direction}-{rule}"
        self.node.leaves.append(Leaf(rule, level or RULES[rule].level, suffix, before, after, fixed))

    def annotations(self) -> None:
        old, new = (self.annotation(conj, "default") for conj in (self.old, self.new))
        if (old is None) != (new is None) or text_of(old) != text_of(new):
            rule = "parameter-default-changed" if self.kind == PARAMETER else "default-changed"
            self.leaf(rule, "", old, new, fixed=True)
        old, new = (self.annotation(conj, "discriminator") for conj in (self.old, self.new))
        if isinstance(old, dict) and isinstance(new, dict) and _discriminates(old) != _discriminates(new):
            self.leaf("discriminator-changed", "", old.get("propertyName"), new.get("propertyName"), fixed=True)

    def extensible(self) -> None:
        """Compare `x-extensible-enum`: values that are known now, to which others may come."""
        given = [self.annotation(conj, "x-extensible-enum") for conj in (self.old, self.new)]
        if not all(isinstance(one, list) for one in given):
            return
        before, after = ({text_of(value) for value in one} for one in given)
        if before - after:
            self.leaf("extensible-enum-narrowed", "", sorted(before - after), None, fixed=True)
        if after - before:
            self.leaf("extensible-enum-widened", "", None, sorted(after - before), fixed=True)

    def types(self) -> None:
        old, new = ({kind: _of(flats, kind) for kind in TYPES} for flats in (self.before, self.after))
        if not self.node.equal:
            self.type_change(old, new)
        for kind in TYPES:
            if old[kind] and new[kind]:
                self.alternatives(old[kind], new[kind])

    def type_change(self, old: dict[str, list[Flat]], new: dict[str, list[Flat]]) -> None:
        lost = [kind for kind in TYPES if old[kind] and not new[kind]]
        gained = [kind for kind in TYPES if new[kind] and not old[kind]]
        if old["number"] and new["number"] and not (lost or gained):
            were, are = (all(flat.integer for flat in flats["number"]) for flats in (old, new))
            lost, gained = ["number"] * (are and not were), ["number"] * (were and not are)
        if not lost and not gained:
            return
        effect = CHANGED if lost and gained else NARROWED if lost else WIDENED
        subject = "nullability" if [*lost, *gained] == ["null"] else "type"
        self.leaf(f"{subject}-{effect}", "", _names(old), _names(new))

    def alternatives(self, old: list[Flat], new: list[Flat]) -> None:
        """Pair the flats of one type: equal ones, then the most alike; what is left was added or removed."""
        old, new = [f for f in old if f not in new], [f for f in new if f not in old]
        if self.node.equal and len(old) != len(new):
            return
        pairs: list[tuple[Flat, Flat]] = []
        if len(old) > 1 or len(new) > 1:
            for flat in list(old):
                twin = next((other for other in new if self.same(flat, other)), None)
                if twin is not None:
                    old.remove(flat)
                    new.remove(twin)
                    pairs.append((flat, twin))
        if len(old) == len(new) == 1 and not pairs:
            pairs.append((old.pop(), new.pop()))
        while old and new:
            score, left, right = max(
                ((_likeness(a, b), i, j) for i, a in enumerate(old) for j, b in enumerate(new)),
                key=lambda found: (found[0], -found[1], -found[2]),
            )
            if score <= 0:
                break
            pairs.append((old.pop(left), new.pop(right)))
        for flat in old:
            self.variant(flat, None, self.direction == RESPONSE or self.covered(flat, self.new))
        for flat in new:
            self.variant(None, flat, self.direction == REQUEST or self.covered(flat, self.old))
        for a, b in pairs:
            self.pair(a, b)

    def same(self, a: Flat, b: Flat) -> bool:
        inside = self.nodes.plain._inside
        return inside(a, b) and inside(b, a)

    def covered(self, flat: Flat, conj: Conj) -> bool:
        reading = self.nodes.reading[self.kind]
        return reading._covered(flat, reading._flats(conj))

    def variant(self, old: Flat | None, new: Flat | None, harmless: bool) -> None:
        if self.node.equal:
            return
        effect = NARROWED if old else WIDENED
        self.leaf(
            f"variants-{effect}", "", old and _brief(old), new and _brief(new), level=COMPATIBLE if harmless else ""
        )

    def pair(self, a: Flat, b: Flat) -> None:
        if not self.node.equal:
            for subject, effect, before, after in keyword_changes(a, b):
                self.leaf(f"{subject}-{effect}", "", before, after)
        if a.type == "array":
            self.items(a, b)
        elif a.type == "object":
            self.members(a, b)

    def items(self, a: Flat, b: Flat) -> None:
        for index in range(max(len(a.prefix), len(b.prefix))):
            self.node.inner.append((f"/{index}", a.item(index), b.item(index)))
        if a.rest != b.rest:
            self.node.inner.append(("/*", a.rest, b.rest))
        if a.contains != b.contains and not self.node.equal:
            self.leaf(f"contains-{_effect(a.contains, b.contains)}")

    def members(self, a: Flat, b: Flat) -> None:
        for name in {**a.declared, **b.declared, **dict.fromkeys(sorted(a.required | b.required))}:
            self.member(a, b, name)
        if a.additional != b.additional:
            self.others(a.additional, b.additional)
        old, new = ({p: conj for group in flat.groups for p, conj in group.patterns} for flat in (a, b))
        for pattern in {**old, **new}:
            if pattern in old and pattern in new:
                self.node.inner.append((f"/{escape(pattern)}", old[pattern], new[pattern]))
        if self.node.equal:
            return
        if old.keys() != new.keys():
            gone, came = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
            effect = CHANGED if gone and came else NARROWED if came else WIDENED
            self.leaf(f"pattern-properties-{effect}", "", gone or None, came or None)
        if a.names != b.names:
            fewer, more = self.nodes.plain.holds(b.names, a.names), self.nodes.plain.holds(a.names, b.names)
            if not (fewer and more):
                self.leaf(f"property-names-{NARROWED if fewer else WIDENED if more else CHANGED}")
        if a.dependent != b.dependent:
            self.leaf(f"dependent-schemas-{_effect(a.dependent, b.dependent)}")

    def others(self, old: Conj, new: Conj) -> None:
        """Compare the properties that are not written out: closed, open, or of a schema."""
        plain = self.nodes.plain
        fewer, more = plain.holds(new, old), plain.holds(old, new)
        if old and new and not plain.empty(old) and not plain.empty(new):
            self.node.inner.append(("/*", old, new))
        elif not (fewer and more) and not self.node.equal:
            effect = NARROWED if fewer else WIDENED if more else CHANGED
            self.leaf(f"additional-properties-{effect}", "", self.openness(old), self.openness(new))

    def openness(self, conj: Conj) -> str:
        return "any" if not conj else "none" if self.nodes.plain.empty(conj) else "of a schema"

    def member(self, a: Flat, b: Flat, name: str) -> None:
        old, new = member(a, name), member(b, name)
        had, has = name in a.declared, name in b.declared
        if old == new and had == has and (name in a.required) == (name in b.required):
            return
        suffix = f"/{escape(name)}"
        if has and not had and not _matched(a, name):
            self.added(a, b, name, suffix)
        elif had and not has and not _matched(b, name):
            self.removed(a, name, suffix)
        else:
            was = name in a.required and not self.unsent(old)
            now = name in b.required and not self.unsent(new)
            if was != now and (not self.node.equal or self.unsent(old) != self.unsent(new)):
                self.leaf(f"property-became-{'required' if now else 'optional'}", suffix)
            if had and has:
                self.member_annotations(old, new, suffix)
            if had or has:
                self.node.inner.append((suffix, old, new))

    def unsent(self, conj: Conj) -> bool:
        keyword = "readOnly" if self.direction == REQUEST else "writeOnly"
        return self.annotation(conj, keyword) is True

    def added(self, a: Flat, b: Flat, name: str, suffix: str) -> None:
        conj = member(b, name)
        required = name in b.required and name not in a.required and not self.unsent(conj)
        names = _names({kind: _of(self.nodes.cutter.flats(conj), kind) for kind in TYPES})
        if self.direction == REQUEST:
            self.leaf("property-added-required" if required else "property-added", suffix, None, names)
        elif self.nodes.plain.empty(a.additional) and not self.unsent(conj):
            self.leaf("property-added-to-closed-object", suffix, None, names)
        else:
            self.leaf("property-added", suffix, None, names)

    def removed(self, a: Flat, name: str, suffix: str) -> None:
        conj = member(a, name)
        elsewhere = self.node.harmless and any(name in flat.declared for flat in self.after)
        harmless = self.unsent(conj) or elsewhere
        names = _names({kind: _of(self.nodes.cutter.flats(conj), kind) for kind in TYPES})
        self.leaf("property-removed", suffix, names, None, level=COMPATIBLE if harmless else BREAKING, fixed=True)

    def member_annotations(self, old: Conj, new: Conj, suffix: str) -> None:
        for keyword, word in (("readOnly", "read-only"), ("writeOnly", "write-only")):
            was, now = (self.annotation(conj, keyword) is True for conj in (old, new))
            if was != now:
                rule = f"property-{'became' if now else 'no-longer'}-{word}"
                gone = rule == "property-became-write-only" and self.direction == RESPONSE
                self.leaf(rule, suffix, fixed=gone)
        was, now = (self.annotation(conj, "deprecated") is True for conj in (old, new))
        if was != now:
            self.leaf(f"property-{'' if now else 'un'}deprecated", suffix)


def _of(flats: Flats, kind: str) -> list[Flat]:
    return [flat for flat in flats if flat.type == kind]


def _merged(flats: Flats) -> Flats:
    """Return the flats with bare lists of values of one type as one: `oneOf` of constants is a list of values."""
    found: list[Flat] = []
    values: dict[str, frozenset[str]] = {}
    for flat in flats:
        if flat.enum is not None and flat == Flat(flat.type, enum=flat.enum):
            values[flat.type] = values.get(flat.type, frozenset()) | flat.enum
        else:
            found.append(flat)
    return (*(Flat(kind, enum=texts) for kind, texts in values.items()), *found)


def _names(flats: dict[str, list[Flat]]) -> str:
    if all(flats.values()) and not all(flat.integer for flat in flats["number"]):
        return "any"
    names = [
        "integer" if kind == "number" and all(f.integer for f in flats[kind]) else kind for kind in TYPES if flats[kind]
    ]
    return " or ".join(sorted(names, key=lambda name: (name == "null", name))) or "nothing"


def _brief(flat: Flat) -> str:
    if flat.enum is not None and flat.type not in ("null", "boolean"):
        return " or ".join(sorted(flat.enum))
    if flat.type == "object" and flat.declared:
        return f"object with {', '.join(flat.declared)}"
    return "integer" if flat.integer else flat.type


def _likeness(a: Flat, b: Flat) -> float:
    """Return how much two flats look like two versions of one: by their members' names, or by their values."""
    if a.type == "object":
        left, right = set(a.declared), set(b.declared)
        shared = {name for name in left & right if member(a, name) == member(b, name)}
        return (len(left & right) + len(shared)) / (2 * len(left | right)) if left | right else 0.1
    if a.enum is not None and b.enum is not None:
        return len(a.enum & b.enum) / len(a.enum | b.enum)
    return 0.2


def _matched(flat: Flat, name: str) -> bool:
    from specdouble.openapi import patterns

    return any(patterns.matches(pattern, name) for group in flat.groups for pattern, _ in group.patterns)


def _effect(before: frozenset[Any], after: frozenset[Any]) -> str:
    if before < after:
        return NARROWED
    return WIDENED if after < before else CHANGED


def _discriminates(value: dict[str, Any]) -> Any:
    mapping = value.get("mapping")
    names = {key: str(ref).rpartition("/")[2] for key, ref in mapping.items()} if isinstance(mapping, dict) else {}
    return value.get("propertyName"), tuple(sorted(names))
