"""What an action of the control plane is: a function of the world, its parameters and the fields of its body."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from specdouble.errors import closest
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.world import World

PREFIX = "/__mock__"
Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What an action answers, with headers; a status other than 200 only where it is answered directly."""

    content: Any
    headers: Mapping[str, str]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Later:
    """What an action answers whose work takes long: `make` is done in a thread, while others are answered.

    It reads what does not change meanwhile, as a list of documents or a fork of a state; it may raise `Problem`.
    What it returns is the answer, unless `then` goes on with it, as an action does in the world that there is by then.
    """

    make: Callable[[], Any]
    then: Callable[[World, Any], Any] | None = None


Action = Callable[[World, Params, dict[str, Any]], Any]
Actions = Mapping[str, tuple[str, Action]]  # by method and path: what it does, in a line, and the function

KINDS = {
    bool: "true or false",
    str: "a text",
    int: "a whole number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
    bytes: 'an object {"base64": text}',
}


def as_json(value: Any) -> Any:
    """Write what JSON cannot hold: the bytes of an uploaded file.

    Raises:
        TypeError: it is anything else.

    """
    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")


def from_json(value: Any) -> Any:
    """Return the bytes that `as_json` wrote; any other value is left as it is."""
    if isinstance(value, dict) and value.keys() == {"base64"} and isinstance(value["base64"], str):
        try:
            return b64decode(value["base64"], validate=True)
        except ValueError:
            return value
    return value


def takes(**fields: Any) -> Callable[[Action], Action]:
    """Say which fields an action's body may have, each with its types; ``whole=dict`` alone takes any object."""

    def bind(action: Action) -> Action:
        action.control_fields = fields  # type: ignore[attr-defined]
        return action

    return bind


def anywhere(action: Action) -> Action:
    """Say that an action is not about the world of the request, which may be one that is still to be made."""
    action.control_anywhere = True  # type: ignore[attr-defined]
    return action


def direct(action: Action) -> Action:
    """Say that an action tells of the server itself, and is answered without a world and to anybody (`Direct`)."""
    action.control_direct = True  # type: ignore[attr-defined]
    return action


def check(action: Action, body: dict[str, Any]) -> None:
    """Refuse with 422 a field that an action does not take, or a value of another type: nothing is silently ignored."""
    fields = getattr(action, "control_fields", {})
    if "whole" in fields:
        return
    for name, value in body.items():
        if name not in fields:
            known = f"it takes {', '.join(fields)}" if fields else "it takes none"
            near = closest(name, fields, cutoff=0.6)
            hint = f" Did you mean {near}?" if near else ""
            raise Problem(422, f"There is no field {name[:80]!r} here; {known}.{hint}")
        kinds = fields[name] if isinstance(fields[name], tuple) else (fields[name],)
        if type(value) not in kinds and not (type(value) is int and float in kinds):
            raise Problem(422, f"{name} must be {' or '.join(KINDS[kind] for kind in kinds)}.")
