"""The answer to an operation with effects: refusals, then its role, then what the effects do, then the response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.effects.carrying import carry_out, changed, is_own, meant, narrows, refuse
from specdouble.mock.inferred.effects.conditions import counts, fitting
from specdouble.mock.inferred.effects.values import Scope
from specdouble.mock.inferred.operations.acting.actions import answer_action
from specdouble.mock.inferred.operations.writing.change import named_record
from specdouble.mock.inferred.pointing import read
from specdouble.mock.inferred.responses.success import respond
from specdouble.mock.pipeline.call import Response
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Doc
from specdouble.openapi.extensions import NOTHING, Changes, Effect
from specdouble.openapi.values.make import MISSING

Numbered = list[tuple[int, Effect]]
WRITES = frozenset({"create", "upsert", "replace", "update"})
LISTS = frozenset({"list", "find"})
READS = LISTS | {"read", "singleton-read", "derived", "download"}
PURPOSES = {"create": "create", "delete": "delete", "delete-many": "delete", "action": "action"}


def with_effects(act: Act, by_role: Callable[[Act], Response]) -> Response:
    """Answer an operation with effects; `by_role` answers it by its role alone."""
    role = act.meaning.role
    _ = act.within  # what the path goes through is there, or this is a 404
    own = _own(act)
    act.named = own
    scope = Scope(act, own)
    active = [(number, one) for number, one in enumerate(act.meaning.effects) if one.show or counts(scope, one.guard)]
    for _number, one in active:
        refuse(act, one, own)
    if role in READS:
        return _read(act, active, own, by_role)
    given: Response | None = None
    if role in WRITES:
        given, own = _written(act, active, by_role, own)
    elif not (_says_what_is_deleted(active) if role in ("delete", "delete-many") else _says_what_is_done(active)):
        given = by_role(act)
    before = own
    for number, one in active:
        own = carry_out(act, one, number, own, role in WRITES)
    return _responded(act, active, own or before) or given or answer_action(act, own)


def _own(act: Act) -> Doc | None:
    """Return the item that the request names, None where it names none.

    With `where`, that is the first that fits.

    Raises:
        Problem: 404, there is none.

    """
    kind, role = act.kind, act.meaning.role
    if kind is None or role in LISTS or role == "create":
        return None
    if role == "upsert":
        key = read(act.sent, kind.field) if act.meaning.style == "body-key" and kind.field else act.key
        return None if key in (MISSING, None) else act.items.find(kind, key, act.within_of(kind))
    narrowed = next((one.where for one in act.meaning.effects if one.where is not None and not one.resource), None)
    if narrowed is not None:
        found = fitting(Scope(act), act.items.all(kind, act.within_of(kind)), narrowed)
        if narrows(act):
            found = [one for one in found if one["key"] == str(act.key)]
        if not found and role != "action":
            raise Problem(404, f"There is no such {kind.name.replace('-', ' ')}.")
        return found[0] if found else None
    if act.meaning.style in ("query", "body-key"):
        return named_record(act, kind)
    if act.names_item:
        return act.items.get(kind, act.key, act.within)
    if kind.name in act.within:
        return act.items.get(kind, act.within[kind.name], {})
    return None


def _read(act: Act, active: Numbered, own: Doc | None, by_role: Callable[[Act], Response]) -> Response:
    shows = [one for _, one in active if one.show]
    if act.meaning.role in LISTS:
        wheres = [one.where for _, one in active if one.where is not None and not one.resource]
        act.only = lambda its, records: [x for x in records if all(x in fitting(Scope(its), [x], w) for w in wheres)]
    if shows:
        act.show = lambda its, record: _shown(its, record, shows)
    return _responded(act, active, own) or by_role(act)


def _shown(act: Act, record: Doc, shows: list[Effect]) -> Any:
    value = act.plain(record)
    scope = Scope(act, record)
    for effect in shows:
        if isinstance(value, dict) and counts(scope, effect.guard):
            found = {name: scope.value(given) for name, given in effect.show.items()}
            value = {**value, **{name: one for name, one in found.items() if one is not MISSING}}
    return value


def _written(
    act: Act, active: Numbered, by_role: Callable[[Act], Response], own: Doc | None
) -> tuple[Response, Doc | None]:
    """Write the item by its role together with what effects make of it; return the response and the item."""

    def adjust(value: Any) -> Any:
        for _, one in active:
            if is_own(one):
                value = changed(
                    value, one.changes, Scope(act, own if own is not None else {"value": value, "within": {}})
                )
        return value

    items = act.items
    items.last = None
    items.adjust[act.meaning.resource] = adjust
    try:
        given = by_role(act)
    finally:
        items.adjust.clear()
    return given, items.last or own


def _says_what_is_deleted(active: Numbered) -> bool:
    """Tell whether an effect says what becomes of the item that is deleted, or when: then the role deletes nothing."""
    return any(one.delete or any(part.changes.delete for part in one.later) for _, one in active if not one.resource)


def _says_what_is_done(active: Numbered) -> bool:
    """Tell whether effects say what the operation does or gives: then nothing is inferred from its words."""
    return any(one.changes != Changes() or one.later or one.respond is not NOTHING for _, one in active)


def _responded(act: Act, active: Numbered, own: Doc | None) -> Response | None:
    for _, one in active:
        if one.respond is not NOTHING:
            item = own if own is not None else next(iter(meant(act, one, own)[1]), None)
            value = Scope(act, item).value(one.respond)
            role = act.meaning.role
            return respond(act, value, PURPOSES.get(role, "read" if role in READS else "change"))
    return None
