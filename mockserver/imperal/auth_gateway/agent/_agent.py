"""Sessions of the terminal agent: who owns one, its numbered frames, its messages, steps and queue.

A session is kept per user, repository and slot; its id tells all three. Frames are numbered within their session
(``7-0``) so that a reader that comes back gets exactly what it missed.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

import orjson

from specdouble.mock.kit import GAP, Call, Doc, EventFormat, Listener, World, sse

from ..work import _mine

SESSION_ID = re.compile(r"(coding|marathon|mcp)-(imp_u_\w+)-(?:r(.*?)(?:-s([\w.]+))?|.*)")
MODES = ("default", "plan", "autopilot")
FRAMES_KEPT, MESSAGES_KEPT, STEPS_KEPT, IIDS_KEPT = 500, 200, 200, 64
QUEUED_MOST = 50
DETAIL_MOST = 50_000
NO_REMOTE: Doc = {"enabled": False, "mirror": [], "steer": []}
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_UNSAFE = re.compile(r"[^\w.]+", re.ASCII)


# -- sessions ------------------------------------------------------------------------------------------------------


def session_id_of(kind: str, user_id: str, repo_key: str, slot: str = "") -> str:
    """Return the id of the session of a user, a repository and a slot; what cannot stand in a path becomes ``_``."""
    name = f"{kind}-{user_id}-r{_UNSAFE.sub('_', repo_key)[:64] or 'none'}"
    return f"{name}-s{_UNSAFE.sub('_', slot)[:32]}" if slot else name


def find(call: Call, *, blank: bool = False) -> Doc:
    """Return the session in the path; refuses with 404 or 403 what is unknown or somebody else's.

    With ``blank`` an id of the caller's own shape that no turn has used yet names an empty session.
    """
    session_id = call.params["session_id"]
    if blank and session_id not in call.state["agent_sessions"]:
        shape = SESSION_ID.fullmatch(session_id)
        if shape and shape[2] == call.user_id:
            return new(call.world, session_id, call.user_id, shape[1], shape[3] or "")
    return _mine.require(call, "agent_sessions", session_id, "agent session", "GET /v1/agent/sessions/active")


def new(world: World, session_id: str, user_id: str, kind: str, repo_key: str) -> Doc:
    """Write a session in which nothing has happened; ``keep`` stores it."""
    now = world.clock.stamp()
    return {
        "session_id": session_id,
        "user_id": user_id,
        "kind": kind,
        "repo_key": repo_key,
        "mode": "default",
        "running": False,
        "task": None,
        "pending": None,
        "queue": [],
        "started": {},
        "remote": remote_of(world, user_id),
        "seen_at": None,
        "requested_mode": None,
        "applied_mode": "",
        "label": "",
        "frames": 0,
        "requests": 0,
        "started_at": now,
        "updated_at": now,
    }


def keep(world: World, session: Doc, **changes: Any) -> Doc:
    """Store a session with changes."""
    return world.state["agent_sessions"].put({**session, **changes, "updated_at": world.clock.stamp()})


def remote_of(world: World, user_id: str) -> Doc:
    """Return where a person's new sessions are mirrored and steered from."""
    held = world.state["coding_remotes"].get(user_id)
    return held["state"] if held else NO_REMOTE


def seen(world: World, session: Doc) -> Doc:
    """Note that the terminal of a session was heard of, and keep the session; ``seen_at`` is epoch seconds."""
    return world.state["agent_sessions"].put({**session, "seen_at": world.clock.now()})


def reference(session_id: str, step_id: str) -> str:
    """Return the reference of a step, as the terminal writes it."""
    return f"terminal:{session_id}:{step_id}"


# -- frames --------------------------------------------------------------------------------------------------------


def last_id(session: Doc) -> str:
    """Return the id of a session's newest frame; ``0-0`` before the first."""
    return f"{session['frames']}-0"


def push(world: World, session: Doc, kind: str, **content: Any) -> Doc:
    """Add a frame to a session and send it to the streams that are open on it; returns the session as it is then."""
    number = session["frames"] + 1
    session_id = session["session_id"]
    frame = {
        "id": f"{session_id}#{number}",
        "session_id": session_id,
        "user_id": session["user_id"],
        "channel": _channel(session_id),
        "number": number,
        "frame": {"type": kind, **content},
    }
    world.state["agent_frames"].add(frame)
    _trim(world, "agent_frames", session_id, FRAMES_KEPT)
    world.send(frame)
    return keep(world, session, frames=number)


def listen(world: World, session: Doc, last: str | None) -> Listener:
    """Open a stream on a session with what followed the frame ``last``; without one, with all that is kept.

    A request that still waits for its answer comes again when the reader has seen it already.
    """
    number = (last or "").partition("-")[0]
    after = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    newest = world.state["agent_frames"].newest(session_id=session["session_id"])
    missed = list(takewhile(lambda frame: frame["number"] > after, newest))[::-1]
    kept_from = missed[0]["number"] if missed else session["frames"] + 1
    if after and (after > session["frames"] or after < kept_from - 1):
        gap = {"type": GAP, "after": after, "until": kept_from - 1}
        missed.insert(0, {"number": min(after, kept_from - 1), "frame": gap})
    listener = world.listen(session["user_id"], missed, _channel(session["session_id"]), FRAMES)
    pending = session["pending"]
    if pending is not None and pending["number"] <= after:
        session = push(world, session, pending["kind"], **pending["content"])
        keep(world, session, pending={**pending, "number": session["frames"]})
    return listener


def _channel(session_id: str) -> str:
    return f"agent:{session_id}"


def _write(frame: Doc) -> bytes:
    return sse.write(orjson.dumps(frame["frame"]), event_id=f"{frame['number']}-0")


FRAMES = EventFormat(_write)


def _trim(world: World, collection: str, session_id: str, most: int) -> None:
    store = world.state[collection]
    if store.count(session_id=session_id) > most:
        oldest = store.first(session_id=session_id)
        if oldest is not None:
            store.remove(oldest[store.declared.key])


# -- messages and steps --------------------------------------------------------------------------------------------


def say(world: World, session: Doc, role: str, content: str, surface: str) -> None:
    """Add a message to a session's thread."""
    message = {
        "id": world.serial("agent_messages"),
        "session_id": session["session_id"],
        "user_id": session["user_id"],
        "role": role,
        "content": content,
        "surface": surface,
        "ts": world.clock.stamp(),
    }
    world.state["agent_messages"].add(message)
    _trim(world, "agent_messages", session["session_id"], MESSAGES_KEPT)


def open_step(world: World, session: Doc, step_id: str, tool: str, args: Doc) -> None:
    """Write down a request of the agent as a step that is not finished; personal data is masked."""
    step = {
        "ref": reference(session["session_id"], step_id),
        "session_id": session["session_id"],
        "user_id": session["user_id"],
        "step_id": step_id,
        "tool": tool,
        "app_id": None,
        "ok": False,
        "args": {name: masked(value) if isinstance(value, str) else value for name, value in args.items()},
        "detail": "",
        "truncated": False,
        "started_at": world.clock.stamp(),
        "finished_at": None,
    }
    world.state["agent_steps"].add(step)
    _trim(world, "agent_steps", session["session_id"], STEPS_KEPT)


def close_step(world: World, session: Doc, step_id: str, *, ok: bool, detail: str) -> None:
    """Finish a step with what came of it; the detail ends after 50,000 characters."""
    steps, ref = world.state["agent_steps"], reference(session["session_id"], step_id)
    if ref in steps:
        text = masked(detail)
        cut = len(text) > DETAIL_MOST
        steps.update(ref, ok=ok, detail=text[:DETAIL_MOST], truncated=cut, finished_at=world.clock.stamp())


def masked(text: str) -> str:
    """Return a text without e-mail addresses."""
    return _EMAIL.sub("[email]", text)
