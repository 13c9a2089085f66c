"""What the agent does with a task: a small script that plays alike each time, where a model would think.

A task gives ``progress``; when it asks for a tool, one ``tool_request``, before which a tool that changes things
needs a ``confirm_request`` unless the mode is autopilot; then ``usage`` and ``final``. While a request waits, further
tasks queue up. A task is paid for when it starts; asking the same thing twice under one ``steer_iid`` is one task.
"""

from __future__ import annotations

import re
from math import ceil
from typing import Any

from specdouble.mock.kit import Doc, World

from ..money import _money, _rates
from . import _agent

TASK_TOKENS = 1000
DOLLARS_PER_1000 = 0.003
TOOLS: tuple[tuple[str, str, tuple[str, ...], bool], ...] = (  # what the task says, tool, its arguments, changes
    (r"\bread (?:the )?(?:file )?`?([\w./-]*\.\w+)`?", "read_file", ("path",), False),
    (r"\bgrep (?:for )?`?([^\s`]+)`?", "grep", ("pattern",), False),
    (r"\blist (?:the )?(?:files|folder|directory)\b", "list_dir", (), False),
    (r"\bwrite (?:the )?(?:file )?`?([\w./-]*\.\w+)`?: ?(.+)", "write_file", ("path", "content"), True),
    (r"\brun `([^`]+)`", "bash", ("command",), True),
)
YES = frozenset({"y", "yes", "ok", "okay", "approve", "approved", "go", "sure", "da", "ja"})
STOPPED = "Stopped."


def price(world: World) -> int:
    """Return what a task costs in tokens, by the pricing of the coding agent."""
    rates = _rates.read(world, "coding-pricing")
    dollars = TASK_TOKENS / 1000 * DOLLARS_PER_1000 * rates["markup"]
    least: int = rates["min_charge"]
    by_use: int = ceil(round(dollars * rates["credits_per_dollar"], 6))
    return max(least, by_use)


def start(world: World, session: Doc, text: str, *, steer_iid: str, surface: str, goal: str = "") -> tuple[Doc, Doc]:
    """Take a task up, or queue it behind the running one; returns the session and ``{task_id, last_id}``.

    Refuses with 402 what the wallet cannot pay. The same ``steer_iid`` again starts nothing.
    """
    known: Doc | None = session["started"].get(steer_iid) if steer_iid else None
    if known is not None:
        return session, known
    cost = price(world)
    if cost:
        _money.debit(world, session["user_id"], cost, "deduct", description="Coding agent")
    task = {"task_id": world.ids.new("task_", 12), "text": text, "surface": surface, "goal": goal, "credits": cost}
    answer = {"task_id": task["task_id"], "last_id": _agent.last_id(session)}
    if steer_iid:
        recent = list(session["started"].items())[1 - _agent.IIDS_KEPT :]
        session = {**session, "started": {**dict(recent), steer_iid: answer}}
    if session["task"] is None:
        session = _begin(world, session, task)
    else:
        session = queue(world, session, text, steer_iid, surface, task)
    return _go_on(world, session), answer


def queue(world: World, session: Doc, text: str, steer_iid: str, surface: str, task: Doc | None = None) -> Doc:
    """Queue an instruction once per ``steer_iid``; with a ``task`` it runs by itself, else the running one takes it."""
    if steer_iid and any(item["steer_iid"] == steer_iid for item in session["queue"]):
        return session
    item = {"steer_iid": steer_iid, "text": text, "surface": surface, "queued_at": world.clock.stamp(), "task": task}
    session = _agent.keep(world, session, queue=[*session["queue"], item])
    return _agent.push(world, session, "task_queued", steer_iid=steer_iid, text=text, origin=surface)


def unqueue(world: World, session: Doc, item: Doc) -> Doc:
    """Take an item off the queue and tell the streams."""
    rest = [one for one in session["queue"] if one is not item]
    session = _agent.keep(world, session, queue=rest)
    return _agent.push(world, session, "task_dequeued", steer_iid=item["steer_iid"], origin=item["surface"])


def drop(world: World, session: Doc, steer_iid: str) -> bool:
    """Take a queued line or task back, and give back what a task has cost; says whether it was still queued."""
    item = next((one for one in session["queue"] if one["steer_iid"] == steer_iid), None)
    if item is None:
        return False
    unqueue(world, session, item)
    if item["task"] is not None and item["task"]["credits"]:
        _money.credit(world, session["user_id"], item["task"]["credits"], "refund", description="Coding agent")
    return True


def answer(world: World, session: Doc, req_id: str, result: Doc) -> Doc:
    """Hand the agent what it asked for and let it go on; a repeated answer changes nothing.

    Returns ``{ok, duplicate}``; ``ok`` is false for a request that the agent never made.
    """
    step = world.state["agent_steps"].get(_agent.reference(session["session_id"], req_id))
    if step is None:
        return {"ok": False, "duplicate": False}
    if step["finished_at"] is not None:
        return {"ok": True, "duplicate": True}
    pending = session["pending"]
    session = _agent.keep(world, session, pending=None)
    tool, args = pending["content"]["tool"], pending["content"]["args"]
    if pending["kind"] == "confirm_request":
        agreed = result.get("approved") is True or _means_yes(result.get("consent_reply"))
        _agent.close_step(world, session, req_id, ok=agreed, detail="Approved." if agreed else "Declined.")
        session = (
            _ask(world, session, "tool_request", tool, args)
            if agreed
            else _finish(world, session, f"Not done: {tool} was declined.")
        )
    else:
        ok, content = bool(result.get("ok")), str(result.get("content", ""))
        _agent.close_step(world, session, req_id, ok=ok, detail=content)
        first = content.strip().splitlines()[0][:200] if content.strip() else "nothing"
        session = _finish(world, session, f"{tool} {'gave' if ok else 'failed'}: {first}")
    _go_on(world, session)
    return {"ok": True, "duplicate": False}


def set_mode(world: World, session: Doc, mode: str) -> Doc:
    """Change the mode of the running task; autopilot answers a question that waits for consent."""
    session = _agent.keep(world, session, mode=mode)
    pending = session["pending"]
    if mode == "autopilot" and pending is not None and pending["kind"] == "confirm_request":
        answer(world, session, pending["content"]["req_id"], {"approved": True})
    return session


def stop(world: World, session: Doc) -> None:
    """End the running task at once; what it asked needs no answer any more."""
    if session["pending"] is not None:
        _agent.close_step(world, session, session["pending"]["content"]["req_id"], ok=False, detail=STOPPED)
        session = _agent.keep(world, session, pending=None)
    _go_on(world, _end(world, session, STOPPED, stopped=True))


# -- the script ----------------------------------------------------------------------------------------------------


def _begin(world: World, session: Doc, task: Doc) -> Doc:
    session = _agent.keep(world, session, task=task, running=True)
    _agent.say(world, session, "user", task["text"], task["surface"])
    _tell(world, session)
    marks = _marks(task)
    if session["kind"] == "marathon":
        session = _agent.push(
            world, session, "marathon_plan", **marks, goal=task["goal"] or task["text"], milestone_count=1
        )
    session = _agent.push(world, session, "progress", **marks, text=f"Working on: {task['text'][:200]}")
    for phrase, tool, names, changes in TOOLS:
        found = re.search(phrase, task["text"], re.IGNORECASE)
        if found:
            args = dict(zip(names, found.groups(), strict=True))
            asks = changes and session["mode"] != "autopilot"
            return _ask(world, session, "confirm_request" if asks else "tool_request", tool, args)
    return _finish(world, session, "No tool was needed.")


def _ask(world: World, session: Doc, kind: str, tool: str, args: Doc) -> Doc:
    number = session["requests"] + 1
    content = {**_marks(session["task"]), "req_id": f"req-{number}", "tool": tool, "args": args}
    session = _agent.push(world, session, kind, **content)
    _agent.open_step(world, session, content["req_id"], tool, args)
    pending = {"kind": kind, "content": content, "number": session["frames"]}
    return _agent.keep(world, session, pending=pending, requests=number)


def _finish(world: World, session: Doc, found: str) -> Doc:
    """End the running task well; what was said meanwhile is taken up with it."""
    words = [f"Done: {session['task']['text'][:200]}", found]
    for item in [one for one in session["queue"] if one["task"] is None]:
        session = unqueue(world, session, item)
        _agent.say(world, session, "user", item["text"], item["surface"])
        words.append(f"Noted: {item['text'][:200]}")
    return _end(world, session, "\n".join(words))


def _end(world: World, session: Doc, text: str, *, stopped: bool = False) -> Doc:
    task = session["task"]
    marks = _marks(task)
    session = _agent.push(world, session, "usage", **marks, tokens=TASK_TOKENS, credits=task["credits"])
    whole = session["kind"] == "marathon" and not stopped
    if whole:
        session = _agent.push(world, session, "milestone", **marks, index=1, title=task["text"][:200], status="done")
    more: Doc = {"stopped": True} if stopped else {}
    session = _agent.push(world, session, "final", **marks, text=text, awaits_reply=False, **more)
    if whole:
        session = _agent.push(world, session, "marathon_complete", **marks, text=text)
    _agent.say(world, session, "assistant", text, task["surface"])
    session = _agent.keep(world, session, task=None, running=False)
    _tell(world, session)
    return session


def _go_on(world: World, session: Doc) -> Doc:
    """Take up the queued tasks, one after the other, until one waits for an answer."""
    while session["task"] is None:
        item = next((one for one in session["queue"] if one["task"] is not None), None)
        if item is None:
            break
        session = _begin(world, unqueue(world, session, item), item["task"])
    return session


def _marks(task: Doc) -> dict[str, Any]:
    """Return what ties a frame to its task; ``origin`` tells a task of another surface."""
    marks = {"task_id": task["task_id"]}
    return marks if task["surface"] == "terminal" else {**marks, "origin": task["surface"]}


def _means_yes(reply: Any) -> bool:
    words = re.findall(r"\w+", reply.lower()) if isinstance(reply, str) else []
    return bool(words) and words[0] in YES


def _tell(world: World, session: Doc) -> None:
    payload = {"panel": "agent", "session_id": session["session_id"], "running": session["running"]}
    world.emit(session["user_id"], "panel_refresh", payload)
