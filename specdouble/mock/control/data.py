"""What a world holds: its collections, and all of it in one document."""

from __future__ import annotations

from typing import Any

import orjson

from specdouble.digits import whole
from specdouble.errors import closest
from specdouble.mock.boot import Platform
from specdouble.mock.control.actions import KINDS, PREFIX, Action, Actions, Later, Params, Told, from_json, takes
from specdouble.mock.control.keeping import keepers
from specdouble.mock.pipeline.problems import Problem, invalid
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.keeping import Keeper, TakenError, Wrong
from specdouble.mock.state.seeds import continue_serials
from specdouble.mock.state.whole import adopt
from specdouble.mock.state.world import World

_RIGHT_WAY = {  # to what the engine alone writes
    "timers": f"move the clock with POST {PREFIX}/clock, or move or remove a timer that is there",
    "events": f"publish one with POST {PREFIX}/events",
    "outbox": f"mails come from the API; GET {PREFIX}/outbox lists them",
    "counters": "numbers follow from what is added to the other collections",
}


def _export(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    held = {"clock": {"offset_seconds": world.clock.offset}, "collections": world.state.snapshot()}
    return Later(lambda: held)


@takes(collections=dict, clock=dict)
def _import(world: World, _params: Params, body: dict[str, Any]) -> Any:
    trial = world.like("")
    return Later(lambda: _filled(trial, body), _imported)


def _filled(trial: World, body: dict[str, Any]) -> tuple[World, list[str]]:
    """Return an empty world filled with what is to be imported, and the names of its collections; raises `Problem`."""
    collections = body.get("collections")
    if not isinstance(collections, dict):
        raise Problem(422, "Send what GET /__mock__/world returned: an object with collections.")
    for name, docs in list(collections.items()):
        if name not in trial.state:
            raise Problem(422, f"There is no collection {name!r}; known are {', '.join(trial.state.names())}.")
        declared = trial.state[name].declared
        if not isinstance(docs, list) or not all(isinstance(doc, dict) for doc in docs):
            raise Problem(422, f"Collection {name!r} must be a list of objects.")
        if declared.own:
            docs = collections[name] = [{field: from_json(one) for field, one in doc.items()} for doc in docs]
        keys = [doc.get(declared.key) for doc in docs]
        if not all(isinstance(one, str | int) for one in keys) or len(set(keys)) < len(keys):
            raise Problem(422, f"Each object of collection {name!r} must have a {declared.key!r} of its own.")
        for field, kinds in declared.fields.items():
            if not all(_is_one_of(kinds, doc, field) for doc in docs):
                told = "" if object in kinds else f", which is {' or '.join(KINDS[kind] for kind in kinds)}"
                raise Problem(422, f"Each object of collection {name!r} must have a {field!r}{told}.")
    unknown = {doc["name"] for doc in collections.get("timers", ())} - trial.timers
    if unknown:
        raise Problem(422, f"No timer is called {min(unknown)!r}; known are {', '.join(sorted(trial.timers))}.")
    try:
        trial.clock.move(float(body.get("clock", {}).get("offset_seconds", 0.0)))
        trial.restore(collections)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise Problem(422, f"This is no world that an export wrote ({error!r}); nothing was imported.") from None
    return trial, list(collections)


def _imported(world: World, filled: tuple[World, list[str]]) -> Any:
    trial, names = filled
    adopt(world, trial, names)
    for name in names:
        continue_serials(world, name)
    return {"imported": {name: len(trial.state[name]) for name in names}}


def _is_one_of(kinds: tuple[type, ...], doc: Doc, field: str) -> bool:
    return field in doc and (object in kinds or type(doc[field]) in kinds)


def _check_by_hand(world: World, name: str, changes: Doc | None = None, *, removes: bool = False) -> None:
    """Refuse to write by hand what the engine alone writes; a timer may be moved and removed.

    Raises:
        Problem: 405 with the right way, or 422 where a timer is given something else than a time.

    """
    declared = world.state[name].declared
    if not declared.own and not declared.derived:
        return
    if name == "timers" and removes:
        return
    if name == "timers" and changes is not None:
        if changes.keys() != {"at"} or not _is_one_of(declared.fields["at"], changes, "at"):
            raise Problem(422, 'A timer can be moved and nothing else: send {"at": epoch seconds}.')
        return
    way = _RIGHT_WAY.get(name, "it follows from the other collections and from what the API is asked")
    raise Problem(405, f"The server alone writes {name}: {way}.")


def _collections(world: World, _params: Params, _body: dict[str, Any]) -> Any:
    return {name: len(world.state[name]) for name in world.state.names()}


def data(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return the actions on the collections of a platform's worlds."""
    kept: dict[str, Keeper] = {}

    def keeper(world: World, params: Params) -> Keeper:
        name = params["name"]
        if name not in world.state:
            near = closest(name, world.state.names())
            hint = f" Did you mean {near}?" if near else ""
            raise Problem(404, f"There is no collection {name!r}; GET {PREFIX}/collections lists them.{hint}")
        if not kept:
            kept.update(keepers(platform))
        return kept[name]

    def one(world: World, params: Params) -> tuple[Keeper, Doc]:
        by = keeper(world, params)
        found = by.named(world, params["id"], params)
        if not found:
            raise Problem(404, f"Collection {params['name']!r} holds no {params['id']!r}.")
        if len(found) > 1:
            told = " or ".join("&".join(f"{name}={key}" for name, key in doc["within"].items()) for doc in found[:5])
            raise Problem(409, f"Several are called {params['id']!r}; say which in the query: {told}.")
        return by, found[0]

    def show(world: World, params: Params, _body: Doc) -> Any:
        by = keeper(world, params)
        asked = {name: given for name, given in params.items() if name != "name"}
        with_ids = asked.pop("ids", "") == "true"
        docs = list(world.state[params["name"]])

        def make() -> Told:
            found, total = searched([(by.id_of(doc), by.shown(doc)) for doc in docs], asked)
            content = [{"id": key, "document": doc} for key, doc in found] if with_ids else [doc for _, doc in found]
            return Told(content, {"x-total-count": str(total)})

        return Later(make)

    def show_one(world: World, params: Params, _body: Doc) -> Any:
        by, doc = one(world, params)
        return by.shown(doc)

    def shape(world: World, params: Params, _body: Doc) -> Any:
        by = keeper(world, params)
        return {"key": by.key(), "schema": by.schema(world)}

    @takes(whole=dict)
    def add(world: World, params: Params, body: Doc) -> Any:
        by = keeper(world, params)
        _check_by_hand(world, params["name"])
        body = by.completed(world, body, params)
        _checked(by.wrong(world, body, params, None))
        try:
            return by.shown(by.add(world, body, params))
        except TakenError:
            raise Problem(409, f"Collection {params['name']!r} holds that id already; PUT or PATCH it.") from None

    def changing(whole: bool) -> Action:
        @takes(whole=dict)
        def change(world: World, params: Params, body: Doc) -> Any:
            by, doc = one(world, params)
            _check_by_hand(world, params["name"], None if whole else body)
            value = body if whole else {**by.shown(doc), **body}
            _checked(by.wrong(world, value, params, doc))
            changed = by.shown(by.change(world, doc, value))
            world.reschedule()
            return changed

        return change

    @takes()
    def remove(world: World, params: Params, _body: Doc) -> Any:
        by, doc = one(world, params)
        _check_by_hand(world, params["name"], removes=True)
        by.remove(world, doc)
        world.reschedule()
        return {"removed": by.shown(doc)}

    listed = f"{PREFIX}/collections/{{name}}"
    return {
        f"GET {listed}": ("Search a collection: ?q=text&field=value&limit=20&offset=0&order=newest&ids=true", show),
        f"POST {listed}": ("Add a document to a collection, held to its schema", add),
        f"GET {listed}/{{id}}": ("Show one document", show_one),
        f"PUT {listed}/{{id}}": ("Replace a document", changing(whole=True)),
        f"PATCH {listed}/{{id}}": ("Change fields of a document", changing(whole=False)),
        f"DELETE {listed}/{{id}}": ("Remove a document, with what belongs to it", remove),
        f"GET {PREFIX}/shapes/{{name}}": ("Tell what a document of a collection has to be like", shape),
    }


def _checked(wrong: list[Wrong]) -> None:
    if wrong:
        raise invalid(*((("body", *where), said, kind) for where, said, kind in wrong))


def searched(held: list[tuple[str, Any]], asked: dict[str, str]) -> tuple[list[tuple[str, Any]], int]:
    """Return the page of documents that a query asks for, each with its id, and how many it finds.

    Raises:
        Problem: 422, no document has a field of that name, or a number is none.

    """
    limit, offset = _number(asked.pop("limit", None), "limit"), _number(asked.pop("offset", None), "offset") or 0
    order, text = asked.pop("order", "oldest"), asked.pop("q", "").lower()
    if order not in ("oldest", "newest"):
        raise Problem(422, "order must be oldest or newest.")
    known = {name for _, doc in held if isinstance(doc, dict) for name in doc} if asked else set[str]()
    for name in asked.keys() - known if held else ():
        near = closest(name, known)
        raise Problem(422, f"No document has a field {name[:80]!r}.{f' Did you mean {near}?' if near else ''}")
    found = held
    if asked:
        found = [one for one in found if all(_text(one[1].get(name)) == value for name, value in asked.items())]
    if text:
        found = [one for one in found if text in orjson.dumps(one[1], default=str).decode().lower()]
    if order == "newest":
        found = found[::-1]
    return found[offset:][:limit], len(found)


def _number(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    number = whole(text)
    if number is None:
        raise Problem(422, f"{name} must be a whole number.")
    return number


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


DATA: Actions = {
    f"GET {PREFIX}/world": ("Export the whole world as one JSON document", _export),
    f"PUT {PREFIX}/world": ("Import what an export gave, all of it or nothing; what it does not name stays", _import),
    f"GET {PREFIX}/collections": ("Count the documents of every collection", _collections),
}
