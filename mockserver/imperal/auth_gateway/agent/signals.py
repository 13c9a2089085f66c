"""Signals: a changed value that an app announces."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op


@op("POST /api/v1/signals/emit")
def emit(call: Call) -> Doc:
    """Send a signal to the streams of the user whom ``metadata.user_id`` names, if it names one."""
    key, metadata = call.body["key"], call.body.get("metadata") or {}
    user_id = metadata.get("user_id")
    if isinstance(user_id, str) and user_id in call.state["users"]:
        call.world.emit(user_id, "signal", {"key": key, "value": call.body["value"], "metadata": metadata})
    return {"ok": True, "key": key}
