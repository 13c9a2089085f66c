"""What the server writes into a new item by itself."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.openapi.values import meaning
from specdouble.openapi.values.context import Context
from specdouble.openapi.values.flat import Flat
from specdouble.openapi.values.make import MISSING
from specdouble.openapi.model.evidence.words import plain, words

_MADE = frozenset({"created", "createdat", "createdon", "createddate", "creationdate", "creationtime",
                   "createtime", "datecreated", "createdtime", "creationtimestamp", "timecreated", "added",
                   "addedat", "dateadded", "insertedat", "publishedat", "orderedat", "joinedat", "registeredat",
                   "date", "timestamp", "starttime", "startedat", "enqueuedat"})  # fmt: skip
CHANGED = frozenset({"updated", "updatedat", "updatedon", "modified", "modifiedat", "lastmodified",
                     "lastmodifiedat", "lastupdated", "lastupdatedat", "updatetime", "changedat", "dateupdated",
                     "datemodified", "updateddate", "updatedtime", "modifieddate", "lastupdate", "edited",
                     "editedat", "lastedited", "lasteditedtime", "modificationdate", "lastupdatetime",
                     "modifiedon"})  # fmt: skip
_LATER = frozenset({"deleted", "cancelled", "canceled", "archived", "closed", "completed", "finished",
                    "expired", "revoked", "ended", "stopped", "failed", "resolved", "last", "due", "merged",
                    "approved", "rejected", "locked", "error", "errors", "paid", "shipped", "delivered",
                    "parent", "previous", "next", "suspended"})  # fmt: skip


def completed(act: Act, kind: Kind, value: Any, sent: dict[str, Any], context: Context, key: str) -> Any:
    """Return a new item with what only the server writes: stamps, defaults, states, and members that are required.

    What a client could have sent and did not is left out, or has its default: nothing is made up in its name.
    """
    if not isinstance(value, dict):
        return value
    api = act.api
    flat = api.flats.of(kind.schema)
    takes = {plain(one) for one in _request_members(act)}
    members = api.flats.members(kind.schema) if flat.options else flat.properties
    outer = kind.field.split("/")[1] if kind.field.count("/") > 1 else ""
    if outer and isinstance(value.get(outer), dict):
        value = {**value, outer: _inside(act, kind, members.get(outer, True), value[outer], context, key)}
    for name, schema in members.items():
        if name in value:
            continue
        inner = api.flats.of(schema)
        if inner.write_only:
            continue
        made = _member(act, kind, name, inner, schema, context, takes, name in flat.required, key)
        if made is not MISSING:
            value = {**value, name: made}
    return {name: one for name, one in value.items() if one is not None or name in members}


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
            else _member(act, kind, name, inner, one, context, set(), name in flat.required, key)
        )
        if plain(name) in ("uid", "uuid") and inner.type == "string":
            made = act.api.fitter.scalar(one, meaning.of_format("uuid", context))
        if made is not MISSING:
            value = {**value, name: made}
    return value


def _request_members(act: Act) -> list[str]:
    body = act.spec.body
    schema = json_schema(body.content) if body is not None else None
    if schema is None:
        return []
    members = act.api.flats.members(schema)
    pointer = act.kind.resource.envelope.request if act.kind is not None else ""
    if pointer:
        inner = act.api.below(schema, pointer)
        members = {**members, **act.api.flats.members(inner)}
    return list(members)


def _member(
    act: Act,
    kind: Kind,
    name: str,
    inner: Flat,
    schema: Any,
    context: Context,
    takes: set[str],
    required: bool,
    key: str,
) -> Any:
    """Return what a member of a new item begins with, MISSING where it is left out."""
    short = plain(name)
    mine = short not in takes or inner.read_only
    moment = stamp_for(inner, name, context.now, _MADE | CHANGED)
    if mine and moment is not MISSING:
        return moment
    if inner.has_default and (inner.default is not None or inner.nullable):
        return inner.default
    if not mine:
        if required:
            return act.api.maker.make(schema, context, name)
        return [] if inner.type == "array" and not inner.rules.get("minItems") else MISSING
    if set(words(name)) & _LATER and not required:
        return None if inner.nullable else MISSING
    if inner.nullable and not required and not inner.read_only and inner.type not in ("integer", "number", "boolean"):
        return None
    if inner.type == "array" and not inner.rules.get("minItems"):
        return []
    if inner.type == "object" and not required:
        return act.api.maker.make(schema, context, name) if len(act.api.flats.of(schema).required) < 12 else MISSING
    if (
        inner.type in ("integer", "number")
        and not inner.examples
        and short.endswith(("count", "total", "number", "size"))
    ):
        return act.api.fitter.fit(schema, 0, context, name)
    if short in ("href", "url", "self", "htmlurl", "selflink", "uri") and inner.type == "string":
        from specdouble.mock.inferred.items.addresses import address

        return address(act, kind, key, context)
    return act.api.maker.make(schema, context, name)


def stamp_for(inner: Flat, name: str, now: float, names: frozenset[str]) -> Any:
    """Return the present time as a member with such a name writes it, MISSING for other members."""
    short = plain(name)
    if short not in names:
        return MISSING
    if (
        inner.type == "string"
        and not inner.enum
        and inner.rules.get("format") in (None, "date-time", "date", "datetime", "timestamp")
    ):
        text = meaning.stamp(now)
        return text[:10] if inner.rules.get("format") == "date" else text if inner.rules.get("format") or short not in (
            "date",) else MISSING  # fmt: skip
    if inner.type in ("integer", "number") and short not in ("date",):
        large = any(isinstance(one, int) and one > 10**11 for one in inner.examples)
        return int(now * 1000) if large else int(now)
    return MISSING


def touched(act: Act, kind: Kind, value: Any) -> Any:
    """Return an item with the time of its last change moved."""
    if not isinstance(value, dict):
        return value
    members = act.api.flats.members(kind.schema)
    now = act.world.clock.now()
    for name, schema in members.items():
        if plain(name) in CHANGED:
            moment = stamp_for(act.api.flats.of(schema), name, now, CHANGED)
            if moment is not MISSING:
                value = {**value, name: moment}
    return value
