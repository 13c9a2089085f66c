"""The document store of apps, as the kernel's clients use it: one app of one tenant per call.

Another app's or tenant's documents are unknown (404). The platform itself calls, so ``user_id`` may be
``__system__``, which reads every user's documents, or ``__webhook__``.
"""

from __future__ import annotations

import base64
from itertools import dropwhile
from typing import Any

import orjson

from specdouble.mock.kit import Call, Doc, Problem, invalid, op, part

from . import _records

SYSTEM = "__system__"
FIRST = "0"  # the cursor of the first page of users


@op("POST /v1/internal/store")
def create(call: Call) -> Doc:
    """Keep a document; the server makes its id."""
    body = call.body
    app_id, tenant_id = body["extension_id"], body["tenant_id"]
    made = _records.put(call.world, body["user_id"], app_id, body["collection"], body["data"], tenant_id=tenant_id)
    return _records.shown(made)


@op("GET /v1/internal/store/{collection}/all")
def read_all(call: Call) -> list[Doc]:
    """List the documents of every user, oldest first, as a plain list."""
    held = call.state["records"].find(**_collection(call, call.query))
    return [_records.shown(one) for one in part(held, 0, call.query["limit"])]


@op("GET /v1/internal/store/{collection}/list_users")
def list_users(call: Call) -> Doc:
    """List who has documents in a collection, by id; the cursor is the last one of the page before.

    The app's own documents (``__system__``, ``__webhook__``) are nobody's.
    """
    after, limit = call.query["cursor"] or FIRST, call.query["limit"]
    users = {one["user_id"] for one in call.state["records"].find(**_collection(call, call.query))}
    left = sorted(one for one in users if not one.startswith("__") and (after == FIRST or one > after))
    page = left[:limit]
    return {"user_ids": page, "next_cursor": page[-1] if len(left) > limit else None, "truncated": False}


@op("GET /v1/internal/store/{collection}/{doc_id}")
def read(call: Call) -> Doc:
    """Show one document with its etag."""
    return _records.shown(_own(call, call.query))


@op("PATCH /v1/internal/store/{collection}/{doc_id}")
def update(call: Call) -> Doc:
    """Merge fields into a document; with ``if_match`` only if nobody has written meanwhile (409)."""
    held = _own(call, call.body)
    return _records.shown(_records.merge(call.world, held, call.body["data"], call.body.get("if_match")))


@op("DELETE /v1/internal/store/{collection}/{doc_id}")
def delete(call: Call) -> Doc:
    """Delete one document."""
    call.state["records"].remove(_own(call, call.query)["id"])
    return {"id": call.params["doc_id"], "deleted": True}


@op("POST /v1/internal/store/{collection}/query")
def query(call: Call) -> Doc:
    """List a user's documents that equal ``where``, in the order of ``order_by``, else oldest first.

    The cursor names the place of the page's last document, so a walk skips nothing when documents come or go.
    """
    body = call.body
    order, limit = body.get("order_by") or "", body.get("limit", 100)
    field, backwards = order.removeprefix("-"), order.startswith("-")
    found = sorted(_found(call), key=lambda one: _records.place(one, field), reverse=backwards)
    rest = found
    if body.get("cursor"):
        last = _place_of(body["cursor"], order)

        def seen(one: Doc) -> bool:
            at = _records.place(one, field)
            return at >= last if backwards else at <= last

        rest = list(dropwhile(seen, found))
    page, more = rest[:limit], len(rest) > limit
    cursor = _cursor(order, _records.place(page[-1], field)) if more else None
    return {"data": [_records.shown(one) for one in page], "cursor": cursor, "has_more": more, "total": len(found)}


@op("POST /v1/internal/store/{collection}/count")
def count(call: Call) -> Doc:
    """Count a user's documents that equal ``where``."""
    if call.body.get("where"):
        return {"count": len(_found(call))}
    return {"count": call.state["records"].count(**_mine(call))}


def _collection(call: Call, named: Doc) -> Doc:
    """Return what a document of the named app and tenant in the collection of the path has."""
    collection = call.params["collection"]
    return {"app_id": named["extension_id"], "tenant_id": named["tenant_id"], "collection": collection}


def _mine(call: Call) -> Doc:
    user_id = call.body["user_id"]
    return _collection(call, call.body) | ({} if user_id == SYSTEM else {"user_id": user_id})


def _found(call: Call) -> list[Doc]:
    where = call.body.get("where") or {}
    return [one for one in call.state["records"].find(**_mine(call)) if _records.fits(one, where)]


def _own(call: Call, named: Doc) -> Doc:
    """Return the document in the path; another app's, tenant's or, where one is named, user's is unknown (404)."""
    doc_id, wanted = call.params["doc_id"], _collection(call, named)
    if call.query.get("user_id") not in (None, "", SYSTEM):
        wanted["user_id"] = call.query["user_id"]
    held = call.state["records"].get(doc_id)
    if held is None or any(held[name] != value for name, value in wanted.items()):
        where = f"{wanted['collection'][:80]} of app {wanted['app_id'][:80]}"
        raise Problem(404, f"There is no document {doc_id[:80]} in {where}. POST …/query lists them.")
    return held


def _cursor(order: str, at: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([order, at])).decode()


def _place_of(cursor: str, order: str) -> list[Any]:
    """Read a cursor; refuses with 422 one that this order did not give."""
    try:
        given, (rank, value, age, doc_id) = orjson.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        given = rank = value = age = doc_id = None
    kind = str if rank in _records.TEXTS else int | float
    if given != order or not isinstance(value, kind) or not all(isinstance(one, str) for one in (age, doc_id)):
        message = "Value must be the cursor of the page before, with the same order_by"
        raise invalid((("body", "cursor"), message, "value_error"))
    return [rank, value, age, doc_id]
