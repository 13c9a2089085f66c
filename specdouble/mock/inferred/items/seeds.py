"""What a world begins with: fixtures, else the document's examples, else items made by meaning and schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from specdouble.mock.inferred.api import Api, Kind
from specdouble.mock.inferred.items.keys import new_key, text_key
from specdouble.mock.inferred.items.placing import with_parents
from specdouble.mock.inferred.pointing import every, read, write
from specdouble.openapi.model.evidence.words import plain, thing
from specdouble.openapi.values.make import MISSING

if TYPE_CHECKING:
    from specdouble.mock.inferred.items.store import Items

SEED = "seed"
_MOST_PARENTS = 3  # of each kind that get children


def plant(items: Items, kind: Kind) -> None:
    """Make the items that a resource begins with."""
    api = items.api
    items.state[api.store(".seeded")].put({"key": kind.store})
    said = kind.resource.seed
    count = said if isinstance(said, int) and api.settings.items else api.settings.items
    if isinstance(said, list) and api.settings.items:
        plant_fixtures(items, kind, [one for one in said if isinstance(one, dict)])
        return
    if count <= 0 or not (_listed(api, kind) or isinstance(said, int)):
        return
    shown = examples(api, kind)
    for within in _places(items, kind):
        for number in range(count):
            context = items.context("seed", kind.name, number, *within.items(), number=number, noun=kind.name)
            value = shown[number] if number < len(shown) else api.maker.make(kind.schema, context)
            if isinstance(value, dict):
                _keep(items, kind, value, within, number)


def plant_fixtures(items: Items, kind: Kind, records: list[Any]) -> None:
    """Begin with the items of a file; further ones are not made, and no other key names one."""
    items.state[items.api.store(".seeded")].put({"key": kind.store, "given": True})
    for number, value in enumerate(records):
        _keep(items, kind, value, _inside(kind, value), number, tag="")


def _inside(kind: Kind, value: Any) -> dict[str, str]:
    """Return what the item of a file belongs to, as it says itself."""
    found = {}
    for parent in kind.resource.parents:
        held = read(value, parent.field) if parent.field else value.get(parent.parameter, MISSING)
        if isinstance(held, str | int):
            found[parent.resource] = str(held)
    return found


def extend(items: Items, kind: Kind, records: list[Any], without: Iterable[Any]) -> None:
    """Change the items that a resource begins with: a record with a known key changes what it names of an item."""
    items.ensure(kind)
    store = items.state[kind.store]
    for key in without:
        for record in list(store.find(key=text_key(key))):
            items.remove(kind, record)
    for number, value in enumerate(records):
        key = read(value, kind.field) if kind.field else MISSING
        held = None if key is MISSING else store.first(key=text_key(key))
        if held is not None:
            items.change(kind, held, {**held["value"], **value})
        else:
            _keep(items, kind, value, _inside(kind, value), number, tag="")


def misfits(api: Api, kind: Kind, value: Any) -> list[str]:
    """Return the members of an item in a file that the document does not allow there."""
    members = api.flats.members(kind.schema) if isinstance(value, dict) else {}
    return [name for name, one in members.items() if name in value and not api.maker.checks.fits(one, value[name])]


def _keep(items: Items, kind: Kind, value: Any, within: dict[str, str], number: int, tag: str = SEED) -> None:
    api = items.api
    store = items.state[kind.store]
    context = items.context("key", kind.name, number, *within.items(), number=number, noun=kind.name)

    def taken(text: str) -> bool:
        return any(one["within"] == {**one["within"], **kind.scope(within)} for one in store.find(key=text))

    value = with_parents(kind, value, within, api)
    key = read(value, kind.field) if kind.field else MISSING
    if not isinstance(key, str | int) or isinstance(key, bool) or taken(text_key(key)) or not api.maker.fits(
            api.flats.of(kind.path_schema), key):  # fmt: skip
        key = new_key(api, kind, items.world, context, value, taken)
        if taken(text_key(key)):
            return
        if kind.field and isinstance(value, dict):
            value = write(value, kind.field, key)
    elif isinstance(key, int):
        count_from(items, kind, key)
    items.add(kind, value, key, within, tag=tag)


def count_from(items: Items, kind: Kind, key: int) -> None:
    """Let new numbers go on after those that examples use, as long as these are small."""
    counters = items.state["counters"]
    held = counters.get(kind.store)
    if key < 1_000_000 and key > (held["value"] if held else 0):
        counters.put({"name": kind.store, "value": key})


def _listed(api: Api, kind: Kind) -> bool:
    """Tell whether anybody could see items that were there from the start."""
    return any(
        one.role in ("list", "read", "find", "update", "replace", "delete", "action") for one in api.uses(kind.name)
    )


def _places(items: Items, kind: Kind) -> list[dict[str, str]]:
    """Return where the items of a resource stand: below each of the first items of what it belongs to."""
    places: list[dict[str, str]] = [{}]
    for parent in kind.resource.parents:
        above = items.api.kinds.get(parent.resource)
        if above is None or above is kind or parent.optional:
            continue
        items.ensure(above)
        grown = []
        for place in places:
            records = items.all(above, {name: key for name, key in place.items() if _belongs(above, name)})
            grown += [{**place, above.name: one["key"]} for one in records[:_MOST_PARENTS]]
        places = grown
    return places[: _MOST_PARENTS * 2]


def _belongs(kind: Kind, name: str) -> bool:
    return any(parent.resource == name for parent in kind.resource.parents)


def examples(api: Api, kind: Kind) -> list[Any]:
    """Return the items that the document shows and that its schema allows, each once."""
    if kind.examples:
        return kind.examples[1:]
    found: list[Any] = []
    flat = api.flats.of(kind.schema)
    candidates = [*flat.examples]
    for one in api.uses(kind.name):
        operation = api.operations.get(one.key)
        for content in ((operation.success.content or {}) if operation else {}).values():
            if not content.has_example or one.role not in ("list", "read", "find", "create", "update", "replace"):
                continue
            shown = every(content.example, one.at)
            for part in shown:
                candidates += part if isinstance(part, list) else [part]
    keys: set[str] = set()
    for value in candidates:
        key = read(value, kind.field) if kind.field else str(value)
        if isinstance(value, dict) and text_key(key) not in keys and api.maker.fits(flat, value):
            keys.add(text_key(key))
            found.append(value)
    kind.examples = [None, *found]  # a mark that they were looked for
    return found


def refer(items: Items, name: str, flat: Any) -> Any:
    """Return the key of an item that a member such as `petId` names, None where it names no resource."""
    what = thing(name)
    if not what or plain(name) == plain(what):
        return None
    kind = items.api.by_plain.get(plain(what))
    if kind is None or kind.store in items.planting:
        return None
    items.planting.add(kind.store)
    try:
        records = items.all(kind, {})
    finally:
        items.planting.discard(kind.store)
    if not records:
        return None
    held = read(records[0]["value"], kind.field) if kind.field else records[0]["key"]
    return None if held is MISSING else held


def plant_below(items: Items, kind: Kind, within: dict[str, str]) -> list[dict[str, Any]]:
    """Make the items below a parent that is made up itself, where nobody can make any; return their records."""
    mark = f"{kind.store} {'|'.join(f'{name}={key}' for name, key in within.items())}"
    seeded = items.state[items.api.store(".seeded")]
    if mark in seeded:
        return []
    seeded.put({"key": mark})
    for number in range(items.api.settings.items):
        context = items.context("seed", kind.name, number, *within.items(), number=number, noun=kind.name)
        value = items.api.maker.make(kind.schema, context)
        if isinstance(value, dict):
            _keep(items, kind, value, within, number)
    return items.all(kind, within)
