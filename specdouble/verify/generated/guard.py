"""What a run never does on its own: end sessions of given people, change their passwords, empty or stop a server."""

from __future__ import annotations

from collections.abc import Collection

from specdouble.openapi import Op
from specdouble.openapi.model import Operation as About
from specdouble.openapi.model.evidence.words import ME, words

_STOPS = frozenset(
    {
        "shutdown",
        "restart",
        "reboot",
        "flush",
        "flushall",
        "purge",
        "wipe",
        "truncate",
        "halt",
        "poweroff",
        "factory",
        "kill",
        "dropall",
        "deleteall",
        "clearall",
        "resetall",
        "seal",
        "stepdown",
        "maintenance",
    }
)
_PASSWORD = frozenset({"password", "passwd", "passphrase", "pin"})
_SIGNS_IN = frozenset({"login", "signin", "token", "register", "signup", "refresh", "search", "query", "validate"})
_ENDS = frozenset({"logout", "signout", "logoff", "revoke", "refresh", "rotate", "deauthorize", "sessions", "session"})


def own_words(op: Op) -> set[str]:
    """Return the words of an operation's path and name."""
    static = [one for one in op.spec.path.split("/") if one and "{" not in one]
    found = {word for one in static for word in words(one)} | set(words(op.spec.operation_id))
    joined = {"".join(words(one)) for one in static}
    return found | joined


def ends_a_session(op: Op) -> bool:
    """Whether an operation may end the session of whoever calls it: it gets a session of its own."""
    said = own_words(op)
    together = {"log", "out"} <= said or {"sign", "out"} <= said
    return op.spec.method != "GET" and (together or not said.isdisjoint(_ENDS))


def forbidden(op: Op, about: About, allowed: Collection[str], *, local: bool = True) -> str:
    """Return why a run does not send an operation, "" where it may.

    Args:
        op: the operation.
        about: what the model says of it.
        allowed: the operations that --allow names.
        local: whether the target is on this machine; elsewhere nothing of given people is changed.

    """
    if op.spec.method in ("GET", "HEAD", "OPTIONS") or op.id in allowed:
        return ""
    said = own_words(op)
    mine = not said.isdisjoint(ME) or about.role.startswith("singleton")
    inside = op.spec.path.rstrip("/").rpartition("/")[2]
    other = not said.isdisjoint(("forgot", "login", "signin", "signup", "registration", "register"))
    if not said.isdisjoint(_PASSWORD) and (mine or "{" not in op.spec.path) and not other:
        return "it may change the password of somebody who was given (--allow names it)"
    removes = op.spec.method == "DELETE" and set(words(inside)) & (ME | {"account"}) and "{" not in op.spec.path
    if removes and not ends_a_session(op):  # /sessions/current is a logout, for which a session of its own is opened
        return "it may remove the account of somebody who was given (--allow names it)"
    if not said.isdisjoint(_STOPS):
        return "it may stop or empty the server (--allow names it)"
    if not local and about.role in ("singleton-write", "singleton-delete"):
        return "it changes what belongs to somebody who was given (--allow names it)"
    if not local and about.role in ("action", "none") and "{" not in op.spec.path and said.isdisjoint(_SIGNS_IN):
        return "nothing says what it does to the server (--allow names it)"
    if about.role == "delete-many" and not about.members:
        return "it may remove what this run did not make (--allow names it)"
    return ""
