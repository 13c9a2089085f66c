"""A message of an app in the chat of its user, outside of any turn."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..kernel import _kernel
from ..rights import _trail
from . import _chats

LONGEST = 64 * 1024 + len("...(truncated)")  # bytes; the first-party client cuts at 64 KiB and then says so
ROLES = {"response": "assistant", "system": "system", "tool_result": "assistant"}


@op("POST /v1/internal/chat/inject")
def inject(call: Call) -> Doc:
    """Say something in a user's live thread; it leaves an action record, and panels that are named are refreshed.

    The app need not be registered: authors try their code before that.
    """
    body, world = call.body, call.world
    user_id, app_id, text = body["user_id"], body["ext_id"], body["text"]
    if call.caller.user is not None and call.user_id != user_id:
        raise Problem(403, "X-Acting-User and user_id differ. An app writes into the chat of its own user only.")
    size = len(text.encode())
    if size > LONGEST:
        raise Problem(413, f"The text has {size} bytes. Send at most 64 KiB.")
    user = _kernel.named_person(call)
    kind = body.get("msg_type", "response")
    message = _chats.say(world, user_id, text, role=ROLES[kind], app_id=app_id, msg_type=kind)
    preview = _trail.preview(text)
    action = _trail.record_action(world, user, app_id, "chat_inject", action_type="write", message_preview=preview)
    for panel in body.get("refresh_panels") or ():
        world.emit(user_id, "panel_refresh", {"panel": panel, "app_id": app_id})
    return {"message_id": message["id"], "trace_id": action["trace_id"]}
