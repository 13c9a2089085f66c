"""What makes a file an OpenAPI Overlay of version 1.0 or 1.1."""

import os
import re
from typing import Any

from specdouble.openapi.errors import SpecError, closest
from specdouble.openapi.reading import TIMEOUT, parse, read

_ROOT: dict[str, type] = {"overlay": str, "info": dict, "extends": str, "actions": list}
_INFO: dict[str, type] = {"title": str, "version": str, "description": str}
_ACTION: dict[str, type] = {"target": str, "description": str, "update": object, "remove": bool, "copy": str}
_NAMES = {str: "text", dict: "a mapping", list: "a list", bool: "true or false"}


def load_overlay(source: str | os.PathLike[str], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Read an overlay from a path or an http(s) URL.

    Raises:
        SpecError: it cannot be read, has a syntax error, or is not an overlay.

    """
    return check_overlay(parse(read(source, timeout), str(source)), str(source))


def check_overlay(overlay: Any, where: str) -> dict[str, Any]:
    """Return `overlay` if it has the form that the specification asks for.

    Raises:
        SpecError: it has not; the message names the first place that is wrong.

    """
    if not isinstance(overlay, dict) or "overlay" not in overlay:
        raise SpecError("not an overlay: it has no field `overlay`", where=where, next_step="Check the file name")
    if not re.fullmatch(r"1\.[01]\.\d+", str(overlay["overlay"])):
        raise SpecError(
            f"the overlay's version {overlay['overlay']} is not known",
            where=where,
            next_step='Write `overlay: "1.0.0"` or "1.1.0"',
        )
    _fields(overlay, _ROOT, "the overlay", where, required=("info", "actions"))
    _fields(overlay["info"], _INFO, "info", where, required=("title", "version"))
    actions = overlay["actions"]
    if not actions:
        raise SpecError("the overlay has no actions", where=where, next_step="Give it at least one")
    for number, action in enumerate(actions):
        name = f"action {number}"
        if not isinstance(action, dict) or "target" not in action:
            raise SpecError(f"{name} has no target", where=where, next_step="Give it a JSONPath `target`")
        _fields(action, _ACTION, name, where, required=())
        if action in actions[:number]:
            twin = actions.index(action)
            raise SpecError(f"{name} is the same as action {twin}", where=where, next_step="Remove one of them")
        if "copy" in action and overlay["overlay"].startswith("1.0"):
            raise SpecError(f"{name} has a copy", where=where, next_step='`copy` needs `overlay: "1.1.0"`')
    return overlay


def _fields(value: dict[str, Any], known: dict[str, type], what: str, where: str, required: tuple[str, ...]) -> None:
    for name in required:
        if name not in value:
            raise SpecError(f"{what} has no {name}", where=where, next_step=f"Add `{name}`")
    for name, item in value.items():
        if name not in known:
            if name.startswith("x-"):
                continue
            raise SpecError(
                f"{what} has an unknown field {name}",
                where=where,
                closest=closest(name, known),
                next_step="Extensions begin with x-",
            )
        if not isinstance(item, known[name]):
            raise SpecError(f"`{name}` of {what} is not {_NAMES[known[name]]}", where=where, next_step="Correct it")
