"""`x-specdouble-effect`: what an operation does beyond its role, as data for a server.

x-specdouble-effect:
refuse: {when: {status: shipped}, status: 409, message: The order is on its way.}
set: {status: cancelled, cancelled_at: $now}
increment: {changes: 1}
add: {labels: $request.body#/label}
remove: {labels: $request.path.label}
create: {resource: refund, values: {order_id: $item#/id}}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """When an operation is refused: all members of `when` have those values, and not all of `unless` have theirs.

    Members are names or JSON pointers; a list means any of its values. `message` is "" where none is given.
    """

    status: int
    when: Mapping[str, Any] = field(default_factory=dict)
    unless: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Creation:
    """An item that is made as well: its resource by name, and the members that are given."""

    resource: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an operation does to the item that it is about, in this order: refuse, set, increment, add, remove, create.

    `add` puts a value, or each of a list, into a list of the item unless it is there; `remove` takes it out.
    `resource` names one that the path goes through, whose item is meant; "" is that of the operation, maybe a new one.
    Values may be expressions: `$now`, `$uuid`, `$caller`, `$item#/member`, `$request.body#/member`,
    `$request.path.NAME`, `$request.query.NAME`, `$request.header.NAME`; `$$` begins a text with a dollar sign.
    """

    refuse: tuple[Refusal, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    increment: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, Any] = field(default_factory=dict)
    remove: Mapping[str, Any] = field(default_factory=dict)
    create: tuple[Creation, ...] = ()
    resource: str = ""


def read_effects(value: Any) -> tuple[Effect, ...]:
    """Return the effects that a document gives; parts that cannot be used are left out."""
    return tuple(map(_effect, _list(value)))


def _effect(value: dict[str, Any]) -> Effect:
    refusals = [one for one in _list(value.get("refuse")) if isinstance(one.get("status"), int)]
    creations = [one for one in _list(value.get("create")) if isinstance(one.get("resource"), str)]
    return Effect(
        tuple(
            Refusal(
                one["status"], _mapping(one.get("when")), _mapping(one.get("unless")), str(one.get("message") or "")
            )
            for one in refusals
        ),
        _mapping(value.get("set")),
        _mapping(value.get("increment")),
        _mapping(value.get("add")),
        _mapping(value.get("remove")),
        tuple(Creation(one["resource"], _mapping(one.get("values"))) for one in creations),
        str(value.get("resource") or ""),
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    given = value if isinstance(value, list) else [value]
    return [one for one in given if isinstance(one, dict)]
