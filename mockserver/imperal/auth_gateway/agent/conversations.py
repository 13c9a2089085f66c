"""A person's conversations, as an app sees them that acts for them: only ``X-Acting-User`` says whose they are."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _chats

SHOWN = (
    "id", "title", "title_generated", "pinned", "archived", "message_count", "last_message_preview",
    "created_at", "updated_at",
)  # fmt: skip
SAID = ("role", "content", "surface", "ts")


@op("GET /v1/conversations")
def listing(call: Call) -> Doc:
    """List the threads: pinned ones first, then those that something happened in last."""
    held = call.state["conversations"].find(user_id=call.user_id)
    threads = [one for one in held if call.query["include_archived"] or not one["archived"]]
    threads.sort(key=lambda one: (one["pinned"], one["updated_at"]), reverse=True)
    shown = [_shown(one) for one in threads[: call.query["limit"]]]
    return {"conversations": shown, "active_id": _chats.live_id(call.world, call.user_id)}


@op("POST /v1/conversations")
def create(call: Call) -> Doc:
    """Open a thread and make it live."""
    return _told(call, _chats.start(call.world, call.user_id, call.body.get("title", "")))


@op("PATCH /v1/conversations/{conversation_id}")
def update(call: Call) -> Doc:
    """Rename, pin or archive a thread; what is not sent stays."""
    given = call.given("title", "title_generated", "pinned", "archived")
    return _told(call, _chats.change(call.world, _own(call), given))


@op("DELETE /v1/conversations/{conversation_id}")
def delete(call: Call) -> Doc:
    """Delete a thread with its messages; in place of the live one an empty one opens."""
    thread = _own(call)
    opened = _chats.delete(call.world, thread)
    call.world.emit(call.user_id, "panel_refresh", {"panel": "chat", "conversation_id": thread["id"]})
    return {"id": thread["id"], "deleted": True, "was_active": opened is not None, "new_active_id": opened}


@op("GET /v1/conversations/{conversation_id}/messages")
def messages(call: Call) -> Doc:
    """Show the latest messages of a thread, oldest first."""
    thread = _own(call)
    latest = call.state["messages"].page(0, call.query["limit"], conversation_id=thread["id"])
    said = [{name: one[name] for name in SAID} for one in reversed(latest)]
    return {"conversation": _shown(thread), "messages": said}


@op("POST /v1/conversations/{conversation_id}/activate")
def activate(call: Call) -> Doc:
    """Make a thread live on every surface; an archived one comes out of the archive."""
    thread = _own(call)
    if thread["archived"]:
        thread = call.state["conversations"].update(thread["id"], archived=False)
    _chats.make_live(call.world, thread)
    return _told(call, thread)


def _own(call: Call) -> Doc:
    thread = call.state["conversations"].get(call.params["conversation_id"])
    if thread is None or thread["user_id"] != call.user_id:
        name = call.params["conversation_id"][:80]
        raise Problem(404, f"There is no conversation {name} of yours. GET /v1/conversations lists them.")
    return thread


def _told(call: Call, thread: Doc) -> Doc:
    """Tell the person's streams about a thread and return a ConversationResult."""
    call.world.emit(call.user_id, "panel_refresh", {"panel": "chat", "conversation_id": thread["id"]})
    return {"conversation": _shown(thread), "active_id": _chats.live_id(call.world, call.user_id)}


def _shown(thread: Doc) -> Doc:
    return {name: thread[name] for name in SHOWN}
