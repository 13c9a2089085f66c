"""The terminal agent: its sessions, their event streams, and what a terminal and other surfaces send into them."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, Response, op

from . import _agent, _agent_script


@op("POST /v1/agent/sessions")
def start(call: Call) -> Doc:
    """Give the caller's agent a task; a terminal sends what it knows of the repository as ``coding_context``."""
    body, context = call.body, call.body["coding_context"]
    if body["user_id"] != call.user_id:
        raise Problem(403, "user_id must be your own imperal_id. GET /v1/auth/me shows it.")
    kind, repo_key = "marathon" if body.get("marathon") else "coding", str(context.get("repo_key") or "")
    session_id = _agent.session_id_of(kind, call.user_id, repo_key, body.get("slot") or "")
    held = call.state["agent_sessions"].get(session_id)
    session = held or _agent.new(call.world, session_id, call.user_id, kind, repo_key)
    if context.get("mode") in _agent.MODES:
        session = {**session, "mode": context["mode"]}
    if body.get("surface") in (None, "", "terminal"):
        session = _agent.seen(call.world, session)
    session, started = _agent_script.start(
        call.world,
        session,
        body["task"],
        steer_iid=body.get("steer_iid") or "",
        surface=body.get("surface") or "terminal",
        goal=body.get("goal") or "",
    )
    return {"session_id": session["session_id"], **started}


@op("GET /v1/agent/sessions/active")
def active(call: Call) -> Doc:
    """List the caller's sessions in which a task runs, newest first."""
    running = call.state["agent_sessions"].newest(user_id=call.user_id, running=True)
    names = ("session_id", "kind", "repo_key", "mode", "started_at", "updated_at")
    return {
        "sessions": [
            {**{name: session[name] for name in names}, "pending_consent": _asks_consent(session)}
            for session in running
        ]
    }


def _asks_consent(session: Doc) -> bool:
    pending = session["pending"]
    return pending is not None and pending["kind"] == "confirm_request"


@op("GET /v1/agent/sessions/{session_id}/stream")
def stream(call: Call) -> Response:
    """Open the stream of a session; ``Last-Event-ID`` names the last frame seen, without it all that is kept comes."""
    session = _agent.seen(call.world, _agent.find(call))
    return Response(stream=_agent.listen(call.world, session, call.headers.get("last-event-id")))


@op("POST /v1/agent/sessions/{session_id}/result")
def result(call: Call) -> Doc:
    """Answer a ``tool_request`` ({ok, content}) or a ``confirm_request`` ({approved} or {consent_reply})."""
    session = _agent.seen(call.world, _agent.find(call))
    return _agent_script.answer(call.world, session, call.body["req_id"], call.body["result"])


@op("POST /v1/agent/sessions/{session_id}/cancel")
def cancel(call: Call) -> Doc:
    """Stop the running task."""
    session = _agent.find(call)
    running = bool(session["running"])
    if running:
        _agent_script.stop(call.world, session)
    return {"ok": running, "session_id": session["session_id"]}


@op("GET /v1/agent/sessions/{session_id}/remote")
def remote(call: Call) -> Doc:
    """Tell where a session is mirrored to and from where it may be steered; also before its first turn."""
    return {"state": _agent.find(call, blank=True)["remote"]}


@op("PUT /v1/agent/sessions/{session_id}/remote")
def set_remote(call: Call) -> Doc:
    """Replace where a session is mirrored to and from where it may be steered."""
    state = {name: call.body.get(name, default) for name, default in _agent.NO_REMOTE.items()}
    return {"state": _agent.keep(call.world, _agent.find(call, blank=True), remote=state)["remote"]}


@op("GET /v1/agent/sessions/{session_id}/thread")
def thread(call: Call) -> Doc:
    """List the latest messages of a session, oldest first."""
    session_id = _agent.find(call, blank=True)["session_id"]
    held = call.state["agent_messages"].find(session_id=session_id)
    names = ("role", "content", "surface", "ts")
    return {"session_id": session_id, "messages": [{name: one[name] for name in names} for one in held]}


@op("GET /v1/agent/sessions/{session_id}/pending-steer")
def pending_steer(call: Call) -> Doc:
    """Hand out the oldest queued instruction and a requested mode, each once; note the poller's mode and label."""
    session = _agent.seen(call.world, _agent.find(call, blank=True))
    noted = {"applied_mode": call.query["mode"], "label": call.query["label"]}
    changed = {name: text for name, text in noted.items() if text and text != session[name]}
    requested = session["requested_mode"]
    if requested is not None:
        changed["requested_mode"] = None
    if changed:
        session = _agent.keep(call.world, session, **changed)
    item = next((one for one in session["queue"] if one["task"] is None), None)
    items = []
    if item is not None:
        _agent_script.unqueue(call.world, session, item)
        items = [{name: item[name] for name in ("steer_iid", "text", "surface", "queued_at")}]
    return {"items": items, "requested_mode": requested, "attach": None if items else _attach(session)}


def _attach(session: Doc) -> Doc | None:
    """Return where to join the stream for the request that waits for an answer, if one does."""
    pending = session["pending"]
    if pending is None:
        return None
    before = f"{pending['number'] - 1}-0"
    return {"task_id": pending["content"]["task_id"], "last_id": before, "kind": pending["kind"]}


@op("POST /v1/agent/sessions/{session_id}/inject")
def inject(call: Call) -> Doc:
    """Send a line into the running task, once per ``steer_iid``."""
    session = _agent.find(call)
    accepted = session["running"] and len(session["queue"]) < _agent.QUEUED_MOST
    if accepted:
        _agent_script.queue(call.world, session, call.body["text"], call.body["steer_iid"], "terminal")
    return {"ok": accepted}


@op("POST /v1/agent/sessions/{session_id}/drop")
def drop(call: Call) -> Doc:
    """Take a queued line back; ``ok`` is false when it was taken up already."""
    return {"ok": _agent_script.drop(call.world, _agent.find(call), call.body["steer_iid"])}


@op("POST /v1/agent/sessions/{session_id}/mode")
def mode(call: Call) -> Doc:
    """Change the mode of the running task."""
    session = _agent.find(call)
    if session["running"]:
        _agent_script.set_mode(call.world, session, call.body["mode"])
    return {"ok": bool(session["running"])}
