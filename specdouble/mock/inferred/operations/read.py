"""Reading one item."""

from __future__ import annotations

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind
from specdouble.mock.inferred.pointing import write
from specdouble.mock.inferred.responses.etags import etag_of, unchanged
from specdouble.mock.inferred.responses.success import respond
from specdouble.mock.pipeline.call import Response
from specdouble.openapi.pointers import escape

_MOST_READY = 10_000  # responses that are kept until their item changes


def read_item(act: Act) -> Response:
    """Answer with the item that the path names."""
    kind = act.kind
    if kind is None:
        return respond(act, purpose="read")
    record = act.named or act.items.get(kind, act.key, act.within)
    ready = (act.spec.key, record["id"], act.call.headers.get("accept"))
    keeps = bool(record["id"]) and not act.meaning.effects  # what effects show may follow from other items
    known = act.items.ready.get(ready) if keeps else None
    if known is not None and known[0] is record and act.call.headers.get("if-none-match") is None:
        return known[1]  # type: ignore[no-any-return]
    if unchanged(act, record):
        return Response(b"", status=304, headers=(("etag", etag_of(act, record)),))
    value, at = act.shown(record), act.meaning.at or _around(act, kind)
    made = respond(act, write({}, at, value) if at else value, "read", facts={"etag": etag_of(act, record)})
    if keeps:
        if len(act.items.ready) >= _MOST_READY:
            act.items.ready.clear()
        act.items.ready[ready] = record, made
    return made


def _around(act: Act, kind: Kind) -> str:
    """Return where the item stands in a response that is not the item itself, as other operations show it."""
    at = kind.resource.envelope.item
    schema = act.api.success(act.spec.key)
    item = act.api.flats.of(kind.schema)
    if schema is None or act.api.flats.of(schema) is item or act.api.flats.of(schema).key == item.key != "":
        return ""
    members = act.api.flats.members(schema)
    if at and at.split("/")[1] in members:
        return at
    same = [name for name, one in members.items() if item.key and act.api.flats.of(one).key == item.key]
    return f"/{escape(same[0])}" if len(same) == 1 else ""
