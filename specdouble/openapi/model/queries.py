"""Parameters of lists: paging, filters that name members of an item, sorting."""

from typing import Any

from specdouble.openapi.model.evidence.shapes import Shape, Shapes
from specdouble.openapi.model.evidence.view import Operation
from specdouble.openapi.model.evidence.words import plain, singular, words
from specdouble.openapi.model.parts import Filter, Paging
from specdouble.openapi.pointers import escape

_SIZE = frozenset({"limit", "perpage", "pagesize", "size", "count", "maxresults", "first", "top", "take", "pagelimit",
                   "hitsperpage", "itemsperpage", "maxitems", "rows", "resultsperpage", "itemcount"})  # fmt: skip
_PAGE = frozenset({"page", "pagenumber", "pageno", "pagenum", "p", "currentpage", "pageindex"})
_OFFSET = frozenset({"offset", "skip", "startindex", "startat", "start", "pageoffset"})
_CURSOR = frozenset({"cursor", "after", "startingafter", "nexttoken", "pagetoken", "continue", "continuationtoken",
                     "marker", "nextcursor", "startafter", "sinceid", "pagecursor", "pageafter",
                     "nextpagetoken"})  # fmt: skip
_BACK = frozenset({"before", "endingbefore", "pagebefore", "previouscursor", "maxid"})
_LOOSE = frozenset({"from", "since"})  # a cursor only where a size is asked for and no date is meant
_SORT = frozenset({"sort", "sortby", "orderby", "order", "sortorder", "direction", "sortdirection", "dir", "ordering"})
_TEXT = frozenset({"q", "query", "search", "term", "keyword", "keywords", "text", "searchterm", "filtertext"})
_AROUND = {
    "total": ("total", "totalcount", "totalitems", "totalresults", "numfound", "estimatedtotalhits", "totalhits"),
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
    ),
    "previous": ("previous", "prev", "previouspage", "prevpage", "previouscursor", "before", "prevurl"),
    "size": ("limit", "perpage", "pagesize", "maxresults"),
    "count": ("size", "count", "length"),
    "offset": ("offset", "skip", "startat", "startindex"),
    "page": ("page", "currentpage", "pagenumber"),
    "cursor": ("cursor", "since", "from"),
    "first": ("first", "firstpage"),
    "last": ("last",),
    "self": ("self", "href"),
}
_HOLDERS = frozenset({"paging", "pagination", "meta", "metadata", "pageinfo", "links", "cursors", "responsemetadata"})
_LEAST = {"min": "least", "minimum": "least", "gte": "least", "gt": "least", "from": "least", "least": "least"}
_MOST = {"max": "most", "maximum": "most", "lte": "most", "lt": "most", "to": "most", "until": "most"}
_AFTER = frozenset({"after", "since", "start", "from", "begin", "newer"})
_BEFORE = frozenset({"before", "until", "end", "to", "older"})


def paging_of(operation: Operation, given: Shape, shapes: Shapes) -> Paging | None:
    """Return how a list is cut into pages, None where it is given as a whole."""
    found: dict[str, str] = {}
    for one in operation.query:
        name = plain(one.name)
        for role, known in (
            ("size", _SIZE),
            ("page", _PAGE),
            ("offset", _OFFSET),
            ("cursor", _CURSOR),
            ("back", _BACK),
        ):
            if name in known and not _is_date(shapes, one.schema):
                found.setdefault(role, one.name)
    if "size" in found and not found.keys() & {"page", "offset", "cursor"}:
        loose = (one for one in operation.query if plain(one.name) in _LOOSE and not _is_date(shapes, one.schema))
        if cursor := next(loose, None):
            found["cursor"] = cursor.name
    by_page = plain(found.get("size", "")).startswith(("per", "page", "hits"))
    order = ("cursor", "page", "offset") if by_page else ("cursor", "offset", "page")
    style = next((one for one in order if one in found), "limit" if "size" in found else "")
    if not style:
        return None
    outer = given.pointer.rpartition("/")[0]
    members: dict[str, str] = {}
    _around(shapes, given.container, outer, given.member, members, 2)
    response = operation.success
    if response is not None and "link" in response.headers:
        members["link"] = "Link"
    return Paging(style, found, members)


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
    used = set(paging.parameters.values()) if paging is not None else set()
    found = []
    for one in operation.query:
        if one.name in used or plain(one.name) in _SORT:
            continue
        if plain(one.name) in _TEXT and plain(one.name) not in known:
            found.append(Filter(one.name, "", "text"))
        elif made := _named(one.name, shapes.kind(one.schema), known) or _range(one.name, known, members, shapes):
            found.append(Filter(one.name, f"/{escape(made[0])}", made[1]))
    return tuple(found)


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
