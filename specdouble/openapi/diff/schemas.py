"""Walking two schemas at once, over the whole document: every pair of inner schemas is looked at once.

The pairs form a graph, as schemas refer to each other. A difference inside it is noted for the first operation that
reaches it, with the names of the others: a change of a schema that all operations use is one change.
"""

from collections.abc import Iterator
from typing import Any

from specdouble.openapi.diff.change import Change
from specdouble.openapi.diff.nodes import FORM, PARAMETER, Leaf, Nodes
from specdouble.openapi.diff.rules import BREAKING, COMPATIBLE, REQUEST, RESPONSE, RULES
from specdouble.openapi.schemas.flat import Conj

_Key = tuple[Conj, Conj, bool]  # older, newer, and whether something around them tells that it breaks nobody


class Schemas:
    """Compares the schemas of two documents by what they accept."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.graphs = {kind: _Graph(nodes, kind) for kind in (REQUEST, RESPONSE, PARAMETER, FORM)}

    def changes(self, old: Any, new: Any, kind: str, operation: str, pointer: str) -> Iterator[Change]:
        """Yield the differences of a schema of the older document and one of the newer that were not noted before.

        A schema that is not given accepts everything. `kind` is request, response, parameter or form.
        """
        add = self.nodes.universe.add
        left, right = add({} if old is None else old, 0), add({} if new is None else new, 1)
        if left != right:
            yield from self.graphs[kind].changes((left, right, False), operation, pointer)


class _Graph:
    """The pairs of schemas of one kind that were met so far; pairs are numbered."""

    def __init__(self, nodes: Nodes, kind: str) -> None:
        self.nodes, self.kind = nodes, kind
        self.numbers: dict[_Key, int] = {}
        self.keys: list[_Key] = []
        self.leaves: list[list[Leaf]] = []
        self.inner: list[list[tuple[str, int]]] = []
        # For each pair that is settled, those with leaves that it reaches, as bits; and whether one breaks callers.
        self.reach: dict[int, int] = {}
        self.broken: dict[int, bool] = {}
        self.bits: dict[int, int] = {}
        self.noted: dict[int, list[Change]] = {}
        self.known = 0

    def changes(self, key: _Key, operation: str, pointer: str) -> Iterator[Change]:
        root = self.number(key)
        self.settle(root)
        reached = self.reach[root]
        if not reached and not self.nodes.node(key[0], key[1], self.kind).equal:
            yield self.change(self.whole(harmless=True), operation, pointer)
        for bit, changes in self.noted.items():
            if reached & bit:
                for change in changes:
                    if operation != change.operation and operation not in change.also[-1:]:
                        change.also.append(operation)
        fresh = reached & ~self.known
        self.known |= fresh
        yield from self.fresh(root, fresh, operation, pointer)

    def fresh(self, root: int, wanted: int, operation: str, pointer: str) -> Iterator[Change]:
        """Yield the leaves of the pairs that are `wanted`, each with the way to it."""
        todo, seen = [(root, pointer)], {root}
        while todo and wanted:
            number, at = todo.pop()
            bit = self.bits.get(number, 0)
            if bit & wanted:
                wanted &= ~bit
                self.noted[bit] = [self.change(leaf, operation, at) for leaf in self.leaves[number]]
                yield from self.noted[bit]
            for suffix, below in reversed(self.inner[number]):
                if below not in seen and self.reach[below] & wanted:
                    seen.add(below)
                    todo.append((below, at + suffix))

    def change(self, leaf: Leaf, operation: str, pointer: str) -> Change:
        return Change(leaf.rule, leaf.level, operation, pointer + leaf.suffix, leaf.before, leaf.after)

    def number(self, key: _Key) -> int:
        """Return the number of a pair, with its own differences found."""
        if key not in self.numbers:
            self.numbers[key] = len(self.keys)
            self.keys.append(key)
            self.leaves.append([])
            self.inner.append([])
            self.look(self.numbers[key], key)
        return self.numbers[key]

    def look(self, number: int, key: _Key) -> None:
        node = self.nodes.node(key[0], key[1], self.kind)
        harmless = key[2] or node.harmless
        for leaf in node.leaves:
            weighs_less = harmless and leaf.level == BREAKING and not leaf.fixed
            level = COMPATIBLE if weighs_less else leaf.level
            self.leaves[number].append(Leaf(leaf.rule, level, leaf.suffix, leaf.before, leaf.after))

    def below(self, number: int) -> list[tuple[str, int]]:
        old, new, harmless = self.keys[number]
        node = self.nodes.node(old, new, self.kind)
        harmless = harmless or node.harmless
        self.inner[number] = [(at, self.number((a, b, harmless))) for at, a, b in node.inner if a != b]
        return self.inner[number]

    def settle(self, root: int) -> None:
        """Find what each pair reaches, circle by circle (Tarjan's algorithm)."""
        if root in self.reach:
            return
        order: dict[int, int] = {root: 0}
        low: dict[int, int] = {root: 0}
        open_: list[int] = [root]
        work = [(root, iter(self.below(root)))]
        while work:
            number, members = work[-1]
            entered = False
            for _, below in members:
                if below in self.reach:
                    continue
                if below in order:
                    low[number] = min(low[number], order[below])
                    continue
                order[below] = low[below] = len(order)
                open_.append(below)
                work.append((below, iter(self.below(below))))
                entered = True
                break
            if entered:
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[number])
            if low[number] == order[number]:
                circle = open_[open_.index(number) :]
                del open_[-len(circle) :]
                self.close(circle)

    def close(self, circle: list[int]) -> None:
        """Settle pairs that reach each other."""
        inside = set(circle)
        outer = {below for number in circle for _, below in self.inner[number]} - inside
        broken = any(self.broken[below] for below in outer)
        broken = broken or any(leaf.level == BREAKING for number in circle for leaf in self.leaves[number])
        if not broken:
            cause = next((number for number in circle if not self.harmless(number)), None)
            if cause is not None:  # no keyword tells it, all of them together do
                self.leaves[cause].append(self.whole(harmless=False))
                broken = True
        reach = 0
        for number in circle:
            if self.leaves[number]:
                self.bits[number] = 1 << len(self.bits)
                reach |= self.bits[number]
        for below in outer:
            reach |= self.reach[below]
        for number in circle:
            self.reach[number], self.broken[number] = reach, broken

    def harmless(self, number: int) -> bool:
        old, new, harmless = self.keys[number]
        return harmless or self.nodes.node(old, new, self.kind).harmless

    def whole(self, *, harmless: bool) -> Leaf:
        """Return the leaf that tells that a schema changed as a whole."""
        request = self.kind != RESPONSE
        effect = "narrowed" if request != harmless else "widened"
        rule = f"{'request' if request else 'response'}-schema-{effect}"
        return Leaf(rule, COMPATIBLE if harmless else RULES[rule].level)
