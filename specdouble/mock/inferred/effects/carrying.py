"""Carries effects out: refuse, change items, make others, and what happens later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Api, Kind
from specdouble.mock.inferred.effects.conditions import counts, fitting
from specdouble.mock.inferred.effects.values import Scope, flat, remembered
from specdouble.mock.inferred.items.making import touched
from specdouble.mock.inferred.operations.writing.create import make
from specdouble.mock.inferred.pointing import read, write
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World
from specdouble.openapi.extensions import Changes, Effect
from specdouble.openapi.values.make import MISSING

TIMER = "declared.later"


def refuse(act: Act, effect: Effect, own: Doc | None) -> None:
    """Refuse the operation if one of the refusals of an effect holds for an item that it means.

    Raises:
        Problem: the first that does.

    """
    if not effect.refuse:
        return
    _, records = meant(act, effect, own)
    nobody: list[Doc | None] = [None] if effect.where is None else []
    for record in records or nobody:
        scope = Scope(act, record)
        for one in effect.refuse:
            if counts(scope, one):
                raise Problem(one.status, scope.text(one.message) if one.message else None)


def changed(value: Any, changes: Changes, scope: Scope) -> Any:
    """Return an item with what is set, counted, put into lists and taken out of them; `$item` is that of the scope."""
    for name, given in changes.set.items():
        new = scope.value(given)
        if new is not MISSING:
            value = write(value, pointer_of(name), new)
    for name, given in changes.increment.items():
        held, more = read(value, pointer_of(name)), scope.value(given)
        if isinstance(more, int | float):
            counted = held if isinstance(held, int | float) and not isinstance(held, bool) else 0
            value = write(value, pointer_of(name), counted + more)
    for name, given in changes.append.items():
        held = read(value, pointer_of(name))
        parts = list(held) if isinstance(held, list) else []
        parts += [one for one in flat(scope.value(given)) if one not in parts]
        value = write(value, pointer_of(name), parts)
    for name, given in changes.remove.items():
        held, gone = read(value, pointer_of(name)), list(flat(scope.value(given)))
        if isinstance(held, list):
            value = write(value, pointer_of(name), [one for one in held if one not in gone])
    return value


def change(act: Act, kind: Kind, record: Doc, changes: Changes, scope: Scope) -> Doc | None:
    """Change one item, and return its record as it is now; None where it was deleted."""
    value = changed(record["value"], changes, scope)
    if value is not record["value"]:
        record = act.items.change(kind, record, touched(act, kind, value) if isinstance(value, dict) else value)
    if changes.delete:
        act.items.remove(kind, record)
        return None
    return record


def carry_out(act: Act, effect: Effect, number: int, own: Doc | None, written: bool) -> Doc | None:
    """Do what an effect says at once, plan what it says for later, and return the operation's own item as it is now.

    `written` says that what the own item becomes was done together with what the role writes.
    """
    kind, records = meant(act, effect, own)
    for record in records:
        scope = Scope(act, record)
        now: Doc | None = record
        if kind is not None:
            done = written and own is not None and is_own(effect)
            now = record if done else change(act, kind, record, effect.changes, scope)
            _plan(act, effect, number, kind, now)
        if own is not None and kind is act.kind and record["id"] == own["id"]:
            own = now
    for creation in effect.create:
        wanted = act.api.kinds.get(creation.resource)
        if wanted is not None:
            values = Scope(act, own).value(dict(creation.values))
            beside = Act(act.api, act.call, act.spec, replace(act.meaning, resource=creation.resource))
            make(beside, wanted, values)
    return own


def narrows(act: Act) -> bool:
    """Tell whether `where` narrows the one item that the path names, and does not mean several."""
    return act.names_item and act.key is not None and act.meaning.role != "action"


def is_own(effect: Effect) -> bool:
    """Tell whether an effect is about the operation's own item."""
    return not effect.resource and effect.where is None


def meant(act: Act, effect: Effect, own: Doc | None) -> tuple[Kind | None, list[Doc]]:
    """Return the kind and the items that an effect is about."""
    name = effect.resource or act.meaning.resource
    kind = act.api.kinds.get(name)
    if kind is None:
        return None, []
    if effect.where is not None and kind is act.kind and act.named is not None and narrows(act):
        return kind, [own] if own is not None else []
    if effect.where is not None:
        return kind, fitting(Scope(act, own), act.items.all(kind, act.within_of(kind)), effect.where)
    if kind is act.kind and not (effect.resource and own is None):
        return kind, [own] if own is not None else []
    key = act.within.get(name) or ((own or {}).get("within") or {}).get(name)
    return kind, [] if key is None else [act.items.get(kind, key, {})]


def _plan(act: Act, effect: Effect, number: int, kind: Kind, record: Doc | None) -> None:
    if record is None or not effect.later:
        return
    call = act.call
    request = {"params": call.params, "query": call.query, "body": call.body, "headers": {}}
    for which, one in enumerate(effect.later):
        act.world.later(
            one.after, TIMER, operation=act.spec.key, service=act.api.prefix, effect=number, which=which,
            resource=kind.name, record=record["id"], request=request,
        )  # fmt: skip


def settles(apis: Mapping[str, Api]) -> Callable[..., None]:
    """Return the timer that does what was planned, by the prefixes of services."""

    def settle(world: World, *, service: str, operation: str, effect: int, which: int, resource: str, record: Any,
               request: dict[str, Any]) -> None:  # fmt: skip
        api = apis[service]
        meaning = api.meanings[operation]
        act = Act(api, remembered(request, world), api.operations[operation], meaning)
        kind = api.kinds[resource]
        found = world.state[kind.store].get(record)
        planned = meaning.effects[effect].later[which]
        if found is None or not counts(Scope(act, found), planned.guard):
            return
        change(act, kind, found, planned.changes, Scope(act, found))

    return settle


def pointer_of(name: str) -> str:
    """Return the pointer of a member that is named by its name or by a pointer."""
    return name if name.startswith("/") else f"/{name.replace('~', '~0').replace('/', '~1')}"
