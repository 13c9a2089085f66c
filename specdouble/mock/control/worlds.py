"""Worlds: listed, made, forked and dropped, and back to how they began."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from time import perf_counter, time
from typing import Any

from specdouble.errors import SpecdoubleError
from specdouble.mock.boot import Platform
from specdouble.mock.control.actions import PREFIX, Action, Later, Params, anywhere, takes
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.saving.files import saved
from specdouble.mock.state.clock import parse_duration
from specdouble.mock.state.lasting import TurnNeeded
from specdouble.mock.state.whole import copy_of
from specdouble.mock.state.world import World
from specdouble.mock.state.worlds import WorldError, Worlds


def worlds(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return the actions on the worlds of a platform."""
    held = platform.worlds

    @anywhere
    def show(_world: World, _params: Params, _body: dict[str, Any]) -> Any:
        held.sweep()
        return {"worlds": [_told(held, one) for one in held.alive()], "seed_data": held.seeds()}

    @anywhere
    @_refusing
    def show_one(_world: World, params: Params, _body: dict[str, Any]) -> Any:
        return _told(held, held.get(params["name"]))

    @anywhere
    @_refusing
    @takes(name=str, world=str, fork=str, keep_sign_ins=bool, ends_after=(str, int, float))
    def make(world: World, _params: Params, body: dict[str, Any]) -> Any:
        ends_after = _seconds(body.get("ends_after"))
        if "fork" in body:
            if "world" in body:
                raise Problem(422, "A fork begins with what its parent holds: send fork, or world for seed data.")
            keep = body.get("keep_sign_ins", False)
            made = held.fork(body["fork"], body.get("name", ""), keep_sign_ins=keep, ends_after=ends_after)
        elif "keep_sign_ins" in body:
            raise Problem(422, "Only a fork has sign-ins to keep: send fork with the name of a living world.")
        else:
            name, chosen = body.get("name", ""), body.get("world", "")

            def making(_world: World) -> Any:
                return _told(held, held.make(name, chosen, ends_after=ends_after))

            return _sown(held, world, chosen or held.main.options.world, making)
        return _told(held, made)

    @anywhere
    @_refusing
    @takes()
    def drop(_world: World, params: Params, _body: dict[str, Any]) -> Any:
        held.drop(params["name"])
        return {"dropped": params["name"]}

    @_refusing
    @takes(world=str, keep_sign_ins=bool)
    def reset(world: World, _params: Params, body: dict[str, Any]) -> Any:
        keep = body.get("keep_sign_ins", False)

        def resetting(there: World) -> Any:
            if "world" in body:
                held.switch(there, body["world"], keep_sign_ins=keep)
            else:
                there.reset(keep_sign_ins=keep)
            return {"reset": True, **held.began(there)}

        renewed = world.seed_data if world.start.is_old(time()) else ""
        return _sown(held, world, body.get("world", renewed), resetting)

    def save(world: World, params: Params, _body: dict[str, Any]) -> Any:
        copy, everything = copy_of(world), params.get("all") == "true"
        return Later(lambda: {"world": copy.name, "files": saved(platform, copy, everything)})

    return {
        f"GET {PREFIX}/files": ("Save the world as the files of a project folder: ?all=true for all of its data", save),
        f"GET {PREFIX}/worlds": ("List the living worlds, and the seed data that one can begin from", show),
        f"POST {PREFIX}/worlds": (
            'Make a world: {"name": "w1", "world": "default"} or {"fork": "main"}; "ends_after": "10m"', make,
        ),
        f"GET {PREFIX}/worlds/{{name}}": ("Tell of one world", show_one),
        f"DELETE {PREFIX}/worlds/{{name}}": ("End a world, with its streams", drop),
        f"POST {PREFIX}/reset": (
            'Return to how the world began, and to real time; or {"world": "empty"}, {"keep_sign_ins": true}', reset,
        ),
    }  # fmt: skip


def _sown(held: Worlds, world: World, seed_data: str, act: Callable[[World], Any]) -> Any:
    """Do what begins from seed data, once these are written: that may take long where they have grown old."""
    if held.is_ready(seed_data):
        return act(world)

    @_refusing
    def sow(_world: World, _params: Params, _body: dict[str, Any]) -> Any:
        with suppress(TurnNeeded):  # it needs what only a turn can write, and is done there
            held.start(seed_data)

    return Later(lambda: sow(world, {}, {}), lambda there, _: _refusing(lambda *_: act(there))(there, {}, {}))


def _refusing(action: Callable[..., Any]) -> Action:
    """Let an action refuse with the status and the sentence of what is wrong with a world."""

    @wraps(action)
    def refusing(world: World, params: Params, body: dict[str, Any]) -> Any:
        try:
            return action(world, params, body)
        except WorldError as error:
            raise Problem(error.status, str(error)) from None
        except SpecdoubleError as error:  # seed data that cannot be loaded
            raise Problem(422, str(error)) from None

    return refusing


def _seconds(given: Any) -> float | None:
    try:
        return parse_duration(given) if isinstance(given, str) else None if given is None else float(given)
    except ValueError as error:
        raise Problem(422, f"ends_after: {error}.") from None


def _told(held: Worlds, world: World) -> dict[str, Any]:
    used = time() - (perf_counter() - world.used)
    return {
        "name": world.name,
        **held.began(world),
        "documents": len(world.state),
        "requests": world.requests,
        "streams": world.hub.clients,
        "created_at": _stamp(world.made_at),
        "used_at": _stamp(used),
        "ends_after": held.ends_after(world),
        "clock_offset_seconds": world.clock.offset,
        "urls": world.urls,
    }


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
