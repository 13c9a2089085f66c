"""Which operation a path means, and how a request is refused that means none.

The Flask application says the same with Werkzeug's rules, and a test holds the two against each other. Serving has a
table of its own because it then needs neither library: a third of the start and 10 MB.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi import routing

GREEDY = frozenset({"path"})  # parameters that take the rest of a path (gotcha E08)


class Table:
    """The operations of one service by method and path; ``aliases`` are further paths of theirs."""

    def __init__(self, operations: Iterable[Bound], aliases: Mapping[str, str] = MappingProxyType({})) -> None:
        self._paths: routing.Table[Bound] = routing.Table()
        for op in operations:
            greedy = GREEDY | {one.name for one in op.spec.parameters if one.greedy}
            for path in (op.spec.path, *(alias for alias, meant in aliases.items() if meant == op.spec.path)):
                self._paths.add(op.spec.method, path, op, greedy)

    def find(self, method: str, path: str) -> tuple[Bound | set[str], dict[str, Any]]:
        """Return the operation with its path parameters, or else the methods that this path has."""
        op, params, allowed = self._paths.find(method.upper(), path)  # as Flask does
        return (allowed if op is None else op), params


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
