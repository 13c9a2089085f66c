"""Resources behind calls: `things.create`, `/thing/get` and their like, static paths with a noun and a verb.

The model of a document takes such operations for actions without a resource. Where several of one noun make, read and
remove the same schema, they are given the roles that their verbs say, with the key in the query or the body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from specdouble.mock.inferred.values.flat import Flats
from specdouble.openapi import Operation
from specdouble.openapi.media_types import is_json
from specdouble.openapi.model.evidence import words
from specdouble.openapi.model.parts import Key, KeyPart, Model, Paging, Resource
from specdouble.openapi.model.parts import Operation as Meaning
from specdouble.openapi.pointers import escape

if TYPE_CHECKING:
    from specdouble.mock.inferred.values.flat import Schema

_READ = frozenset({"get", "info", "retrieve", "show", "read", "describe", "details", "fetch", "lookup"})
_LIST = frozenset({"list", "all", "index"})
_UPDATE = words.UPDATE - {"put"}
_DELETE = words.DELETE - {"clear", "revoke"}
_ROLES = (("create", words.CREATE), ("list", _LIST), ("read", _READ), ("update", _UPDATE), ("delete", _DELETE))
_LOOSE = frozenset({"action", "singleton-read", "none", "find", "derived"})
_SIZES = {"limit": "size", "count": "size", "pagesize": "size", "perpage": "size", "cursor": "cursor", "page": "page",
          "offset": "offset", "startingafter": "cursor", "pagetoken": "cursor"}  # fmt: skip


def with_calls(model: Model, operations: dict[str, Operation], flats: Flats) -> Model:
    """Return a model in which calls of one noun are about a resource."""
    groups: dict[str, dict[str, list[Meaning]]] = {}
    for one in model.operations:
        if one.resource or one.declared or one.role not in _LOOSE or one.key not in operations:
            continue
        group, verb = _parts(operations[one.key].path)
        if group:
            role = next((role for role, known in _ROLES if verb in known), "action")
            groups.setdefault(group, {}).setdefault(role, []).append(one)
    changed: dict[str, Meaning] = {}
    resources = list(model.resources)
    for group, by_role in groups.items():
        if "create" in by_role and by_role.keys() & {"read", "list", "delete", "update"}:
            made = _resource(group, by_role, operations, flats, {one.name for one in resources})
            if made is not None:
                resource, at, parameter = made
                resources.append(resource)
                changed |= _meanings(resource, at, parameter, by_role, operations, flats)
    if not changed:
        return model
    return replace(
        model,
        resources=tuple(resources),
        operations=tuple(changed.get(one.key, one) for one in model.operations),
    )


def _parts(path: str) -> tuple[str, str]:
    """Return the noun of a static path, with what is before it, and the verb; ("", "") for other paths."""
    if "{" in path:
        return "", ""
    outer, _, last = path.rstrip("/").rpartition("/")
    if "." in last:
        noun, _, verb = last.rpartition(".")
        return f"{outer}/{noun}", (words.words(verb) or ("",))[0]
    return (outer, (words.words(last) or ("",))[0]) if outer.strip("/") else ("", "")


def _resource(
    group: str, by_role: dict[str, list[Meaning]], operations: dict[str, Operation], flats: Flats, taken: set[str]
) -> tuple[Resource, str, str] | None:
    """Return the resource of a group, where its item stands in a response, and the parameter that holds its key."""
    noun = words.noun(group.rpartition("/")[2].rpartition(".")[2])
    for one in (*by_role.get("create", ()), *by_role.get("read", ())):
        schema = _success(operations[one.key])
        found = _item(schema, noun, flats) if schema is not None else None
        if found is None:
            continue
        at, member, inner = found
        what = at.rpartition("/")[2]
        parameter = _parameter(by_role, operations, flats, {noun, words.noun(what), ""}, member)
        flat = flats.of(inner)
        if not parameter:
            continue
        name = noun if noun not in taken else f"{noun}-call"
        key = Key((KeyPart(parameter, f"/{escape(member)}"),), "server", "calls name it so")
        pointer = flat.key.removeprefix("#") if flat.key.startswith("#") else ""
        reason = f"calls of {group} make, read or remove the same thing"
        return Resource(name, key=key, schema=pointer, reason=reason), at, parameter
    return None


def _item(schema: Any, noun: str, flats: Flats) -> tuple[str, str, Schema] | None:
    """Return where an item stands in a response, the member that is its key, and its schema."""
    members = flats.members(schema)
    key = _key(members, noun)
    if key:
        return "", key, schema
    for name, inner in members.items():
        if flats.of(inner).type == "object":
            key = _key(flats.members(inner), words.noun(name))
            if key:
                return f"/{escape(name)}", key, inner
    return None


def _key(members: Iterable[str], noun: str) -> str:
    what = words.plain(noun.rpartition("-")[2])
    known = {words.plain(one): one for one in members}
    names = ("id", f"{what}id", f"{words.plain(noun)}id", "uid", "uuid", f"{what}token", f"{what}key")
    return next((known[one] for one in names if one in known), "")


def _parameter(
    by_role: dict[str, list[Meaning]], operations: dict[str, Operation], flats: Flats, nouns: set[str], member: str
) -> str:
    """Return the name under which calls send the key of an item."""
    wanted = {words.plain(member), "id"}
    for noun in nouns - {""}:
        last = words.plain(noun.rpartition("-")[2])
        wanted |= {last, f"{last}id", f"{words.plain(noun)}id"}
    for role in ("read", "update", "delete", "action"):
        for one in by_role.get(role, ()):
            operation = operations[one.key]
            names = [parameter.name for parameter in operation.parameters if parameter.location == "query"]
            body = _json(operation.body.content) if operation.body is not None else None
            names += flats.members(body) if body is not None else []
            fitting = next((name for name in names if words.plain(name) in wanted), None)
            if fitting is not None:
                return fitting
    return member


def _meanings(
    resource: Resource, at: str, parameter: str, by_role: dict[str, list[Meaning]], operations: dict[str, Operation],
    flats: Flats,
) -> dict[str, Meaning]:  # fmt: skip
    found = {}
    for role, several in by_role.items():
        for one in several:
            operation = operations[one.key]
            schema = _success(operation)
            has = at if schema is not None and at and at.split("/")[1] in flats.members(schema) else ""
            whole = schema is not None and not at and flats.of(schema).key == f"#{resource.schema}" != "#"
            answers = "item" if has or whole else "receipt" if schema is not None else "nothing"
            changes: dict[str, Any] = {"role": role, "resource": resource.name, "at": has, "answers": answers,
                                       "style": "body-key", "reason": resource.reason}  # fmt: skip
            if role == "create":
                changes["style"] = ""
            elif role == "read":
                changes |= {"role": "find", "style": "query"}
            elif role == "list":
                pages = _pages(operation, flats)
                paging = Paging(next((s for s in ("cursor", "offset", "page") if s in pages), "limit"), pages, {})
                changes |= {"style": "", "at": _list(schema, flats), "paging": paging if pages else None}
            found[one.key] = replace(one, **changes)
    del parameter
    return found


def _pages(operation: Operation, flats: Flats) -> dict[str, str]:
    names = [one.name for one in operation.parameters if one.location == "query"]
    body = _json(operation.body.content) if operation.body is not None else None
    names += flats.members(body) if body is not None else []
    return {_SIZES[words.plain(one)]: one for one in reversed(names) if words.plain(one) in _SIZES}


def _list(schema: Any, flats: Flats) -> str:
    if schema is None:
        return ""
    lists = [name for name, inner in flats.members(schema).items() if flats.of(inner).type == "array"]
    return f"/{escape(lists[0])}" if lists else ""


def _success(operation: Operation) -> Any:
    return _json(operation.success.content or {})


def _json(content: Any) -> Any:
    return next((one.schema for kind, one in content.items() if is_json(kind)), None)
