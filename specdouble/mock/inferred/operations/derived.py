"""Figures that follow from what there is: counts, inventories, statistics, health."""

from __future__ import annotations

from collections import Counter
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.pointing import write
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Response
from specdouble.openapi.model.evidence.words import plain, singular, words
from specdouble.openapi.values.make import MISSING

_FIGURES = frozenset({"count", "total", "totalcount", "size", "length", "number", "totalitems"})


def derive(act: Act) -> Response:
    """Answer with figures: counted where it is clear of what, else the document's example or something valid."""
    within = act.within
    own = [one for one in act.spec.parameters if one.location == "path" and one.name not in act.meaning.within]
    if act.kind is not None and own and act.kind.name not in within:
        act.items.get(act.kind, act.key, within)
    _, declared = status_of(act, "read")
    schema = json_schema(declared.content or {})
    if schema is None:
        return respond(act, MISSING, "read")
    value = _counted(act, schema)
    if value is MISSING:
        content = next(iter((declared.content or {}).values()))
        if content.has_example and act.api.maker.fits(act.api.flats.of(content.schema), content.example):
            value = content.example
        else:
            value = act.api.maker.make(schema, act.items.context("derived", act.place, noun=""))
        value = _figures(act, schema, value)
    return respond(act, value, "read")


def _counted(act: Act, schema: Any) -> Any:
    flat = act.api.flats.of(schema)
    if flat.type in ("integer", "number"):
        kind = act.kind or _mentioned(act)
        return len(act.items.records(kind, act.within)) if kind is not None else MISSING
    inner = flat.additional if isinstance(flat.additional, dict) else None
    if (
        flat.type == "object"
        and inner is not None
        and not flat.properties
        and act.api.flats.of(inner).type in ("integer", "number")
    ):
        return _by_state(act)
    return MISSING


def _by_state(act: Act) -> Any:
    """Count the items of a resource by the member that has a few values."""
    kind = _mentioned(act)
    if kind is None:
        return MISSING
    said = {*words(act.spec.summary), *words(act.spec.description)}
    members = act.api.flats.members(kind.schema)
    listed = [name for name, one in members.items() if act.api.flats.of(one).enum]
    field = next((name for name in listed if set(words(name)) & said), listed[0] if listed else None)
    if field is None:
        return MISSING
    counted = Counter(one["value"].get(field) for one in act.items.all(kind, {}) if isinstance(one["value"], dict))
    return {str(state): number for state, number in counted.items() if state is not None}


def _mentioned(act: Act) -> Kind | None:
    """Return the resource that the words of an operation name."""
    text = f"{act.spec.summary} {act.spec.description} {act.spec.operation_id} {act.spec.path}"
    said = {singular(one) for one in words(text)}
    fitting = [one for one in act.api.kinds.values() if plain(one.name.rpartition("-")[2]) in said]
    return fitting[0] if fitting else None


def _figures(act: Act, schema: Any, value: Any) -> Any:
    """Put in numbers of items where a member is named after a resource: `users`, `user_count`, `total_pets`."""
    if not isinstance(value, dict):
        return value
    for name, inner in act.api.flats.members(schema).items():
        if act.api.flats.of(inner).type not in ("integer", "number"):
            continue
        parts = [one for one in words(name) if one not in ("count", "total", "number", "num", "of", "n")]
        what = singular("".join(parts)) if parts else ""
        kind = next((one for one in act.api.kinds.values() if plain(one.name) == what), None)
        if kind is None and not parts and plain(name) in _FIGURES:
            kind = act.kind
        if kind is not None:
            value = write(value, f"/{name}", len(act.items.records(kind, {})))
    return value
