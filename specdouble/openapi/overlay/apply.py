"""Applying OpenAPI Overlays 1.0 and 1.1, and finding the actions that change nothing."""

import copy
from typing import Any

from specdouble.openapi.errors import SpecError
from specdouble.openapi.overlay.jsonpath import Place, find


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
    effective = copy.deepcopy(document)
    strict = not str(overlay["overlay"]).startswith("1.0")
    misses = []
    for number, action in enumerate(overlay["actions"]):
        target = action["target"]
        try:
            places = find(target, effective)
            if not places:
                misses.append(target)
            elif action.get("remove"):
                _remove(effective, places)
            elif "update" in action:
                _update(effective, places, action["update"], strict)
            elif "copy" in action:
                _update(effective, places, _single(action["copy"], effective), strict)
        except ValueError as error:
            raise SpecError(
                f"action {number} cannot be applied: {error}", where=target, next_step="Correct its target or update"
            ) from None
    return effective, misses


def _at(document: Any, place: Place) -> Any:
    for token in place:
        document = document[token]
    return document


def _single(target: str, document: dict[str, Any]) -> Any:
    places = find(target, document)
    if len(places) != 1:
        raise ValueError(f"copy takes one node, and {target} selects {len(places) or 'none'}")
    return copy.deepcopy(_at(document, places[0]))


def _remove(document: dict[str, Any], places: list[Place]) -> None:
    if () in places:
        raise ValueError("the root of the document cannot be removed")
    # Members of one list leave from its end, so that the places of the others stay right; inner nodes before outer.
    for place in sorted(places, key=lambda place: (len(place), [(isinstance(t, int), t) for t in place]), reverse=True):
        del _at(document, place[:-1])[place[-1]]


def _update(document: dict[str, Any], places: list[Place], update: Any, strict: bool) -> None:
    for place in places:
        node = _at(document, place)
        value = copy.deepcopy(update)  # each match has its own, so that later actions change one only
        if isinstance(node, dict):
            if not isinstance(value, dict):
                raise ValueError(f"an object takes an object, not {_kind(value)}")
            _merge(node, value, strict)
        elif isinstance(node, list):
            node += value if isinstance(value, list) else [value]
        elif not strict:
            raise ValueError(f"the target selects {_kind(node)}; overlays of version 1.0 update objects and lists only")
        elif isinstance(value, dict | list):
            raise ValueError(f"{_kind(node)} takes a word, a number, true, false or null, not {_kind(value)}")
        else:
            _at(document, place[:-1])[place[-1]] = value


def _merge(node: dict[str, Any], update: dict[str, Any], strict: bool) -> None:
    """Merge objects, append lists, replace the rest.

    Version 1.1 refuses a list or an object against something else; 1.0 leaves that open, and it is replaced.
    """
    for key, value in update.items():
        present = node.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value, strict)
        elif isinstance(present, list) and isinstance(value, list):
            present += value
        elif strict and key in node and (isinstance(present, dict | list) or isinstance(value, dict | list)):
            raise ValueError(f"`{key}`: {_kind(present)} cannot be merged with {_kind(value)}")
        else:
            node[key] = value


def _kind(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return "null" if value is None else f"the value {value!r}"
