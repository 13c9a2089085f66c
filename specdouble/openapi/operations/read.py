"""Reading the operations of a document. What is broken is left out and reported; the rest works."""

import re
from dataclasses import dataclass, replace
from typing import Any

from specdouble.openapi.dialects import current
from specdouble.openapi.errors import SpecError
from specdouble.openapi.operations.model import Mistake, Operation, Parameter, Response
from specdouble.openapi.operations.parts import BrokenPartError, Parts
from specdouble.openapi.operations.servers import Server, read_servers
from specdouble.openapi.pointers import escape
from specdouble.openapi.routing import template_names

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Reading:
    """The operations of a document in its own order, and what of it cannot be used."""

    operations: tuple[Operation, ...]
    mistakes: tuple[Mistake, ...]


def operations(document: dict[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of a document in its own order.

    Raises:
        SpecError: a reference in an operation points at nothing, or a part has a form that OpenAPI does not know.

    """
    reading = read_operations(document)
    for mistake in reading.mistakes:
        if mistake.left_out:
            raise SpecError(mistake.reason, where=mistake.pointer, next_step="`specdouble spec lint` says more")
    return reading.operations


def read_operations(document: dict[str, Any]) -> Reading:
    """Return the operations that can be used, and the mistakes for the sake of which something is left out."""
    reader = _Reader(document)
    return Reading(tuple(reader.operations()), tuple(reader.mistakes.values()))


class _Reader:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document, version = current(document)
        self.new = version == "3.2"
        self.mistakes: dict[tuple[str, str], Mistake] = {}
        self.parts = Parts(self.document, self.note)
        self.security = self.alternatives(self.document.get("security") or [], "/security")
        self.servers = read_servers(self.document.get("servers"))
        self.shared: dict[tuple[str, str], Response] = {}

    def note(self, pointer: str, reason: str, left_out: bool = True) -> None:
        self.mistakes.setdefault((pointer, reason), Mistake(pointer, reason, left_out))

    def operations(self) -> list[Operation]:
        paths = self.document.get("paths") or {}
        if not isinstance(paths, dict):
            self.note("/paths", _odd(paths, "a mapping"))
            return []
        found: list[Operation] = []
        for path, raw in paths.items():
            if path.startswith("x-"):
                continue
            at = f"/paths/{escape(path)}"
            if not path.startswith("/"):
                what = f"the path {path} does not begin with a slash"
                if f"/{path}" in paths:
                    self.note(at, f"{what}, and one that does is there too")
                    continue
                self.note(at, what, left_out=False)
                path = f"/{path}"
            try:
                item, at = self.parts.mapping(raw, at)
            except BrokenPartError as broken:
                self.note(broken.pointer, broken.reason)
                continue
            found += self.item(path, item, at)
        return found

    def item(self, path: str, item: dict[str, Any], at: str) -> list[Operation]:
        methods = [(key, item[key], key) for key in item if key in METHODS or (self.new and key == "query")]
        further = item.get("additionalOperations") if self.new else None
        if isinstance(further, dict):
            methods += [(key, raw, f"additionalOperations/{escape(key)}") for key, raw in further.items()]
        common = self.parameters(item.get("parameters"), at)
        found = []
        for method, raw, where in methods:
            try:
                found.append(self.operation(path, method, raw, f"{at}/{where}", item, common))
            except BrokenPartError as broken:
                self.note(broken.pointer, broken.reason)
        return found

    def operation(
        self,
        path: str,
        method: str,
        raw: Any,
        pointer: str,
        item: dict[str, Any],
        common: dict[tuple[str, str], Parameter],
    ) -> Operation:
        raw, pointer = self.parts.mapping(raw, pointer)  # some documents have references here
        name = method.upper() if method in METHODS or method == "query" else method
        responses = self.responses(raw.get("responses"), f"{pointer}/responses")
        tags = raw.get("tags")
        return Operation(
            key=f"{name} {path}",
            method=name,
            path=path,
            operation_id=_text(raw, "operationId"),
            tag=str(tags[0]) if isinstance(tags, list) and tags else "",
            summary=_text(raw, "summary"),
            description=_text(raw, "description"),
            deprecated=raw.get("deprecated") is True,
            parameters=self.fitting(path, {**common, **self.parameters(raw.get("parameters"), pointer)}, pointer),
            body=self.parts.body(raw["requestBody"], f"{pointer}/requestBody") if "requestBody" in raw else None,
            responses=responses,
            success=_success(responses, pointer),
            security=self.alternatives(raw["security"], f"{pointer}/security") if "security" in raw else self.security,
            required_role=raw.get("x-required-role"),
            pointer=pointer,
            servers=self.closest_servers(raw, item),
        )

    def closest_servers(self, raw: dict[str, Any], item: dict[str, Any]) -> tuple[Server, ...]:
        return read_servers(raw.get("servers")) or read_servers(item.get("servers")) or self.servers

    def parameters(self, given: Any, at: str) -> dict[tuple[str, str], Parameter]:
        """Parameters by name and place; of two that are equal the later one counts."""
        found: dict[tuple[str, str], Parameter] = {}
        if given is not None and not isinstance(given, list):
            self.note(f"{at}/parameters", _odd(given, "a list"))
            return found
        for index, raw in enumerate(given or ()):
            try:
                made = self.parts.parameter(raw, f"{at}/parameters/{index}")
            except BrokenPartError as broken:
                self.note(broken.pointer, broken.reason)
                continue
            found[made.name, made.location] = made
        return found

    def fitting(self, path: str, found: dict[tuple[str, str], Parameter], pointer: str) -> tuple[Parameter, ...]:
        """Return the parameters that the path has; one that it names and nobody declares takes any text."""
        named = template_names(path)
        for name in named:
            if (name, "path") not in found:
                self.note(pointer, f"the path parameter {name} is not declared: it takes any text", left_out=False)
                found[name, "path"] = Parameter(
                    name, "path", True, {"type": "string"}, pointer, style="simple", explode=False, greedy=named[name]
                )
        for one in list(found.values()):
            if one.location == "path" and one.name not in named:
                self.note(one.pointer, f"the path {path} has no parameter {one.name}: it is ignored", left_out=False)
                del found[one.name, "path"]
            elif one.location == "path" and named[one.name]:
                found[one.name, "path"] = replace(one, greedy=True)
        return tuple(found.values())

    def responses(self, given: Any, at: str) -> dict[int, Response]:
        found: dict[int, Response] = {}
        if given is not None and not isinstance(given, dict):
            self.note(at, _odd(given, "a mapping"))
            return found
        for status, raw in (given or {}).items():
            if str(status).startswith("x-"):
                continue
            try:
                made = self.response(str(status), raw, f"{at}/{status}")
            except BrokenPartError as broken:
                self.note(broken.pointer, broken.reason)
                continue
            found[made.status // 100 if made.wildcard else made.status] = made
        return found

    def response(self, status: str, raw: Any, pointer: str) -> Response:
        if not re.fullmatch(r"[1-5](\d\d|XX|xx)|default", status):
            raise BrokenPartError(pointer, f"{status} is no status: write 200, 2XX or default")
        raw, target = self.parts.mapping(raw, pointer)
        if target == pointer:
            return self.parts.response(status, raw, pointer)
        if (status, target) not in self.shared:
            self.shared[status, target] = self.parts.response(status, raw, target)
        return self.shared[status, target]

    def alternatives(self, given: Any, pointer: str) -> tuple[frozenset[str], ...]:
        """Return the alternatives of a `security` list.

        What cannot be read is never taken for an operation that is open to everybody: it keeps the scheme's name, or
        an empty one that nobody can fulfil.
        """
        if isinstance(given, list) and all(isinstance(one, dict) for one in given):
            return tuple(map(frozenset, given))
        self.note(pointer, "not a list of mappings: write `- name: []`")
        parts = given if isinstance(given, list) else [given]
        return tuple(frozenset(one if isinstance(one, dict) else {str(one or "")}) for one in parts)


def _success(responses: dict[int, Response], pointer: str) -> Response:
    for low, high in ((200, 300), (300, 400), (0, 1), (100, 200)):
        for response in responses.values():
            if low <= response.status < high:
                return response
    if responses:
        return next(iter(responses.values()))
    return Response(200, "", True, pointer)  # 3.1 allows for operations without responses


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _odd(value: Any, wanted: str) -> str:
    return f"not what OpenAPI asks for: {wanted}, not {type(value).__name__}"
