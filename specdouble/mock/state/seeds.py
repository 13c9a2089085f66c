"""Loads seed data into a world: small JSON files, one per collection.

A file holds ``{"schema": …, "refs": …, "records": […]}``. In records, text such as ``now-3d12h`` becomes a stamp
of the world's clock; ``{"$repeat": {"times": n, "every": "6h"}, …}`` writes a record n times, each a step earlier,
in which ``{"$cycle": […]}`` takes its values in turn, ``{"$count": n}`` counts up and ``{"$down": n}`` down from n,
and ``{n}`` in text is the number of the copy. ``{"$epoch": "now+5m"}`` is that time in epoch seconds, for timers;
``{"$value": …}`` is a value as it is, whatever it looks like.

A file that says ``"extends": true`` changes what stands below it; ``"without"`` lists the ids of what goes. Records are
taken by age, unless ``"ordered": true`` says that they stand in the order in which they came. The file ``_state.json``
of a world that was saved holds what is no seed data: notes of the engine, timers and numbers that were given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.state.clock import parse_duration
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World
from specdouble.moments import parse_stamp

MANIFEST = "world.json"
STATE = "_state"
Loader = Callable[[World, list[Doc], Mapping[str, Any]], object]
NONE: Mapping[str, Any] = MappingProxyType({})


class SeedError(SpecdoubleError):
    """A fixture that cannot be loaded; the message names the file, the record and the next step."""


@dataclass(frozen=True, slots=True)
class SeedFiles:
    """The seed data of a pack: the folder ``fixtures/``, if there is one, with a folder per service and ``worlds/``.

    The files of a pack of one service may stand in ``fixtures/`` itself. Those of ``over``, a world that was saved, are
    laid over them.
    """

    root: Path | None
    services: tuple[str, ...]
    over: Path | None = None

    @property
    def _worlds(self) -> Path | None:
        return self.root / "worlds" if self.root is not None else None

    def worlds(self) -> list[str]:
        """Return the names of the worlds, the default one first."""
        found = self._worlds.glob("*") if self._worlds is not None else ()
        return ["default", *sorted(path.name for path in found if path.is_dir())]

    def manifest(self, name: str) -> dict[str, Any]:
        """Read what a world says of itself (``world.json``): its ``description``, and what it may ``keep``.

        ``keep`` names the collections that stay of the default seed data, each with the ids that stay, or ``true`` for
        all; without it everything stays.
        """
        path = self._worlds / name / MANIFEST if self._worlds is not None else None
        if path is None or not path.exists():
            return {"description": "the seed data of the examples" if name == "default" else ""}
        try:
            found = orjson.loads(path.read_bytes())
            if all(ids is True or isinstance(ids, list) for ids in found.get("keep", {}).values()):
                return {"description": "", **found}
        except (AttributeError, TypeError, orjson.JSONDecodeError) as error:
            raise SeedError(f"expected an object with description and keep ({error})", where=str(path)) from None
        raise SeedError("keep must give each collection a list of ids, or true for all of them", where=str(path))

    def files(self, name: str) -> Iterator[tuple[str, Path]]:
        """Yield ``(collection, file)`` of a world, in the order in which they are laid over one another.

        Those are the default seed data, as far as the world keeps them, with the world's own files in place of those
        of the same name, and after them its files that say ``"extends": true``.
        """
        base = {path.stem: path for folder in self._folders() for path in sorted(folder.glob("*.json"))}
        laid_over: list[tuple[str, Path]] = []

        def lay(folder: Path) -> None:
            for path in sorted(folder.glob("*.json")):
                if path.stem != STATE and path.name != MANIFEST and read(path).get("extends"):
                    laid_over.append((path.stem, path))
                elif path.name != MANIFEST:
                    base[path.stem] = path

        if self.over is not None:
            lay(self.over)
        if name != "default":
            if name not in self.worlds() or self._worlds is None:
                near = closest(name, self.worlds())
                known = f"Choose one of: {', '.join(self.worlds())}"
                raise SeedError(f"there is no world called {name!r}", closest=near, next_step=known)
            variant = self._worlds / name
            kept = self.manifest(name).get("keep", base)
            for gone in kept.keys() - base.keys():
                where = str(variant / MANIFEST)
                raise SeedError(f"keep names {gone}, which the default seed data do not hold", where=where)
            base = {collection: path for collection, path in base.items() if collection in kept}
            laid_over = [one for one in laid_over if one[0] in kept]
            lay(variant)
        yield from base.items()
        yield from laid_over

    def _folders(self) -> list[Path]:
        if self.root is None:
            return []
        if len(self.services) == 1 and not (self.root / self.services[0]).is_dir():
            return [self.root]
        return [self.root / service for service in self.services]


def read(path: Path) -> dict[str, Any]:
    """Read a fixture file; raises ``SeedError`` when it is not a JSON object with ``records``."""
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SeedError(str(error), where=str(path)) from None
    if not isinstance(content, dict) or not isinstance(content.get("records"), list):
        raise SeedError("expected an object with a list called records", where=str(path))
    return content


def seed(world: World, data: SeedFiles, name: str = "", loaders: Mapping[str, Loader] = NONE) -> None:
    """Load the seed data of that name, or else of the one that the world's options name.

    `loaders` take the records of files that are not named after a collection.
    """
    name = name or world.options.world
    worlds = f"{data.root}/worlds"
    docs_of: dict[str, dict[Any, Doc]] = {}
    sources: dict[str, Path] = {}
    ordered: set[str] = set()
    kept = data.manifest(name).get("keep", {})
    for collection, path in data.files(name):
        if collection == STATE:
            continue
        if collection in loaders:
            content = read(path)
            loaders[collection](world, list(expand(content["records"], world, path)), content)
            continue
        if collection not in world.state:
            known = ", ".join(world.state.names())
            near = closest(collection, world.state.names())
            said = f"nothing declares a collection {collection!r}; known are {known}"
            raise SeedError(said, where=str(path), closest=near)
        declared, content = world.state[collection].declared, read(path)
        held = docs_of.get(collection, {})
        if content.get("ordered") is True:
            held = _by_age(held, declared.since)
            ordered.add(collection)
        docs_of[collection] = _laid_over(held, content, declared.key, world, path)
        sources[collection] = path
        stays = kept.get(collection, True)
        if stays is not True and not path.is_relative_to(worlds):
            docs_of[collection] = _kept(docs_of[collection], stays, f"{worlds}/{name}/{MANIFEST}", collection)
    for collection, docs in docs_of.items():
        try:
            store = world.state[collection]
            for doc in (docs if collection in ordered else _by_age(docs, store.declared.since)).values():
                store.add(doc)
        except (TypeError, ValueError) as error:
            raise SeedError(str(error), where=str(sources[collection]), next_step="Mend the record") from None
    for collection, docs in _state(world, data, name).get("collections", {}).items():
        if collection in world.state:
            world.state[collection].remove_where()
            for doc in docs:
                world.state[collection].put(doc)
    for collection in world.state.names():
        continue_serials(world, collection)


def settle(world: World, data: SeedFiles, name: str) -> None:
    """Bring back what was still to happen in a world that was saved, and go on with its numbers."""
    left = _state(world, data, name)
    waiting = [(one["name"], one["payload"]) for one in world.state["timers"]]
    for one in left.get("timers", ()):
        if one["name"] in world.timers and (one["name"], one["payload"]) not in waiting:
            world.at(one["at"], one["name"], **one["payload"])
    for counter, value in left.get("counters", {}).items():
        held = world.state["counters"].get(counter)
        if value > (held["value"] if held else 0):
            world.state["counters"].put({"name": counter, "value": value})


def _state(world: World, data: SeedFiles, name: str) -> dict[str, Any]:
    path = next((path for collection, path in data.files(name) if collection == STATE), None)
    if path is None:
        return {}
    try:
        found = _value(orjson.loads(path.read_bytes()), world, 0, 0.0)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SeedError(f"it is not what was saved ({error!r})", where=str(path)) from None
    return found if isinstance(found, dict) else {}


def _laid_over(held: dict[Any, Doc], content: dict[str, Any], key: str, world: World, path: Path) -> dict[Any, Doc]:
    """Return the documents of a file by id, over those held before it where it extends them.

    There, a record with a known id changes the fields that it names, and any other is added.
    """
    extends, gone = content.get("extends") is True, content.get("without", ())
    held = {one: doc for one, doc in held.items() if one not in gone} if gone else held
    fresh: dict[Any, Doc] = {}
    for doc in expand(content["records"], world, path):
        if key not in doc:
            raise SeedError(f"{path}: a record has no {key!r}; every record has one")
        if doc[key] in fresh:
            raise SeedError(f"{path}: it already holds {doc[key]!r}; ids stand once, or leave one of the records out")
        fresh[doc[key]] = {**held.get(doc[key], {}), **doc} if extends else doc
    return {**held, **fresh} if extends else fresh


def _kept(docs: dict[Any, Doc], stays: list[Any], source: str, collection: str) -> dict[Any, Doc]:
    for one in stays:
        if one not in docs:
            raise SeedError(f"{source}: keep names {one} of {collection}, which the default seed data do not hold")
    return {one: docs[one] for one in docs if one in stays}


def _by_age(docs: dict[Any, Doc], since: str) -> dict[Any, Doc]:
    return dict(sorted(docs.items(), key=lambda item: _came(item[1], since)))


def _came(doc: Doc, since: str) -> float:
    return parse_stamp(doc[since]) if isinstance(doc.get(since), str) else 0.0


def continue_serials(world: World, collection: str) -> None:
    """Let a collection's counter go on after the highest integer id that its documents use."""
    store = world.state[collection]
    numbers = [doc[store.declared.key] for doc in store if type(doc[store.declared.key]) is int]
    held = world.state["counters"].get(collection)
    if numbers and max(numbers) > (held["value"] if held else 0):
        world.state["counters"].put({"name": collection, "value": max(numbers)})


def expand(records: list[Any], world: World, path: Path) -> Iterator[Doc]:
    """Yield the documents that a list of records stands for."""
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            raise SeedError(f"{path}: record {number} is not an object")
        try:
            yield from _copies(record, world)
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise SeedError(
                f"{path}: record {number}: {error!r}; $repeat takes times and every, $cycle a list, $count a number"
            ) from None


def _copies(record: Doc, world: World) -> Iterator[Doc]:
    repeat = record.get("$repeat")
    if repeat is None:
        yield {name: _value(value, world, 0, 0.0) for name, value in record.items()}
        return
    step = parse_duration(repeat["every"])
    for turn in range(repeat["times"]):
        yield {name: _value(value, world, turn, step * turn) for name, value in record.items() if name != "$repeat"}


def _value(value: Any, world: World, turn: int, back: float) -> Any:
    if isinstance(value, str):
        if value.startswith("now"):
            stamp = world.clock.relative(value)
            if stamp is not None:
                return world.clock.stamp(int(parse_stamp(stamp) - back)) if back else stamp
        return value.replace("{n}", str(turn + 1)) if "{n}" in value else value
    if isinstance(value, list):
        return [_value(item, world, turn, back) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"$cycle"}:
            choices = value["$cycle"]
            return _value(choices[turn % len(choices)], world, turn, back)
        if value.keys() == {"$value"}:
            return value["$value"]
        if value.keys() == {"$count"}:
            return int(value["$count"]) + turn
        if value.keys() == {"$down"}:
            return int(value["$down"]) - turn
        if value.keys() == {"$epoch"}:
            return parse_stamp(_value(value["$epoch"], world, turn, back))
        return {name: _value(item, world, turn, back) for name, item in value.items()}
    return value
