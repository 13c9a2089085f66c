"""What the server writes into a new item by itself."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

from specdouble.mock.inferred.act import Act, of_operation
from specdouble.mock.inferred.api import Api, Kind, json_schema
from specdouble.mock.inferred.items.keys import like
from specdouble.openapi.model.evidence.words import plain, words
from specdouble.openapi.values import meaning
from specdouble.openapi.values.context import Context
from specdouble.openapi.values.flat import Flat
from specdouble.openapi.values.make import MISSING

_MADE = frozenset({"created", "createdat", "createdon", "createddate", "creationdate", "creationtime",
                   "createtime", "datecreated", "createdtime", "creationtimestamp", "timecreated", "added",
                   "addedat", "dateadded", "insertedat", "publishedat", "orderedat", "joinedat", "registeredat",
                   "date", "timestamp", "starttime", "startedat", "enqueuedat"})  # fmt: skip
CHANGED = frozenset({"updated", "updatedat", "updatedon", "modified", "modifiedat", "lastmodified",
                     "lastmodifiedat", "lastupdated", "lastupdatedat", "updatetime", "changedat", "dateupdated",
                     "datemodified", "updateddate", "updatedtime", "modifieddate", "lastupdate", "edited",
                     "editedat", "lastedited", "lasteditedtime", "modificationdate", "lastupdatetime",
                     "modifiedon"})  # fmt: skip
_ALWAYS = CHANGED | {one for one in _MADE if one.startswith(("create", "creation")) or one.endswith("created")}
_LATER = frozenset({"deleted", "cancelled", "canceled", "archived", "closed", "completed", "finished",
                    "expired", "revoked", "ended", "stopped", "failed", "resolved", "last", "due", "merged",
                    "approved", "rejected", "locked", "error", "errors", "paid", "shipped", "delivered",
                    "parent", "previous", "next", "suspended"})  # fmt: skip


_OWN = frozenset({"id", "uid", "uuid", "guid", "nodeid", "token", "apikey", "secret", "clientsecret", "etag", "key"})


def completed(act: Act, kind: Kind, value: Any, sent: dict[str, Any], context: Context, key: str) -> Any:
    """Return a new item with what only the server writes: stamps, defaults, states, and members that are required.

    What a client could have sent and did not is left out, or has its default: nothing is made up in its name.
    """
    if not isinstance(value, dict):
        return value
    api = act.api
    flat = api.flats.of(kind.schema)
    takes = _taken(act, kind.name, act.kind.name if act.kind is not None else "")
    members = api.flats.members(kind.schema) if flat.options else flat.properties
    outer = kind.field.split("/")[1] if kind.field.count("/") > 1 else ""
    if outer and isinstance(value.get(outer), dict):
        value = {**value, outer: _inside(act, kind, members.get(outer, True), value[outer], context, key)}
    for name, schema in members.items():
        if name in value:
            if name != outer and isinstance(value[name], dict):
                value = {**value, name: _stamped(act, schema, value[name], context.now)}
            continue
        inner = api.flats.of(schema)
        if inner.write_only:
            continue
        made = _member(act, kind, name, inner, schema, context, takes, name in flat.required, key)
        if made is not MISSING:
            value = {**value, name: made}
    return {name: one for name, one in value.items() if one is not None or name in members}


def _stamped(act: Act, schema: Any, value: dict[str, Any], now: float) -> dict[str, Any]:
    """Return an object of a new item with the times that only the server writes."""
    for name, one in act.api.flats.of(schema).properties.items():
        inner = act.api.flats.of(one)
        if name not in value and inner.rules.get("format") == "date-time":
            moment = stamp_for(inner, name, now, _MADE | CHANGED)
            if moment is not MISSING:
                value = {**value, name: moment}
    return value


def _inside(act: Act, kind: Kind, schema: Any, value: dict[str, Any], context: Context, key: str) -> dict[str, Any]:
    """Return the object that holds the key with what only the server writes into it, such as `metadata`."""
    flat = act.api.flats.of(schema)
    for name, one in flat.properties.items():
        inner = act.api.flats.of(one)
        moment = stamp_for(inner, name, context.now, _MADE)
        if name in value or not (
            inner.read_only or moment is not MISSING or name in flat.required or plain(name) in ("uid", "uuid")
        ):
            continue
        if set(words(name)) & _LATER and name not in flat.required:
            continue
        made = (
            moment
            if moment is not MISSING
            else _member(act, kind, name, inner, one, context, {}, name in flat.required, key)
        )
        if plain(name) in ("uid", "uuid") and inner.type == "string":
            made = act.api.fitter.scalar(one, meaning.of_format("uuid", context))
        if made is not MISSING:
            value = {**value, name: made}
    return value


def _writable(act: Act, kind: Kind) -> set[str]:
    """Return the plain names of the members that any operation takes for an item."""
    known = act.api.writable.get(kind.name)
    if known is None:
        known = set()
        for use in act.api.uses(kind.name):
            operation = act.api.operations.get(use.key)
            if use.role not in ("create", "update", "replace", "upsert") or operation is None or operation.body is None:
                continue
            schema = json_schema(operation.body.content)
            if schema is not None:
                inner = act.api.below(schema, kind.resource.envelope.request)
                known |= {plain(one) for one in (*act.api.flats.members(schema), *act.api.flats.members(inner))}
        act.api.writable[kind.name] = known
    return known


@of_operation
def _taken(act: Act, item: str, enveloped: str) -> dict[str, Any]:
    """Return by plain name what any operation takes for an item, with the schemas of what this one takes.

    `item` and `enveloped` are resources: of the item, and of what the request has an envelope for ("" for nothing).
    """
    takes: dict[str, Any] = dict.fromkeys(_writable(act, act.api.kinds[item]), True)
    body = act.spec.body
    schema = json_schema(body.content) if body is not None else None
    if schema is None:
        return takes
    takes |= {plain(one): inner for one, inner in act.api.flats.members(schema).items()}
    pointer = act.api.kinds[enveloped].resource.envelope.request if enveloped else ""
    if pointer:
        inside = act.api.flats.members(act.api.below(schema, pointer))
        takes |= {plain(one): inner for one, inner in inside.items()}
    return takes


def _member(
    act: Act,
    kind: Kind,
    name: str,
    inner: Flat,
    schema: Any,
    context: Context,
    takes: dict[str, Any],
    required: bool,
    key: str,
) -> Any:
    """Return what a member of a new item begins with, MISSING where it is left out."""
    short = plain(name)
    mine = short not in takes or inner.read_only
    moment = stamp_for(inner, name, context.now, _MADE | CHANGED)
    if moment is not MISSING and (mine or short in _ALWAYS):
        return moment
    if inner.has_default and (inner.default is not None or inner.nullable):
        return inner.default
    if not mine:
        sent = act.api.flats.of(takes[short])
        if sent.has_default and (sent.default is not None or inner.nullable):
            return sent.default
        if required:
            return None if inner.nullable else act.api.maker.make(schema, context, name)
        return [] if inner.type == "array" and not inner.rules.get("minItems") else MISSING
    if set(words(name)) & _LATER and (inner.nullable or not required):
        return None if inner.nullable else MISSING
    if inner.nullable and not required and not inner.read_only and inner.type not in ("integer", "number", "boolean"):
        return None
    if inner.type == "array" and not inner.rules.get("minItems"):
        return []
    if short == "links" and inner.type == "object" and "self" in inner.properties:
        from specdouble.mock.inferred.items.addresses import address

        href = address(act, kind, key, context)
        own = act.api.flats.of(inner.properties["self"])
        return {"self": {"href": href} if own.type == "object" else href}
    if inner.type == "object" and not required:
        return act.api.maker.make(schema, context, name) if len(act.api.flats.of(schema).required) < 12 else MISSING
    if (
        inner.type in ("integer", "number")
        and not inner.examples
        and short.endswith(("count", "total", "number", "size"))
    ):
        return act.api.fitter.fit(schema, 0, context, name)
    if short in _OWN and not inner.enum and inner.type in ("string", "integer"):
        return _unlike_others(act, kind, name, inner, schema, context)
    if short in ("href", "url", "self", "htmlurl", "selflink", "uri") and inner.type == "string":
        from specdouble.mock.inferred.items.addresses import address

        return address(act, kind, key, context)
    return act.api.maker.make(schema, context, name)


def written(api: Api, name: str, schema: Any, context: Context, required: bool) -> Any:
    """Return what the server writes into a member that an item made by hand does not have, MISSING for nothing."""
    inner = api.flats.of(schema)
    moment = stamp_for(inner, name, context.now, _MADE | CHANGED)
    if moment is not MISSING and (inner.read_only or plain(name) in _ALWAYS):
        return moment
    if inner.has_default and (inner.default is not None or inner.nullable):
        return inner.default
    if not inner.read_only or (set(words(name)) & _LATER and not required):
        return MISSING
    return api.maker.make(schema, context, name)


def _unlike_others(act: Act, kind: Kind, name: str, inner: Flat, schema: Any, context: Context) -> Any:
    """Return a value that no other item has, of the form of the example if there is one."""
    if inner.type == "integer":
        return act.api.fitter.fit(schema, act.world.serial(f"{kind.store}.{name}"), context, name)
    made = act.api.maker.make(schema, context, name)
    shown = next((one for one in inner.examples if isinstance(one, str)), None)
    if shown is not None and made == shown:
        other = act.api.fitter.scalar(schema, like(shown, context))
        return made if other is MISSING else other
    return made


def stamp_for(inner: Flat, name: str, now: float, names: frozenset[str]) -> Any:
    """Return the present time as a member with such a name writes it, MISSING for other members."""
    short = plain(name)
    if short not in names:
        return MISSING
    formed = inner.rules.get("format")
    if inner.type == "string" and not inner.enum:
        if isinstance(formed, str) and "2822" in formed:
            return formatdate(now)
        if formed == "date":
            return meaning.stamp(now)[:10]
        if str(formed).lower() in ("date-time", "datetime", "timestamp") or (formed is None and short != "date"):
            return meaning.stamp(now)
        return MISSING
    if inner.type in ("integer", "number") and short not in ("date",):
        large = any(isinstance(one, int) and one > 10**11 for one in inner.examples)
        return int(now * 1000) if large else int(now)
    return MISSING


def touched(act: Act, kind: Kind, value: Any, before: Any = None) -> Any:
    """Return an item with the time of its last change moved, and that of the state that it has come into."""
    if not isinstance(value, dict):
        return value
    members = act.api.flats.members(kind.schema)
    now = act.world.clock.now()
    reached = _reached(value, before) if isinstance(before, dict) else set()
    for name, schema in members.items():
        short = plain(name)
        if short in CHANGED or (short in reached and value.get(name) == before.get(name)):
            moment = stamp_for(act.api.flats.of(schema), name, now, CHANGED | reached)
            if moment is not MISSING:
                value = {**value, name: moment}
    return value


def _reached(value: dict[str, Any], before: dict[str, Any]) -> set[str]:
    """Return the plain names of stamps for states that an item has now and had not before: `closed` has `closed_at`."""
    changed = [
        plain(one) for name, one in value.items() if isinstance(one, str) and before.get(name) not in (None, one)
    ]
    changed += [
        plain(name).removeprefix("is") for name, one in value.items() if one is True and before.get(name) is not True
    ]
    return {f"{state}{end}" for state in changed if len(state) < 20 for end in ("at", "on", "date", "time")}
