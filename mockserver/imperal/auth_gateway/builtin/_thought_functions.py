"""The functions of the thoughts app: a person's conversations, on every surface."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from ..agent import _chats
from ..functions._declared import FLAG, TEXT, Functions, up_to
from ..functions._inner import ask
from ..functions._outcomes import FunctionError, Performed, text

FUNCTIONS = Functions("thoughts")
add = FUNCTIONS.add
TITLE: Doc = {"type": "string", "maxLength": 200}
_THREAD: dict[str, Any] = {"conversation_id": TEXT}


@add("list_conversations", "read", "List the conversations.", limit=up_to(200), include_archived=FLAG, query=TEXT)
def _list(world: World, user: Doc, params: Doc) -> Performed:
    query = {"limit": 200, "include_archived": params.get("include_archived", False)}
    held, words = ask(world, user, "GET /v1/conversations", query=query), params.get("query", "").lower()
    found = [one for one in held["conversations"] if words in f"{one['title']} {one['last_message_preview']}".lower()]
    items = [
        {
            **{name: one[name] for name in ("id", "title", "message_count", "pinned", "archived")},
            "preview": one["last_message_preview"],
            "updated": one["updated_at"],
            "live": one["id"] == held["active_id"],
        }
        for one in found[: params.get("limit", 30)]
    ]
    return {"items": items, "total": len(found)}, f"{len(found)} conversations."


@add("read_conversation", "read", "Read a conversation; without an id the live one.", **_THREAD, limit=up_to(500))
def _read(world: World, user: Doc, params: Doc) -> Performed:
    thread = params.get("conversation_id") or _chats.live_id(world, user["imperal_id"])
    if not thread:
        raise FunctionError("There is no live conversation; list_conversations lists the others.")
    limit = min(params.get("limit", 40), 200)
    said = ask(
        world,
        user,
        "GET /v1/conversations/{conversation_id}/messages",
        params={"conversation_id": thread},
        query={"limit": limit},
    )
    items = [
        {"role": one["role"], "text": one["content"], "surface": one["surface"], "when": one["ts"]}
        for one in said["messages"]
    ]
    return {"conversation_id": thread, "items": items, "total": len(items)}, f"{len(items)} messages."


@add("new_conversation", "write", "Begin a conversation, which is live from then on.", title=TITLE)
def _new(world: World, user: Doc, params: Doc) -> Performed:
    made = ask(world, user, "POST /v1/conversations", body={"title": params.get("title", "")})
    return _switched(made["conversation"]), "A new conversation is live."


@add("continue_conversation", "write", "Make an earlier conversation live.", "conversation_id", **_THREAD)
def _continue(world: World, user: Doc, params: Doc) -> Performed:
    key = "POST /v1/conversations/{conversation_id}/activate"
    found = ask(world, user, key, params={"conversation_id": params["conversation_id"]})
    return _switched(found["conversation"]), "The conversation is live."


@add("rename_conversation", "write", "Name a conversation.", "conversation_id", "title", **_THREAD, title=TITLE)
def _rename(world: World, user: Doc, params: Doc) -> Performed:
    key, thread = "PATCH /v1/conversations/{conversation_id}", {"conversation_id": params["conversation_id"]}
    named = ask(world, user, key, params=thread, body={"title": text(params, "title")})
    return _switched(named["conversation"]), "The conversation is named."


@add("delete_conversation", "destructive", "Delete a conversation for good.", "conversation_id", **_THREAD)
def _delete(world: World, user: Doc, params: Doc) -> Performed:
    key, thread = "DELETE /v1/conversations/{conversation_id}", params["conversation_id"]
    gone = ask(world, user, key, params={"conversation_id": thread})
    data = {"deleted": thread, "was_live": gone["was_active"], "replacement_id": gone["new_active_id"] or ""}
    return data, "The conversation is deleted."


def _switched(thread: Doc) -> Doc:
    return {
        "conversation_id": thread["id"],
        **{name: thread[name] for name in ("title", "message_count", "pinned", "archived")},
    }
