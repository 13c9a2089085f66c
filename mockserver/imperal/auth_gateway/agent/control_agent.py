"""The agent's part of the control plane: what people send from other surfaces than the terminal."""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World, control

from ..functions import _remote
from . import _agent, _agent_script


@control(
    "POST /__mock__/agent/{session_id}/steer",
    "Steer an agent session from elsewhere: {text, surface, mode}",
    text=str,
    surface=str,
    mode=str,
)
def steer(world: World, params: Doc, body: Doc) -> Doc:
    """Queue an instruction, or ask for a mode, as Telegram or the panel do; the terminal's next poll takes it."""
    session_id, text, mode = params["session_id"], body.get("text"), body.get("mode")
    shape = _agent.SESSION_ID.fullmatch(session_id)
    if shape is None or shape[2] not in world.state["users"]:
        raise Problem(404, f"{session_id!r} is no id of an agent session: it names a kind, a user and a repository.")
    surface, known = body.get("surface", "telegram"), (*_remote.SURFACES, *_remote.SPELLED)
    if (not text and mode is None) or mode not in (None, *_agent.MODES):
        raise Problem(422, f"Send a text, or one of the modes {', '.join(_agent.MODES)}.")
    if surface not in known:
        raise Problem(422, f"surface must be one of {', '.join(known)}.")
    held = world.state["agent_sessions"].get(session_id)
    session = held or _agent.new(world, session_id, shape[2], shape[1], shape[3] or "")
    if mode in _agent.MODES:
        session = _agent.keep(world, session, requested_mode={"mode": mode, "surface": surface})
    if text:
        session = _agent_script.queue(world, session, text, world.ids.new("", 12), surface)
    return session
