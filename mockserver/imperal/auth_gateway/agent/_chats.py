"""Conversations: the threads of a person, the one that is live on every surface, and what is said in it.

``conversations`` and ``messages`` hold the threads, ``live_chats`` what a person's chat runs on: which thread it is,
the keys of its history and memory, and whether it works at something.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

NAMED_BY = 40  # characters of the first message that name a thread
PREVIEW = 120


def live(world: World, user_id: str) -> Doc | None:
    """Return the thread that is live, or None."""
    held = world.state["live_chats"].get(user_id)
    return world.state["conversations"].get(held["conversation_id"]) if held else None


def live_id(world: World, user_id: str) -> str:
    """Return the id of the thread that is live; empty when there is none."""
    held = live(world, user_id)
    return held["id"] if held else ""


def start(world: World, user_id: str, title: str = "") -> Doc:
    """Open an empty thread and make it live; without a title the first thing said names it."""
    now = world.clock.stamp()
    thread = {
        "id": world.ids.new("conv_", 12),
        "user_id": user_id,
        "title": title,
        "title_generated": not title,
        "pinned": False,
        "archived": False,
        "message_count": 0,
        "last_message_preview": "",
        "created_at": now,
        "updated_at": now,
    }
    world.state["conversations"].add(thread)
    make_live(world, thread)
    return thread


def make_live(world: World, thread: Doc) -> None:
    """Make a thread the live one; the one that was stays as it is."""
    user_id, chats = thread["user_id"], world.state["live_chats"]
    if user_id in chats:
        chats.update(user_id, conversation_id=thread["id"])
        return
    keys = [f"chat:{user_id}:history", f"session:{user_id}:memory"]
    chats.add({"user_id": user_id, "conversation_id": thread["id"], "keys": keys, "workflow_running": False})


def change(world: World, thread: Doc, changes: Doc) -> Doc:
    """Change what a person may: title, pin, archive. A title given by hand is never replaced by a generated one.

    A live thread that is archived is live no longer.
    """
    generated = changes.get("title_generated", False)
    if generated and not thread["title_generated"]:
        changes = {name: value for name, value in changes.items() if not name.startswith("title")}
    elif "title" in changes:
        changes = {**changes, "title_generated": generated}
    if changes.get("archived") and live_id(world, thread["user_id"]) == thread["id"]:
        world.state["live_chats"].update(thread["user_id"], conversation_id=None)
    return world.state["conversations"].update(thread["id"], **changes) if changes else thread


def say(world: World, user_id: str, text: str, *, role: str = "assistant", surface: str = "panel", **more: Any) -> Doc:
    """Add a message to a person's live thread, opening one if there is none, and tell their streams."""
    thread = live(world, user_id) or start(world, user_id)
    message = {
        "id": world.ids.new("msg_", 12),
        "conversation_id": thread["id"],
        "user_id": user_id,
        "role": role,
        "content": text,
        "surface": surface,
        "ts": world.clock.stamp(),
    }
    world.state["messages"].add(message)
    world.state["conversations"].update(
        thread["id"],
        title=thread["title"] or text.strip()[:NAMED_BY],
        message_count=thread["message_count"] + 1,
        last_message_preview=text[:PREVIEW],
    )
    payload = {"message_id": message["id"], "conversation_id": thread["id"], "role": role, "text": text, **more}
    world.emit(user_id, "chat_message", payload)
    return message


def delete(world: World, thread: Doc) -> str | None:
    """Delete a thread with its messages; if it was live an empty one takes its place, whose id is returned."""
    was_live = live_id(world, thread["user_id"]) == thread["id"]
    _remove(world, thread)
    return start(world, thread["user_id"])["id"] if was_live else None


def reset(world: World, user_id: str) -> tuple[int, bool]:
    """Forget a person's live chat: its thread, memory and skeletons; the other threads stay.

    Returns how many keys were dropped, and whether the chat worked at something.
    """
    thread, chats = live(world, user_id), world.state["live_chats"]
    if thread is not None:
        _remove(world, thread)
    dropped = world.state["skeletons"].remove_where(user_id=user_id)
    if user_id not in chats:
        return dropped, False
    held = chats.remove(user_id)
    return dropped + len(held["keys"]), held["workflow_running"]


def _remove(world: World, thread: Doc) -> None:
    world.state["messages"].remove_where(conversation_id=thread["id"])
    world.state["conversations"].remove(thread["id"])
