"""Messages to the hub session of a user; they come out of the gateway's event stream."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

NAMESPACE = "imperal-hub"


@op("POST /v1/hub/{user_id}/messages")
def send(call: Call) -> Doc:
    """Queue a message; a user who is there gets it as a chat message (I05)."""
    user_id, body = call.params["user_id"], call.body
    message_id = call.world.ids.new("msg_", 12)
    call.state["hub_messages"].add(
        {
            "id": message_id,
            "user_id": user_id,
            "content": body["content"],
            "context": body.get("context") or {},
            "created_at": call.world.clock.stamp(),
        }
    )
    if user_id in call.state["users"]:
        call.world.emit(user_id, "chat_message", {"message_id": message_id, "text": body["content"]})
    return {"status": "signaled", "namespace": NAMESPACE, "workflow_id": f"session-{user_id}"}
