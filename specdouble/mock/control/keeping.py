"""The documents of a pack's collection, changed by hand: held to the schema that its seed data claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from specdouble.digits import whole
from specdouble.errors import closest
from specdouble.mock.boot import Platform, seed_files
from specdouble.mock.pipeline.checking.wording import describe
from specdouble.mock.state.collections import Doc, Store
from specdouble.mock.state.keeping import Keeper, TakenError, Wrong
from specdouble.mock.state.seeds import read
from specdouble.mock.state.world import World
from specdouble.openapi.validation.compiled import Schemas
from specdouble.openapi.validation.telling import errors_of

_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}
_NAMES |= {type(None): "null", bytes: "object"}  # bytes are shown as {"base64": text}
_FIGURES = (int, float)
_LOOKED_AT = 500  # documents whose fields say what a document has


def keepers(platform: Platform) -> dict[str, Keeper]:
    """Return who keeps each collection: the resource model its own, else the claims of the seed data."""
    claims: dict[str, dict[str, Any]] = {}
    for name, path in seed_files(platform.contract).files("default"):
        claims[name] = {key: one for key, one in read(path).items() if key in ("schema", "refs")}
    own = {name: DocumentKeeper(platform, name, claims.get(name, {})) for name in platform.world.state.names()}
    return {**own, **platform.keepers}


class DocumentKeeper:
    """Shows and changes the documents of one collection as they are.

    A field has a type that the schema allows, or one that it has in other documents where no schema is claimed; fields
    that all of these have may not be missing, for handlers count on them. So do figures inside of objects stay figures,
    of which schemas often say nothing.
    """

    def __init__(self, platform: Platform, name: str, claims: Mapping[str, Any]) -> None:
        self._platform = platform
        self._name = name
        self._claimed = str(claims.get("schema") or "")
        self._refs: dict[str, str] = claims.get("refs") or {}

    def schema(self, world: World) -> Any:
        """Return what a document has to be like."""
        known = self._types(world)
        claimed = self._properties()[1]
        return {
            "type": "object",
            "properties": {
                name: claimed.get(name) or {"type": sorted(kinds)} for name, kinds in sorted(known.items())
            } | claimed,
            "required": sorted(self._needed(world)),
        }  # fmt: skip

    def key(self) -> str:
        """Return the field that holds the id."""
        return self._platform.world.state[self._name].declared.key

    def id_of(self, doc: Doc) -> str:
        """Return the id of a document as text."""
        return str(doc[self.key()])

    def shown(self, doc: Doc) -> Any:
        """Return a document."""
        return doc

    def named(self, world: World, key: str, _params: Mapping[str, Any]) -> list[Doc]:
        """Return the document of an id, which may be a number."""
        store = world.state[self._name]
        number = whole(key.removeprefix("-"))
        for one in (key, *(() if number is None else (-number if key.startswith("-") else number,))):
            found = store.get(one)
            if found is not None:
                return [found]
        return [doc for doc in store if str(doc[store.declared.key]) == key]

    def completed(self, _world: World, value: Doc, _params: Mapping[str, Any]) -> Doc:
        """Return the value: only the handlers of a pack know what they write into a new document."""
        return value

    def wrong(self, world: World, value: Doc, _params: Mapping[str, Any], old: Doc | None) -> list[Wrong]:
        """Return unknown fields, wrong types and values, fields that are missing, and references that lead nowhere."""
        store = world.state[self._name]
        key = store.declared.key
        found: list[Wrong] = []
        if old is not None and value.get(key) != old[key]:
            found.append(((key,), f"It stays {old[key]!r}: remove the document and add another one", "value_error"))
        given = value if key in value else {**value, key: self._next(world, store)}
        schemas, claimed = self._properties()
        known = self._types(world) or self._types(self._platform.world)
        if not known and not claimed:
            said = f"Nothing tells what a document of {self._name} has to be like: let the API make the first one"
            return [((), said, "value_error")]
        for name, one in given.items():
            if schemas is not None and name in claimed:
                found += describe(errors_of(schemas.validator(claimed[name]), one), (name,))
            elif name in known:
                if _NAMES[type(one)] not in known[name] and not (type(one) is int and "number" in known[name]):
                    kinds = " or ".join(sorted(known[name]))
                    found.append(((name,), f"It is {kinds} in the other documents", "type_error"))
            else:
                near = closest(name, {*known, *claimed})
                hint = f" Did you mean {near}?" if near else ""
                found.append(((name,), f"No document of {self._name} has this field.{hint}", "extra_forbidden"))
        found += [((name,), "Field required", "missing") for name in sorted(self._needed(world) - given.keys() - {key})]
        if given.get(key) is None:
            found.append(((key,), "Field required: it is the id", "missing"))
        elif type(given[key]) not in (str, int):
            found.append(((key,), "It is the id: a text or a whole number", "type_error"))
        inside = {name: one for name, one in given.items() if isinstance(one, dict)}
        if inside:
            found += _no_figures(inside, list(self._others(world)), ())
        found += self._dangling(world, given)
        return found or self._uncounted(store, given)

    @staticmethod
    def _uncounted(store: Store, value: Doc) -> list[Wrong]:
        """Return the fields by which a collection is filtered or summed up, where they hold what cannot be."""
        declared = store.declared
        filtered = {name for index in declared.by for name in ((index,) if isinstance(index, str) else index)}
        lists = [name for name in sorted(filtered & value.keys()) if isinstance(value[name], dict | list)]
        texts = [
            name
            for name in sorted(set(declared.sums) & value.keys())
            if type(value[name]) not in (*_FIGURES, type(None))
        ]
        return [
            *(
                ((name,), "Documents are looked up by it: a text, a number, a boolean or null", "type_error")
                for name in lists
            ),
            *(((name,), "It is summed up: a number", "type_error") for name in texts),
        ]

    def add(self, world: World, value: Doc, _params: Mapping[str, Any]) -> Doc:
        """Keep a new document; one that is numbered gets the next number where it has none."""
        store = world.state[self._name]
        key = store.declared.key
        if key not in value:
            value = {key: self._next(world, store), **value}
        if value[key] in store:
            raise TakenError
        made = store.add(value)
        if type(value[key]) is int:
            counters = world.state["counters"]
            held = counters.get(self._name)
            if value[key] > (held["value"] if held else 0):
                counters.put({"name": self._name, "value": value[key]})
        return made

    def change(self, world: World, _doc: Doc, value: Doc) -> Doc:
        """Keep a document in the place of the one with its id."""
        return world.state[self._name].put(value)

    def remove(self, world: World, doc: Doc) -> None:
        """Delete a document; what refers to it stays."""
        store = world.state[self._name]
        store.remove(doc[store.declared.key])

    def records(self, world: World) -> tuple[str, list[Any] | None]:
        """Return the documents as they are."""
        return self._name, list(world.state[self._name])

    # -- inside ------------------------------------------------------------------------------------------------

    def _next(self, world: World, store: Store) -> int | None:
        """Return the next number, where the ids of a collection are numbers."""
        first = next(iter(store), None) or next(iter(world.start.state[self._name]), None)
        numbered = first is not None and type(first[store.declared.key]) is int
        held = world.state["counters"].get(self._name)
        return (held["value"] if held else 0) + 1 if numbered or (first is None and held) else None

    def _properties(self) -> tuple[Schemas | None, dict[str, Any]]:
        if self._claimed:
            ref = {"$ref": f"#/components/schemas/{self._claimed}"}
            for service in self._platform.contract.services:
                for document in service.documents:
                    found = document.schemas.resolve(ref).get("properties")
                    if isinstance(found, dict):
                        return document.schemas, found
        return None, {}

    def _types(self, world: World) -> dict[str, set[str]]:
        """Return the types that each field has in the documents there are, and in those that the world began with."""
        found: dict[str, set[str]] = {}
        for doc in self._others(world):
            for name, one in doc.items():
                found.setdefault(name, set()).add(_NAMES[type(one)])
        return found

    def _needed(self, world: World) -> set[str]:
        shapes = [doc.keys() for doc in self._others(world)]
        return set(shapes[0]).intersection(*shapes[1:]) if shapes else set()

    def _others(self, world: World) -> Iterator[Doc]:
        for number, doc in enumerate(world.start.state[self._name].find()):
            if number >= _LOOKED_AT:
                break
            yield doc
        yield from world.state[self._name].page(0, _LOOKED_AT)

    def _dangling(self, world: World, value: Doc) -> Iterator[Wrong]:
        for field, target in self._refs.items():
            held = value.get(field)
            for one in held if isinstance(held, list) else [held]:
                if one is not None and (not isinstance(one, str | int) or one not in world.state[target]):
                    yield (field,), f"{target} holds no {one!r}", "value_error"


def _no_figures(value: Doc, others: list[Doc], place: tuple[str, ...]) -> Iterator[Wrong]:
    """Yield the members inside of objects that are figures in all other documents, and something else here."""
    for name, one in value.items():
        held = [other[name] for other in others if name in other]
        if place and held and type(one) not in _FIGURES and all(type(each) in _FIGURES for each in held):
            yield (*place, name), "It is a number in the other documents", "type_error"
        if isinstance(one, dict):
            yield from _no_figures(one, [each for each in held if isinstance(each, dict)], (*place, name))
