"""Paths, operations, their parameters and responses."""

import re
from collections.abc import Iterator
from typing import Any

from specdouble.openapi.lint.context import Context, Operation
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.places import METHODS
from specdouble.openapi.pointers import escape
from specdouble.openapi.routing import template_names

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+\s*(;|$)")
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
    yield from _operation_ids(context)
    declared = context.document.get("tags")
    tags = {str(tag.get("name")) for tag in declared if isinstance(tag, dict)} if isinstance(declared, list) else None
    for operation in context.operations:
        yield from _parameters(context, operation)
        yield from _responses(context, operation)
        if operation.method in ("GET", "HEAD", "DELETE") and "requestBody" in operation.value:
            yield Finding("body-without-meaning", f"{operation.pointer}/requestBody", f"a body of {operation.method}")
        for index, tag in enumerate(_tags(operation)):
            if tags is not None and tag not in tags:
                yield Finding("tag-undefined", f"{operation.pointer}/tags/{index}", f"the tag {tag} is not declared")


def _operation_ids(context: Context) -> Iterator[Finding]:
    """Check that every operation has its own id, those of callbacks and webhooks too."""
    spoken = {one.pointer: f"{one.method} {one.path}".strip() for one in context.operations}
    ids: dict[str, str] = {}
    for place in context.places:
        name = place.value.get("operationId") if place.kind == "operation" and isinstance(place.value, dict) else None
        if isinstance(name, str):
            if name in ids:
                where = f"{place.pointer}/operationId"
                yield Finding("duplicate-operation-id", where, f"{name} is the operationId of {ids[name]} too")
            ids.setdefault(name, spoken.get(place.pointer, place.pointer))


def check_tags(context: Context) -> Iterator[Finding]:
    """Check the list of tags: names of their own, and parents that lead to no circle."""
    given = context.document.get("tags")
    tags = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    parents: dict[str, Any] = {}
    for index, tag in enumerate(tags):
        name = str(tag.get("name"))
        if name in parents:
            yield Finding("duplicate-tag", f"/tags/{index}", f"the tag {name} stands twice")
        parents.setdefault(name, tag.get("parent") if context.version == "3.2" else None)
    for index, tag in enumerate(tags):
        parent, seen = parents[str(tag.get("name"))], {str(tag.get("name"))}
        while parent is not None and parent in parents and parent not in seen:
            seen.add(parent)
            parent = parents[parent]
        if parent is not None:
            wrong = (
                "is its own parent in the end" if parent in seen else f"has the parent {parent}, which is not declared"
            )
            yield Finding("tag-parent", f"/tags/{index}/parent", f"the tag {tag.get('name')} {wrong}")


def check_media_types(context: Context) -> Iterator[Finding]:
    """Check how media types are written."""
    for place in context.places:
        if place.kind == "media" and "/content/" in place.pointer:
            name = place.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            if not _MEDIA_TYPE.match(name):
                yield Finding("invalid-media-type", place.pointer, f"{name} is no media type")


def check_old_bodies(context: Context) -> Iterator[Finding]:
    """Check the bodies of 2.0, which stand among the parameters."""
    if context.version != "2.0":
        return
    for path, item in context.mapping(context.published.get("paths")).items():
        for method in METHODS if isinstance(item, dict) else ():
            operation = item.get(method)
            if not isinstance(operation, dict):
                continue
            lists = [one for one in (item.get("parameters"), operation.get("parameters")) if isinstance(one, list)]
            parameters = [context.follow(one) for some in lists for one in some]
            where = f"/paths/{escape(path)}/{method}"
            bodies = {str(one.get("name")) for one in parameters if one.get("in") == "body"}
            fields = [one for one in parameters if one.get("in") == "formData"]
            if len(bodies) > 1 or (bodies and fields):
                yield Finding("two-bodies", where, "a body and form fields exclude each other, and so do two bodies")
            consumes = operation.get("consumes", context.published.get("consumes"))
            forms = [one for one in consumes if str(one).startswith("multipart/")] if isinstance(consumes, list) else []
            if any(one.get("type") == "file" for one in fields) and not forms:
                yield Finding("file-without-form", where, "a file needs `consumes: [multipart/form-data]`")


def _tags(operation: Operation) -> list[str]:
    given = operation.value.get("tags")
    return [str(tag) for tag in given] if isinstance(given, list) else []


def _parameters(context: Context, operation: Operation) -> Iterator[Finding]:
    wanted = template_names(operation.path)
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
    for name in wanted:
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
    if not any(status.startswith(("1", "2", "3", "default")) for status in statuses):
        yield Finding("no-success-response", where, "no response of success is declared")
    if operation.path and not any(status.startswith(("4", "5", "default")) for status in statuses):
        yield Finding("no-error-response", where, "no response of refusal or failure is declared")
