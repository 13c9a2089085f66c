"""Looking at things: an item by its key, every row of a list through its pages."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from specdouble.openapi import Op
from specdouble.openapi.model import Resource
from specdouble.openapi.pointers import lookup
from specdouble.verify.generated.things import How, Request, Thing
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply

if TYPE_CHECKING:
    from specdouble.verify.generated.workshop import Workshop

_MOST = 60  # pages of a list that are looked through
_USUAL = 50


class Reading:
    """Reads items and lists by the model."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.known = workshop.known

    # -- items -------------------------------------------------------------------------------------------------------

    def of(self, thing: Thing) -> Op | None:
        """Return the operation that shows a thing."""
        return self.known.reader(thing.service, thing.resource.name)

    def get(self, thing: Thing, who: Identity | None = None) -> Reply | None:
        """Read a thing; None where no operation shows it."""
        op = self.of(thing)
        if op is None:
            return None
        who = who or self.reader(op, thing)
        return self.workshop.send(self.workshop.build(op, who, How(), thing))

    def reader(self, op: Op, thing: Thing) -> Identity:
        """Return who reads a thing: whoever made it, or where nobody did, whoever is let in."""
        found = self.workshop.how.get(op.id)
        if thing.who is self.workshop.identities.nobody and found is not None:
            return found[0]
        return thing.who

    def item(self, thing: Thing, who: Identity | None = None) -> dict[str, Any] | None:
        """Return what a thing shows now: by its key, else as a row of its list; None where nothing shows it."""
        reply = self.get(thing, who)
        if reply is not None:
            op = self.of(thing)
            return self.known.item(op, reply.json) if reply.ok and op is not None else None
        for op in self.lists(thing):
            row = self.row(op, thing, who)
            if isinstance(row, dict):
                return row
        return None

    def etag(self, thing: Thing) -> str:
        """Return the ETag of a thing, or ""."""
        reply = self.get(thing)
        return reply.headers.get("etag", "") if reply is not None and reply.ok else ""

    # -- lists -------------------------------------------------------------------------------------------------------

    def lists(self, thing: Thing) -> list[Op]:
        """Return the lists that should show a thing: of its resource, below what it belongs to."""
        found = []
        for op in self.known.lists(thing.service, thing.resource.name):
            about = self.known.about(op)
            if all(thing.within(name) is not None for name in about.within.values()):
                found.append(op)
        return found

    def list_request(self, op: Op, thing: Thing | None, who: Identity) -> Request:
        """Return the request of a list beside a thing."""
        workshop = self.workshop
        about = self.known.about(op)
        request = workshop.build(op, who, workshop.how.get(op.id, (who, How()))[1], thing)
        if thing is not None:
            params = dict(request.params)
            for name, inside in about.within.items():
                found = thing.within(inside) or (thing if thing.resource.name == inside else None)
                if found is not None:
                    params[name] = found.keys.get(name) or next(reversed(found.keys.values()), params.get(name))
            request = request.but(params=params)
        return request

    def pages(
        self, op: Op, request: Request, who: Identity | None = None, size: int = 0, most: int = _MOST
    ) -> list[Reply]:
        """Return at `most` so many pages of a list, each as large as allowed (or of a `size`)."""
        about = self.known.about(op)
        paging = about.paging
        if paging is None:
            return [self.workshop.send(request, who)]
        query, found = dict(request.query), []
        of = paging.parameters
        size = size or self.largest(op, of.get("size", ""))
        if "size" in of:
            query[of["size"]] = size
        seen: list[Any] = []
        for number in range(most):
            reply = self.workshop.send(request, who, query=query)
            found.append(reply)
            rows = self.known.rows(op, reply.json)
            if not reply.ok or not rows or rows == seen:
                break
            seen = rows
            following = self.following(op, request, reply, query, number, len(rows))
            if following is None or following == query:
                break
            query = following
        return found

    def following(
        self, op: Op, request: Request, reply: Reply, query: dict[str, Any], number: int, count: int
    ) -> dict[str, Any] | None:
        """Return the query of the next page, None where there is none."""
        paging = self.known.about(op).paging
        assert paging is not None
        of = paging.parameters
        size = query.get(of.get("size", ""), 0)
        linked = self.linked(reply)
        if linked is not None and not ({"page", "offset"} & of.keys()):
            return linked or None
        if "cursor" in of:
            cursor = self.cursor(op, reply)
            return {**query, of["cursor"]: cursor} if cursor not in (None, "") else None
        if "page" in of:
            parameter = next(one for one in request.operation.spec.parameters if one.name == of["page"])
            start = parameter.default if isinstance(parameter.default, int) else _minimum(parameter.schema, 1)
            return {**query, of["page"]: int(query.get(of["page"], start)) + 1} if count >= (size or 1) else None
        if "offset" in of:
            return {**query, of["offset"]: int(query.get(of["offset"], 0)) + count} if count >= (size or 1) else None
        return None

    def ended(self, op: Op, pages: list[Reply], size: int) -> bool:
        """Whether the pages go to the end of a list: the last one is not full, or says that nothing follows."""
        paging = self.known.about(op).paging
        last = pages[-1]
        if paging is None or "size" not in paging.parameters or len(self.known.rows(op, last.json)) < size:
            return True
        if "page" in paging.parameters or "offset" in paging.parameters:
            return len(pages) < _MOST
        if self.linked(last) is not None:
            return not self.linked(last)
        names = {
            "next",
            "cursor",
            "has_more",
            "hasMore",
            "next_cursor",
            "nextCursor",
            "next_page_token",
            "nextPageToken",
        }
        told = last.json.keys() if isinstance(last.json, dict) else set()
        return (bool(names & set(paging.members)) or not names.isdisjoint(told)) and self.cursor(op, last) in (None, "")

    def linked(self, reply: Reply) -> dict[str, Any] | None:
        """Return the query of the page that the header Link names as next; {} where it names none, None without it."""
        header = reply.headers.get("link")
        if header is None:
            return None
        for part in header.split(","):
            address, _, rest = part.partition(";")
            if 'rel="next"' in rest or "rel=next" in rest:
                target = urljoin("http://target", address.strip().strip("<>"))
                return dict(parse_qsl(urlsplit(target).query))
        return {}

    def cursor(self, op: Op, reply: Reply) -> Any:
        """Return the cursor of the next page that a response names, or None."""
        paging = self.known.about(op).paging
        places = list((paging.members if paging else {}).values())
        value = reply.json
        for pointer in [
            one for name, one in (paging.members if paging else {}).items() if name in ("next", "cursor")
        ] or places:
            with suppress(KeyError):
                found = lookup(value, pointer)
                if isinstance(found, int) and not isinstance(found, bool):
                    return found
                if isinstance(found, str) and found:
                    if "://" in found or found.startswith(("/", "?")):
                        query = dict(parse_qsl(urlsplit(found).query))
                        name = paging.parameters.get("cursor", "") if paging else ""
                        return query.get(name)
                    return found
        for name in ("next_cursor", "nextCursor", "next", "cursor", "next_page_token", "nextPageToken"):
            held = value.get(name) if isinstance(value, dict) else None
            if isinstance(held, str | int) and not isinstance(held, bool):
                return held
        return None

    def largest(self, op: Op, name: str) -> int:
        """Return the largest page that a list allows."""
        for one in op.spec.parameters:
            if one.name == name and isinstance(one.schema, dict):
                flat = self.workshop.filler(op).flats.of(one.schema)
                return int(flat.high) if flat.high is not None and flat.high <= 1000 else _USUAL
        return _USUAL

    def all_rows(self, op: Op, request: Request, who: Identity | None = None) -> list[Any] | None:
        """Return every row of a list; None where it is refused."""
        pages = self.pages(op, request, who)
        if not all(one.ok for one in pages):
            return None
        return [row for one in pages for row in self.known.rows(op, one.json)]

    def row(self, op: Op, thing: Thing, who: Identity | None = None) -> Any:
        """Return the row of a thing in a list; None where the list does not have it, or is refused."""
        who = who or self.reader(op, thing)
        rows = self.all_rows(op, self.list_request(op, thing, who), None)
        return next((one for one in rows or () if self.known.same(thing.resource, one, thing.keys)), None)

    # -- what is there already -----------------------------------------------------------------------------------------

    def found(self, service: str, resource: Resource, who: Identity, within: Mapping[str, Thing]) -> Thing | None:
        """Return a thing that is there already: the first row of a list, or one that the document shows."""
        for op in self.known.lists(service, resource.name):
            if any(name == resource.name for name in self.known.about(op).within.values()):
                continue
            for one in dict.fromkeys((who, *self.workshop.identities.in_order)):
                try:
                    request = self.workshop.build(op, one, How())
                    reply = self.workshop.send(request)
                except Unmet:
                    break
                for row in self.known.rows(op, reply.json) if reply.ok else ():
                    keys = self.known.keys(resource, row)
                    if keys:
                        item = row if isinstance(row, dict) else None
                        return Thing(service, resource, keys, one, dict(request.above), item, ours=False)
        person = self.workshop.people.own_id(service, f"{resource.name}_id", who)
        if person is not None and len(resource.key.parts) == 1:
            return Thing(service, resource, {resource.key.parts[0].parameter: str(person)}, who, ours=False)
        return None


def _minimum(schema: Any, otherwise: int) -> int:
    found = schema.get("minimum") if isinstance(schema, dict) else None
    return int(found) if isinstance(found, int) else otherwise
