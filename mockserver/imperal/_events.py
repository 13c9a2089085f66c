"""How an event stands on the wire: its id, and one data line with type, payload and ts (rule I05)."""

from __future__ import annotations

from typing import Any

import orjson

from specdouble.mock.kit import EventFormat, sse


def write(event: dict[str, Any]) -> bytes:
    """Write one event."""
    data = orjson.dumps({"type": event["type"], "payload": event["payload"], "ts": event["ts"]})
    return sse.write(data, event_id=event["id"])


FORMAT = EventFormat(write)
