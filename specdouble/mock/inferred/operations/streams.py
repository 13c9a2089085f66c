"""Streams of events: what happens to the items of a service, as server-sent events or as lines."""

from __future__ import annotations

from typing import Any

import orjson

from specdouble import sse as sse_text
from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.responses.success import respond
from specdouble.mock.pipeline.call import Response
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.events import EventFormat
from specdouble.mock.state.world import GAP
from specdouble.openapi.media_types import kind_of
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.values.make import MISSING

_LINES = (
    "application/x-ndjson", "application/jsonl", "application/ndjson", "application/x-jsonlines",
    "application/json-seq", "application/stream+json",
)  # fmt: skip
_WORDS = {"create": "created", "upsert": "updated", "update": "updated", "replace": "updated", "delete": "deleted",
          "action": "updated"}  # fmt: skip


def stream(act: Act) -> Response:
    """Open a stream of events; where none is declared, answer once."""
    within = act.inside
    del within
    content = act.spec.success.content or {}
    sse = next((one for one in content if kind_of(one) == "text/event-stream"), None)
    if sse is not None:
        events = [{"id": number + 1, "data": value} for number, value in enumerate(first_events(act, content[sse]))]
        listener = act.world.listen(_whose(act), events, act.spec.key, wire=EventFormat(frame))
        last = act.call.headers.get("last-event-id")
        if last:  # nothing is kept of what happened while nobody listened
            listener.frames.insert(1, sse_text.write(orjson.dumps({"after": last[:80]}), name=GAP))
        return Response(None, status=200, content_type="text/event-stream", stream=listener)
    lines = next((one for one in content if kind_of(one) in _LINES), None)
    if lines is not None:
        values = first_events(act, content[lines])
        return Response(b"".join(orjson.dumps(one) + b"\n" for one in values), status=200, content_type=lines)
    return respond(act, MISSING, "read")


def announce(act: Act) -> None:
    """Tell the open streams of the service what a request did to an item."""
    word, record = _WORDS.get(act.meaning.role), act.items.last
    if word is None or record is None or not act.world.heard(_whose(act)):
        return
    number = act.world.serial("inferred events")
    for key, schema in act.api.streams.items():
        # Not `fresh`: what items get must not depend on whether anybody hears of them.
        context = act.items.context("event", key, number, rich=False, now=act.world.clock.now())
        data = act.api.fitter.fit(schema, _told(act, schema, word, record), context)
        act.world.send({"id": number, "user_id": _whose(act), "channel": key, "data": data})


def _whose(act: Act) -> str:
    return f"inferred {act.api.prefix}"


def _told(act: Act, schema: Any, word: str, record: Doc) -> Any:
    """Return what an event says, under the names that it has for it; the item itself where it is of that form."""
    members = act.api.flats.members(schema)
    value = record["value"]
    kind = act.kind
    if (
        kind is not None
        and act.api.flats.of(kind.schema).key
        and act.api.flats.of(schema).key == act.api.flats.of(kind.schema).key
    ):
        return value
    noun = plain(kind.name.rpartition("-")[2]) if kind is not None else ""
    made: dict[str, Any] = {}
    for name in members:
        short = plain(name)
        if short in ("type", "event", "action", "kind", "name", "eventtype", "operation"):
            made[name] = word
        elif short in ("id", f"{noun}id", "key", "objectid", "resourceid"):
            made[name] = record["key"]
        elif short in ("data", "payload", "object", "item", "resource", "body", noun):
            made[name] = value
        elif short in ("resourcetype", "objecttype"):
            made[name] = kind.name if kind is not None else ""
        elif isinstance(value, dict) and name in value:
            made[name] = value[name]
    return made if members else {"type": word, "data": value}


def first_events(act: Act, content: Any) -> list[Any]:
    """Return the events that a stream begins with: one of the declared form."""
    schema = act.api.event_schema(content)
    flat = act.api.flats.of(schema)
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
