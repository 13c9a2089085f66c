"""Lists and finders: what is there, chosen, ordered, cut into pages, and put into its envelope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.items.queries import chosen, ordered
from specdouble.mock.inferred.items.records import newest_first
from specdouble.mock.inferred.items.store import MEMBERS
from specdouble.mock.inferred.operations.asking import asking, further_filters, searched
from specdouble.mock.inferred.operations.owners import owned, owner_of, seen
from specdouble.mock.inferred.pointing import write
from specdouble.mock.inferred.responses.paging import around, cut
from specdouble.mock.inferred.responses.success import respond, status_of
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.values.make import MISSING


def list_items(act: Act) -> Response:
    """Answer with the items of a collection."""
    kind = act.kind
    if kind is None:
        return respond(act, purpose="read")
    records = _records(act, kind)
    asked = {**act.sent, **act.query} if act.spec.method != "GET" else act.query
    records = chosen(records, (*act.meaning.filters, *further_filters(act, kind)), asked)
    asked = {**act.call.query, **asked}  # the size of a page and the order have defaults
    asked = {name: value for name, value in asked.items() if value is not None}
    in_order: Sequence[Doc] | None = ordered(records, act.meaning.sort, asked)
    if in_order is None:
        in_order = newest_first(records) if act.meaning.paging is not None else records
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
    show = _shown(act, kind, inner)
    values: Any = [show(one) for one in page.records]
    if flat.type == "object" and flat.items is None:
        if isinstance(flat.additional, dict):
            values = {one["key"]: value for one, value in zip(page.records, values, strict=True)}
        elif not at:
            values = values[0] if values else MISSING
    body = write({}, at, values) if at else values
    body, link = around(act, page, body, schema)
    facts = {"total": page.total, "link": link, "pages": -(-page.total // page.size) if page.size else 0}
    return respond(act, body, "read", wanted=(status,), facts=facts)


def _shown(act: Act, kind: Kind, schema: Any) -> Callable[[Doc], Any]:
    """Return what gives the element of a list for a record: the item, or its key where a list shows only that."""
    element = act.api.element(schema)
    flat = act.api.flats.of(element)
    if flat.type in ("string", "integer") and act.api.flats.of(kind.schema).type in ("object", ""):
        return lambda record: record["key"]
    members = list(act.api.flats.members(element))
    own = act.api.flats.members(kind.schema)
    key = next((one for one in members if one not in own and plain(one) in _KEYS), None)
    if key is not None and len(members) > 1:
        return lambda record: _with_key(act.shown(record), key, record["key"])
    if len(members) == 1 and members[0] not in own and plain(members[0]) in _NAMES:
        return lambda record: act.shown(record) if members[0] in record["value"] else {members[0]: record["key"]}
    return act.shown


_KEYS = frozenset({"id", "uid", "uuid", "guid"})


def _with_key(value: Any, member: str, key: str) -> Any:
    """Return an item with its key in the member that only lists have for it."""
    return {**value, member: key} if isinstance(value, dict) and member not in value else value


_NAMES = frozenset({"name", "id", "key", "title", "slug", "uid", "href", "ref"})


def _records(act: Act, kind: Kind) -> Sequence[Doc]:
    """Return what a list is about: the members of a set, or the items inside of what the path goes through."""
    if act.meaning.style == "set" and kind.resource.item.rpartition("/")[0] != act.spec.path:
        return _members(act, kind)
    within = act.within
    records = act.items.records(kind, within)
    if within and not records and act.items.any_key(kind):
        records = _made_up(act, kind, within)
    if owned(act, kind):
        records = [one for one in records if seen(act, kind, one)]
    return act.only(act, records) if act.only is not None else records


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
    above = {one: key for one, key in act.within.items() if one != kind.name}
    found = []
    for one in held:
        record = act.items.find(kind, one["member"], above)
        if record is not None or act.items.any_key(kind):
            found.append(record or act.items.virtual(kind, one["member"], above))
    return found  # what was deleted in the meantime is in no set


def set_name(act: Act) -> str:
    """Return what names a set: the path without what only asks about it."""
    parts = act.place.rstrip("/").split("/")
    if act.meaning.role == "set-check" or act.meaning.members in act.call.params:
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
    sent = {**act.sent, **act.query}
    asked = next((sent[one] for one in names if sent.get(one) is not None), None)
    if kind is not None and kind.name in act.within_names and (about := searched(act, kind)) is not kind:
        return _like(act, about, asked)
    if kind is not None:
        if asked is None:
            return list_items(act)
        shown = act.shown(act.items.get(kind, asked, {}))
        return respond(act, write({}, act.meaning.at, shown) if act.meaning.at else shown, "read")
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


def _like(act: Act, kind: Kind, key: Any) -> Response:
    """Answer with what is like one item of the path: the others where that is a list, else the item itself."""
    act.kind = kind
    record = act.items.get(kind, key, act.within) if key is not None else None
    schema = act.api.success(act.spec.key)
    at = act.meaning.at or act.api.list_in(schema)
    if record is None or schema is None or act.api.flats.of(act.api.below(schema, at)).type != "array":
        return list_items(act) if record is None else respond(act, act.shown(record), "read")
    act.meaning = replace(act.meaning, at=at, filters=())
    act.only = lambda _act, records: [one for one in records if one["id"] != record["id"]]
    return list_items(act)


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
    act.kind = searched(act, act.kind)
    act.meaning = asking(act, act.kind)
    at = act.meaning.at or act.api.list_in(schema)
    if at or act.api.flats.of(schema).type == "array":
        act.meaning = replace(act.meaning, at=at)
        return list_items(act)
    records = chosen(_records(act, act.kind), act.meaning.filters, {**act.sent, **act.query})
    if not records:
        raise Problem(404, "Nothing fits the question.")
    return respond(act, act.shown(records[-1]), "read")
