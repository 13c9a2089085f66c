"""The items of a resource as people see them, changed by hand: held to the schema of the resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specdouble.errors import closest
from specdouble.mock.inferred.api import Api, Kind
from specdouble.mock.inferred.items.keys import new_key, text_key
from specdouble.mock.inferred.items.making import written
from specdouble.mock.inferred.items.seeds import count_from, plant_fixtures
from specdouble.mock.inferred.items.store import Items, Within, items_of
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.pipeline.checking.wording import describe
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.keeping import TakenError, Wrong
from specdouble.mock.state.world import World
from specdouble.openapi.validation.telling import errors_of
from specdouble.openapi.values.make import MISSING


class ItemKeeper:
    """Shows and changes the items of one resource: their values, without what the server notes beside them."""

    def __init__(self, api: Api, kind: Kind) -> None:
        self.api = api
        self.kind = kind

    def schema(self, _world: World) -> Any:
        """Return the schema of the resource."""
        return self.kind.schema

    def key(self) -> str:
        """Return the member that holds the key of an item."""
        return self.kind.field.strip("/")

    def id_of(self, doc: Doc) -> str:
        """Return the key of an item."""
        return str(doc["key"])

    def shown(self, doc: Doc) -> Any:
        """Return the value of an item."""
        return doc["value"]

    def named(self, world: World, key: str, params: Mapping[str, Any]) -> list[Doc]:
        """Return the items of a key; `params` may name what they belong to."""
        items = self._items(world)
        inside = self._within(None, params)
        found = [*items.state[self.kind.store].find(key=key)] or [*items.state[self.kind.store].find(alias=key)]
        return [one for one in found if all(one["within"].get(name) == above for name, above in inside.items())]

    def completed(self, world: World, value: Doc, _params: Mapping[str, Any]) -> Doc:
        """Return a value with its key, and with defaults and what only the server writes, as a create makes them."""
        value = self._with_key(world, value)
        flats, now = self.api.flats, world.clock.now()
        flat = flats.of(self.kind.schema)
        number = world.serial("inferred#")
        context = self._items(world).context("by hand", self.kind.name, number, noun=self.kind.name, now=now)
        for name, schema in flat.properties.items():
            inner = flats.of(schema)
            if name in value or inner.write_only:
                continue
            made = written(self.api, name, schema, context, name in flat.required)
            if made is not MISSING:
                value = {**value, name: made}
        return value

    def wrong(self, world: World, value: Doc, params: Mapping[str, Any], old: Doc | None) -> list[Wrong]:
        """Return what the schema does not allow, parents that are not there, and a key that would change."""
        found = self._misfits(value) + self._typing_errors(value, old)
        items = self._items(world)
        for name, key in self._within(value, params).items():
            above = self.api.kinds[name]
            if not items.any_key(above) and items.find(above, key, {}) is None:
                field = next((one.field for one in self.kind.resource.parents if one.resource == name), "")
                found.append(((field.strip("/") or name,), f"There is no {name} {key[:80]!r}", "value_error"))
        held = read(value, self.kind.field) if self.kind.field and old is not None else MISSING
        if old is not None and self.kind.field and (held is MISSING or text_key(held) != old["key"]):
            said = f"It stays {old['key']!r}: remove the item and add another one"
            found.append((tuple(self.kind.field.strip("/").split("/")), said, "value_error"))
        return found

    def add(self, world: World, value: Doc, params: Mapping[str, Any]) -> Doc:
        """Keep a new item; it gets a key where it has none."""
        items = self._items(world)
        within = self._within(value, params)
        key = read(value, self.kind.field) if self.kind.field else self._new_key(world, value)
        if self._is_taken(items, text_key(key), within):
            raise TakenError
        if isinstance(key, int) and not isinstance(key, bool):
            count_from(items, self.kind, key)
        return items.add(self.kind, value, key, within)

    def change(self, world: World, doc: Doc, value: Doc) -> Doc:
        """Keep another value for an item."""
        return self._items(world).change(self.kind, doc, value)

    def remove(self, world: World, doc: Doc) -> None:
        """Delete an item with what belongs to it."""
        self._items(world).remove(self.kind, doc)

    def records(self, world: World) -> tuple[str, list[Any] | None]:
        """Return the values of the items, where items that are made of them are the same."""
        held = list(world.state[self.kind.store])
        values = [one["value"] for one in held]
        if any(one["owner"] or one.get("twin") for one in held) or not all(isinstance(one, dict) for one in values):
            return self.kind.name, None
        trial = world.like("")
        for name in trial.state.names():  # what it belongs to and refers to is there
            if name != self.kind.store:
                trial.state[name].take(world.state[name])
        plant_fixtures(items_of(self.api, trial), self.kind, values)
        made = list(trial.state[self.kind.store])
        same = [_told(one) for one in made] == [_told(one) for one in held]
        trial.end()  # it and its items hold each other
        return self.kind.name, values if same else None

    def _items(self, world: World) -> Items:
        items = items_of(self.api, world)
        items.ensure(self.kind)
        return items

    def _misfits(self, value: Doc) -> list[Wrong]:
        checks, schema = self.api.maker.checks, self.kind.schema
        if checks.is_heavy(schema):
            mistake = checks.mistake(schema, value)
            if mistake is None:
                return []
            return [((*mistake.path, *mistake.names), f"It breaks the rule {mistake.keyword}", "value_error")]
        return list(describe(errors_of(self.api.schemas.validator(schema, self.api.schemas.response), value), ()))

    def _typing_errors(self, value: Doc, old: Doc | None) -> list[Wrong]:
        """Return members that no schema knows, and whose names are nearly those of members that one knows.

        JSON Schema allows unknown members; one that is all but the name of a known one is meant to be that.
        """
        known = self.api.flats.members(self.kind.schema)
        raw = self.api.flats.of(self.kind.schema).raw
        if not known or (isinstance(raw, dict) and "additionalProperties" in raw):
            return []
        new = value.keys() - known.keys() - (old["value"].keys() if old is not None else set())
        near = {name: closest(name, known, cutoff=0.75) for name in new}
        return [
            ((name,), f"The schema knows no such member. Did you mean {one}?", "extra_forbidden")
            for name, one in sorted(near.items())
            if one
        ]

    def _within(self, value: Any, params: Mapping[str, Any]) -> Within:
        """Return what an item belongs to, as its value or the query names it."""
        found: Within = {}
        for parent in self.kind.resource.parents:
            held: Any = params.get(parent.resource, params.get(parent.parameter, MISSING))
            if held is MISSING and isinstance(value, dict):
                held = read(value, parent.field) if parent.field else value.get(parent.parameter, MISSING)
            if isinstance(held, str | int) and not isinstance(held, bool) and parent.resource in self.api.kinds:
                found[parent.resource] = text_key(held)
        return found

    def _with_key(self, world: World, value: Doc) -> Doc:
        if not self.kind.field or read(value, self.kind.field) is not MISSING:
            return value
        made: Doc = write(value, self.kind.field, self._new_key(world, value))
        return made

    def _new_key(self, world: World, value: Doc) -> Any:
        items = self._items(world)
        context = items.context("by hand", self.kind.name, world.serial("inferred#"), noun=self.kind.name)
        return new_key(self.api, self.kind, world, context, value, lambda text: self._is_taken(items, text, {}))

    def _is_taken(self, items: Items, text: str, within: Within) -> bool:
        scope = self.kind.scope(within)
        found = items.state[self.kind.store].find(key=text)
        return any(all(one["within"].get(name) == key for name, key in scope.items()) for one in found)


def _told(record: Doc) -> tuple[Any, ...]:
    return record["value"], record["key"], record["within"], record["near"], record["alias"]
