"""The handler of an operation with effects: refusals, then its role, then what the effects do, then the response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specdouble.mock.declared.conditions import counts, fitting
from specdouble.mock.declared.effects import carry_out, refuse
from specdouble.mock.declared.values import Scope
from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.operations.actions import answer_action
from specdouble.mock.inferred.operations.change import named_record
from specdouble.mock.inferred.responses.success import respond
from specdouble.mock.inferred.values.make import MISSING
from specdouble.mock.pipeline.call import Response
from specdouble.mock.state.collections import Doc
from specdouble.openapi.extensions import NOTHING

WRITES = frozenset({"create", "upsert", "replace", "update"})
LISTS = frozenset({"list", "find"})
READS = LISTS | {"read", "singleton-read", "derived", "download"}
PURPOSES = {"create": "create", "delete": "delete", "delete-many": "delete", "action": "action"}


def answer(act: Act, inferred: Callable[[Act], Response]) -> Response:
    """Answer an operation with effects; `inferred` answers by its role alone."""
    meaning = act.meaning
    own = None if meaning.role == "create" else _own(act)
    before = Scope(act, own)
    active = [(number, one) for number, one in enumerate(meaning.effects) if counts(before, one.guard)]
    for _, one in active:
        refuse(before, one)
    if meaning.role in LISTS:
        wheres = [one.where for _, one in active if one.where is not None and not one.resource]
        act.only = lambda records: [x for x in records if all(x in fitting(before, [x], w) for w in wheres)]
    if meaning.role in READS:
        shows = {name: given for _, one in active for name, given in one.show.items()}
        if shows:
            act.shows = lambda record: _shown(before.of(record), record, shows)
        return _answered(act, active, own, None) or inferred(act)
    given: Response | None = None
    if meaning.role in WRITES:
        given, own = _written(act, active, inferred, own)
    elif _deletes(act, active):
        given = inferred(act)
    for number, one in active:
        own = carry_out(act, one, number, own)
    return _answered(act, active, own or before.item, given) or answer_action(act, own)


def _own(act: Act) -> Doc | None:
    """Return the item that the request names, None where it names none; a 404 where it is not there."""
    kind = act.kind
    if kind is None or act.meaning.role in LISTS:
        return None
    if act.meaning.role == "upsert":
        return None
    if act.meaning.style in ("query", "body-key"):
        return named_record(act, kind)
    if act.names_item:
        return act.items.get(kind, act.key, act.within)
    if kind.name in act.within:
        return act.items.get(kind, act.within[kind.name], {})
    return None


def _written(
    act: Act, active: list[Any], inferred: Callable[[Act], Response], own: Doc | None
) -> tuple[Response, Doc | None]:
    """Write the item by its role, with what effects set as if it had been sent; return the response and the item."""
    sets = {
        name: given for _, one in active if not one.resource and one.where is None for name, given in one.set.items()
    }
    found = {name: value for name, given in sets.items() if (value := Scope(act, own).value(given)) is not MISSING}
    if found and isinstance(act.call.body, dict | None):
        act.call.body = {**(act.call.body or {}), **{name.removeprefix("/"): value for name, value in found.items()}}
    act.items.last.clear()
    given = inferred(act)
    assert act.kind is not None
    return given, act.items.last.get(act.kind.name, own)


def _deletes(act: Act, active: list[Any]) -> bool:
    """Tell whether the role itself deletes: it does unless an effect says what is deleted, or when."""
    if act.meaning.role not in ("delete", "delete-many"):
        return False
    return not any(
        one.delete or any(part.changes.delete for part in one.later) for _, one in active if not one.resource
    )


def _answered(act: Act, active: list[Any], own: Doc | None, given: Response | None) -> Response | None:
    for _, one in active:
        if one.respond is not NOTHING:
            value = Scope(act, own).value(one.respond)
            return respond(
                act, value, PURPOSES.get(act.meaning.role, "read" if act.meaning.role in READS else "change")
            )
    return given


def _shown(scope: Scope, record: Doc, shows: dict[str, Any]) -> Any:
    value = record["value"]
    made = {name: found for name, given in shows.items() if (found := scope.value(given)) is not MISSING}
    return {**value, **made} if isinstance(value, dict) else value
