"""Remote control of terminal agents, for the platform's coding-remote app: always of the person in the path."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..agent import _agent
from ..functions import _remote
from ..kernel import _kernel


@op("GET /v1/internal/coding-remote/{user_id}")
def read(call: Call) -> Doc:
    """Show where a person's agent is mirrored and steered from, and the session that was used last."""
    return _remote.view(call.world, _kernel.person(call)["imperal_id"])


@op("PUT /v1/internal/coding-remote/{user_id}")
def save(call: Call) -> Doc:
    """Replace where a person's agent is mirrored and steered from."""
    user_id = _kernel.person(call)["imperal_id"]
    _remote.route(call.world, user_id, {name: call.body.get(name, held) for name, held in _agent.NO_REMOTE.items()})
    return _remote.view(call.world, user_id)


@op("GET /v1/internal/coding-remote/{user_id}/sessions")
def sessions(call: Call) -> Doc:
    """List a person's open sessions."""
    return {"sessions": _remote.rows(call.world, _kernel.person(call)["imperal_id"])}


@op("POST /v1/internal/coding-remote/{user_id}/steer")
def steer(call: Call) -> Doc:
    """Send an instruction into a session."""
    session = _target(call)
    _remote.steer(call.world, session, call.body["text"], _remote.surface_of(call.body))
    return _done(session)


@op("POST /v1/internal/coding-remote/{user_id}/stop")
def stop(call: Call) -> Doc:
    """Stop what runs in a session; the session stays."""
    session = _target(call)
    _remote.stop(call.world, session, _remote.surface_of(call.body))
    return _done(session)


@op("POST /v1/internal/coding-remote/{user_id}/mode")
def mode(call: Call) -> Doc:
    """Ask for another mode, which the terminal takes with its next poll."""
    session = _target(call)
    _remote.ask_mode(call.world, session, call.body["mode"], _remote.surface_of(call.body))
    return _done(session)


@op("POST /v1/internal/coding-remote/{user_id}/consent")
def consent(call: Call) -> Doc:
    """Answer the question of a session that waits for consent."""
    user_id = _kernel.person(call)["imperal_id"]
    surface = _remote.surface_of(call.body)
    return _done(_remote.reply(call.world, user_id, call.body.get("session_id"), call.body["text"], surface))


def _target(call: Call) -> Doc:
    return _remote.target(call.world, _kernel.person(call)["imperal_id"], call.body.get("session_id"))


def _done(session: Doc) -> Doc:
    return {"ok": True, "session_id": session["session_id"]}
