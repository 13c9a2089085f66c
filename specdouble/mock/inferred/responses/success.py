"""What goes out when all went well: the status, the media type, the headers and a valid body."""

from __future__ import annotations

from typing import Any

import orjson

from specdouble.mock.inferred.act import Act, of_operation
from specdouble.mock.inferred.responses.headers import declared_headers
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.negotiation import negotiated
from specdouble.openapi import Content
from specdouble.openapi import Response as Declared
from specdouble.openapi.bodies import Bodies, BodyError
from specdouble.openapi.media_types import is_json, is_xml, kind_of
from specdouble.openapi.reading.json_text import encode
from specdouble.openapi.values.make import MISSING

_ORDER = {
    "create": (201, 200, 202, 204),
    "read": (200, 206, 203, 204),
    "change": (200, 202, 201, 204),
    "delete": (204, 200, 202, 205),
    "action": (),
}
SAMPLES = {
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82",
    "image/gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
    "application/pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n",
    "application/zip": b"PK\x05\x06" + b"\x00" * 18,
    "text/html": b"<!doctype html><title>mock</title>",
    "text/csv": b"id,name\n",
    "application/x-ndjson": b"",
}


@of_operation
def status_of(act: Act, purpose: str, wanted: tuple[int, ...] = ()) -> tuple[int, Declared]:
    """Return the status of a success and what is declared for it."""
    responses = act.spec.responses
    good = [one for one in responses if 200 <= one < 300 and not responses[one].wildcard]
    for status in (*wanted, *_ORDER[purpose]):
        if status in good or (status in wanted and status in responses):
            return status, responses[status]
    if good:
        return good[0], responses[good[0]]
    if 2 in responses:
        return (201 if purpose == "create" else 200), responses[2]
    moved = [one for one in responses if 300 <= one < 400 and one != 304]
    if moved:
        return moved[0], responses[moved[0]]
    fallback = responses.get(0) or act.spec.success
    if fallback.status in (0, 100, 101) or fallback.wildcard or fallback.status >= 300 or fallback.status < 200:
        return 200, fallback
    return fallback.status, fallback


def respond(act: Act, value: Any = MISSING, purpose: str = "action", *, wanted: tuple[int, ...] = (),
            headers: tuple[tuple[str, str], ...] = (), facts: dict[str, Any] | None = None) -> Response:  # fmt: skip
    """Return a response with a value, made to fit what is declared; `facts` are what headers may speak of."""
    status, declared = status_of(act, purpose, wanted)
    more = declared_headers(act, declared, status, {**(facts or {}), "value": value})
    named = {name.lower() for name, _ in headers}
    headers = (*headers, *((name, text) for name, text in more if name.lower() not in named))
    if status in (204, 205, 304) or not declared.content:
        return Response(b"", status=status, headers=headers)
    media, content = negotiated(declared.content, act.call.headers.get("accept"))
    return Response(body_of(act, value, media, content), status=status, content_type=media, headers=headers)


def body_of(act: Act, value: Any, media: str, content: Content) -> bytes:
    """Return a value as the bytes of a media type."""
    flat = act.api.flats.of(content.schema)
    if isinstance(value, bytes) and not (is_json(media) and flat.type not in ("string", "")):
        return value
    if is_json(media):
        if flat.rules.get("format") in ("binary", "file") and not isinstance(value, str):
            value = "" if value is MISSING else value
            return written(value)
        return written(act.api.fitter.fit(content.schema, value, act.context))
    if flat.type in ("object", "array") or is_xml(media):
        fitted = act.api.fitter.fit(content.schema, value, act.context)
        try:
            return Bodies({content.media_type: content}, act.api.schemas.shapes).encode(
                fitted, media if kind_of(media) == kind_of(content.media_type) else content.media_type)[0]  # fmt: skip
        except (BodyError, ValueError, TypeError):
            return written(fitted)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value).encode()
    sample = SAMPLES.get(kind_of(media))
    if content.has_example and isinstance(content.example, str):
        return content.example.encode()
    if sample is not None:
        return sample
    if isinstance(value, dict | list):
        return written(value)
    if kind_of(media).startswith("text/"):
        made = act.api.maker.make(content.schema, act.context, "text")
        return made.encode() if isinstance(made, str) else b"OK"
    return b"mock"


def written(value: Any) -> bytes:
    """Return JSON bytes."""
    try:
        return orjson.dumps(None if value is MISSING else value)
    except TypeError:
        return encode(value)
