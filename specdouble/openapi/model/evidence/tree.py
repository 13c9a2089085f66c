"""The paths of a document as a tree of segments; parameters of different names at one place are one node."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from specdouble.openapi.model.evidence.view import Operation, names, template


@dataclass(eq=False, slots=True)
class Node:
    """One segment of a path with the operations that end there."""

    segment: str
    above: "Node | None"
    below: dict[str, "Node"] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)

    @property
    def variable(self) -> bool:
        """Whether the segment holds a parameter."""
        return "{" in self.segment

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in the segment, as its own path has them, else the first path through it."""
        return names(self.segment)

    def named(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the parameters in the segment, as a path through it has them, given by its segments."""
        depth = len(self.chain)
        return names(path[depth - 1]) if 0 < depth <= len(path) else self.parameters

    @property
    def chain(self) -> tuple["Node", ...]:
        """The nodes from the first segment down to this one."""
        found: list[Node] = []
        node: Node | None = self
        while node is not None and node.above is not None:
            found.append(node)
            node = node.above
        return tuple(reversed(found))

    @property
    def path(self) -> str:
        """The path as the document prints it where an operation ends here, else as its segments say."""
        if self.operations:
            return self.operations[0].path
        return "/" + "/".join(node.segment for node in self.chain)

    @property
    def literal(self) -> str:
        """The nearest segment without a parameter, here or above."""
        return next((node.segment for node in reversed(self.chain) if not node.variable), "")

    def get(self, method: str) -> Operation | None:
        """Return the operation of a method, or None."""
        return next((one for one in self.operations if one.method == method), None)

    @property
    def children(self) -> tuple["Node", ...]:
        """The nodes below whose segment is a parameter."""
        return tuple(node for node in self.below.values() if node.variable)

    def walk(self) -> Iterator["Node"]:
        """Yield this node and those below, upper ones first."""
        yield self
        for node in self.below.values():
            yield from node.walk()


def tree(operations: Iterable[Operation]) -> Node:
    """Return the root of the tree of paths."""
    root = Node("", None)
    for operation in operations:
        node = root
        for segment in operation.segments:
            key = template(segment)
            if key not in node.below:
                node.below[key] = Node(segment, node)
            node = node.below[key]
        if not node.operations and operation.segments:
            node.segment = operation.segments[-1]
        node.operations.append(operation)
    return root
