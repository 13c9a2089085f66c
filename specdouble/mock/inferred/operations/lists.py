"""Lists and finders: what is there, chosen, ordered, cut into pages, and put into its envelope."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.items.queries import chosen, ordered
from specdouble.mock.inferred.items.store import MEMBERS
from specdouble.mock.inferred.operations.asking import asking, further_filters, searched
from specdouble.mock.inferred.operations.owners import owned, owner_of, seen
from specdouble.mock.inferred.pointing import write
from specdouble.mock.inferred.responses.paging import around, cut
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.values.make import MISSING


def list_items(act: Act) -> Response:
    """Answer with the items of a collection."""
    kind = act.kind
    if kind is None:
        return respond(act, purpose="read")
    records = _records(act, kind)
    asked = {**act.sent, **act.call.query} if act.spec.method != "GET" else dict(act.call.query)
    asked = {name: value for name, value in asked.items() if value is not None}
    records = chosen(records, (*act.meaning.filters, *further_filters(act, kind)), asked)
    in_order = ordered(records, act.meaning.sort, asked)
    if in_order is None:
        in_order = list(reversed(records)) if act.meaning.paging is not None else records
    page = cut(act, in_order, asked)
    return listed(act, kind, page)


def listed(act: Act, kind: Kind, page: Any) -> Response:
    """Answer with a page of records in the envelope of the response."""
    status, declared = status_of(act, "read")
    schema = json_schema(declared.content or {})
    at = act.meaning.at
    if schema is None:
        return respond(act, purpose="read")
    inner = act.api.below(schema, at)
    flat = act.api.flats.of(inner)
    values: Any = [act.shown(one) for one in page.records]
    if flat.type == "object" and flat.items is None:
        if isinstance(flat.additional, dict):
            values = {one["key"]: value for one, value in zip(page.records, values, strict=True)}
        elif not at:
            values = values[0] if values else MISSING
    body = write({}, at, values) if at else values
    body, link = around(act, page, body, schema)
    facts = {"total": page.total, "link": link, "pages": -(-page.total // page.size) if page.size else 0}
    return respond(act, body, "read", wanted=(status,), facts=facts)


def _records(act: Act, kind: Kind) -> list[Doc]:
    """Return what a list is about: the members of a set, or the items inside of what the path goes through."""
    if act.meaning.style == "set":
        return _members(act, kind)
    within = act.within
    records = act.items.all(kind, within)
    if not records and within and act.items.any_key(kind):
        records = _made_up(act, kind, within)
    return act.only([one for one in records if seen(act, kind, one)] if owned(act, kind) else records)


def _made_up(act: Act, kind: Kind, within: dict[str, str]) -> list[Doc]:
    """Return items that nobody can make, below a parent that nobody can make: made up like the parent itself."""
    above = act.api.kinds.get(next(reversed(within)))
    if above is None or not above.implicit or act.api.settings.items <= 0:
        return []
    if act.items.find(above, within[above.name], {}) is not None and above.name != kind.name:
        return []
    from specdouble.mock.inferred.items.seeds import plant_below

    return plant_below(act.items, kind, within)


def _members(act: Act, kind: Kind) -> list[Doc]:
    name = set_name(act)
    held = act.world.state[act.api.store(MEMBERS)].find(set=name)
    return [act.items.find(kind, one["member"], {}) or act.items.virtual(kind, one["member"], {}) for one in held]


def set_name(act: Act) -> str:
    """Return what names a set: the path without what only asks about it."""
    parts = act.place.rstrip("/").split("/")
    if act.meaning.role == "set-check":
        parts = parts[:-1]
    return f"{'/'.join(parts)}#{owner_of(act)}"


def find_item(act: Act) -> Response:
    """Answer with the one item that a query parameter names."""
    kind = act.kind
    names = [one.parameter for one in act.meaning.filters] or [
        one.name for one in act.spec.parameters if one.location == "query"
    ]
    if kind is not None and kind.key is not None:
        names = [kind.key.parameter, *names]
    sent = {**act.sent, **{name: one for name, one in act.call.query.items() if one is not None}}
    asked = next((sent[one] for one in names if sent.get(one) is not None), None)
    if kind is not None:
        if asked is None:
            return list_items(act)
        record = act.items.get(kind, asked, {})
        return respond(act, write({}, act.meaning.at, record["value"]) if act.meaning.at else record["value"], "read")
    made = act.world.state[act.api.store(".made")].get(f"{asked}")
    if made is not None:
        return respond(act, made["value"], "read")
    if asked is None:
        return respond(act, purpose="read")
    if _made_somewhere(act):
        raise Problem(404, f"There is nothing called {str(asked)[:80]}.")
    _, declared = status_of(act, "read")
    schema = json_schema(declared.content or {})
    if schema is None:
        return respond(act, purpose="read")
    context = act.items.context(act.spec.key, asked)
    value = act.api.maker.make(schema, context)
    for one in names:
        inner = act.api.flats.members(schema).get(one)
        fitted = act.api.fitter.scalar(inner, asked) if inner is not None else MISSING
        if fitted is not MISSING and isinstance(value, dict):
            value = {**value, one: fitted}
    return respond(act, value, "read")


def _made_somewhere(act: Act) -> bool:
    """Tell whether an action makes what the operation finds: one with the same response."""
    mine = act.api.flats.of(act.api.success(act.spec.key)).key
    return bool(mine) and any(
        one.role == "action" and act.api.flats.of(act.api.success(one.key)).key == mine
        for one in act.api.model.operations
    )


def find(act: Act) -> Response:
    """Answer a question: with a list of what fits, or with the one item that it names."""
    if act.meaning.style == "query":
        return find_item(act)
    _, declared = status_of(act, "read")
    schema = json_schema(declared.content or {})
    if act.kind is None or schema is None:
        return respond(act, purpose="read")
    act.kind = searched(act, act.kind, schema)
    act.meaning = asking(act, act.kind)
    at = act.meaning.at or act.api.list_in(schema)
    if at or act.api.flats.of(schema).type == "array":
        act.meaning = replace(act.meaning, at=at)
        return list_items(act)
    records = chosen(_records(act, act.kind), act.meaning.filters, {**act.sent, **act.call.query})
    if not records:
        raise Problem(404, "Nothing fits the question.")
    return respond(act, records[-1]["value"], "read")
