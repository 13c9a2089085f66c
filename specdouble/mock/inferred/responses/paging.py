"""Pages of a list in every common style, with figures and links that can be followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from specdouble.digits import whole
from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.inferred.responses.cursors import after, cursor_of
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.model.parts import Paging
from specdouble.openapi.pointers import escape
from specdouble.openapi.values.make import MISSING

_USUAL = 20
_ZERO_BASED = frozenset({"pageindex"})


@dataclass(slots=True)
class Page:
    """Some of the records of a list: where they begin, how many there may be, and how many there are in all."""

    records: list[Doc]
    total: int
    start: int
    size: int
    paging: Paging | None

    @property
    def more(self) -> bool:
        """Whether records follow."""
        return self.start + len(self.records) < self.total


def cut(act: Act, records: Sequence[Doc], asked: dict[str, Any]) -> Page:
    """Return the page of records that was asked for."""
    paging = act.meaning.paging
    total = len(records)
    if paging is None:
        return Page(list(records), total, 0, max(total, 1), None)
    names = paging.parameters
    size = _integer(asked.get(names.get("size", "")))
    if names.get("size", "") not in act.query and (other := _other_size(act, names.get("size", ""))) is not None:
        size = other
    if size is None:
        size = _integer(_default(act, names.get("size", "")))
    if size is None:
        size = _USUAL if "size" not in names or paging.style != "limit" else max(total, 1)
    size = max(0, size)
    start = 0
    if "offset" in names and asked.get(names["offset"]) is not None:
        start = _integer(asked[names["offset"]]) or 0
    elif "page" in names and asked.get(names["page"]) is not None:
        number = _integer(asked[names["page"]]) or 0
        start = max(0, number - _first(act, names["page"])) * size
    elif "cursor" in names and asked.get(names["cursor"]) not in (None, ""):
        start = after(records, asked[names["cursor"]])
    elif "back" in names and asked.get(names["back"]) not in (None, ""):
        end = max(0, after(records, asked[names["back"]]) - 1)
        return Page(list(records[max(0, end - size) : end]), total, max(0, end - size), size, paging)
    start = max(0, start)
    return Page(list(records[start : start + size]), total, start, size, paging)


def _other_size(act: Act, usual: str) -> int | None:
    """Return the size that is asked for by another parameter than the usual one, as `limit` beside `page_size`."""
    given = (one for name, one in act.query.items() if name != usual and plain(name) in _SIZES)
    return next((number for number in map(_integer, given) if number is not None), None) if usual else None


_SIZES = frozenset({"limit", "perpage", "pagesize", "pagelimit", "maxresults", "maxitems", "itemsperpage"})


def _default(act: Act, name: str) -> Any:
    """Return the default of a parameter, for a value of it that is no number."""
    found = next((one for one in act.spec.parameters if one.name == name), None)
    return found.schema.get("default") if found is not None and isinstance(found.schema, dict) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _first(act: Act, name: str) -> int:
    """Return the number of the first page: 0 where the document says so."""
    if plain(name) in _ZERO_BASED:
        return 0
    for one in act.spec.parameters:
        if one.name == name:
            flat = act.api.flats.of(one.schema)
            if flat.default == 0 or (flat.low == 0 and not flat.has_default and not flat.strict_low):
                return 0
    return 1


def around(act: Act, page: Page, body: Any, schema: Any) -> tuple[Any, str]:
    """Return a response with the figures and links of a page in it, and the text of a `Link` header ("" for none)."""
    paging = page.paging
    body = _of_the_path(act, body, schema)
    if paging is None:
        return _figures(act, page, body, schema), ""
    links = _links(act, page)
    members = {**_deep_links(act, schema), **paging.members}
    for role, pointer in members.items():
        if not pointer.startswith("/"):
            continue
        inner = act.api.below(schema, pointer)
        value = _member(act, role, page, links, inner)
        if value is not MISSING and (value is not None or read(body, pointer) is MISSING):
            body = write(body, pointer, value)
    if paging.style == "cursor" and "next" not in paging.members and page.more:
        pointer = _cursor_member(act, paging, schema)
        if pointer:
            body = write(body, pointer, cursor_of(act, page, page.start + page.size))
    body = _figures(act, page, body, schema)
    wanted = "link" in paging.members or isinstance(body, list)
    header = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items() if url and rel != "self") if wanted else ""
    return body, header


_LINKS = {"next": "next", "prev": "previous", "previous": "previous", "first": "first", "last": "last", "self": "self",
          "nextpage": "next", "prevpage": "previous", "nextpageurl": "next", "prevpageurl": "previous"}  # fmt: skip
_HOLDERS = frozenset({"links", "pages", "paging", "pagination", "meta", "metadata", "pageinfo", "page"})


def _deep_links(act: Act, schema: Any) -> dict[str, str]:
    """Return where links stand in objects inside of objects beside the list (`/links/pages/next`)."""
    known = act.api.links.get(act.spec.key)
    if known is None:
        known = {}
        todo = [(schema, "", 0)]
        while todo:
            held, at, depth = todo.pop()
            for name, inner in act.api.flats.members(held).items():
                kind = act.api.flats.of(inner).type
                role = _LINKS.get(plain(name))
                if role and at and kind in ("string", "object", ""):
                    known.setdefault(role, f"{at}/{name}")
                elif kind == "object" and depth < 3 and plain(name) in _HOLDERS:
                    todo.append((inner, f"{at}/{name}", depth + 1))
        act.api.links[act.spec.key] = known
    return known


def _cursor_member(act: Act, paging: Paging, schema: Any) -> str:
    """Return the pointer to the member that is called like the parameter of the cursor."""
    wanted = plain(paging.parameters.get("cursor", ""))
    members = act.api.flats.members(schema)
    for name in members:
        if plain(name) == wanted:
            return f"/{name}"
    for name, inner in members.items():
        for one in act.api.flats.members(inner) if act.api.flats.of(inner).type == "object" else ():
            if plain(one) == wanted:
                return f"/{name}/{one}"
    return ""


def _of_the_path(act: Act, body: Any, schema: Any) -> Any:
    """Return an envelope with the values of the path in the members that are called like them: `list_id`."""
    if not isinstance(body, dict) or not act.call.params:
        return body
    known = {plain(name): one for name, one in act.call.params.items()}
    for name, key in act.within.items():
        what = plain(name.rpartition("-")[2])
        known |= {f"{what}{end}": key for end in ("id", "key", "name", "uid") if f"{what}{end}" not in known}
    for name, inner in act.api.flats.members(schema).items():
        if name not in body and plain(name) in known:
            fitted = act.api.fitter.scalar(inner, known[plain(name)])
            if fitted is not MISSING:
                body = {**body, name: fitted}
    return body


def _figures(act: Act, page: Page, body: Any, schema: Any) -> Any:
    """Fill the count beside a list that is given as a whole."""
    if not isinstance(body, dict):
        return body
    for name, inner in act.api.flats.members(schema).items():
        kind = act.api.flats.of(inner).type
        if name not in body and kind == "string" and plain(name) in ("url", "href", "self", "path"):
            body = {**body, name: f"{act.api.base}{act.place}"}
        if name not in body and kind == "string" and plain(name) in ("query", "q", "search"):
            asked = next((one for key, one in act.sent.items() if plain(key) in ("q", "query", "search")), None)
            body = {**body, name: asked} if isinstance(asked, str) else body
        if name in body or kind not in ("integer", "number"):
            continue
        figure = _FIGURES.get(plain(name))
        if (figure is not None and page.paging is not None) or figure == "total":
            body = {**body, name: {"total": page.total, "size": page.size, "offset": page.start}[figure]}
    return _around_whole(act, page, body, schema) if page.paging is None else body


def _around_whole(act: Act, page: Page, body: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Fill the figures of the one page that a list is where nobody can ask for another."""
    for pointer, role in _wholes(act, schema).items():
        if read(body, pointer) is MISSING:
            body = write(
                body, pointer, {"page": 1, "pages": 1, "total": page.total, "more": False}.get(role, page.total)
            )
    return body


def _wholes(act: Act, schema: Any) -> dict[str, str]:
    """Return where the figures of a page stand in the objects beside a list, with what they say."""
    known = act.api.wholes.get(act.spec.key)
    if known is None:
        known = {}
        todo = [(schema, "", 0)]
        while todo:
            held, at, depth = todo.pop()
            for name, inner in act.api.flats.members(held).items():
                kind = act.api.flats.of(inner).type
                role = _WHOLE.get(plain(name))
                if role and (at or role == "total") and kind in ("integer", "number", "boolean"):
                    known.setdefault(f"{at}/{escape(name)}", role)
                elif kind == "object" and depth < 3 and plain(name) in _HOLDERS:
                    todo.append((inner, f"{at}/{escape(name)}", depth + 1))
        act.api.wholes[act.spec.key] = known
    return known


_WHOLE = {"page": "page", "currentpage": "page", "pagenumber": "page", "pages": "pages", "totalpages": "pages",
          "lastpage": "pages", "pagecount": "pages", "total": "total", "totalcount": "total", "totalitems": "total",
          "totalentries": "total", "totalresults": "total", "totalelements": "total", "totalrecords": "total",
          "count": "total", "perpage": "size", "pagesize": "size", "limit": "size", "itemsperpage": "size",
          "hasmore": "more", "hasnext": "more", "hasnextpage": "more"}  # fmt: skip


_FIGURES = {"total": "total", "count": "total", "totalcount": "total", "totalitems": "total", "size": "total",
            "length": "total", "totalresults": "total", "numfound": "total", "estimatedtotalhits": "total",
            "totalhits": "total", "totalentries": "total", "totalelements": "total", "totalrecords": "total",
            "limit": "size", "offset": "offset"}  # fmt: skip


def _links(act: Act, page: Page) -> dict[str, str | None]:
    paging = page.paging
    if paging is None:
        return {}
    to = _target(act, page)
    last = max(0, (page.total - 1) // page.size * page.size) if page.size else 0
    return {
        "self": to(page.start),
        "next": to(page.start + page.size) if page.more and page.size else None,
        "prev": to(max(0, page.start - page.size)) if page.start > 0 else None,
        "first": to(0),
        "last": to(last),
    }


def _target(act: Act, page: Page) -> Callable[[int], str]:
    names = page.paging.parameters if page.paging else {}
    pairs = parse_qsl(act.call.text_query, keep_blank_values=True)
    host = act.call.headers.get("host")
    root = f"http://{host}" if host else act.items.url
    base = act.api.base

    def to(start: int) -> str:
        changed: dict[str, str] = {}
        if "size" in names:
            changed[names["size"]] = str(page.size)
        if page.paging and page.paging.style == "offset" and "offset" in names:
            changed[names["offset"]] = str(start)
        elif page.paging and page.paging.style == "page" and "page" in names:
            changed[names["page"]] = str(start // max(1, page.size) + _first(act, names["page"]))
        elif "cursor" in names and start:
            changed[names["cursor"]] = cursor_of(act, page, start)
        gone = {names.get("back"), names.get("cursor")}
        kept = [(name, text) for name, text in pairs if name not in changed and name not in gone]
        return f"{root}{base}{re.split('[#?]', act.place, maxsplit=1)[0]}?{urlencode([*kept, *changed.items()])}"

    return to


def _member(act: Act, role: str, page: Page, links: dict[str, str | None], schema: Any) -> Any:
    flat = act.api.flats.of(schema)
    kind = flat.type
    if role in ("next", "previous", "first", "last", "self"):
        return _link(act, role, page, links, flat)
    number = page.start // max(1, page.size)
    names = page.paging.parameters if page.paging else {}
    figures: dict[str, Any] = {
        "total": page.total,
        "pages": -(-page.total // page.size) if page.size else 0,
        "more": page.more,
        "size": page.size,
        "count": len(page.records),
        "offset": page.start,
        "page": number + (_first(act, names["page"]) if "page" in names else 1),
    }
    if role == "cursor":
        if not page.records:
            return 0 if kind in ("integer", "number") else MISSING
        last = page.records[-1]["key"]
        counted = whole(last) if kind == "integer" else None
        return last if counted is None else counted
    return figures.get(role, MISSING) if kind != "object" else MISSING


def _link(act: Act, role: str, page: Page, links: dict[str, str | None], flat: Any) -> Any:
    url = links["prev" if role == "previous" else role]
    if role == "next" and not page.more:
        url = None
    names = page.paging.parameters if page.paging else {}
    if flat.type in ("integer", "number"):
        to = {"next": page.start + page.size, "previous": page.start - page.size}.get(role)
        if to is None or url is None:
            return None if flat.nullable else MISSING
        if "cursor" in names and page.records:
            number = whole(page.records[-1]["key"])
            return MISSING if number is None else number
        return to if "page" not in names else to // max(1, page.size) + _first(act, names["page"])
    if url is None:
        return (
            None
            if flat.nullable
            else MISSING
            if flat.type != "string" or role not in ("next", "previous")
            else _empty(flat)
        )
    if flat.type == "object":
        return _link_object(act, role, page, url, flat)
    is_url = (
        str(flat.rules.get("format") or "").startswith("uri") or page.paging is None or page.paging.style != "cursor"
    )
    if is_url or not names.get("cursor") or role in ("self", "first", "last"):
        return url
    wants_url = any(isinstance(one, str) and "://" in one for one in flat.examples)
    return url if wants_url else cursor_of(act, page, page.start + page.size) if role == "next" else MISSING


def _link_object(act: Act, role: str, page: Page, url: str, flat: Any) -> dict[str, Any]:
    """Return a link that is an object: its address, and what to send to get there."""
    start = page.start + page.size if role == "next" else max(0, page.start - page.size)
    names = page.paging.parameters if page.paging else {}
    made: dict[str, Any] = {}
    for name, schema in flat.properties.items():
        short = plain(name)
        value: Any = MISSING
        if short in ("href", "url", "uri", "link"):
            value = url
        elif short == "path":
            value = url[url.find("/", 8) :]
        elif short in ("offset", "start", "skip"):
            value = start
        elif short in ("cursor", "after", "token", "pagetoken") or short == plain(names.get("cursor", "")):
            value = cursor_of(act, page, start)
        elif short == "limit":
            value = page.size
        if value is not MISSING:
            fitted = act.api.fitter.scalar(schema, value)
            if fitted is not MISSING:
                made[name] = fitted
    return made or {"href": url, "url": url}


def _empty(flat: Any) -> Any:
    return MISSING
