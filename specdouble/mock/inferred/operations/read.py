"""Reading one item."""

from __future__ import annotations

from specdouble.mock.call import Answer
from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.pointing import write
from specdouble.mock.inferred.responses.etags import etag_of, unchanged
from specdouble.mock.inferred.responses.success import respond


def read_item(act: Act) -> Answer:
    """Answer with the item that the path names."""
    kind = act.kind
    if kind is None:
        return respond(act, purpose="read")
    record = act.items.get(kind, act.key, act.within)
    if unchanged(act, record):
        return Answer(b"", status=304, headers=(("etag", etag_of(act, record)),))
    value = record["value"]
    return respond(act, write({}, act.meaning.at, value) if act.meaning.at else value, "read",
                   facts={"etag": etag_of(act, record)})  # fmt: skip
