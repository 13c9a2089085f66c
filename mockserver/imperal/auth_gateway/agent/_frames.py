"""What a shell's agent tells the platform about its work, and the frame it gets back for a step.

A frame is a plain summary of what was sent: goal, plan, last calls, memory. It is charged once per session and step;
recording without asking for a frame is free.
"""

from __future__ import annotations

import re
from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, World, parse_stamp

from ..money import _money
from . import _agent

FRAME_TOKENS = 3
ENTRIES_KEPT = 200
SHOWN = 5
PREVIEW = 200
CLOSED = ("completed", "blocked")
_OWNED = re.compile(r"(?:coding|marathon|mcp)-(imp_u_\w+)-.*")


def find(call: Call) -> Doc:
    """Return what is known of the session that the body names; refuses with 403 somebody else's."""
    session_id = call.body["session_id"]
    held = call.state["frame_sessions"].get(session_id)
    shape = _OWNED.fullmatch(session_id)
    owner = held["user_id"] if held else shape[1] if shape else call.user_id
    if owner != call.user_id:
        raise Problem(403, f"The session {session_id[:80]!r} belongs to another user. Use an id of your own.")
    return held or {
        "session_id": session_id,
        "user_id": call.user_id,
        "goal": "",
        "repo_key": "",
        "answers": [],
        "items": [],
        "entries": [],
        "seen": 0,
        "memory": [],
        "held_at": None,
    }


def record(world: World, session: Doc, body: Doc) -> tuple[Doc, int]:
    """Add calls and memory, and replace goal and plan where they are sent; returns the session and how much was new.

    Calls are numbered as they come; the latest 200 are kept.
    """
    calls = body.get("exchange") or []
    at = {"step": body["step"]}
    numbered = [{"number": session["seen"] + place, **at, **_entry(one)} for place, one in enumerate(calls, 1)]
    memory = body.get("memory") or []
    changes = {name: body[name] for name in ("goal", "items") if body.get(name)}
    kept = {
        **session,
        **changes,
        "entries": [*session["entries"], *numbered][-ENTRIES_KEPT:],
        "seen": session["seen"] + len(calls),
        "memory": [*session["memory"], *memory][-ENTRIES_KEPT:],
    }
    return world.state["frame_sessions"].put(kept), len(calls) + len(memory)


def _repo_key(world: World, session: Doc, body: Doc) -> str:
    """Return which repository the agent works in: the one that it names, or that holds its folder, or the last one."""
    named = body.get("repo_key") or body.get("session_repo")
    if named:
        return str(named)
    folders = [folder for name in ("repo_root", "cwd") if (folder := body.get(name))]
    for repo in world.state["code_repos"].newest(user_id=session["user_id"]):
        root = repo["root_path"].rstrip("/")
        if root and any(f"{folder}/".startswith(f"{root}/") for folder in folders):
            return str(repo["repo_key"])
    return str(session["repo_key"])


def _entry(one: Doc) -> Doc:
    return {"tool": str(one.get("tool", "")), "ok": one.get("ok") is not False, "text": str(one.get("text", ""))}


def note(world: World, session: Doc, body: Doc) -> int:
    """Record something without a frame, and the repository for frames that will name none; returns what was new."""
    session, new = record(world, session, body)
    world.state["frame_sessions"].update(session["session_id"], repo_key=_repo_key(world, session, body))
    return new


def frame(world: World, session: Doc, step: int, body: Doc) -> Doc:
    """Write the frame of a step and charge for it; the same step again gives the same frame for nothing.

    Refuses with 402 what the wallet cannot pay.
    """
    frames, key = world.state["frames"], f"{session['session_id']}#{step}"
    held = frames.get(key)
    if held is None:
        _money.debit(world, session["user_id"], FRAME_TOKENS, "deduct", description="Memory frame")
        session, _new = record(world, session, body)
        repo = world.state["code_repos"].get(f"{session['user_id']}:{_repo_key(world, session, body)}")
        held = frames.add(
            {
                "id": key,
                "session_id": session["session_id"],
                "user_id": session["user_id"],
                "frame": "\n".join(_lines(session, repo)),
                "tool_groups": ["apps", "code", "memory"] if repo else ["apps", "memory"],
                "step": step,
            }
        )
    return {name: held[name] for name in ("frame", "tool_groups", "session_id", "step")}


def _lines(session: Doc, repo: Doc | None) -> list[str]:
    lines = [f"GOAL {session['goal'] or 'not declared'}"]
    lines += [f"PLAN [{status_of(item)}] {text_of(item)}" for item in session["items"]]
    lines += [f"DONE A{one['number']} {one['tool']}: {one['text'][:PREVIEW]}" for one in session["entries"][-SHOWN:]]
    lines += [f"MEMORY {str(one.get('text', one))[:PREVIEW]}" for one in session["memory"][-SHOWN:]]
    if repo is not None:
        lines.append(f"CODE {repo['repo_key']}: {repo['file_count']} files at {repo['git_ref'] or 'no commit'}")
    else:
        lines.append("CODE not synced")
    return lines


def status_of(item: Doc) -> str:
    """Return the status of an item of a plan."""
    return str(item.get("status") or "pending")


def text_of(item: Doc) -> str:
    """Return what an item of a plan says."""
    return str(item.get("content", item.get("text", "")))


# -- lenses --------------------------------------------------------------------------------------------------------


def lens(world: World, session: Doc, tool: str, args: Doc) -> Doc:
    """Open what a frame points to; what is not found is an answer with ``ok`` false."""
    content = _LENSES[tool](world, session, args)
    return {"ok": content is not None, "content": content if content is not None else _missing(tool, args)}


def _missing(tool: str, args: Doc) -> str:
    wanted = args.get("query", args.get("ref", args.get("section", "")))
    return f"{tool} found nothing for {str(wanted)[:80]!r}."


def _state_lens(_world: World, session: Doc, args: Doc) -> str | None:
    plan = "\n".join(f"[{status_of(item)}] {text_of(item)}" for item in session["items"])
    parts = {
        "plan": f"{session['goal']}\n{plan}".strip(),
        "memory": "\n".join(str(one.get("text", one)) for one in session["memory"]),
        "path": "\n".join(f"A{one['number']} {one['tool']} (step {one['step']})" for one in session["entries"]),
        "answers": "\n".join(f"step {one['step']}: {one['text']}" for one in session["answers"]),
    }
    section = args.get("section", "all")
    found = "\n".join(filter(None, parts.values())) if section == "all" else parts.get(str(section), "")
    return found or None


def _recall(_world: World, session: Doc, args: Doc) -> str | None:
    ref, entries = str(args.get("ref", "")), session["entries"]
    if ref == "all":
        found = entries
    elif ref == "last_answers":
        found = entries[-1:]
    else:
        found = [one for one in entries if f"A{one['number']}" == ref]
    return "\n".join(one["text"] for one in found) or None


def _log_read(_world: World, session: Doc, args: Doc) -> str | None:
    number = str(args.get("ref", "")).rpartition("/")[2]
    found = next((one["text"] for one in session["entries"] if str(one["number"]) == number), None)
    wanted = args.get("grep")
    if found is None or not wanted:
        return found
    return "\n".join(line for line in found.splitlines() if str(wanted) in line) or None


def _search(world: World, session: Doc, args: Doc) -> str | None:
    query = str(args.get("query", "")).lower()
    hits = [
        f"{one['session_id']} A{entry['number']}: {entry['text'][:PREVIEW]}"
        for one in world.state["frame_sessions"].newest(user_id=session["user_id"])
        for entry in one["entries"]
        if query and query in entry["text"].lower()
    ]
    return "\n".join(hits[: _whole(args, "limit", 10)]) or None


def _live(world: World, session: Doc, args: Doc) -> str | None:
    since = world.clock.now() - 60 * min(_whole(args, "minutes", 120), YEAR)
    live = [
        f"{one['session_id']} {'working on: ' + str(one['task']) if one['running'] else 'idle'}"
        for one in world.state["agent_sessions"].newest(user_id=session["user_id"])
        if one["session_id"] != session["session_id"] and parse_stamp(one["updated_at"]) >= since
    ]
    return "\n".join(live[: _whole(args, "limit", 8)]) or None


def _message(world: World, session: Doc, args: Doc) -> str | None:
    """Leave a message in another session of the same user; it is an agent's word and releases nothing."""
    other, text = world.state["agent_sessions"].get(args.get("conversation")), args.get("text")
    if other is None or other["user_id"] != session["user_id"] or not isinstance(text, str) or not text:
        return None
    _agent.say(world, other, "assistant", f"Agent message: {text}", "terminal")
    return f"Delivered to {other['session_id']}."


YEAR = 366 * 24 * 60  # minutes, after which nothing is live


def _whole(args: Doc, name: str, default: int) -> int:
    given: Any = args.get(name)
    return given if type(given) is int and given > 0 else default


_LENSES = {
    "state_lens": _state_lens,
    "recall": _recall,
    "vault_log_read": _log_read,
    "search_history": _search,
    "live_sessions": _live,
    "message_session": _message,
}


# -- the end of a step ---------------------------------------------------------------------------------------------


def final(world: World, session: Doc, step: int, body: Doc) -> Doc:
    """Say whether an agent may stop: once per step it is held while items of its plan are open.

    What it wants to end with is kept with the tools that it used; the lens ``state_lens`` shows it.
    """
    used = ", ".join(body.get("tools") or ())
    said = {"step": step, "text": f"{body['final_text']} [{used}]" if used else body["final_text"]}
    answers = [*(one for one in session["answers"] if one["step"] != step), said][-ENTRIES_KEPT:]
    session = {**session, "repo_key": _repo_key(world, session, body), "answers": answers}
    unfinished = [text_of(item) for item in session["items"] if status_of(item) not in CLOSED]
    hold = bool(unfinished) and session["held_at"] != step
    world.state["frame_sessions"].put({**session, "held_at": step if hold else session["held_at"]})
    reason = f"{len(unfinished)} items of the plan are open." if hold else ""
    return {"hold": hold, "reason": reason, "open": unfinished}
