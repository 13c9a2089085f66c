"""What a verb does to an item: the state, the switch and the stamp that it names."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.api import Api, Kind
from specdouble.openapi.model.evidence.words import plain, words
from specdouble.openapi.values import meaning

_STATES = {
    "start": ("running", "started", "active", "inprogress", "playing"),
    "resume": ("running", "resumed", "active", "playing", "inprogress"),
    "unpause": ("running", "active"),
    "restart": ("running", "restarting", "active"),
    "run": ("running", "queued", "pending"),
    "stop": ("stopped", "exited", "inactive", "terminated"),
    "kill": ("killed", "exited", "stopped", "dead", "terminated"),
    "pause": ("paused", "suspended"),
    "cancel": ("cancelled", "canceled"),
    "complete": ("completed", "complete", "done", "finished", "closed"),
    "finish": ("finished", "completed", "done"),
    "close": ("closed",),
    "open": ("open", "opened"),
    "reopen": ("open", "opened", "reopened"),
    "activate": ("active", "activated", "enabled"),
    "deactivate": ("inactive", "deactivated", "disabled"),
    "enable": ("enabled", "active", "on"),
    "disable": ("disabled", "inactive", "off"),
    "capture": ("captured", "completed"),
    "authorize": ("authorized", "authorised", "approved"),
    "approve": ("approved",),
    "reject": ("rejected", "declined"),
    "submit": ("submitted", "pending"),
    "ship": ("shipped", "sent"),
    "deliver": ("delivered",),
    "pay": ("paid",),
    "send": ("sent",),
    "retry": ("pending", "queued", "running"),
    "void": ("voided", "void"),
    "poweron": ("running", "on", "poweredon", "active", "started"),
    "poweroff": ("off", "poweredoff", "stopped", "shutoff", "shutdown", "inactive"),
    "shutdown": ("off", "shutdown", "stopped", "shutoff", "inactive"),
    "turnon": ("on", "enabled", "active"),
    "turnoff": ("off", "disabled", "inactive"),
    "reboot": ("running", "rebooting", "active"),
    "suspend": ("suspended", "paused"),
    "archive": ("archived",),
    "restore": ("active", "restored", "available"),
    "publish": ("published", "live", "public"),
    "unpublish": ("draft", "unpublished", "private"),
    "lock": ("locked",),
    "unlock": ("unlocked", "open", "active"),
    "expire": ("expired",),
    "revoke": ("revoked",),
    "accept": ("accepted",),
    "decline": ("declined", "rejected"),
    "refund": ("refunded",),
    "confirm": ("confirmed",),
    "finalize": ("finalized", "final", "open"),
    "fail": ("failed",),
}
_TRUE = {"start": ("running", "started"), "resume": ("running",), "unpause": (), "enable": ("enabled", "active"),
         "activate": ("active", "enabled"), "pause": ("paused",), "lock": ("locked",), "kill": ("dead",)}  # fmt: skip
_FALSE = {"stop": ("running", "paused"), "kill": ("running",), "disable": ("enabled", "active"), "resume": ("paused",),
          "deactivate": ("active", "enabled"), "unpause": ("paused",), "unlock": ("locked",),
          "start": ("paused", "dead"), "unarchive": ("archived",), "reopen": ("closed", "locked"),
          "unpublish": ("published",)}  # fmt: skip


_PAIRS = (("enable", "disable"), ("activate", "deactivate"), ("open", "close"), ("lock", "unlock"), ("show", "hide"),
          ("mute", "unmute"), ("block", "unblock"), ("pause", "resume"), ("archive", "restore"), ("follow", "unfollow"),
          ("publish", "unpublish"), ("pin", "unpin"), ("star", "unstar"), ("ban", "unban"), ("delete", "restore"),
          ("accept", "reject"), ("approve", "reject"), ("suspend", "resume"), ("subscribe", "unsubscribe"))  # fmt: skip
_OPPOSITE = {**dict(_PAIRS), **{second: first for first, second in _PAIRS}}


def after(api: Api, kind: Kind, value: Any, verb: str, now: float) -> dict[str, Any]:
    """Return what a verb changes in an item, by member; {} where no member speaks of it."""
    if not isinstance(value, dict):
        return {}
    return _changes(api, api.flats.members(kind.schema), value, verb, now, 2)


def _changes(
    api: Api, members: dict[str, Any], value: dict[str, Any], verb: str, now: float, depth: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, schema in members.items():
        flat = api.flats.of(schema)
        if flat.enum and flat.type in ("string", "", "integer"):
            state = _state(flat.enum, verb)
            if state is not None:
                found[name] = state
        elif flat.type == "boolean":
            switched = _switch(plain(name).removeprefix("is"), verb)
            if switched is not None:
                found[name] = switched
        elif flat.type == "string" and _is_stamp(name, verb) and flat.rules.get("format") in (None, "date-time"):
            found[name] = meaning.stamp(now)
        elif flat.type == "object" and depth and isinstance(value.get(name), dict | None):
            inner = _changes(
                api, api.flats.members(schema), value.get(name) or {}, verb, now, 0 if depth == 1 else depth - 2
            )
            if inner and any(not isinstance(one, str) or "T" not in one for one in inner.values()) and _is_state(name):
                found[name] = {**(value.get(name) or {}), **inner}
        elif (
            flat.type == "string"
            and not flat.enum
            and plain(name) in ("status", "state")
            and isinstance(value.get(name, ""), str)
        ):
            wanted = _STATES.get(verb)
            held = value.get(name, "")
            if wanted:
                found[name] = wanted[0] if held.islower() or not held else wanted[0].upper()
    return found


def _is_state(name: str) -> bool:
    return plain(name) in ("state", "status", "conditions", "lifecycle", "info")


def _state(enum: list[Any], verb: str) -> Any:
    """Return the state that a verb leads to: `capture` to CAPTURED, `start` to running."""
    texts = {plain(one): one for one in reversed(enum) if isinstance(one, str)}
    for one in _STATES.get(verb, ()):
        if one in texts:
            return texts[one]
    stem = _stem(verb)
    if len(stem) < 3:
        return None
    forms = (f"{stem}ed", f"{stem}d", f"{verb}ed", f"{verb}led", stem, verb, f"{stem}ing")
    for form in forms:
        if form in texts:
            return texts[form]
    return next((one for form in forms[:4] for text, one in reversed(texts.items()) if text.startswith(form)), None)


def _switch(name: str, verb: str) -> bool | None:
    if name in _TRUE.get(verb, ()):
        return True
    if name in _FALSE.get(verb, ()):
        return False
    stem = _stem(verb)
    if len(stem) < 3:
        return None
    opposite = _OPPOSITE.get(verb)
    if opposite is not None and name in (opposite, f"{opposite}ed", f"{_stem(opposite)}ed", f"{_stem(opposite)}d"):
        return False
    if name in (verb, f"{verb}ed", f"{stem}ed", f"{stem}d", f"{verb}led"):
        return True
    for prefix in ("un", "de", "dis"):
        rest = verb.removeprefix(prefix)
        if rest != verb and len(rest) > 2 and name in (rest, f"{rest}ed", f"{_stem(rest)}ed", f"{_stem(rest)}d"):
            return False
    return None


def _is_stamp(name: str, verb: str) -> bool:
    parts = words(name)
    stem = _stem(verb)
    return len(parts) > 1 and parts[-1] in ("at", "on", "date", "time") and parts[0] in (
        f"{stem}ed", f"{verb}ed", f"{stem}d", f"{verb}led", verb)  # fmt: skip


def _stem(verb: str) -> str:
    return verb[:-1] if verb.endswith("e") else verb[:-1] + "i" if verb.endswith("y") and len(verb) > 3 else verb


def verb_of(path: str, operation_id: str, known: frozenset[str]) -> str:
    """Return the verb of an action: the last word of the path that is no parameter, else the first of the name."""
    static = [one for one in path.strip("/").split("/") if "{" not in one]
    last = words(static[-1].rpartition(".")[2]) if static else ()
    if len(last) > 1 and "".join(last[:2]) in _STATES:
        return "".join(last[:2])
    if last and (last[0] in known or last[0] in _STATES):
        return last[0]
    named = words(operation_id)
    if named and (named[0] in known or named[0] in _STATES):
        return named[0]
    return last[0] if last else named[0] if named else ""
