"""Rules that fail, delay or spoil responses: listed, added, replaced and removed while the world runs."""

from __future__ import annotations

from typing import Any

from specdouble.mock.control.actions import PREFIX, Actions, Params, takes
from specdouble.mock.faults.effects import FaultError
from specdouble.mock.faults.rules import Rule
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.world import World


def _list(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return [one.shown() for one in world.faults.rules]


@takes(whole=dict)
def _add(world: World, _params: Params, body: dict[str, Any]) -> Any:
    several = body.get("faults")
    if several is None:
        return _added(world, body)
    if not isinstance(several, list) or len(body) > 1:
        raise Problem(422, 'Send one rule, or several as {"faults": [...]} and nothing beside it.')
    before = world.faults.rules
    try:
        return [_added(world, one) for one in several]
    except Problem:
        world.faults.rules = before
        raise


def _added(world: World, given: dict[str, Any]) -> Any:
    try:
        return world.faults.add(given).shown()
    except FaultError as error:
        raise Problem(422, str(error)) from None


@takes()
def _clear(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {"removed": world.faults.clear()}


def _found(world: World, name: str) -> Rule:
    try:
        return world.faults.get(name)
    except FaultError as error:
        raise Problem(404, str(error)) from None


def _show(world: World, params: Params, _body: dict[str, Any]) -> Any:
    return _found(world, params["id"]).shown()


@takes(whole=dict)
def _put(world: World, params: Params, body: dict[str, Any]) -> Any:
    try:
        return world.faults.put(params["id"], body).shown()
    except FaultError as error:
        raise Problem(422, str(error)) from None


@takes()
def _remove(world: World, params: Params, _body: dict[str, Any]) -> Any:
    _found(world, params["id"])
    return world.faults.remove(params["id"]).shown()


FAULTS: Actions = {
    f"GET {PREFIX}/faults": ("List the rules that fail, delay or spoil responses, with how often each struck", _list),
    f"POST {PREFIX}/faults": (
        'Add a rule: {"operation": "POST /…", "times": 1, "status": 500}, or several: {"faults": […]}',
        _add,
    ),
    f"DELETE {PREFIX}/faults": ("Remove every rule", _clear),
    f"GET {PREFIX}/faults/{{id}}": ("Show one rule", _show),
    f"PUT {PREFIX}/faults/{{id}}": ("Replace a rule, or add one with that id; it counts anew", _put),
    f"DELETE {PREFIX}/faults/{{id}}": ("Remove a rule", _remove),
}
