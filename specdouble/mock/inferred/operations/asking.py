"""Questions in a body: what is asked after, which of its members choose items, and which cut the list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind, json_schema
from specdouble.mock.inferred.items.queries import HOLDERS
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.model.parts import Filter, Operation, Paging
from specdouble.openapi.pointers import escape

_TEXT = frozenset({"q", "query", "search", "term", "text", "keyword", "keywords"})
_PAGES = {"limit": "size", "perpage": "size", "pagesize": "size", "size": "size", "first": "size", "maxresults": "size",
          "hitsperpage": "size", "offset": "offset", "skip": "offset", "from": "offset", "page": "page",
          "pagenumber": "page", "cursor": "cursor", "after": "cursor", "startingafter": "cursor", "pagetoken": "cursor",
          "startcursor": "cursor"}  # fmt: skip


def searched(act: Act, kind: Kind) -> Kind:
    """Return the resource that a question is about: what belongs to the item of the path where it is asked of that."""
    if kind.name not in act.within_names:
        return kind
    inside = [
        one for one in act.api.kinds.values() if any(parent.resource == kind.name for parent in one.resource.parents)
    ]
    listed = [one for one in inside if any(use.role == "list" for use in act.api.uses(one.name))]
    return listed[0] if listed else inside[0] if inside else kind


def further_filters(act: Act, kind: Kind) -> tuple[Filter, ...]:
    """Return the filters of members that stand in an object of the item, such as `filter[title]` of its attributes."""
    known = act.api.deep_filters.get(act.spec.key)
    if known is None:
        paging = act.meaning.paging
        used = {one.parameter for one in act.meaning.filters} | set(act.meaning.sort)
        used |= set(paging.parameters.values()) if paging is not None else set()
        members = act.api.flats.members(kind.schema)
        held = {plain(one): f"/{escape(one)}" for one in members}
        for name, inner in members.items():
            if plain(name) in HOLDERS and act.api.flats.of(inner).type == "object":
                for one in act.api.flats.members(inner):
                    held.setdefault(plain(one), f"/{escape(name)}/{escape(one)}")
        found = []
        for parameter in act.spec.parameters:
            base = plain(parameter.name.partition("[")[2].partition("]")[0] or parameter.name)
            if parameter.location == "query" and parameter.name not in used and base in held:
                found.append(Filter(parameter.name, held[base], "any-of"))
        known = act.api.deep_filters[act.spec.key] = tuple(found)
    return known


def _declared(act: Act) -> Collection[str]:
    """Return the members that a question is declared to have."""
    schema = json_schema(act.spec.body.content) if act.spec.body is not None else None
    return act.api.flats.members(schema) if schema is not None else ()


def asking(act: Act, kind: Kind) -> Operation:
    """Return the meaning of an operation with the filters and the paging that its body brings."""
    meaning = act.meaning
    if not act.sent:
        return meaning
    known = {plain(one): one for one in act.api.flats.members(kind.schema)}
    if meaning.role == "delete-many":  # what nothing has fits nothing
        known = {plain(one): one for one in act.sent} | known
    elif act.api.flats.of(kind.schema).open:  # what the question does not declare may be a member of the item
        known = {plain(one): one for one in act.sent if one not in _declared(act)} | known
    named = {one.parameter for one in meaning.filters}
    filters = list(meaning.filters)
    pages: dict[str, str] = {}
    for name, value in act.sent.items():
        short = plain(name)
        if name in named or value is None or isinstance(value, dict):
            continue
        if short in _PAGES and _PAGES[short] not in pages:
            pages[_PAGES[short]] = name
        elif short in known:
            filters.append(Filter(name, f"/{known[short]}", "any-of" if isinstance(value, list) else "equal"))
        elif short in _TEXT and isinstance(value, str):
            filters.append(Filter(name, "", "text"))
    paging = meaning.paging
    if paging is None and pages:
        style = next((one for one in ("cursor", "offset", "page") if one in pages), "limit")
        paging = Paging(style, pages, {})
    return replace(meaning, filters=tuple(filters), paging=paging)
