"""Paths, operations, their parameters and responses."""

import re
from collections.abc import Iterator

from specdouble.openapi.lint.context import Context, Operation
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.pointers import escape

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_IGNORED = frozenset({"accept", "content-type", "authorization"})


def check_paths(context: Context) -> Iterator[Finding]:
    """Check the paths of the document among themselves."""
    seen: dict[str, str] = {}
    paths = list(context.mapping(context.document.get("paths")))
    for path in paths:
        where = f"/paths/{escape(path)}"
        if "?" in path or "#" in path:
            yield Finding("query-in-path", where, f"{path} holds a query or a fragment")
        key = _TEMPLATE.sub("{}", path)
        if key in seen:
            yield Finding("duplicate-path", where, f"{path} is the same path as {seen[key]}")
        seen.setdefault(key, path)
    yield from _ambiguous(sorted(seen.values()))


def _ambiguous(paths: list[str]) -> Iterator[Finding]:
    """Find pairs like /{a}/b and /c/{d}: each is the more specific one at another segment."""
    by_length: dict[int, list[list[str]]] = {}
    for path in paths:
        by_length.setdefault(path.count("/"), []).append(path.split("/"))
    for group in by_length.values():
        mixed = [one for one in group if any("{" in segment for segment in one)]
        for index, one in enumerate(mixed):
            for other in mixed[index + 1 :]:
                if _clash(one, other):
                    message = f"a request may fit {'/'.join(one)} as well"
                    yield Finding("ambiguous-path", f"/paths/{escape('/'.join(other))}", message)
                    break


def _clash(one: list[str], other: list[str]) -> bool:
    left = right = False
    for a, b in zip(one, other, strict=True):
        if a != b and "{" not in a and "{" not in b:
            return False
        left = left or ("{" not in a and "{" in b)
        right = right or ("{" in a and "{" not in b)
    return left and right


def check_operations(context: Context) -> Iterator[Finding]:
    """Check every operation, and what they share."""
    ids: dict[str, str] = {}
    declared = context.document.get("tags")
    tags = {str(tag.get("name")) for tag in declared if isinstance(tag, dict)} if isinstance(declared, list) else None
    for operation in context.operations:
        name = operation.value.get("operationId")
        if isinstance(name, str):
            if name in ids:
                where = f"{operation.pointer}/operationId"
                yield Finding("duplicate-operation-id", where, f"{name} is the operationId of {ids[name]} too")
            ids.setdefault(name, f"{operation.method} {operation.path}".strip())
        yield from _parameters(context, operation)
        yield from _responses(context, operation)
        if operation.method in ("GET", "HEAD", "DELETE") and "requestBody" in operation.value:
            yield Finding("body-without-meaning", f"{operation.pointer}/requestBody", f"a body of {operation.method}")
        for index, tag in enumerate(_tags(operation)):
            if tags is not None and tag not in tags:
                yield Finding("tag-undefined", f"{operation.pointer}/tags/{index}", f"the tag {tag} is not declared")


def _tags(operation: Operation) -> list[str]:
    given = operation.value.get("tags")
    return [str(tag) for tag in given] if isinstance(given, list) else []


def _parameters(context: Context, operation: Operation) -> Iterator[Finding]:
    wanted = _TEMPLATE.findall(operation.path)
    found: dict[tuple[str, str, bool], str] = {}
    declared = set()
    for one, where, shared in context.parameters(operation):
        name, place = one["name"], one["in"]
        key = (name.lower() if place == "header" else name, place, shared)
        if key in found:
            yield Finding("duplicate-parameter", where, f"{name} in {place} stands at {found[key]} too")
        found[key] = where
        if place == "header" and name.lower() in _IGNORED:
            yield Finding("ignored-header-parameter", where, f"the header parameter {name} is ignored")
        if place == "path":
            declared.add(name)
            if operation.path and name not in wanted:
                yield Finding("path-parameter-unused", where, f"{operation.path} has no {{{name}}}")
    for name in dict.fromkeys(wanted):
        if name not in declared:
            yield Finding("path-parameter-undeclared", operation.pointer, f"{{{name}}} of the path is not declared")


def _responses(context: Context, operation: Operation) -> Iterator[Finding]:
    statuses = list(context.mapping(operation.value.get("responses")))
    if not statuses:
        if context.version in ("2.0", "3.0"):
            return  # these versions ask for responses: the published schema has told it
        yield Finding("no-success-response", operation.pointer, "the operation declares no responses")
        return
    where = f"{operation.pointer}/responses"
    if not any(status[0] in "123" or status == "default" for status in statuses):
        yield Finding("no-success-response", where, "no response of success is declared")
    if operation.path and not any(status[0] in "45" or status == "default" for status in statuses):
        yield Finding("no-error-response", where, "no response of refusal or failure is declared")
