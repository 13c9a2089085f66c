"""Parameters of lists: paging, filters that name members of an item, sorting."""

import re
from typing import Any

from specdouble.openapi.model.evidence.shapes import Shape, Shapes
from specdouble.openapi.model.evidence.view import Operation, Parameter
from specdouble.openapi.model.evidence.words import plain, singular, stem, words
from specdouble.openapi.model.parts import Filter, Paging
from specdouble.openapi.pointers import escape

_SIZE = frozenset({"limit", "perpage", "pagesize", "size", "count", "maxresults", "first", "top", "take", "pagelimit",
                   "hitsperpage", "itemsperpage", "maxitems", "rows", "resultsperpage", "itemcount"})  # fmt: skip
_PAGE = frozenset({"page", "pagenumber", "pageno", "pagenum", "p", "currentpage", "pageindex"})
_OFFSET = frozenset({"offset", "skip", "startindex", "startat", "start", "pageoffset"})
_CURSOR = frozenset({"cursor", "after", "startingafter", "nexttoken", "pagetoken", "continue", "continuationtoken",
                     "marker", "nextcursor", "startafter", "sinceid", "pagecursor", "pageafter",
                     "nextpagetoken", "iterator", "skiptoken", "scrollid", "lastkey", "exclusivestartkey"})  # fmt: skip
_BACK = frozenset({"before", "endingbefore", "pagebefore", "previouscursor", "maxid"})
_SIZE_OF = frozenset({"display", "page", "batch", "chunk", "fetch", "result", "results", "list", "max", "record",
                      "records", "item", "items", "entries", "query"})  # fmt: skip
_SIZE_WORDS = frozenset({"size", "limit", "count", "results", "items", "records", "entries"})
_LOOSE = frozenset({"from", "since"})  # a cursor only where a size is asked for and no date is meant
_SORT = frozenset({"sort", "sortby", "orderby", "order", "sortorder", "direction", "sortdirection", "dir", "ordering"})
_TEXT = frozenset({"q", "query", "search", "term", "keyword", "keywords", "text", "searchterm", "filtertext"})
_AROUND = {
    "total": (
        "total",
        "totalcount",
        "totalitems",
        "totalresults",
        "totalentries",
        "totalelements",
        "totalrecords",
        "totalrows",
        "numfound",
        "estimatedtotalhits",
        "totalhits",
    ),
    "pages": ("totalpages", "pages", "lastpage", "pagecount"),
    "more": ("hasmore", "hasnext", "hasnextpage", "more"),
    "next": (
        "next",
        "nextpage",
        "nexturl",
        "nextpagetoken",
        "nextcursor",
        "nexttoken",
        "after",
        "nextpageurl",
        "nextlink",
        "nextiterator",
    ),
    "previous": ("previous", "prev", "previouspage", "prevpage", "previouscursor", "before", "prevurl"),
    "size": ("limit", "perpage", "pagesize", "maxresults"),
    "count": ("size", "count", "length"),
    "offset": ("offset", "skip", "startat", "startindex"),
    "page": ("page", "currentpage", "pagenumber"),
    "cursor": ("cursor", "since", "from", "iterator"),
    "first": ("first", "firstpage"),
    "last": ("last",),
    "self": ("self", "href"),
}
_HOLDERS = frozenset({"paging", "pagination", "meta", "metadata", "pageinfo", "links", "cursors", "responsemetadata"})
_LEAST = {"min": "least", "minimum": "least", "gte": "least", "gt": "least", "from": "least", "least": "least"}
_MOST = {"max": "most", "maximum": "most", "lte": "most", "lt": "most", "to": "most", "until": "most"}
_AFTER = frozenset({"after", "since", "start", "from", "begin", "newer"})
_BEFORE = frozenset({"before", "until", "end", "to", "older"})


def paging_of(operation: Operation, given: Shape, shapes: Shapes, sent: Any = None) -> Paging | None:
    """Return how a list is cut into pages, None where it is given as a whole.

    `sent` is the schema of a body that asks a question; its members are asked for like query parameters.
    """
    found: dict[str, str] = {}
    asked = {one.name: one.schema for one in operation.query} | shapes.members(sent)
    names = {plain(one) for one in asked}
    mine = {plain(one) for one in shapes.members(given.schema)}
    for parameter, schema in asked.items():
        name = plain(parameter)
        for role, known in (
            ("size", _SIZE),
            ("page", _PAGE),
            ("offset", _OFFSET),
            ("cursor", _CURSOR),
            ("back", _BACK),
        ):
            if name in known and not _is_date(shapes, schema):
                found.setdefault(role, parameter)
        if name not in mine and not _is_date(shapes, schema) and _is_size(parameter, shapes.kind(schema), names):
            if plain(found.get("size", "")) == "first":
                found.setdefault("offset", found.pop("size"))
            found.setdefault("size", parameter)
        if name == "first" and found.get("size") != parameter:
            found.setdefault("offset", parameter)
    if "size" in found and not found.keys() & {"page", "offset", "cursor"}:
        loose = (one for one, schema in asked.items() if plain(one) in _LOOSE and not _is_date(shapes, schema))
        if cursor := next(loose, None):
            found["cursor"] = cursor
    by_page = plain(found.get("size", "")).startswith(("per", "page", "hits"))
    order = ("cursor", "page", "offset") if by_page else ("cursor", "offset", "page")
    style = next((one for one in order if one in found), "limit" if "size" in found else "")
    if not style:
        return None
    members: dict[str, str] = {}
    _around(shapes, given.container, given.outside, given.member, members, 2)
    response = operation.success
    if response is not None and "link" in response.headers:
        members["link"] = "Link"
    return Paging(style, found, members)


def _is_size(parameter: str, kind: str, names: set[str]) -> bool:
    """Tell whether a parameter is a size though its name is not a usual one: `display_size`, `max` without `min`."""
    parts = words(parameter)
    if kind not in ("integer", "number", "string", "") or not parts:
        return False
    if parts == ("max",):
        return "min" not in names
    return len(parts) > 1 and parts[-1] in _SIZE_WORDS and parts[-2] in _SIZE_OF


def _around(shapes: Shapes, schema: Any, at: str, member: str, found: dict[str, str], depth: int) -> None:
    """Note where the figures and links of a page stand: beside the list, or in an object beside it."""
    inside = shapes.members(schema)
    for name, inner in inside.items():
        if name == member or shapes.kind(inner) == "array":
            continue
        for role, names in _AROUND.items():
            if plain(name) in names:
                found.setdefault(role, f"{at}/{escape(name)}")
    for name, inner in inside.items() if depth else ():
        if name != member and plain(name) in _HOLDERS:
            _around(shapes, inner, f"{at}/{escape(name)}", "", found, depth - 1)


def _is_date(shapes: Shapes, schema: Any) -> bool:
    return str(shapes.plain(schema)[0].get("format") or "").startswith("date")


def sorting_of(operation: Operation) -> tuple[str, ...]:
    """Return the parameters that order a list."""
    return tuple(one.name for one in operation.query if plain(one.name) in _SORT)


def filters_of(operation: Operation, schema: Any, paging: Paging | None, shapes: Shapes) -> tuple[Filter, ...]:
    """Return the query parameters that name members of the item, and those that search its texts."""
    members = shapes.members(schema)
    known = {plain(one): one for one in reversed(members)}
    holders = {"": members}
    if shapes.members(members.get("attributes", {})):  # the form of JSON:API
        holders["/attributes"] = shapes.members(members["attributes"])
    used = set(paging.parameters.values()) if paging is not None else set()
    found = []
    for one in operation.query:
        if one.name in used or plain(one.name) in _SORT or _is_about_response(one, shapes):
            continue
        name = _unwrapped(one.name)
        if plain(name) in _TEXT and plain(name) not in known:
            found.append(Filter(one.name, "", "text"))
            continue
        for at, outer in holders.items():
            inner = {plain(each): each for each in reversed(outer)}
            kind = shapes.kind(one.schema)
            made = _named(name, kind, inner) or _range(name, inner, outer, shapes) or _part(name, inner, outer, shapes)
            if made:
                found.append(Filter(one.name, f"{at}/{escape(made[0])}", made[1]))
                break
    return tuple(found)


def _unwrapped(name: str) -> str:
    """Return the name of a filter without what all filters have: `filter[status]` and `filter.status` are status."""
    whole = re.fullmatch(r"(?:filters?|where|query|q)(?:\[(.+?)\](\[.+\])?|[._:](.+))", name, re.IGNORECASE)
    return (whole[1] or whole[3] or "") + (whole[2] or "") if whole else name


def _is_about_response(one: Parameter, shapes: Shapes) -> bool:
    """Tell whether a parameter says what responses show, and chooses nothing: a switch that is on unless it is said.

    A switch is a truth value with a default, described by words such as include, show or expand.
    """
    bare, _ = shapes.plain(one.schema)
    if shapes.kind(one.schema) != "boolean" or "default" not in bare:
        return False
    text = f"{one.description} {bare.get('description') or ''}"
    return bool({stem(word) for word in words(text)} & _SHOWS)


_SHOWS = frozenset({"include", "show", "expand", "return", "embed", "omit", "hide", "exclude", "append", "contain"})
_PART_WORDS = frozenset({"prefix", "pattern", "contains", "like", "ilike", "with", "starts"})


def _part(name: str, known: dict[str, str], members: dict[str, Any], shapes: Shapes) -> tuple[str, str] | None:
    """Return the member that a part of a text is asked of: `name_prefix`, `title[contains]`, `key_pattern`."""
    parts = list(words(name))
    tests = []
    while len(parts) > 1 and parts[-1] in _PART_WORDS:
        tests.append(parts.pop())
    if not tests:
        return None
    own = "".join(parts)
    whole = ("id", "name", "key") if own.endswith(("id", "name", "key")) else ()
    field = next((known[one] for one in (own, *(end for end in whole if own.endswith(end))) if one in known), None)
    if field is None or shapes.kind(members[field]) not in ("string", ""):
        return None
    return field, "prefix" if {"prefix", "starts", "with"} & set(tests) else "contains"


def _named(name: str, kind: str, known: dict[str, str]) -> tuple[str, str] | None:
    test = "any-of" if kind == "array" else "equal"
    if plain(name) in known:
        return known[plain(name)], test
    last = words(name)
    if last and singular(last[-1]) != last[-1]:
        one = plain("".join((*last[:-1], singular(last[-1]))))
        if one in known:
            return known[one], "any-of"
        if one in ("id", "uid") and "id" in known:
            return known["id"], "any-of"
    return None


def _range(name: str, known: dict[str, str], members: dict[str, Any], shapes: Shapes) -> tuple[str, str] | None:
    """Return the member that a limit speaks of: `min_price`, `created[gte]`, `since`, `endDate`."""
    parts = words(name)
    for index, word in enumerate(parts):
        if index not in (0, len(parts) - 1) or len(parts) < 2:
            continue
        rest = "".join((*parts[:index], *parts[index + 1 :]))
        for ending in ("", "at", "on", "date", "time"):
            if rest + ending in known:
                field = known[rest + ending]
                dated = _is_date(shapes, members[field])
                if dated and word in _AFTER | _BEFORE:
                    return field, "after" if word in _AFTER else "before"
                if word in _LEAST or word in _MOST:
                    return field, _LEAST.get(word) or _MOST[word]
    if not set(parts) & (_AFTER | _BEFORE) or len(parts) > 2 or not set(parts) <= _AFTER | _BEFORE | {"date", "time"}:
        return None
    dates = [one for one, inner in members.items() if _is_date(shapes, inner) or _is_date(shapes, shapes.items(inner))]
    made = [one for one in dates if plain(one) in ("createdat", "created", "date", "timestamp", "datecreated")]
    if len(dates) != 1 and not made:
        return None
    return (made or dates)[0], "after" if set(parts) & _AFTER else "before"
