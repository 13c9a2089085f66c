"""Items by key and by what they belong to.

A record holds an item as the API knows it (`value`), the text that names it in a path (`key`), another such text where
it has one (`alias`), and the keys of what it belongs to (`within`, `near` for the nearest). Where nothing makes items
of a resource, any key names one: such an item is made up, the same each time, and kept once it is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specdouble.mock.inferred.api import EPOCH, Api, Kind
from specdouble.mock.inferred.items.keys import text_key
from specdouble.mock.inferred.items.placing import own_parent, parents_of, with_parents
from specdouble.mock.inferred.items.records import Records
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Collection, Doc
from specdouble.mock.state.world import World
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.make import MISSING

Within = dict[str, str]
_ALIASES = ("id", "ID", "Id", "name", "Name", "slug", "username", "login", "key", "uid", "title", "email")
GONE, SINGLES, MEMBERS, FILES, SEEDED, MADE, TOKENS = (
    ".gone", ".singles", ".members", ".files", ".seeded", ".made", ".tokens")  # fmt: skip
MOST_TOKENS = 20_000  # with refresh tokens, which never end; one that is forgotten counts as any other credential
_RECORD: dict[str, tuple[type, ...]] = {"id": (int,), "key": (str,), "owner": (str,), "version": (int,), "tag": (str,),
                                        "value": (object,), "within": (dict,), "near": (str,)}  # fmt: skip
_OWN: dict[str, dict[str, tuple[type, ...]]] = {  # what the server notes beside the items, and what it counts on
    GONE: {"key": (str,)},
    SINGLES: {"key": (str,), "value": (object,), "of": (str,)},
    SEEDED: {"key": (str,)},
    MADE: {"key": (str,), "value": (object,)},
    TOKENS: {"key": (str,), "scopes": (list,), "until": (int, float)},
    MEMBERS: {"key": (str,), "set": (str,), "member": (object,), "of": (str,)},
    FILES: {"key": (str,), "data": (bytes,), "type": (str,), "of": (str,)},
}


def collections(api: Api) -> list[Collection]:
    """Return what is kept for a service."""
    made = [
        Collection(
            kind.store, by=("key", "alias", "near", "tag", *(("place",) if len(_above(kind)) > 1 else ())),
            fields=_RECORD,
        )
        for kind in api.kinds.values()
    ]  # fmt: skip
    for name, fields in _OWN.items():
        by = ("set",) if name == MEMBERS else ()
        most = MOST_TOKENS if name == TOKENS else 0
        made.append(
            Collection(api.store(name), key="key", by=by, own=True, fields=fields, sign_ins=name == TOKENS, most=most)
        )
    return made


def items_of(api: Api, world: World) -> Items:
    """Return the items of a service in a world."""
    name = f"inferred {api.prefix}"
    held = world.remember.get(name)
    if held is None:
        held = world.remember[name] = Items(api, world)
    return held


class Items:
    """The items of one service in one world."""

    def __init__(self, api: Api, world: World) -> None:
        self.api = api
        self.world = world
        self.state = world.state
        self.adjust: dict[str, Any] = {}  # what else a write changes in an item, by resource, during one request
        self.last: Doc | None = None  # the record that was written last
        self.ready: dict[Any, Any] = {}  # responses with the record that they show, until it changes
        self._children: dict[str, list[Kind]] = {}
        self.planting: set[str] = set()  # resources whose items are being made, which refer to others

    # ------------------------------------------------------------------------------------------------------- reading
    def find(self, kind: Kind, key: Any, within: Within) -> Doc | None:
        """Return the record that a text in a path names, None where there is none."""
        self.ensure(kind)
        text = text_key(key)
        store = self.state[kind.store]
        for found in (store.newest(key=text), store.newest(alias=text)):
            for record in found:
                if not within or _inside(record, within):
                    return record
        return None

    def get(self, kind: Kind, key: Any, within: Within) -> Doc:
        """Return the record that a text in a path names, or one that is made up where nothing makes items.

        Raises:
            Problem: 404, there is no such item.

        """
        found = self.find(kind, key, within)
        if found is None and self.any_key(kind) and not self.is_gone(kind, key, within):
            found = self.twin(kind, text_key(key), within)
            if found is None and kind.implicit:
                found = self.virtual(kind, text_key(key), within)
        if found is None:
            raise Problem(404, f"There is no {_spoken(kind)} {text_key(key)[:80]}.")
        return found

    def twin(self, kind: Kind, key: str, within: Within) -> Doc | None:
        """Return the same thing as it is kept for other paths to it: an item with the same schema and key."""
        for other in self.api.kinds.values():
            if other is not kind and not other.unmade and self.api.is_twin(kind, other):
                store = self.state[other.store]
                found = next((one for field in ("key", "alias") for one in store.newest(**{field: key})), None)
                if found is not None:
                    return {
                        "id": 0,
                        "key": key,
                        "owner": "",
                        "version": 1,
                        "tag": "",
                        "twin": (other.name, found["id"]),
                        **self._about(kind, found["value"], within),
                    }
        return None

    def all(self, kind: Kind, within: Within) -> list[Doc]:
        """Return the records of a resource inside of what they belong to, oldest first."""
        return list(self.records(kind, within))

    def records(self, kind: Kind, within: Within) -> Sequence[Doc]:
        """Return the same records, read only where they are asked for if an index knows which they are."""
        self.ensure(kind)
        store = self.state[kind.store]
        if not within:
            return Records(store, {})
        above = _above(kind)
        if len(above) > 1 and within.keys() == set(above):
            return Records(store, {"place": _place(above, within)})
        nearest = next(reversed(within))
        found = Records(store, {})
        if above and above[-1] == nearest == kind.resource.parents[-1].resource:
            found = Records(store, {"near": f"{nearest}:{within[nearest]}"})
            if len(within) == 1:
                return found
        return [one for one in found if _inside(one, within, strict=True)]

    def parents(self, meaning_within: dict[str, str], params: dict[str, Any], writes: bool = False) -> Within:
        """Return the keys of what a path goes through, each as its own item writes it.

        What nothing makes can be gone through under any key, also where its items are listed; once something is
        written below it (`writes`), it is one of these.

        Raises:
            Problem: 404, one of them is not there.

        """
        within: Within = {}
        for parameter, name in meaning_within.items():
            kind = self.api.kinds.get(name)
            if kind is not None and parameter in params:
                within[name] = self.above(kind, params[parameter], within, writes)["key"]
        return within

    def above(self, kind: Kind, key: Any, within: Within, writes: bool) -> Doc:
        """Return the record that a path goes through; what nothing makes can be gone through under any key.

        Raises:
            Problem: 404, it is not there.

        """
        if not self.any_key(kind) or kind.implicit or self.is_gone(kind, key, within):
            return self.get(kind, key, within)
        found = self.find(kind, key, within) or self.twin(kind, text_key(key), within)
        if found is None:
            found = self.virtual(kind, text_key(key), within)
            if writes:
                found = self.add(kind, found["value"], found["key"], within)
        return found

    def any_key(self, kind: Kind) -> bool:
        """Tell whether any key may name an item: nothing makes items, and it was not said which there are."""
        held = self.state[self.api.store(SEEDED)].get(kind.store) if kind.unmade else None
        return kind.unmade and not (held or {}).get("given")

    def is_gone(self, kind: Kind, key: Any, within: Within) -> bool:
        """Tell whether an item that is made up was deleted."""
        return _address(kind, text_key(key), within) in self.state[self.api.store(GONE)]

    # ------------------------------------------------------------------------------------------------------- writing
    def add(self, kind: Kind, value: Any, key: Any, within: Within, owner: str = "", tag: str = "") -> Doc:
        """Keep a new item under a key; `tag` marks what the world began with."""
        if kind.field and isinstance(value, dict) and read(value, kind.field) is MISSING:
            value = write(value, kind.field, key)
        value = self._adjusted(kind, value)
        record: Doc = {
            "id": self.world.serial(f"{kind.store}#"),
            "key": text_key(key),
            "owner": owner,
            "version": 1,
            "tag": tag,
        }
        record |= self._about(kind, with_parents(kind, value, within, self.api), within)
        gone = self.state[self.api.store(GONE)]
        address = _address(kind, text_key(key), within)
        if address in gone:
            gone.remove(address)
        self.last = self.state[kind.store].add(record)
        return self.last

    def _adjusted(self, kind: Kind, value: Any) -> Any:
        adjust = self.adjust.pop(kind.name, None)  # of the first write only
        return adjust(value) if adjust is not None else value

    def change(self, kind: Kind, record: Doc, value: Any) -> Doc:
        """Keep another value for an item."""
        store = self.state[kind.store]
        self._change_twin(record, value)
        if record["id"] not in store:  # it was made up until now
            made = self.add(kind, value, record["key"], record["within"])
            return store.update(made["id"], twin=record["twin"]) if "twin" in record else made
        value = self._adjusted(kind, value)
        changes = {**self._about(kind, value, record["within"]), "version": record["version"] + 1, "tag": ""}
        self.last = store.update(record["id"], **changes)
        return self.last

    def _change_twin(self, record: Doc, value: Any) -> None:
        name, number = record.get("twin") or ("", 0)
        other = self.api.kinds.get(name)
        held = self.state[other.store].get(number) if other is not None else None
        if other is not None and held is not None:
            self.state[other.store].update(number, **self._about(other, value, held["within"]))

    def rename(self, kind: Kind, record: Doc, key: Any) -> Doc:
        """Give an item another key."""
        return self.state[kind.store].update(record["id"], key=text_key(key))

    def remove(self, kind: Kind, record: Doc) -> None:
        """Delete an item with everything that belongs to it."""
        store = self.state[kind.store]
        if record["id"] in store:
            store.remove(record["id"])
        self.last = record
        name, number = record.get("twin") or ("", 0)
        other = self.api.kinds.get(name)
        if other is not None and number in self.state[other.store]:
            self.state[other.store].remove(number)
        if kind.unmade:
            self.state[self.api.store(GONE)].put({"key": _address(kind, record["key"], record["within"])})
        self._cascade(kind, record)

    def _cascade(self, kind: Kind, record: Doc) -> None:
        self._remove_children(kind, record)
        self.last = record

    def _remove_children(self, kind: Kind, record: Doc) -> None:
        for child in self._below(kind):
            parents = [parent for parent in child.resource.parents if parent.resource == kind.name]
            own = child is kind and kind.name in self.api.nested
            optional = all(parent.optional for parent in parents)
            last = child.resource.parents[-1] if child.resource.parents else None
            nearest = last is not None and last.resource == kind.name and not last.optional and not own
            store = self.state[child.store]
            for one in list(store.find(near=f"{kind.name}:{record['key']}") if nearest else store):
                mine = one["within"].get(kind.name) == record["key"]
                same = all(
                    record["within"][name] == key
                    for name, key in one["within"].items()
                    if name in record["within"] and name != kind.name
                )
                if mine and same and not (optional and not one["within"]):
                    self.remove(child, one)
        mark = f"{kind.name}={record['key']}|"
        for name in (SINGLES, MEMBERS, FILES):
            held = self.state[self.api.store(name)]
            for one in list(held) if len(held) else ():
                if mark in one.get("of", ""):
                    held.remove(one["key"])

    def _below(self, kind: Kind) -> list[Kind]:
        """Return the kinds whose items belong to those of a kind; asked for each of many items that go."""
        found = self._children.get(kind.name)
        if found is None:
            found = self._children[kind.name] = [
                child for child in self.api.kinds.values()
                if any(parent.resource == kind.name for parent in child.resource.parents)
                or (child is kind and kind.name in self.api.nested)
            ]  # fmt: skip
        return found

    def _about(self, kind: Kind, value: Any, within: Within) -> Doc:
        inside = {**parents_of(kind, value), **within}
        if kind.name in self.api.nested and kind.name not in inside and isinstance(value, dict):
            above = own_parent(kind, value)
            if above:
                inside[kind.name] = above
        near = next((one.resource for one in reversed(kind.resource.parents) if one.resource in inside), "")
        names = [value.get(one) for one in _ALIASES] if isinstance(value, dict) else []
        held = read(value, kind.field) if kind.field else MISSING
        end = held.rpartition("/")[2] if isinstance(held, str) else ""
        alias = next((one for one in names if isinstance(one, str) and one != held), end or None)
        about = {"value": value, "within": inside, "near": f"{near}:{inside[near]}" if near else "", "alias": alias}
        outer = _above(kind)
        return {**about, "place": _place(outer, inside)} if len(outer) > 1 else about

    # ------------------------------------------------------------------------------------------------- what is made up
    def context(self, *parts: Any, rich: bool = True, number: int = 0, noun: str = "", now: float = EPOCH) -> Context:
        """Return the context of a value that is the same each time."""
        rng = chance(self.api.settings.seed, *parts)
        return Context(rng, now, rich, False, number, self.url, noun, self._refer if rich else None)

    @property
    def url(self) -> str:
        """What URLs of this service begin with."""
        return next(iter(self.world.urls.values()), "http://localhost") if self.world.urls else "http://localhost"

    def virtual(self, kind: Kind, key: str, within: Within) -> Doc:
        """Return the record of an item that nothing made: made up from the document and the values of its path."""
        context = self.context(kind.name, key, *within.items(), noun=kind.name, number=1)
        examples = self.examples(kind)
        value = examples[0] if examples else self.api.maker.make(kind.schema, context)
        value = self._keyed(kind, {} if value is MISSING else value, key, context)
        value = with_parents(kind, value, within, self.api)
        return {"id": 0, "key": key, "owner": "", "version": 1, "tag": "", **self._about(kind, value, within)}

    def _keyed(self, kind: Kind, value: Any, key: Any, context: Context) -> Any:
        if not kind.field or not isinstance(value, dict):
            return value
        fitted = self.api.fitter.scalar(kind.key_schema, key)
        return write(value, kind.field, key if fitted is MISSING else fitted)

    def examples(self, kind: Kind) -> list[Any]:
        """Return the items that the document shows."""
        from specdouble.mock.inferred.items.seeds import examples

        return examples(self.api, kind)

    def ensure(self, kind: Kind) -> None:
        """Make the items that a resource begins with, unless that was done."""
        if kind.store in self.state[self.api.store(SEEDED)]:
            return
        from specdouble.mock.inferred.items.seeds import plant

        plant(self, kind)

    def _refer(self, name: str, flat: Any) -> Any:
        from specdouble.mock.inferred.items.seeds import refer

        return refer(self, name, flat)


def _inside(record: Doc, within: Within, strict: bool = False) -> bool:
    held = record["within"]
    return all((held.get(name) == key) if strict or name in held else True for name, key in within.items())


def _above(kind: Kind) -> list[str]:
    """Return the resources that every item of a kind belongs to, the nearest last."""
    return [parent.resource for parent in kind.resource.parents if not parent.optional]


def _place(above: list[str], within: Within) -> str:
    return "|".join(f"{name}={within.get(name, '')}" for name in above)


def _address(kind: Kind, key: str, within: Within) -> str:
    return "|".join((kind.name, *(f"{name}={one}" for name, one in sorted(within.items())), key))


def _spoken(kind: Kind) -> str:
    return kind.name.replace("-", " ").replace("_", " ")
