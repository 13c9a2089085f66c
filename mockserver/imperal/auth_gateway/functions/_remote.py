"""Remote control of a person's terminal agent: where it is mirrored, who may steer it, and what it waits for."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, Problem, World

from ..agent import _agent, _agent_script

ONLINE_SECONDS = 90  # a terminal polls far more often
AUTOPILOT = "autopilot"
SURFACES = ("telegram", "web-panel", "discord", "api")
PANEL = "web-panel"
STOP = "Stop."
STEERING = ("telegram", PANEL)  # what ``steer`` of a PUT takes
SPELLED = {"panel": PANEL}
OFF = "Remote control is off. PUT /v1/internal/coding-remote/{user_id} with enabled true switches it on."
NOBODY = "There is no active coding session. Start one from the terminal."


def sessions(world: World, user_id: str) -> list[Doc]:
    """Return the sessions that somebody may still steer, the one that its terminal used last first."""
    held = [one for one in world.state["agent_sessions"].find(user_id=user_id) if one["running"] or online(world, one)]
    return sorted(held, key=lambda one: (one["seen_at"] or 0, one["updated_at"]), reverse=True)


def online(world: World, session: Doc) -> bool:
    """Tell whether the terminal of a session has been heard of lately."""
    seen = session["seen_at"]
    return seen is not None and world.clock.now() - seen <= ONLINE_SECONDS


def view(world: World, user_id: str) -> Doc:
    """Show the remote control of a person and the session that it reaches (a CodingRemote)."""
    found = sessions(world, user_id)
    session = found[0] if found else None
    return {
        "state": session["remote"] if session else _agent.remote_of(world, user_id),
        "active": session is not None and online(world, session),
        "running": any(one["running"] for one in found),
        "session_id": session["session_id"] if session else None,
        "applied_mode": _applied(session) if session else None,
        "requested_mode": _requested(session) if session else None,
        "last_seen": int(session["seen_at"]) if session and session["seen_at"] is not None else None,
        "pending_consent": consent(session) if session else None,
    }


def rows(world: World, user_id: str) -> list[Doc]:
    """List the open sessions of a person: running, parked (its terminal is gone) or idle."""
    return [
        {
            "session_id": one["session_id"],
            "slot": _slot(one),
            "kind": one["kind"],
            "label": one["label"] or None,
            "terminal_online": online(world, one),
            "applied_mode": _applied(one),
            "requested_mode": _requested(one),
            "pending_consent": consent(one),
            "started": one["started_at"],
            "status": ("running" if online(world, one) else "parked") if one["running"] else "idle",
            **one["remote"],
        }
        for one in sessions(world, user_id)
    ]


def route(world: World, user_id: str, state: Doc) -> None:
    """Choose where all of a person's sessions are mirrored and steered from, those to come as well."""
    world.state["coding_remotes"].put({"user_id": user_id, "state": state})
    for session in world.state["agent_sessions"].find(user_id=user_id):
        _agent.keep(world, session, remote=state)


def target(world: World, user_id: str, session_id: str | None) -> Doc:
    """Return the session that is named, or the one used last; refuses with 404, 403 and 409."""
    if session_id:
        session = world.state["agent_sessions"].get(session_id)
        if session is None:
            raise Problem(404, f"There is no agent session {session_id[:80]!r}. GET …/sessions lists them.")
        if session["user_id"] != user_id:
            raise Problem(403, "This agent session is somebody else's.")
        return session
    found = sessions(world, user_id)
    if not found:
        raise Problem(409, NOBODY)
    return found[0]


def steer(world: World, session: Doc, text: str, surface: str) -> None:
    """Queue an instruction; the terminal takes it with its next poll."""
    _require_on(session)
    _agent_script.queue(world, session, text, world.ids.new("", 12), surface)


def ask_mode(world: World, session: Doc, mode: str, surface: str) -> Doc:
    """Ask a terminal for another mode; autopilot only from a surface that may steer."""
    _require_on(session)
    allowed = {SPELLED.get(one, one) for one in session["remote"]["steer"]}
    if mode == AUTOPILOT and surface not in allowed:
        lead = "PUT it into steer." if surface in STEERING else "Only telegram and the panel can be allowed to."
        raise Problem(403, f"{surface} may not steer this session, and so not ask for autopilot. {lead}")
    return _agent.keep(world, session, requested_mode={"mode": mode, "surface": surface})


def stop(world: World, session: Doc, surface: str) -> None:
    """Stop the running task and say so in the thread; refuses with 409 when none runs."""
    if not session["running"]:
        raise Problem(409, "Nothing runs in this session, so there is nothing to stop.")
    _agent.say(world, session, "user", STOP, surface)
    _agent_script.stop(world, session)


def reply(world: World, user_id: str, session_id: str | None, text: str, surface: str) -> Doc:
    """Answer the question that waits for consent, in the person's own words; refuses with 404 when none waits."""
    found = [target(world, user_id, session_id)] if session_id else sessions(world, user_id)
    session = next((one for one in found if consent(one)), None)
    if session is None:
        raise Problem(404, "No consent waits. GET the sessions to see what they wait for.")
    _agent.say(world, session, "user", text, surface)
    _agent_script.answer(world, session, session["pending"]["content"]["req_id"], {"consent_reply": text})
    return session


def consent(session: Doc) -> Doc | None:
    """Return the question that waits for consent, or None."""
    pending = session["pending"]
    if pending is None or pending["kind"] != "confirm_request":
        return None
    content = pending["content"]
    said = ", ".join(str(value) for value in content["args"].values())
    return {
        "req_id": content["req_id"],
        "tool": content["tool"],
        "summary": f"{content['tool']}: {said}"[:200],
        "since": session["updated_at"],
    }


def surface_of(body: Doc) -> str:
    """Return the surface that a body names; the panel when it names none."""
    named = body.get("surface") or PANEL
    return SPELLED.get(named, named)


def _require_on(session: Doc) -> None:
    if not session["remote"]["enabled"]:
        raise Problem(403, OFF)


def _applied(session: Doc) -> str | None:
    return session["applied_mode"] or None


def _requested(session: Doc) -> Any:
    requested = session["requested_mode"]
    return requested["mode"] if requested else None


def _slot(session: Doc) -> str:
    shape = _agent.SESSION_ID.fullmatch(session["session_id"])
    return (shape[4] or "") if shape else ""
