"""Streams of events: what happens to the items of a service, as server-sent events or as lines."""

from __future__ import annotations

from typing import Any

import orjson

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import json_schema
from specdouble.mock.inferred.responses.success import respond
from specdouble.openapi.values.make import MISSING
from specdouble.mock.pipeline.call import Response
from specdouble.mock.state.events import EventFormat
from specdouble.openapi.media_types import kind_of

_LINES = (
    "application/x-ndjson", "application/jsonl", "application/ndjson", "application/x-jsonlines",
    "application/json-seq", "application/stream+json",
)  # fmt: skip


def stream(act: Act) -> Response:
    """Open a stream of events; where none is declared, answer once."""
    within = act.within
    del within
    content = act.spec.success.content or {}
    sse = next((one for one in content if kind_of(one) == "text/event-stream"), None)
    if sse is not None:
        events = [{"id": number + 1, "data": value} for number, value in enumerate(first_events(act, content[sse]))]
        listener = act.world.listen(f"inferred {act.api.prefix}", events, wire=EventFormat(frame))
        return Response(None, status=200, content_type="text/event-stream", stream=listener)
    lines = next((one for one in content if kind_of(one) in _LINES), None)
    if lines is not None:
        values = first_events(act, content[lines])
        return Response(b"".join(orjson.dumps(one) + b"\n" for one in values), status=200, content_type=lines)
    return respond(act, MISSING, "read")


def first_events(act: Act, content: Any) -> list[Any]:
    """Return the events that a stream begins with: one of the declared form."""
    schema = content.item_schema if content.item_schema is not None else content.schema
    flat = act.api.flats.of(schema)
    if flat.type == "array" and flat.items is not None:
        schema, flat = flat.items, act.api.flats.of(flat.items)
    if content.has_example and isinstance(content.example, str):
        return [content.example]
    if flat.type in ("object", "array"):
        return [
            act.api.fitter.fit(schema, act.api.maker.make(schema, act.items.context("event", act.place)), act.context)
        ]
    return [{"message": "connected"}]


def frame(event: dict[str, Any]) -> bytes:
    """Write one event on the wire."""
    data = event["data"]
    if isinstance(data, dict) and data.keys() <= {"data", "event", "id", "retry"} and "data" in data:
        lines = [f"{name}: {_line(data[name])}" for name in ("id", "event", "retry", "data") if name in data]
        return ("\n".join(lines) + "\n\n").encode()
    return f"id: {event['id']}\ndata: {_line(data)}\n\n".encode()


def _line(value: Any) -> str:
    return value.replace("\n", "\ndata: ") if isinstance(value, str) else orjson.dumps(value).decode()


def schema_of(content: dict[str, Any]) -> Any:
    """Return the schema of the data of a stream."""
    return json_schema(content)
