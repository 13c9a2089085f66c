"""What a world holds: its collections, and all of it in one document."""

from __future__ import annotations

from typing import Any

from specdouble.mock.control.actions import KINDS, PREFIX, Actions, Params, takes
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.seeds import continue_serials
from specdouble.mock.state.world import World

OWN_FIELDS: dict[str, dict[str, tuple[type, ...]]] = {  # of the engine's own collections
    "counters": {"name": (str,), "value": (int,)},
    "timers": {"at": (int, float), "name": (str,), "payload": (dict,)},
    "events": {"id": (int,), "user_id": (str,), "type": (str,), "payload": (dict,), "ts": (str,)},
    "outbox": {"to": (str,)},
}


def _export(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {"clock": {"offset_seconds": world.clock.offset}, "collections": world.state.snapshot()}


@takes(collections=dict, clock=dict)
def _import(world: World, _params: Params, body: dict[str, Any]) -> Any:
    collections = body.get("collections")
    if not isinstance(collections, dict):
        raise Problem(422, "Send what GET /__mock__/world returned: an object with collections.")
    for name, docs in collections.items():
        if name not in world.state:
            raise Problem(422, f"There is no collection {name!r}; known are {', '.join(world.state.names())}.")
        key = world.state[name].declared.key
        if not isinstance(docs, list) or not all(isinstance(doc, dict) for doc in docs):
            raise Problem(422, f"Collection {name!r} must be a list of objects.")
        keys = [doc.get(key) for doc in docs]
        if not all(isinstance(one, str | int) for one in keys) or len(set(keys)) < len(keys):
            raise Problem(422, f"Each object of collection {name!r} must have a {key!r} of its own.")
        for field, kinds in OWN_FIELDS.get(name, {}).items():
            if not all(type(doc.get(field)) in kinds for doc in docs):
                told = " or ".join(KINDS[kind] for kind in kinds)
                raise Problem(422, f"Each object of collection {name!r} must have a {field!r}, which is {told}.")
    unknown = {doc["name"] for doc in collections.get("timers", ())} - world.timers
    if unknown:
        raise Problem(422, f"No timer is called {min(unknown)!r}; known are {', '.join(sorted(world.timers))}.")
    before, offset = world.state.snapshot(), world.clock.offset
    try:
        world.clock.reset()
        world.clock.move(float(body.get("clock", {}).get("offset_seconds", 0.0)))
        world.restore(before | collections)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        world.clock.offset = offset
        world.restore(before)
        raise Problem(422, f"This is no world that an export wrote ({error!r}); nothing was imported.") from None
    for name in collections:
        continue_serials(world, name)
    return {"imported": {name: len(docs) for name, docs in collections.items()}}


def _collections(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {name: len(world.state[name]) for name in world.state.names()}


def _collection(world: World, params: Params, _body: dict[str, Any]) -> Any:
    name = params["name"]
    if name not in world.state:
        raise Problem(404, f"There is no collection {name!r}; GET {PREFIX}/collections lists them.")
    return list(world.state[name])


def _document(world: World, params: Params, body: dict[str, Any]) -> Any:
    wanted = params["id"]
    key = world.state[params["name"]].declared.key if params["name"] in world.state else "id"
    for doc in _collection(world, params, body):
        if str(doc[key]) == wanted:
            return doc
    raise Problem(404, f"Collection {params['name']!r} holds no {key} {wanted!r}.")


DATA: Actions = {
    f"GET {PREFIX}/world": ("Export the whole world as one JSON document", _export),
    f"PUT {PREFIX}/world": ("Import what an export gave, all of it or nothing; what it does not name stays", _import),
    f"GET {PREFIX}/collections": ("Count the documents of every collection", _collections),
    f"GET {PREFIX}/collections/{{name}}": ("List the documents of a collection", _collection),
    f"GET {PREFIX}/collections/{{name}}/{{id}}": ("Show one document", _document),
}
