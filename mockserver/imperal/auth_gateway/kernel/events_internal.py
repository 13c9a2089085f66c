"""Events that the platform's services publish to people's streams."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..rights._tenancy import HOME

ANY = "event"  # the type of an event that names neither scope nor action


@op("POST /v1/internal/events/publish")
def publish(call: Call) -> Doc:
    """Publish an event to one user, or to every active user of a tenant (I05).

    Its type is ``<scope>_<action>``, or the one of both that was sent. Whom nobody carries it to, it is not published.
    """
    body, users = call.body, call.state["users"]
    named = body.get("user_id", "")
    if named:
        user, sent = users.get(named), body.get("tenant_id", HOME)
        receivers = [named] if user is not None and sent in (HOME, user["tenant_id"]) else []
    else:
        people = users.find(tenant_id=body.get("tenant_id", HOME), is_active=True)
        receivers = [user["imperal_id"] for user in people]
    kind = "_".join(part for part in (body.get("scope"), body.get("action")) if part) or ANY
    payload = {"id": body.get("id", ""), "actor": body.get("actor", "system"), **(body.get("data") or {})}
    numbers = [call.world.emit(user_id, kind, payload) for user_id in receivers]
    return {"published": bool(numbers), "event_id": str(numbers[-1]) if numbers else ""}
