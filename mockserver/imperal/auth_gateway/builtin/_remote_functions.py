"""The functions of the coding remote: a person's terminal agent, from the panel or a chat."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from ..agent import _agent
from ..functions._declared import TEXT, Functions, one_of
from ..functions._inner import ask
from ..functions._outcomes import Performed, text

FUNCTIONS = Functions("coding-remote")
add = FUNCTIONS.add
REMOTE = "/v1/internal/coding-remote/{user_id}"
PANEL, TELEGRAM = ["panel"], ["telegram"]
ROUTES: dict[str, Doc] = {
    "tg": {"enabled": True, "mirror": TELEGRAM, "steer": TELEGRAM},
    "panel": {"enabled": True, "mirror": PANEL, "steer": PANEL},
    "both": {"enabled": True, "mirror": [*TELEGRAM, *PANEL], "steer": [*TELEGRAM, *PANEL]},
    "off": {"enabled": False, "mirror": [], "steer": []},
}
_TAB: dict[str, Any] = {"session_id": TEXT}


@add("get_status", "read", "Show the terminal's coding session and where it is steered from.")
def _status(world: World, user: Doc, _params: Doc) -> Performed:
    held = ask(world, user, f"GET {REMOTE}", params=_me(user))
    tabs = ask(world, user, f"GET {REMOTE}/sessions", params=_me(user))["sessions"]
    word = "live" if held["active"] else "parked" if held["running"] else "idle"
    names = ("active", "running", "session_id", "requested_mode", "last_seen", "pending_consent")
    data = {**{name: held[name] for name in names}, **held["state"], "mode": held["applied_mode"], "tabs": tabs}
    return {**data, "checked_at": world.clock.stamp()}, f"The coding session is {word}."


@add(
    "set_mode",
    "write",
    "Route the coding session: to Telegram, the panel, both, or nowhere.",
    "mode",
    mode=one_of(*ROUTES),
)
def _route(world: World, user: Doc, params: Doc) -> Performed:
    held = ask(world, user, f"PUT {REMOTE}", params=_me(user), body=ROUTES[params["mode"]])
    return {**held["state"], "active": held["active"], "session_id": held["session_id"]}, f"Remote is {params['mode']}."


@add("send_instruction", "write", "Send an instruction to the coding session.", "text", text=TEXT, **_TAB)
def _send(world: World, user: Doc, params: Doc) -> Performed:
    return _post(world, user, "steer", params, text=text(params, "text")), "The instruction is sent."


@add("stop_session", "write", "Stop what the coding session does.", **_TAB)
def _stop(world: World, user: Doc, params: Doc) -> Performed:
    return _post(world, user, "stop", params), "The coding session is stopped."


@add(
    "set_coding_mode",
    "write",
    "Ask for another mode of the coding session.",
    "mode",
    mode=one_of(*_agent.MODES),
    **_TAB,
)
def _mode(world: World, user: Doc, params: Doc) -> Performed:
    return _post(world, user, "mode", params, mode=params["mode"]), f"The terminal is asked for {params['mode']}."


@add("reply_consent", "write", "Answer what the coding session asks consent for.", "text", text=TEXT, **_TAB)
def _reply(world: World, user: Doc, params: Doc) -> Performed:
    return _post(world, user, "consent", params, text=text(params, "text")), "The answer is passed on."


def _post(world: World, user: Doc, word: str, params: Doc, **body: str) -> Doc:
    named = {"session_id": params["session_id"]} if params.get("session_id") else {}
    done: Doc = ask(world, user, f"POST {REMOTE}/{word}", params=_me(user), body={**body, **named})
    return {"session_id": done["session_id"]}


def _me(user: Doc) -> Doc:
    return {"user_id": user["imperal_id"]}
