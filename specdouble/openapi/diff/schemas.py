"""Walking two schemas at once: every pair of inner schemas once for each place where the walk begins."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from specdouble.openapi.diff.change import Change
from specdouble.openapi.diff.nodes import PARAMETER, Nodes
from specdouble.openapi.diff.rules import BREAKING, COMPATIBLE, REQUEST, RULES
from specdouble.openapi.schemas.flat import Conj


@dataclass(slots=True)
class _Walk:
    operation: str
    kind: str
    seen: dict[tuple[Conj, Conj, bool], bool] = field(default_factory=dict)
    found: list[Change] = field(default_factory=list)


class Schemas:
    """Compares the schemas of two documents by what they accept."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes

    def changes(self, old: Any, new: Any, kind: str, operation: str, pointer: str) -> Iterator[Change]:
        """Yield the differences of a schema of the older document and one of the newer.

        A schema that is not given accepts everything. `kind` is request, response or parameter.
        """
        add = self.nodes.universe.add
        left, right = add({} if old is None else old, 0), add({} if new is None else new, 1)
        if left == right:
            return
        walk = _Walk(operation, kind)
        self._visit(walk, left, right, pointer, False)
        node = self.nodes.node(left, right, kind)
        broken = any(change.breaking for change in walk.found)
        if (not node.harmless and not broken) or (not node.equal and not walk.found):
            self._whole(walk, pointer, node.harmless)
        yield from walk.found

    def _visit(self, walk: _Walk, old: Conj, new: Conj, pointer: str, harmless: bool) -> bool:
        """Note the differences of a pair and of what is inside; return whether one of them breaks callers."""
        if old == new:
            return False
        key = (old, new, harmless)
        if key in walk.seen:
            return walk.seen[key]
        walk.seen[key] = True  # until it is known: a pair inside itself is not to be noted as a whole
        node = self.nodes.node(old, new, walk.kind)
        harmless = harmless or node.harmless
        broken = False
        for leaf in node.leaves:
            level = COMPATIBLE if harmless and leaf.level == BREAKING and not leaf.fixed else leaf.level
            broken = broken or level == BREAKING
            at = pointer + leaf.suffix
            walk.found.append(Change(leaf.rule, level, walk.operation, at, leaf.before, leaf.after))
        for suffix, left, right in node.inner:
            broken = self._visit(walk, left, right, pointer + suffix, harmless) or broken
        if not harmless and not broken:
            self._whole(walk, pointer, False)
            broken = True
        walk.seen[key] = broken
        return broken

    def _whole(self, walk: _Walk, pointer: str, harmless: bool) -> None:
        """Note that a schema changed as a whole, where no single keyword tells it."""
        request = walk.kind in (REQUEST, PARAMETER)
        effect = "narrowed" if request != harmless else "widened"
        rule = f"{'request' if request else 'response'}-schema-{effect}"
        walk.found.append(Change(rule, COMPATIBLE if harmless else RULES[rule].level, walk.operation, pointer))
