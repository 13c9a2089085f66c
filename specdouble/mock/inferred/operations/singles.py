"""Things of which there is one: settings, a profile, what stands below an item without a key of its own."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import json_schema
from specdouble.mock.inferred.items.patches import patched
from specdouble.mock.inferred.items.placing import without_files
from specdouble.mock.inferred.items.store import SINGLES
from specdouble.mock.inferred.operations.writing.receipts import receipt
from specdouble.mock.inferred.pointing import write
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.values.flat import Schema
from specdouble.openapi.values.make import MISSING


def read_single(act: Act) -> Response:
    """Answer with the thing: what was written, or what it begins as."""
    within = act.inside
    schema = _shown(act)
    if schema is None:
        held = _store(act).get(act.place)
        if (held is None or held.get("gone")) and 404 in act.spec.responses:  # a switch: it is there or not
            raise Problem(404, "It is not set.")
        return respond(act, held["value"] if held is not None else MISSING, "read")
    newest = _newest(act, schema)
    del within
    return respond(act, present(act, act.place, schema) if newest is MISSING else newest, "read")


def write_single(act: Act) -> Response:
    """Write the thing as a whole, or merge what was sent into it."""
    within = act.inside
    schema = _shown_at(act, act.spec.path)
    body = without_files(act.call.body)
    if body is None or body == {}:
        asked = act.query
        body = asked or body
    held = _store(act).get(act.place)
    before = held["value"] if held is not None else present(act, act.place, schema) if schema is not None else MISSING
    value = body
    media = (act.call.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if isinstance(body, list) and (media == "application/json-patch+json" or act.meaning.style == "json-patch"):
        value = patched(before, body)
    elif act.meaning.style in ("merge", "post") and isinstance(body, dict) and isinstance(before, dict):
        value = _merged(act, schema, before, body)
    elif isinstance(body, dict) and isinstance(before, dict) and schema is not None:
        own = {name for name, one in act.api.flats.members(schema).items() if act.api.flats.of(one).read_only}
        value = {**{name: before[name] for name in own if name in before}, **body}
    keep(act, act.place, value, act.of(within))
    _, declared = status_of(act, "change")
    given = json_schema(declared.content or {})
    if given is None:
        return respond(act, MISSING, "change")
    if act.meaning.answers == "item" or given == schema or act.api.flats.of(given).type == "array":
        return respond(act, write({}, act.meaning.at, value) if act.meaning.at else value, "change")
    record = {"value": value, "key": "", "within": within}
    return respond(act, receipt(act, record, "change"), "change")


def _merged(act: Act, schema: Schema | None, before: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Return a thing with what was sent in it; maps, whose members have no names of their own, are merged too."""
    members = act.api.flats.members(schema) if schema is not None else {}
    made = {**before, **body}
    for name, one in body.items():
        flat = act.api.flats.of(members.get(name, True))
        is_map = flat.type == "object" and not flat.properties
        if is_map and isinstance(one, dict) and isinstance(before.get(name), dict):
            made[name] = {**before[name], **one}
    return made


def delete_single(act: Act) -> Response:
    """Bring the thing back to what it began as."""
    within = act.inside
    store = _store(act)
    if act.place in store:
        store.remove(act.place)
    elif _made_by_post(act):
        raise Problem(404, "There is nothing to delete.")
    if _made_by_post(act) or not _is_reset(act):
        store.put({"key": act.place, "value": None, "of": act.of(within), "gone": True})
    return respond(act, receipt(act, None, "delete"), "delete")


def _is_reset(act: Act) -> bool:
    """Tell whether deleting means going back to defaults: the thing is settings of something, or a list of words."""
    schema = _shown_at(act, act.spec.path)
    flat = act.api.flats.of(schema) if schema is not None else None
    return flat is None or flat.type != "object" or bool({"settings", "config", "configuration", "preferences"} & set(
        act.spec.path.strip("/").split("/")))  # fmt: skip


def _made_by_post(act: Act) -> bool:
    return f"POST {act.spec.path}" in act.api.operations


def present(act: Act, place: str, schema: Schema) -> Any:
    """Return what a thing is now; a 404 where it was deleted."""
    held = _store(act).get(place)
    if held is not None:
        if held.get("gone"):
            raise Problem(404, "There is no such thing any more.")
        return held["value"]
    above = _above(act, place)
    if above is not MISSING:
        return above
    return initial(act, place, schema)


def _above(act: Act, place: str) -> Any:
    """Return a member of a thing that is written one level higher (`/settings` has `/settings/stop-words`)."""
    outer, _, last = place.rpartition("/")
    held = _store(act).get(outer)
    if held is not None and isinstance(held["value"], dict):
        for name, one in held["value"].items():
            if plain(name) == plain(last) and one is not None:
                return one
    return MISSING


def _newest(act: Act, schema: Schema) -> Any:
    """Return the newest or the oldest item where a path asks for the last or the first one, MISSING elsewhere."""
    place = _ENDS.get(act.spec.path.rstrip("/").rpartition("/")[2])
    if place is None:
        return MISSING
    flat = act.api.flats.of(schema)
    for kind in act.api.kinds.values():
        if act.api.flats.of(kind.schema) is flat or (flat.key and act.api.flats.of(kind.schema).key == flat.key):
            named = {
                name: key for name, key in act.within.items() if name in {p.resource for p in kind.resource.parents}
            }
            records = act.items.all(kind, named)
            if records:
                return records[place]["value"]
    return MISSING


_ENDS = {"latest": -1, "newest": -1, "last": -1, "first": 0, "oldest": 0}


def initial(act: Act, place: str, schema: Schema) -> Any:
    """Return what a thing begins as: the example, what the collection of its kind begins with, or made up."""
    kind = act.kind
    own = f"GET {act.spec.path}"
    operation = act.api.operations.get(own, act.spec)
    for content in (operation.success.content or {}).values():
        if content.has_example and act.api.maker.fits(act.api.flats.of(content.schema), content.example):
            return content.example
    if kind is not None and kind.name not in act.within_names and act.meaning.role == "singleton-read":
        records = act.items.all(kind, {})
        if records and act.api.flats.of(kind.schema) is act.api.flats.of(schema):
            return records[0]["value"]
    writable = any(f"{method} {act.spec.path}" in act.api.operations for method in ("PUT", "PATCH", "POST"))
    flat = act.api.flats.of(schema)
    if writable and flat.type == "array" and not flat.rules.get("minItems"):
        return []
    context = act.items.context("single", place, noun=act.spec.path.rpartition("/")[2])
    return act.api.maker.make(schema, context)


def keep(act: Act, place: str, value: Any, of: str) -> None:
    """Keep a thing, also as a member of the thing that it is part of, and the other way round."""
    store = _store(act)
    store.put({"key": place, "value": value, "of": of})
    if isinstance(value, dict):
        for one in list(store):
            if one["key"].startswith(f"{place}/"):
                last = plain(one["key"].rpartition("/")[2])
                for name, inner in value.items():
                    if plain(name) == last:
                        store.put({**one, "value": inner})
    outer, _, last = place.rpartition("/")
    held = store.get(outer)
    if held is not None and isinstance(held["value"], dict):
        for name in held["value"]:
            if plain(name) == plain(last):
                store.put({**held, "value": {**held["value"], name: value}})


def _store(act: Act) -> Any:
    return act.world.state[act.api.store(SINGLES)]


def _shown(act: Act) -> Schema | None:
    _, declared = status_of(act, "read")
    return json_schema(declared.content or {})


def _shown_at(act: Act, path: str) -> Schema | None:
    return act.api.success(f"GET {path}")
