"""Pages of a list in every common style, with figures and links that can be followed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.pointing import read, write
from specdouble.openapi.values.make import MISSING
from specdouble.mock.state import Doc
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.model.parts import Paging

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


def cut(act: Act, records: list[Doc], asked: dict[str, Any]) -> Page:
    """Return the page of records that was asked for."""
    paging = act.meaning.paging
    total = len(records)
    if paging is None:
        return Page(records, total, 0, max(total, 1), None)
    names = paging.parameters
    size = _integer(asked.get(names.get("size", "")))
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
        start = _after(records, asked[names["cursor"]])
    elif "back" in names and asked.get(names["back"]) not in (None, ""):
        end = max(0, _after(records, asked[names["back"]]) - 1)
        return Page(records[max(0, end - size) : end], total, max(0, end - size), size, paging)
    start = max(0, start)
    return Page(records[start : start + size], total, start, size, paging)


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


def _after(records: list[Doc], cursor: Any) -> int:
    """Return where the records after a cursor begin: a cursor of ours, or the key of the last record seen."""
    text = str(cursor)
    place = _opened(text)
    if place is not None:
        return place
    for index, record in enumerate(records):
        if record["key"] == text:
            return index + 1
    if isinstance(cursor, int) and all(record["key"].lstrip("-").isdigit() for record in records):
        return next((index for index, one in enumerate(records) if int(one["key"]) < cursor), 0) if cursor else 0
    return 0


def _sealed(start: int) -> str:
    return base64.urlsafe_b64encode(f"after:{start}".encode()).decode().rstrip("=")


def _opened(text: str) -> int | None:
    try:
        plain_text = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    word, _, number = plain_text.partition(":")
    return int(number) if word == "after" and number.isdigit() else None


def around(act: Act, page: Page, body: Any, schema: Any) -> tuple[Any, str]:
    """Return a response with the figures and links of a page in it, and the text of a `Link` header ("" for none)."""
    paging = page.paging
    if paging is None:
        return _figures(act, page, body, schema), ""
    links = _links(act, page)
    for role, pointer in paging.members.items():
        if not pointer.startswith("/"):
            continue
        inner = act.api.below(schema, pointer)
        value = _member(act, role, page, links, inner)
        if value is not MISSING and (value is not None or read(body, pointer) is MISSING):
            body = write(body, pointer, value)
    wanted = "link" in paging.members or isinstance(body, list)
    header = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items() if url and rel != "self") if wanted else ""
    return body, header


def _figures(act: Act, page: Page, body: Any, schema: Any) -> Any:
    """Fill the count beside a list that is given as a whole."""
    if not isinstance(body, dict):
        return body
    for name, inner in act.api.flats.members(schema).items():
        if name in body or act.api.flats.of(inner).type not in ("integer", "number"):
            continue
        if plain(name) in ("total", "count", "totalcount", "totalitems", "size", "length", "totalresults", "numfound"):
            body = {**body, name: page.total}
    return body


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
            changed[names["cursor"]] = _cursor(act, page, start)
        gone = {names.get("back"), names.get("cursor")}
        kept = [(name, text) for name, text in pairs if name not in changed and name not in gone]
        return f"{root}{base}{act.place}?{urlencode([*kept, *changed.items()])}"

    return to


def _cursor(act: Act, page: Page, start: int) -> str:
    """Return what a cursor parameter takes to go on from a place: the last key where it is a number, else a seal."""
    name = page.paging.parameters.get("cursor", "") if page.paging else ""
    for one in act.spec.parameters:
        if one.name == name and act.api.flats.of(one.schema).type == "integer":
            index = start - page.start - 1
            return page.records[index]["key"] if 0 <= index < len(page.records) else "0"
    return _sealed(start)


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
        return int(page.records[-1]["key"]) if kind == "integer" and page.records[-1]["key"].isdigit() else page.records[-1]["key"]
    return figures.get(role, MISSING)


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
            key = page.records[-1]["key"]
            return int(key) if key.isdigit() else MISSING
        return to if "page" not in names else to // max(1, page.size) + _first(act, names["page"])
    if url is None:
        return None if flat.nullable else MISSING if flat.type != "string" or role not in ("next", "previous") else _empty(flat)
    if flat.type == "object":
        return {"href": url, "url": url}
    is_url = str(flat.rules.get("format") or "").startswith("uri") or page.paging is None or page.paging.style != "cursor"
    if is_url or not names.get("cursor") or role in ("self", "first", "last"):
        return url
    wants_url = any(isinstance(one, str) and "://" in one for one in flat.examples)
    return url if wants_url else _cursor(act, page, page.start + page.size) if role == "next" else MISSING


def _empty(flat: Any) -> Any:
    return MISSING
