"""Which operation a path means, and how a request is refused that means none.

The Flask application says the same with Werkzeug's rules, and a test holds the two against each other. Serving has a
table of its own because it then needs neither library: a third of the start and 10 MB.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.dispatch import Service
from mockserver.operation import Bound
from mockserver.problems import Problem

GREEDY = frozenset({"path"})  # parameters that take the rest of a path (gotcha E08)


class _Node:
    """Where a path may go on, and the operations of the paths that end here with the names of their parameters."""

    __slots__ = ("ending", "parameter", "rest", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.rest: _Node | None = None
        self.ending: dict[str, tuple[Bound, tuple[str, ...]]] = {}


class Table:
    """The operations of one service by method and path; ``aliases`` are further paths of theirs."""

    def __init__(self, operations: Iterable[Bound], aliases: Mapping[str, str] = MappingProxyType({})) -> None:
        self._root = _Node()
        for op in operations:
            for path in (op.spec.path, *(alias for alias, meant in aliases.items() if meant == op.spec.path)):
                self._add(op, path)

    def _add(self, op: Bound, path: str) -> None:
        node, names = self._root, []
        for segment in _segments(path):
            if not segment.startswith("{"):
                node = node.static.setdefault(segment, _Node())
                continue
            names.append(segment[1:-1])
            if names[-1] in GREEDY:
                node.rest = following = node.rest or _Node()
            else:
                node.parameter = following = node.parameter or _Node()
            node = following
        node.ending[op.spec.method] = op, tuple(names)

    def find(self, method: str, path: str) -> tuple[Bound | set[str], dict[str, Any]]:
        """Return the operation with its path parameters, or else the methods that this path has."""
        method = method.upper()  # as Flask does
        allowed: set[str] = set()
        for node, values in self._ways(_segments(path)):
            found = node.ending.get(method)
            if found is not None:
                return found[0], dict(zip(found[1], values, strict=True))
            allowed.update(node.ending)
        return allowed, {}

    def _ways(self, segments: list[str]) -> Iterator[tuple[_Node, tuple[str, ...]]]:
        """Yield what a path may mean, the best first: static segments win over parameters (gotcha E07)."""
        end = len(segments)
        open_ways: list[tuple[_Node, int, tuple[str, ...]]] = [(self._root, 0, ())]  # the best is the last
        while open_ways:
            node, at, values = open_ways.pop()
            if at == end:
                yield node, values
                continue
            segment = segments[at]
            if segment and node.rest is not None:
                open_ways.append((node.rest, end, (*values, "/".join(segments[at:]))))
            if segment and node.parameter is not None:
                open_ways.append((node.parameter, at + 1, (*values, segment)))
            static = node.static.get(segment)
            if static is not None:
                open_ways.append((static, at + 1, values))


def _segments(path: str) -> list[str]:
    return path.lstrip("/").split("/")


def not_found(service: Service, method: str, path: str) -> Problem:
    """Refuse an unknown path and name the closest known one."""
    known = sorted({bound.spec.path for bound in service.operations.values()})
    closest = difflib.get_close_matches(path, known, n=1, cutoff=0.5)
    hint = f" Did you mean {closest[0]}?" if closest else " GET /v1/openapi.json lists what there is."
    return Problem(404, f"Not Found: {service.document.name} has no path for {method} {path[:200]}.{hint}")


def not_allowed(method: str, path: str, allowed: set[str] | None) -> Problem:
    """Refuse a method that a path does not have, with the ones it has in ``Allow``."""
    listed = ", ".join(sorted(allowed or ()))
    return Problem(405, f"Method Not Allowed: {path[:200]} takes {listed}, not {method}.", headers=(("allow", listed),))


def too_large(limit: int) -> Problem:
    """Refuse a body above the limit in bytes."""
    return Problem(413, f"The request body is above the limit of {limit} bytes. Send less.")
