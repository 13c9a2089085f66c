"""The compiled table of paths: which entry a method and a path mean.

Static segments win over those with text and parameters, these over a parameter alone, and that over one that takes the
rest; where the best way leads nowhere the next one is tried. Of two templates that differ only in the names of their
parameters, each keeps the methods that the other has not, and the one that was added first wins.
"""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from specdouble.openapi.routing.template import Segment, parse_template

T = TypeVar("T")


class _Node(Generic[T]):
    """Where a path may go on, and what the paths that end here mean by method, with the names of their parameters."""

    __slots__ = ("ending", "mixed", "parameter", "rest", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node[T]] = {}
        self.mixed: list[tuple[Segment, _Node[T]]] = []
        self.parameter: _Node[T] | None = None
        self.rest: _Node[T] | None = None
        self.ending: dict[str, tuple[T, tuple[str, ...]]] = {}

    @property
    def leaf(self) -> bool:
        """Whether no path goes on from here."""
        return not (self.static or self.mixed or self.parameter or self.rest)


class Table(Generic[T]):
    """Entries by method and path template."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._greedy = False  # inside of a path, where several ways lead to one place

    def add(self, method: str, path: str, entry: T, greedy: Iterable[str] = ()) -> T | None:
        """Add an entry, unless the same method and an equal template have one already: then return that.

        `greedy` names the path parameters that take the rest of a path.
        """
        template = parse_template(path, greedy)
        node = self._root
        for segment in template.segments:
            node = _next(node, segment)
        self._greedy |= any(segment.greedy for segment in template.segments[:-1])
        found = node.ending.setdefault(method, (entry, template.names))[0]
        return None if found is entry else found

    def find(self, method: str, path: str) -> tuple[T | None, dict[str, str], set[str]]:
        """Return the entry of a decoded path with its parameters, or None and the methods that the path has."""
        allowed: set[str] = set()
        for node, values in self._ways(path.removeprefix("/").split("/")):
            found = node.ending.get(method)
            if found is not None:
                return found[0], dict(zip(found[1], values, strict=True)), allowed
            allowed.update(node.ending)
        return None, {}, allowed

    def _ways(self, segments: list[str]) -> Iterator[tuple[_Node[T], tuple[str, ...]]]:
        """Yield what a path may mean, the best first."""
        end = len(segments)
        open_ways: list[tuple[_Node[T], int, tuple[str, ...]]] = [(self._root, 0, ())]  # the best is the last
        seen: set[tuple[int, int]] = set()  # the best way to a place is the only one that matters
        while open_ways:
            node, at, values = open_ways.pop()
            if self._greedy:
                if (id(node), at) in seen:
                    continue
                seen.add((id(node), at))
            if at == end:
                yield node, values
                continue
            segment = segments[at]
            if segment:
                if node.rest is not None:
                    # It takes as much as it can, but a path that goes on after it is the more special one.
                    ends = (end,) if node.rest.leaf else (end, *range(at + 1, end))
                    open_ways += [(node.rest, to, (*values, "/".join(segments[at:to]))) for to in ends]
                if node.parameter is not None:
                    open_ways.append((node.parameter, at + 1, (*values, segment)))
                for mixed, following in reversed(node.mixed):
                    taken = mixed.match(segment)
                    if taken is not None:
                        open_ways.append((following, at + 1, values + taken))
            static = node.static.get(segment)
            if static is not None:
                open_ways.append((static, at + 1, values))


def _next(node: _Node[T], segment: Segment) -> _Node[T]:
    if segment.static:
        return node.static.setdefault(segment.texts[0], _Node())
    if segment.greedy:
        node.rest = node.rest or _Node()
        return node.rest
    if segment.plain:
        node.parameter = node.parameter or _Node()
        return node.parameter
    for known, following in node.mixed:
        if known.texts == segment.texts:
            return following
    made: _Node[T] = _Node()
    node.mixed.append((segment, made))
    node.mixed.sort(key=lambda one: one[0].rank)  # a stable sort: equal ones stay in document order
    return made
