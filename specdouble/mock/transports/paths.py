"""Which operation a path means, for every transport, and how a request is refused that means none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from specdouble.errors import closest
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.pipeline.reply import Reply
from specdouble.openapi import routing

_RESTS = re.compile(r"\{([^{}]*[pP]ath)\}$")
CONTROL = "__mock__"  # how the paths of the control plane begin


class Paths:
    """What the paths of one service mean: operations, or what is not of the contract (`is_ours`).

    An operation is found at its path, at the aliases of that, and below the base path of its servers. One that has
    servers of its own is also found where the others are, for here they all are one server. What follows `#` or `?` in
    a path is what its query has to say, so that several operations can have one path.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._table: routing.Table[Bound] = routing.Table()
        self._rest: routing.Table[Bound] | None = None  # where nothing else is found: paths that end in a path
        self._ours = (CONTROL, service.policy.document_path.strip("/"))
        self._document = service.policy.document_path  # given as it is, also where an operation has that path
        aliases = service.policy.aliases
        further = [
            (op, path)
            for op in service.operations.values()
            for path in (
                *(alias for alias, meant in aliases.items() if meant == op.spec.path),
                *(base + op.spec.path for base in _base_paths(op)),
            )
        ]
        usual = _usual_base(service.operations.values())
        further += [(op, usual + op.spec.path) for op in service.operations.values()] if usual else []
        self._alike: dict[str, list[tuple[set[str], Bound]]] = {}  # operations of one path, by the key of the first
        for op, whole in [*((op, op.spec.path) for op in service.operations.values()), *further]:
            greedy = [one.name for one in op.spec.parameters if one.greedy]
            path, marks = _marked(whole)
            first = self._table.add(op.spec.method, path, op, greedy)  # a path that is declared wins
            if marks and path == _marked(op.spec.path)[0]:
                first = first or op
                self._alike.setdefault(first.spec.key, [(set(), first)] if first is not op else []).append((marks, op))
            last = _RESTS.search(path)
            wide = {*service.policy.spans.get(op.spec.key, ()), *((last[1],) if last is not None else ())} - {*greedy}
            if wide:
                self._rest = self._rest or routing.Table()
                self._rest.add(op.spec.method, path, op, [*greedy, *wide])
        self._methods = {op.spec.method for op in service.operations.values()}
        # A path without parameters is looked up; static segments win anyway.
        self._plain = {
            (op.spec.method, op.spec.path): op for op in service.operations.values() if "{" not in op.spec.path
        }

    def is_ours(self, path: str) -> bool:
        """Whether a path is that of the control plane or of the document, and no operation has it."""
        return path.removeprefix("/").startswith(self._ours)

    def find(self, method: str, path: str, query: str = "") -> tuple[Bound | Problem | None, dict[str, Any]]:
        """Return the operation of a decoded path with its path parameters; or a refusal; or None for what `is_ours`."""
        found, params = self._find(method, path)
        if isinstance(found, Problem) and self._service.policy.slashes and path.endswith("/") and path.strip("/"):
            return self._without_slash(path, query) or found, {}
        if self._alike and isinstance(found, Bound) and found.spec.key in self._alike:
            return self._asked(self._alike[found.spec.key], query), params
        return found, params

    def _asked(self, alike: list[tuple[set[str], Bound]], query: str) -> Bound:
        """Return which of the operations of one path a query means: the one of which it says most."""
        said = {name for name, _ in parse_qsl(query, keep_blank_values=True)} | set(query.split("&"))
        fitting = [(len(marks), -number) for number, (marks, _) in enumerate(alike) if marks <= said]
        return alike[-max(fitting)[1]][1] if fitting else alike[0][1]

    def _find(self, method: str, path: str) -> tuple[Bound | Problem | None, dict[str, Any]]:
        op = self._plain.get((method, path))
        if op is not None and not (method == "GET" and path == self._document):
            return op, {}
        if self.is_ours(path):
            return None, {}
        found, params, allowed = self._table.find(method.upper(), path)
        if found is not None:
            return found, params
        if not allowed and self._rest is not None:
            found, params, _ = self._rest.find(method.upper(), path)
            if found is not None:
                return found, params
        return (not_allowed(method, path, allowed) if allowed else self.not_found(method, path)), {}

    def _without_slash(self, path: str, query: str) -> Problem | None:
        """Return the redirection to a path without the slashes at its end, where that is known."""
        bare = path.rstrip("/")
        if not any(self._table.find(method, bare)[0] for method in self._methods):
            return None
        # Relative, so that it holds below a prefix as well.
        there = "../" * (len(path) - len(bare)) + quote(bare.rpartition("/")[2]) + (f"?{query}" if query else "")
        return Problem(307, "The path has no slash at its end.", headers=(("location", there),))

    def is_front(self, method: str, path: str, accept: str | None) -> bool:
        """Whether a browser opens the server itself, of which no operation says anything: the dashboard is meant."""
        return method == "GET" and path in ("", "/") and "text/html" in (accept or "")

    def not_found(self, method: str, path: str) -> Problem:
        """Refuse an unknown path and name the closest known one."""
        known = sorted({bound.spec.path for bound in self._service.operations.values()})
        near = closest(path, known)
        hint = f" Did you mean {near}?" if near else f" GET {self._service.policy.document_path} lists what there is."
        return Problem(404, f"Not Found: {self._service.document.name} has no path for {method} {path[:200]}.{hint}")


def _marked(path: str) -> tuple[str, set[str]]:
    """Return a path without what follows `#` or `?`, and what that asks of the query."""
    found = re.search(r"[#?]", path)
    if found is None:
        return path, set()
    return path[: found.start()] or "/", {one for one in re.split(r"[&#?]", path[found.end() :]) if one}


def _usual_base(operations: Iterable[Bound]) -> str:
    """Return the base path of most operations, "" where they have none."""
    counted = Counter(base for op in operations for base in sorted(_base_paths(op)))
    return counted.most_common(1)[0][0] if counted else ""


def _base_paths(op: Bound) -> set[str]:
    """Return the paths of the servers below which the document puts an operation, such as `/v3`."""
    found = set()
    for server in op.spec.servers:
        try:
            found.add(urlsplit(server.url()).path.rstrip("/"))
        except ValueError:
            continue  # no address: nobody can call it there
    return found - {""}


def not_allowed(method: str, path: str, allowed: set[str]) -> Problem:
    """Refuse a method that a path does not have, with the ones it has in ``Allow``."""
    listed = ", ".join(sorted(allowed))
    return Problem(405, f"Method Not Allowed: {path[:200]} takes {listed}, not {method}.", headers=(("allow", listed),))


# A proxy between us and a page must neither keep a stream back nor compress it.
STREAMING = (("cache-control", "no-cache, no-transform"), ("x-accel-buffering", "no"))
FRONT = Reply(307, [("location", f"/{CONTROL}/")], b"")
