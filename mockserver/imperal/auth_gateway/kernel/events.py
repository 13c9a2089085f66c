"""The event stream of the caller, and the hub's figures for the kernel."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Response, op, whole


@op("GET /v1/events/stream")
def stream(call: Call) -> Response:
    """Open the caller's stream; ``Last-Event-ID`` brings what was missed since (A17, I05).

    It ends with the session that opened it. A query parameter such as ``lastEventId`` says nothing: none is declared.
    """
    last = call.headers.get("last-event-id")
    missed: list[Doc] = []
    number = whole(last) if last is not None else None
    if number is not None:
        missed = call.world.missed(call.user_id, number)
    opened = call.world.listen(call.user_id, missed)
    opened.session_id = call.caller.session_id
    return Response(stream=opened)


@op("GET /v1/events/stats")
def stats(call: Call) -> Doc:
    """Count the users with an open stream, and the streams (S06)."""
    return {"channels": call.world.hub.channels, "clients": call.world.hub.clients}
