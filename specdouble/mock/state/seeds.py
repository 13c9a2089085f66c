"""Loads a cast: small JSON files, one per collection, into a world.

A file holds ``{"schema": …, "refs": …, "records": […]}``. In records, text such as ``now-3d12h`` becomes a stamp
of the world's clock; ``{"$repeat": {"times": n, "every": "6h"}, …}`` writes a record n times, each a step earlier,
in which ``{"$cycle": […]}`` takes its values in turn, ``{"$count": n}`` counts up and ``{"$down": n}`` down from n,
and ``{n}`` in text is the number of the copy. ``{"$epoch": "now+5m"}`` is that time in epoch seconds, for timers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from specdouble.errors import SpecdoubleError
from specdouble.mock.state.clock import parse_duration, parse_stamp
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World
from specdouble.packs import folder

ROOT = folder("fixtures")
MANIFEST = "world.json"


class SeedError(SpecdoubleError):
    """A fixture that cannot be loaded; the message names the file, the record and the next step."""


def worlds() -> list[str]:
    """Return the names of the bundled worlds."""
    return ["default", *sorted(path.name for path in (ROOT / "worlds").glob("*") if path.is_dir())]


def manifest(name: str) -> dict[str, Any]:
    """Read what a world says of itself (``world.json``): its ``description``, and what it may ``keep``.

    ``keep`` names the collections that stay of the default cast, each with the ids that stay, or ``true`` for all;
    without it everything stays.
    """
    path = ROOT / "worlds" / name / MANIFEST
    if not path.exists():
        return {"description": "the cast of the examples" if name == "default" else ""}
    try:
        found = orjson.loads(path.read_bytes())
        if all(ids is True or isinstance(ids, list) for ids in found.get("keep", {}).values()):
            return {"description": "", **found}
    except (AttributeError, TypeError, orjson.JSONDecodeError) as error:
        raise SeedError(f"{path}: {error}; expected an object with description and keep") from None
    raise SeedError(f"{path}: keep must give each collection a list of ids, or true for all of them")


def files(name: str, packs: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield ``(collection, file)`` of a world, in the order in which they are laid over one another.

    That is the default cast, as far as the world keeps it, with the world's own files in place of those of the same
    name, and after them its files that say ``"extends": true``.
    """
    base = {path.stem: path for pack in packs for path in sorted((ROOT / pack).glob("*.json"))}
    laid_over: list[tuple[str, Path]] = []
    if name != "default":
        variant = ROOT / "worlds" / name
        if not variant.is_dir():
            raise SeedError(f"there is no world called {name!r}; choose one of: {', '.join(worlds())}")
        kept = manifest(name).get("keep", base)
        for gone in kept.keys() - base.keys():
            raise SeedError(f"{variant / MANIFEST}: keep names {gone}, which the default cast does not hold")
        base = {collection: path for collection, path in base.items() if collection in kept}
        for path in sorted(variant.glob("*.json")):
            if path.name != MANIFEST and read(path).get("extends"):
                laid_over.append((path.stem, path))
            elif path.name != MANIFEST:
                base[path.stem] = path
    yield from base.items()
    yield from laid_over


def read(path: Path) -> dict[str, Any]:
    """Read a fixture file; raises ``SeedError`` when it is not a JSON object with ``records``."""
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise SeedError(f"{path}: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("records"), list):
        raise SeedError(f"{path}: expected an object with a list called records")
    return content


def seed(world: World, packs: list[str], name: str | None = None) -> None:
    """Load the cast of a world (default: the one its options name) and keep it as what ``reset`` returns to."""
    name = name or world.options.world
    cast: dict[str, dict[Any, Doc]] = {}
    sources: dict[str, Path] = {}
    kept = manifest(name).get("keep", {})
    for collection, path in files(name, packs):
        if collection not in world.state:
            known = ", ".join(world.state.names())
            raise SeedError(f"{path}: no pack declares a collection {collection!r}; known are {known}")
        key = world.state[collection].declared.key
        cast[collection] = _laid_over(cast.get(collection, {}), read(path), key, world, path)
        sources[collection] = path
        stays = kept.get(collection, True)
        if stays is not True and not path.is_relative_to(ROOT / "worlds"):
            cast[collection] = _kept(cast[collection], stays, f"{ROOT / 'worlds' / name / MANIFEST}", collection)
    for collection, docs in cast.items():
        try:
            for doc in sorted(docs.values(), key=_age):
                world.state[collection].add(doc)
        except (TypeError, ValueError) as error:
            raise SeedError(f"{sources[collection]}: {error}; mend the record") from None
    for collection in world.state.names():
        continue_serials(world, collection)
    world.keep_as_pristine()


def _laid_over(held: dict[Any, Doc], content: dict[str, Any], key: str, world: World, path: Path) -> dict[Any, Doc]:
    """Return the documents of a file by id, over those held before it where it extends them.

    There, a record with a known id changes the fields that it names, and any other is added.
    """
    extends = content.get("extends") is True
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
            raise SeedError(f"{source}: keep names {one} of {collection}, which the default cast does not hold")
    return {one: docs[one] for one in docs if one in stays}


def _age(doc: Doc) -> float:
    for field in ("created_at", "installed_at", "requested_at"):
        if isinstance(doc.get(field), str):
            return parse_stamp(doc[field])
    return 0.0


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
        if value.keys() == {"$count"}:
            return int(value["$count"]) + turn
        if value.keys() == {"$down"}:
            return int(value["$down"]) - turn
        if value.keys() == {"$epoch"}:
            return parse_stamp(_value(value["$epoch"], world, turn, back))
        return {name: _value(item, world, turn, back) for name, item in value.items()}
    return value
