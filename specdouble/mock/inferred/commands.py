"""Commands for `curl` that work at the start: something is made, and seen again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from specdouble.mock.inferred.api import Api
from specdouble.mock.inferred.items.store import items_of
from specdouble.mock.state.world import World
from specdouble.openapi import Content, Operation, Parameter
from specdouble.openapi.bodies import Bodies, BodyError, File
from specdouble.openapi.bodies.multipart import parts_of
from specdouble.openapi.media_types import is_json, is_xml, kind_of
from specdouble.openapi.parameters import ParameterError, Parameters
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.make import MISSING

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_MAKES, _SHOWS = ("create", "upsert"), ("list", "read", "find")
_MOST = 2
_MEMBERS = 3  # of a body in which nothing is required
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'  # goes without saying
_TRIED = 12  # resources for which commands are tried


def curls(api: Api, world: World, url: str) -> Iterator[str]:
    """Yield up to two commands: one that makes an item and one that shows items of the same resource, if possible."""
    found: list[str] = []
    for name in _by_use(api)[:_TRIED]:
        uses = {one.role: one.key for one in reversed(api.uses(name))}
        keys = [next((uses[role] for role in roles if role in uses), "") for roles in (_MAKES, _SHOWS[:1], _SHOWS[1:])]
        made = [one for one in (_curl(api, world, url, key) for key in keys if key) if one][:_MOST]
        if len(made) > len(found):
            found = made
        if len(found) == _MOST:
            break
    if not found:
        tried = (_curl(api, world, url, key) for key, one in api.operations.items() if one.method in ("GET", "POST"))
        found = [one for one, _ in zip(filter(None, tried), range(_MOST), strict=False)]
    yield from found


def _by_use(api: Api) -> list[str]:
    """Return the resources, those first of which items can be made and seen, and that lie below nothing."""

    def lacks(name: str) -> tuple[int, int]:
        roles = {one.role for one in api.uses(name)}
        place = api.kinds[name].resource.collection or api.kinds[name].resource.item
        return 2 * roles.isdisjoint(_MAKES) + roles.isdisjoint(_SHOWS), place.count("{")

    return sorted(api.kinds, key=lacks)


def _curl(api: Api, world: World, url: str, key: str) -> str:
    """Return a command that calls an operation, "" where it is not clear what to send."""
    operation = api.operations[key]
    path = _path(api, world, operation)
    if not path:
        return ""
    context = Context(chance("curl", key), world.clock.now(), request=True)
    values: dict[str, dict[str, Any]] = {}
    for one in operation.parameters:
        if one.required and one.location != "path":
            values.setdefault(one.location, {})[one.name] = _value(api, one, context)
    try:
        sent = Parameters(operation.parameters, api.schemas.shapes).encode(values)
        body = _body(api, operation, context)
    except (ParameterError, BodyError):
        return ""
    if body is None:
        return ""
    headers, query = dict(sent.headers), [sent.query] if sent.query else []
    for name, value in _credentials(api, operation):
        if name.startswith("?"):
            query.append(f"{quote(name[1:], safe='')}={value}")
        elif name == "cookie" and "cookie" in headers:
            headers["cookie"] += f"; {value}"
        else:
            headers[name] = value
    parts = ["curl"] if operation.method == "GET" and not body else ["curl", "-X", operation.method]
    for name, value in headers.items():
        parts += ["-H", f"{name}: {value}"]
    base = api.base.removeprefix(api.settings.mount)  # the URL has it already
    parts += [*body, f"{url}{base}{path}{'?' if query else ''}{'&'.join(query)}"]
    return shlex.join(parts)


# -- the path ----------------------------------------------------------------------------------------------------------


def _path(api: Api, world: World, operation: Operation) -> str:
    """Return the path of an operation with the keys of items that are there, "" where there are none."""
    items, meaning = items_of(api, world), api.meanings[operation.key]
    within: dict[str, str] = {}
    path = operation.path
    for one in operation.parameters:
        if one.location != "path":
            continue
        above = api.kinds.get(meaning.within.get(one.name, meaning.resource))
        records = items.records(above, dict(within)) if above is not None else []
        if records and above is not None:
            within = {**records[0]["within"], above.name: records[0]["key"]}
            text = records[0]["key"]
        elif above is None or above.implicit:  # any value names something
            text = str(_value(api, one, Context(chance("curl", one.name), world.clock.now(), request=True)))
        else:
            return ""
        path = path.replace(f"{{{one.name}}}", quote(text, safe=""))
    return "" if "{" in path else path


def _value(api: Api, one: Parameter, context: Context) -> Any:
    fits = one.example is not None and api.maker.checks.fits(one.schema, one.example)
    return one.example if fits else api.maker.make(one.schema, context, one.name)


# -- the body ----------------------------------------------------------------------------------------------------------


def _body(api: Api, operation: Operation, context: Context) -> list[str] | None:
    """Return the words that send a body, [] for none, None where nobody knows one."""
    if operation.body is None:
        return []
    for content in sorted(operation.body.content.values(), key=_order):
        kind = kind_of(content.media_type)
        value = content.example if content.has_example else MISSING
        if not api.maker.checks.fits(content.schema, value):
            value = _made(api, content, context)
        if value is MISSING or "*" in kind:
            continue
        if kind == _MULTIPART and isinstance(value, dict):
            return _parts(api, content, value)
        raw, media_type = Bodies(operation.body.content, api.schemas.shapes).encode(value, content.media_type)
        try:
            text = raw.decode().removeprefix(_XML)
        except UnicodeDecodeError:
            continue
        return ["-H", f"content-type: {media_type}", "--data-raw" if text.startswith("@") else "-d", text]
    return None if operation.body.required else []


def _made(api: Api, content: Content, context: Context) -> Any:
    """Return a small body, with some members where none has to be there: an empty one shows nothing."""
    small = api.maker.make(content.schema, context)
    fuller = _filled(small, api.maker.make(content.schema, replace(context, rich=True)))
    return fuller if api.maker.checks.fits(content.schema, fuller) else small


def _filled(small: Any, rich: Any) -> Any:
    if not isinstance(small, dict) or not isinstance(rich, dict):
        return small
    if len(small) == 1:
        return {name: _filled(one, rich.get(name)) for name, one in small.items()}
    plain = [(name, one) for name, one in rich.items() if name != "id" and isinstance(one, str | int | float)]
    return small or dict(plain[:_MEMBERS])


def _order(content: Content) -> int:
    kind = kind_of(content.media_type)
    known = (is_json(kind), kind == _FORM, kind == _MULTIPART, is_xml(kind), kind.startswith("text/"), True)
    return known.index(True)


def _parts(api: Api, content: Content, value: dict[str, Any]) -> list[str]:
    """Return the words that send a form with files; the content of each file is in the command."""
    flat = api.flats.of(content.schema)
    words: list[str] = []
    filled = {}
    for name, one in value.items():
        schema = api.flats.of(flat.properties[name]) if name in flat.properties else None
        several = schema is not None and schema.type == "array" and schema.items is not None
        inner = api.flats.of(schema.items) if schema is not None and several else schema
        is_file = inner is not None and (inner.rules.get("format") == "binary" or "contentMediaType" in inner.rules)
        file = File(b"Hello", f"{name}.txt", "text/plain")
        filled[name] = ([file] if several else file) if is_file else one
    for field, part in parts_of(filled, api.schemas.shapes.of(content.schema), content.encoding):
        text = part.data.decode()
        if part.name is None and not part.media_type:
            words += ["--form-string", f"{field}={text}"]
            continue
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        named = f";filename={part.name}" if part.name else ""
        words += ["-F", f'{field}="{quoted}";type={part.media_type}{named}']
    return words


# -- credentials -------------------------------------------------------------------------------------------------------


def _credentials(api: Api, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the headers, and query parameters behind a question mark, that let a call in."""
    for name in next(iter(api.security.get(operation.key, ())), {}):
        scheme = api.security_schemes.get(name, {})
        if scheme.get("type") == "apiKey":
            place, called = scheme.get("in"), str(scheme.get("name"))
            yield ("cookie", f"{called}=any") if place == "cookie" else (
                f"?{called}" if place == "query" else called, "any")  # fmt: skip
        elif scheme.get("type") == "basic" or str(scheme.get("scheme")).lower() == "basic":
            yield "Authorization", "Basic YW55OmFueQ=="
        elif scheme.get("type") != "mutualTLS":
            form = str(scheme.get("scheme") or "bearer") if scheme.get("type") == "http" else "bearer"
            yield "Authorization", f"{form.capitalize()} any"
