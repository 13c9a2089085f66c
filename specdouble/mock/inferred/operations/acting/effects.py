"""What a document declares that an operation does beyond its role (`x-specdouble-effect`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind
from specdouble.mock.inferred.items.keys import new_key, text_key
from specdouble.mock.inferred.items.making import completed
from specdouble.mock.inferred.operations.owners import owner_of
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.inferred.values import meaning
from specdouble.mock.inferred.values.make import MISSING
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.extensions.effects import Creation, Effect

_WRITING = frozenset({"create", "upsert", "update", "replace"})


def with_effects(act: Act, answer: Callable[[Act], Response]) -> Response:
    """Answer an operation with its declared effects: refusals first, then what it sets, counts and makes."""
    effects: tuple[Effect, ...] = act.meaning.effects
    later: list[tuple[Effect, Kind, Doc]] = []
    for effect in effects:
        kind, record = _target(act, effect)
        if record is not None:
            _refuse(effect, record["value"])
        if kind is None or not _changes(effect):
            continue
        own = kind is act.kind and not effect.resource
        if own and act.meaning.role in _WRITING:
            act.items.adjust[kind.name] = _adjusting(act, effect, kind, act.items.adjust.get(kind.name))
        elif own and record is not None and act.meaning.role not in ("delete", "delete-many"):
            act.items.change(kind, record, _changed(act, effect, kind, record["value"]))
        elif record is not None:
            later.append((effect, kind, record))
    try:
        given = answer(act)
    finally:
        touched = act.items.last
        act.items.adjust.clear()
    for effect, kind, record in later:
        fresh = act.items.find(kind, record["key"], record["within"]) or record
        act.items.change(kind, fresh, _changed(act, effect, kind, fresh["value"]))
    for effect in effects:
        _, record = _target(act, effect, gone=True)
        for one in effect.create:
            _make(act, one, (record or touched or {}).get("value"))
    return given


def _target(act: Act, effect: Effect, gone: bool = False) -> tuple[Kind | None, Doc | None]:
    """Return the resource whose item an effect is about, and the item where there is one already."""
    if effect.resource and (act.kind is None or effect.resource != act.kind.name):
        kind = act.api.kinds.get(effect.resource)
        key = act.within.get(effect.resource)
        return kind, act.items.find(kind, key, {}) if kind is not None and key is not None else None
    kind = act.kind
    if kind is None:
        return None, None
    if kind.name in act.within_names and act.meaning.role not in ("create", "list"):
        return kind, act.items.find(kind, act.within[kind.name], {})
    own = [one.name for one in act.spec.parameters if one.location == "path" and one.name not in act.meaning.within]
    if not own:
        return kind, None
    if gone or act.meaning.role == "upsert":
        return kind, act.items.find(kind, act.key, act.within)
    return kind, act.items.get(kind, act.key, act.within)


def _refuse(effect: Effect, value: Any) -> None:
    for one in effect.refuse:
        held = all(_is(value, name, wanted) for name, wanted in one.when.items())
        freed = bool(one.unless) and all(_is(value, name, wanted) for name, wanted in one.unless.items())
        if held and not freed:
            raise Problem(one.status, one.message or "The item is not in a state that allows for this.")


def _is(value: Any, name: str, wanted: Any) -> bool:
    held = read(value, _pointer(name))
    held = None if held is MISSING else held
    return held in wanted if isinstance(wanted, list) else held == wanted


def _pointer(name: str) -> str:
    return name if name.startswith("/") else f"/{name}"


Adjust = Callable[[Any], Any]


def _adjusting(act: Act, effect: Effect, kind: Kind, before: Adjust | None) -> Adjust:
    def adjust(value: Any) -> Any:
        return _changed(act, effect, kind, before(value) if before is not None else value)

    return adjust


def _changed(act: Act, effect: Effect, kind: Kind, value: Any) -> Any:
    """Return an item with what an effect sets and counts."""
    for name, given in effect.set.items():
        value = write(value, _pointer(name), _evaluated(act, given, value, act.api.below(kind.schema, _pointer(name))))
    for name, step in effect.increment.items():
        held = read(value, _pointer(name))
        held = held if isinstance(held, int | float) and not isinstance(held, bool) else 0
        added = _evaluated(act, step, value, True)
        if isinstance(added, int | float):
            value = write(value, _pointer(name), held + added)
    for members, puts in ((effect.add, True), (effect.remove, False)):
        for name, given in members.items():
            held = read(value, _pointer(name))
            kept = held if isinstance(held, list) else []
            several = _evaluated(act, given, value, True)
            for one in several if isinstance(several, list) else [several]:
                others = [other for other in kept if not _is_same(other, one)]
                kept = [*others, one] if puts and len(others) == len(kept) else kept if puts else others
            value = write(value, _pointer(name), kept)
    return value


def _changes(effect: Effect) -> bool:
    return bool(effect.set or effect.increment or effect.add or effect.remove)


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two members of a list are the same thing: equal, or with the same type and key."""
    if isinstance(one, dict) and isinstance(other, dict) and "id" in one and "id" in other:
        return (one["id"], one.get("type")) == (other["id"], other.get("type"))
    return one == other  # type: ignore[no-any-return]


def _make(act: Act, creation: Creation, item: Any) -> None:
    kind = act.api.kinds.get(creation.resource)
    if kind is None:
        return
    value: Any = {}
    for name, given in creation.values.items():
        made = _evaluated(act, given, item, act.api.below(kind.schema, _pointer(name)))
        if made is not MISSING:
            value = write(value, _pointer(name), made)
    act.items.ensure(kind)
    context = act.fresh(kind.name)

    def taken(text: str) -> bool:
        return act.items.find(kind, text, {}) is not None

    key = read(value, kind.field) if kind.field else MISSING
    if key is MISSING:
        key = new_key(act.api, kind, act.world, context, value, taken)
        value = write(value, kind.field, key) if kind.field else value
    within = {name: one for name, one in act.within.items() if any(p.resource == name for p in kind.resource.parents)}
    act.items.add(kind, completed(act, kind, value, {}, context, text_key(key)), key, within)


def _evaluated(act: Act, given: Any, item: Any, schema: Any) -> Any:
    """Return the value that a text with a dollar sign stands for; anything else is itself."""
    if isinstance(given, Mapping):
        return {name: _evaluated(act, one, item, True) for name, one in given.items()}
    if not isinstance(given, str) or not given.startswith("$"):
        return given
    if given.startswith("$$"):
        return given[1:]
    source, _, pointer = given.partition("#")
    if source == "$now":
        now = act.world.clock.now()
        return int(now) if act.api.flats.of(schema).type in ("integer", "number") else meaning.stamp(now)
    if source == "$uuid":
        return meaning.of_format("uuid", act.fresh())
    if source == "$caller":
        return owner_of(act) or None
    if source == "$item":
        held = read(item, pointer)
        return None if held is MISSING else held
    if source == "$request.body":
        held = read(act.call.body, pointer)
        return None if held is MISSING else held
    for prefix, values in (("$request.path.", act.call.params), ("$request.query.", act.call.query)):
        if source.startswith(prefix):
            return values.get(source.removeprefix(prefix))
    if source.startswith("$request.header."):
        return act.call.headers.get(source.removeprefix("$request.header.").lower())
    return given
