"""Which requests a rule is about: an operation, a path with wildcards, headers, a query, a caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from specdouble.errors import closest
from specdouble.mock.faults.effects import FaultError
from specdouble.mock.faults.globs import Glob, glob, meet, usable, wild

if TYPE_CHECKING:
    from specdouble.mock.pipeline.call import Caller, Request
    from specdouble.mock.pipeline.operation import Bound

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY")
Operations = Mapping[str, Mapping[str, "Bound"]]  # by service and key
KEYS = ("operation", "service", "method", "path", "caller", "header", "query")


@dataclass(slots=True)
class Ask:
    """One request, as rules look at it; `who` recognises its caller, which may be None where it is refused."""

    service: str
    op: Bound
    request: Request
    who: Callable[[], Caller | None]


@dataclass(frozen=True, slots=True)
class Place:
    """What a request must be; "" and () take any."""

    operation: str = ""  # its key
    service: str = ""
    method: str = ""
    path: Glob | None = None
    caller: str = ""
    header: tuple[tuple[str, Glob], ...] = ()
    query: tuple[tuple[str, Glob], ...] = ()

    def takes(self, ask: Ask, principal_id: str) -> bool:
        """Tell whether a request is meant; the caller is asked for last, since that takes a check of credentials."""
        request = ask.request
        if self.operation and self.operation != ask.op.key:
            return False
        if (self.service and self.service != ask.service) or (self.method and self.method != request.method):
            return False
        if self.path is not None and not self.path.fits(request.path):
            return False
        for name, pattern in self.header:
            value = request.headers.get(name)
            if value is None or not pattern.fits(value):
                return False
        if self.query:
            sent = parse_qsl(request.query, keep_blank_values=True)
            for name, pattern in self.query:
                if not any(one == name and pattern.fits(value) for one, value in sent):
                    return False
        return not self.caller or is_caller(ask.who(), self.caller, principal_id)


def is_caller(caller: Caller | None, wanted: str, principal_id: str) -> bool:
    """Tell whether a caller is meant: by kind, by id, or by the e-mail address or name that one signs in with."""
    if caller is None:
        return wanted == "anonymous"
    if caller.kind == wanted:
        return True
    user = caller.user or {}
    return wanted in [str(user[name]) for name in (principal_id, "email", "username", "login") if user.get(name)]


def place_of(given: Mapping[str, Any], operations: Operations) -> Place:
    """Read which requests are meant.

    Raises:
        FaultError: a value is none of its key, or there is no such operation, service, method or path.

    """
    made: dict[str, Any] = {}
    for key in ("operation", "service", "method", "path", "caller"):
        if key in given and (not isinstance(given[key], str) or not given[key].strip()):
            raise FaultError(f"{key} is {given[key]!r}", next_step="Write a text")
    if "service" in given:
        if given["service"] not in operations:
            raise FaultError(f"there is no service {given['service']!r}", closest=closest(given["service"], operations),
                             next_step=f"There are {', '.join(operations)}")  # fmt: skip
        made["service"] = given["service"]
    bound = [op for name, several in operations.items() if made.get("service", name) == name for op in several.values()]
    if "operation" in given:
        made["operation"] = operation_of(given["operation"], bound)
    if "method" in given:
        made["method"] = given["method"].upper()
        if made["method"] not in METHODS:
            raise FaultError(f"there is no method {given['method']!r}", closest=closest(made["method"], METHODS))
    if "path" in given:
        made["path"] = _path(given["path"], bound)
    if "caller" in given:
        made["caller"] = given["caller"]
    for key in ("header", "query"):
        if key in given:
            made[key] = _pairs(key, given[key])
    return Place(**made)


def operation_of(text: str, operations: Iterable[Bound]) -> str:
    """Return the key of an operation that is named by its key or its operationId.

    Raises:
        FaultError: there is none, with the closest.

    """
    known: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for op in operations:
        known[op.key] = op.key
        if op.spec.operation_id:
            known.setdefault(op.spec.operation_id, op.key)
        shapes.setdefault(_shape(op.key), op.key)
    method, space, path = text.strip().partition(" ")
    wanted = f"{method.upper()} {path.strip()}" if space else text.strip()
    found = known.get(wanted) or (shapes.get(_shape(wanted)) if space else None)
    if found is None:
        raise FaultError(f"there is no operation {text!r}", closest=closest(wanted, known, cutoff=0.4),
                         next_step="specdouble routes lists them")  # fmt: skip
    return found


def _path(text: str, operations: Iterable[Bound]) -> Glob:
    if not text.startswith(("/", "*")):
        raise FaultError(f"path is {text!r}", closest=f"/{text}", next_step="A path begins with /")
    usable(text, "path")
    templates = {path for op in operations for path in _paths(op)}
    if not any(meet(text, one) for one in templates):
        raise FaultError(f"no operation has a path like {text}", closest=closest(text, templates, cutoff=0.4),
                         next_step="* is a segment, ** any number of them")  # fmt: skip
    return glob(text)


def _paths(op: Bound) -> Iterable[str]:
    yield op.spec.path
    for server in op.spec.servers:
        yield f"{server.base_path}{op.spec.path}"


def _pairs(key: str, given: Any) -> tuple[tuple[str, Glob], ...]:
    if not isinstance(given, dict) or not given:
        raise FaultError(f"{key} is {given!r}", next_step="Write an object of names and values; * stands for anything")
    lower = str.lower if key == "header" else str
    return tuple(
        (lower(str(name)), wild(usable(str(value), f"{key} {str(name)[:80]}"))) for name, value in given.items()
    )


def _shape(key: str) -> str:
    """Return a key without the names of its parameters."""
    return re.sub(r"\{[^{}]*\}", "{}", key)
