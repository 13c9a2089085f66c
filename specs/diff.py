"""What changed between two documents, breaking changes first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from specs.operations import Body, Content, Operation, Parameter, Response, operations
from specs.pointers import escape
from specs.schema_diff import Direction, Side, compare

_TEMPLATE = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two documents.

    `operation` is the key in the newer document, or in the older one when the operation is gone; `pointer` leads from
    there to the place, following references: `/responses/200/content/application~1json/email`.
    """

    kind: str
    breaking: bool
    operation: str
    pointer: str
    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON data."""
        return asdict(self)

    def __str__(self) -> str:
        values = "" if self.before is None and self.after is None else f": {_show(self.before)} -> {_show(self.after)}"
        return f"{self.operation}{' ' + self.pointer if self.pointer else ''}: {self.kind}{values}"


def diff(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return every difference from `old` to `new`: breaking ones first, otherwise in document order.

    A path counts as the same when only the names of its parameters differ.

    Raises:
        SpecError: a reference in one of the documents cannot be followed.

    """
    before = {_identity(operation): operation for operation in operations(old)}
    after = {_identity(operation): operation for operation in operations(new)}
    changes = [*_gone(before, after, removed=True)]
    for identity, a in before.items():
        if identity in after:
            changes += _Pair(old, new, a, after[identity]).changes()
    changes += _gone(after, before, removed=False)
    return sorted(changes, key=lambda change: not change.breaking)


def _identity(operation: Operation) -> tuple[str, str]:
    return operation.method, _TEMPLATE.sub("{}", operation.path)


def _gone(
    these: dict[tuple[str, str], Operation], others: dict[tuple[str, str], Operation], *, removed: bool
) -> Iterator[Change]:
    """Yield what `these` have and `others` lack: a path once, with its methods, or else single operations."""
    kept = {path for _, path in others}
    verb = "removed" if removed else "added"
    paths: dict[str, list[str]] = {}
    for (method, path), operation in these.items():
        if path not in kept:
            paths.setdefault(operation.path, []).append(method)
        elif (method, path) not in others:
            yield Change(f"operation {verb}", removed, operation.key, "", None, None)
    for path, methods in paths.items():
        values = (methods, None) if removed else (None, methods)
        yield Change(f"path {verb}", removed, path, "", *values)


class _Pair:
    """The two versions of one operation."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any], a: Operation, b: Operation) -> None:
        self.old, self.new, self.a, self.b = old, new, a, b

    def changes(self) -> Iterator[Change]:
        """Yield every difference between the two versions."""
        a, b = self.a, self.b
        if a.operation_id != b.operation_id:
            yield self._change("operationId changed", False, "", a.operation_id, b.operation_id)
        if a.deprecated != b.deprecated:
            yield self._change("deprecated" if b.deprecated else "no longer deprecated", False, "", None, None)
        yield from self._security()
        yield from self._parameters()
        yield from self._body()
        yield from self._responses()

    def _security(self) -> Iterator[Change]:
        before, after = _alternatives(self.a), _alternatives(self.b)
        if set(before) != set(after):
            # A caller of before gets in when some alternative of now asks for nothing that this caller does not send.
            tighter = any(not any(now <= sent for now in after) for sent in before)
            kind = "security tightened" if tighter else "security loosened"
            yield self._change(kind, tighter, "/security", _alternative_names(before), _alternative_names(after))
        if self.a.required_role != self.b.required_role:
            tighter = self.b.required_role is not None
            yield self._change("role changed", tighter, "/x-required-role", self.a.required_role, self.b.required_role)

    def _parameters(self) -> Iterator[Change]:
        before, after = _by_place(self.a), _by_place(self.b)
        for place, parameter in before.items():
            if place not in after:
                at = f"/parameters/{escape(parameter.name)}"
                yield self._change("parameter removed", True, at, parameter.location, None)
        for place, parameter in after.items():
            at = f"/parameters/{escape(parameter.name)}"
            was = before.get(place)
            if was is None:
                kind = "required parameter added" if parameter.required else "parameter added"
                yield self._change(kind, parameter.required, at, None, parameter.location)
                continue
            if was.required != parameter.required:
                words = ("optional", "required") if parameter.required else ("required", "optional")
                yield self._change(f"parameter became {words[1]}", parameter.required, at, *words)
            yield from self._schema(was.schema, parameter.schema, "request", at)

    def _body(self) -> Iterator[Change]:
        before, after = self.a.body, self.b.body
        if before is None or after is None:
            yield from self._body_appearing(before, after)
            return
        if before.required != after.required:
            words = ("optional", "required") if after.required else ("required", "optional")
            yield self._change(f"body became {words[1]}", after.required, "/requestBody", *words)
        yield from self._content(before.content, after.content, "request", "/requestBody")

    def _body_appearing(self, before: Body | None, after: Body | None) -> Iterator[Change]:
        if before is not None:
            yield self._change("body removed", True, "/requestBody", _media_types(before), None)
        elif after is not None:
            kind = "required body added" if after.required else "body added"
            yield self._change(kind, after.required, "/requestBody", None, _media_types(after))

    def _responses(self) -> Iterator[Change]:
        success, now = self.a.success, self.b.success
        if success.status != now.status:
            yield self._change("success status changed", True, "/responses", success.status, now.status)
            yield from self._answer(success, now)
        for status, response in self.a.responses.items():
            if status in self.b.responses:
                yield from self._answer(response, self.b.responses[status])
            elif status != success.status or now.status == status:
                yield self._change("answer removed", False, f"/responses/{status}", status, None)
        for status in self.b.responses:
            if status not in self.a.responses and status != now.status:
                yield self._change("answer added", False, f"/responses/{status}", None, status)

    def _answer(self, before: Response, after: Response) -> Iterator[Change]:
        yield from self._content(before.content or {}, after.content or {}, "response", f"/responses/{after.status}")

    def _content(
        self, before: dict[str, Content], after: dict[str, Content], direction: Direction, at: str
    ) -> Iterator[Change]:
        for media_type in before:
            if media_type not in after:
                yield self._change("media type removed", True, at, media_type, None)
        for media_type, content in after.items():
            if media_type not in before:
                yield self._change("media type added", False, at, None, media_type)
                continue
            pointer = f"{at}/content/{escape(media_type)}"
            yield from self._schema(before[media_type].schema, content.schema, direction, pointer)

    def _schema(self, before: Any, after: Any, direction: Direction, at: str) -> Iterator[Change]:
        for change in compare(Side(self.old, before), Side(self.new, after), direction, at):
            yield self._change(change.kind, change.breaking, change.pointer, change.before, change.after)

    def _change(self, kind: str, breaking: bool, pointer: str, before: Any, after: Any) -> Change:
        return Change(kind, breaking, self.b.key, pointer, before, after)


def _by_place(operation: Operation) -> dict[tuple[str, str | int], Parameter]:
    """Return parameters by location and name; those of the path by their position, for their names do not travel."""
    order = _TEMPLATE.findall(operation.path)
    found: dict[tuple[str, str | int], Parameter] = {}
    for parameter in operation.parameters:
        template = f"{{{parameter.name}}}"
        if parameter.location == "path" and template in order:
            found["path", order.index(template)] = parameter
        elif parameter.location == "header":
            found["header", parameter.name.lower()] = parameter
        else:
            found[parameter.location, parameter.name] = parameter
    return found


def _alternatives(operation: Operation) -> tuple[frozenset[str], ...]:
    return operation.security or (frozenset(),)


def _alternative_names(alternatives: Iterable[frozenset[str]]) -> list[str]:
    return [" and ".join(sorted(one)) or "none" for one in alternatives]


def _media_types(body: Body) -> str:
    return ", ".join(body.content)


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
