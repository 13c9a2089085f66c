"""What the start-up panel tells of a document: what it is about, what works, and what nobody could tell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson

from specdouble.mock.inferred.api import Api, Kind
from specdouble.mock.inferred.items.store import items_of
from specdouble.mock.state.world import World
from specdouble.openapi import Operation
from specdouble.openapi.media_types import is_json
from specdouble.openapi.parameters import Parameters
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.make import MISSING

_MOST = 12  # lines of a list
_WORDS = {"create": "create", "list": "list", "read": "read", "replace": "write", "update": "write", "upsert": "write",
          "delete": "delete", "find": "find", "action": "act", "upload": "upload", "download": "download",
          "delete-many": "delete"}  # fmt: skip


def lines(api: Api, world: World, url: str) -> Iterator[str]:
    """Yield the lines about one service that listens at a URL."""
    if api.kinds:
        yield f"Resources ({len(api.kinds)})"
        width = max(len(name) for name in list(api.kinds)[:_MOST])
        for kind in list(api.kinds.values())[:_MOST]:
            done = dict.fromkeys(_WORDS[one.role] for one in api.uses(kind.name) if one.role in _WORDS)
            where = kind.resource.collection or kind.resource.item
            yield f"  {kind.name:<{width}}  {where}  {', '.join(done)}"
        if len(api.kinds) > _MOST:
            yield f"  and {len(api.kinds) - _MOST} more; specdouble spec model lists them"
    unclear = [one.key for one in api.model.operations if one.role == "none"]
    if unclear:
        more = f" and {len(unclear) - 3} more" if len(unclear) > 3 else ""
        yield f"Not inferred ({len(unclear)}), answered with examples: {', '.join(unclear[:3])}{more}"
    shown = list(curls(api, world, url))
    if shown:
        yield "Try"
        yield from (f"  {one}" for one in shown)


def curls(api: Api, world: World, url: str) -> Iterator[str]:
    """Yield commands that work at the start: a create, and the list or an item of the same resource."""
    for kind in api.kinds.values():
        uses = {one.role: one for one in reversed(api.uses(kind.name))}
        made = [_curl(api, world, url, kind, uses[role].key) for role in ("create", "list", "read") if role in uses]
        found = [one for one in made if one]
        if len(found) > 1:
            yield from found[:2]
            return


def _curl(api: Api, world: World, url: str, kind: Kind, key: str) -> str:
    """Return a command that calls an operation, "" where it is not clear what to send."""
    operation = api.operations[key]
    path = _path(api, world, kind, operation)
    if not path:
        return ""
    parts = ["curl"]
    if operation.method != "GET":
        parts += ["-X", operation.method]
    query: dict[str, Any] = {}
    for name, value in _credentials(api, operation):
        if name.startswith("?"):
            query[name[1:]] = value
        else:
            parts += ["-H", f"{name}: {value}"]
    context = Context(chance("curl", key), world.clock.now(), request=True)
    asked = {one.name: api.maker.make(one.schema, context, one.name) for one in operation.parameters
             if one.required and one.location == "query"}  # fmt: skip
    text = Parameters(operation.parameters, api.schemas.shapes).encode({"query": asked}).query if asked else ""
    text = "&".join(filter(None, (text, *(f"{name}={value}" for name, value in query.items()))))
    if operation.body is not None:
        content = next((one for kind_, one in operation.body.content.items() if is_json(kind_)), None)
        if content is None:
            return ""
        value = content.example if content.has_example else MISSING
        if not api.maker.checks.fits(content.schema, value):
            value = api.maker.make(content.schema, context)
        parts += ["-H", "content-type: application/json", "-d", orjson.dumps(value).decode()]
    base = api.base.removeprefix(api.settings.mount)  # the URL has it already
    parts.append(f"{url}{base}{path}{f'?{text}' if text else ''}")
    return shlex.join(parts)


def _path(api: Api, world: World, kind: Kind, operation: Operation) -> str:
    """Return the path of an operation with the keys of items that are there, "" where there are none."""
    items, meaning = items_of(api, world), api.meanings[operation.key]
    within: dict[str, str] = {}
    path = operation.path
    for one in operation.parameters:
        if one.location != "path":
            continue
        above = api.kinds.get(meaning.within.get(one.name, kind.name))
        records = items.all(above, dict(within)) if above is not None else []
        if above is None or not records:
            return ""
        within = {**records[0]["within"], above.name: records[0]["key"]}
        path = path.replace(f"{{{one.name}}}", quote(records[0]["key"], safe=""))
    return "" if "{" in path else path


def _credentials(api: Api, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the headers, and query parameters behind a question mark, that let a call in."""
    for name in next(iter(api.security.get(operation.key, ())), {}):
        scheme = api.security_schemes.get(name, {})
        if scheme.get("type") == "apiKey":
            place, called = scheme.get("in"), str(scheme.get("name"))
            yield ("Cookie", f"{called}=any") if place == "cookie" else (
                f"?{called}" if place == "query" else called, "any")  # fmt: skip
        elif scheme.get("type") == "basic" or str(scheme.get("scheme")).lower() == "basic":
            yield "Authorization", "Basic YW55OmFueQ=="
        elif scheme.get("type") != "mutualTLS":
            form = str(scheme.get("scheme") or "bearer") if scheme.get("type") == "http" else "bearer"
            yield "Authorization", f"{form.capitalize()} any"
