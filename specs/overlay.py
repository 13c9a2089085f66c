"""Applying OpenAPI Overlays, and finding the actions that change nothing.

oas-patch does the work, except in two cases, which use its merge only: with current versions of jsonpath-ng it cannot
update a member of a list (a parameter picked by its name), and it would put one and the same object at every match of
a target with wildcards.
"""

import copy
import os
from typing import Any

from specs.errors import SpecError
from specs.load import TIMEOUT, parse, read


def load_overlay(source: str | os.PathLike[str], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Read an overlay from a path or an http(s) URL.

    Raises:
        SpecError: it cannot be read, has a syntax error, or is not an overlay.

    """
    return check_overlay(parse(read(source, timeout), str(source)), str(source))


def check_overlay(overlay: Any, where: str) -> dict[str, Any]:
    """Return `overlay` if it has the form of an OpenAPI Overlay.

    Raises:
        SpecError: it is something else, or one of its actions lacks a target.

    """
    if not isinstance(overlay, dict) or not str(overlay.get("overlay", "")).startswith("1."):
        raise SpecError("not an overlay: the field `overlay` does not say 1.x", where=where)
    actions = overlay.get("actions")
    if not isinstance(actions, list):
        raise SpecError("the overlay has no list of actions", where=where, next_step="Add an `actions` list")
    for number, action in enumerate(actions):
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            raise SpecError(f"action {number} has no target", where=where, next_step="Give it a JSONPath `target`")
    return overlay


def apply(document: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """Return the effective document: a copy of `document` with every action of `overlay` applied in order.

    Raises:
        SpecError: an action's target is no JSONPath, or its update does not fit what it points at.

    """
    return run(document, overlay)[0]


def unmatched(document: dict[str, Any], overlay: dict[str, Any]) -> list[str]:
    """Return the targets that point at nothing when their turn comes, in the order of the overlay.

    Such an action changes nothing. Usually the document moved on, or the target has a typing error.
    """
    return run(document, overlay)[1]


def run(document: dict[str, Any], overlay: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what `apply` and `unmatched` return, for the price of one.

    Raises:
        SpecError: an action's target is no JSONPath, or its update does not fit what it points at.

    """
    from oas_patch.overlay import apply_overlay

    effective = copy.deepcopy(document)
    misses = []
    for number, action in enumerate(overlay["actions"]):
        target = action["target"]
        try:
            matches = _find(target, effective)
            if not matches:
                misses.append(target)
            elif "update" in action and (len(matches) > 1 or _in_list(matches[0])):
                _update_each(matches, action["update"])
            else:
                apply_overlay(effective, {"actions": [copy.deepcopy(action)]})
        except Exception as error:  # jsonpath-ng and oas-patch raise many kinds, some of them bare Exception
            raise SpecError(
                f"action {number} cannot be applied: {error}", where=target, next_step="Correct its target or update"
            ) from error
    return effective, misses


def _find(target: str, document: dict[str, Any]) -> list[Any]:
    from jsonpath_ng.ext.parser import parse as jsonpath

    return list(jsonpath(target).find(document))


def _in_list(match: Any) -> bool:
    return match.context is not None and isinstance(match.context.value, list)


def _update_each(matches: list[Any], update: Any) -> None:
    from oas_patch.overlay import deep_update

    for match in matches:
        if not isinstance(match.value, dict) or not isinstance(update, dict):
            raise ValueError("members of lists and targets with wildcards take mappings only")
        deep_update(match.value, copy.deepcopy(update))
