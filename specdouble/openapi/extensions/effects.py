"""`x-specdouble-effect`: what an operation does beyond its role, as data for a server.

x-specdouble-effect:
refuse: {when: {status: shipped}, status: 409, message: "Order {$item#/id} is on its way."}
set: {status: cancelled, cancelled_at: $now}
increment: {changes: 1}
append: {history: $now}
create: {resource: refund, values: {order_id: $item#/id}}
later: {after: 2s, when: {status: cancelled}, delete: true}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOTHING: Any = object()  # where a value may be null and is not given


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition: all of `when` holds, and not all of `unless`. An empty mapping asks for nothing.

    The names are members of the item, JSON pointers into it, or expressions, each with what is there then: a value, a
    list of which any will do, or a test such as `{contains: value}`.
    """

    when: Mapping[str, Any] = field(default_factory=dict)
    unless: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """When an operation is refused: as a `Guard` says. `message` is "" where none is given; it may hold `{$now}`."""

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
class Changes:
    """What becomes of an item, in this order: set, increment, append, remove, delete.

    `append` puts values into lists that do not have them yet, `remove` takes them out; a list stands for its values.
    """

    set: Mapping[str, Any] = field(default_factory=dict)
    increment: Mapping[str, Any] = field(default_factory=dict)
    append: Mapping[str, Any] = field(default_factory=dict)
    remove: Mapping[str, Any] = field(default_factory=dict)
    delete: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """What becomes of an item after some time of the world, given in seconds, if the guard holds then."""

    after: float
    guard: Guard = field(default_factory=Guard)
    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an operation does, in this order: refuse, the changes, create, later.

    It is about the item of the operation, which may be a new one; or about that of a `resource` that the path goes
    through; or, with `where`, about all items that fit, of a list those that it gives. `guard` says when it counts.
    `show` gives members another value, or other names, wherever the operation shows an item; `respond` is the whole
    response.

    Values may be expressions: `$now`, `$uuid`, `$caller`, `$item#/member`, `$within.RESOURCE#/member`,
    `$request.body#/member`, `$request.path.NAME`, `$request.query.NAME`, `$request.header.NAME`; `{$now}` inside of a
    text; `{$first: […]}`, `{$items: RESOURCE, where: …, take: /member}`, `{$count: RESOURCE, where: …}`. `$$` begins a
    text with a dollar sign.
    """

    refuse: tuple[Refusal, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    increment: Mapping[str, Any] = field(default_factory=dict)
    create: tuple[Creation, ...] = ()
    resource: str = ""
    guard: Guard = field(default_factory=Guard)
    where: Mapping[str, Any] | None = None
    append: Mapping[str, Any] = field(default_factory=dict)
    remove: Mapping[str, Any] = field(default_factory=dict)
    delete: bool = False
    later: tuple[Later, ...] = ()
    show: Mapping[str, Any] = field(default_factory=dict)
    respond: Any = NOTHING

    @property
    def changes(self) -> Changes:
        """What becomes of the item at once."""
        return Changes(self.set, self.increment, self.append, self.remove, self.delete)


def read_effects(value: Any) -> tuple[Effect, ...]:
    """Return the effects that a document gives; parts that cannot be used are left out."""
    return tuple(map(_effect, _list(value)))


def seconds(text: Any) -> float:
    """Return a time such as `2s`, `500ms`, `1m`, `1h`, or a number of seconds, in seconds; 0 for anything else."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return max(float(text), 0.0)
    for unit, factor in (("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)):
        number = str(text).removesuffix(unit)
        if number != str(text) and number.replace(".", "", 1).isdigit():
            return float(number) * factor
    return 0.0


def _effect(value: dict[str, Any]) -> Effect:
    refusals = [one for one in _list(value.get("refuse")) if isinstance(one.get("status"), int)]
    creations = [one for one in _list(value.get("create")) if isinstance(one.get("resource"), str)]
    changes = _changes(value)
    return Effect(
        tuple(
            Refusal(
                one["status"], _mapping(one.get("when")), _mapping(one.get("unless")), str(one.get("message") or "")
            )
            for one in refusals
        ),
        changes.set,
        changes.increment,
        tuple(Creation(one["resource"], _mapping(one.get("values"))) for one in creations),
        str(value.get("resource") or ""),
        _guard(value),
        _mapping(value.get("where")) if "where" in value else None,
        changes.append,
        changes.remove,
        changes.delete,
        tuple(Later(seconds(one.get("after")), _guard(one), _changes(one)) for one in _list(value.get("later"))),
        _mapping(value.get("show")),
        value.get("respond", NOTHING),
    )


def _guard(value: dict[str, Any]) -> Guard:
    return Guard(_mapping(value.get("when")), _mapping(value.get("unless")))


def _changes(value: dict[str, Any]) -> Changes:
    put, add, append, remove = (_mapping(value.get(name)) for name in ("set", "increment", "append", "remove"))
    return Changes(put, add, append, remove, value.get("delete") is True)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    given = value if isinstance(value, list) else [value]
    return [one for one in given if isinstance(one, dict)]
