"""One request to an operation whose handler is inferred, with all that the handler asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload
from urllib.parse import parse_qsl

from specdouble.mock.inferred.api import Api, Kind, json_schema
from specdouble.mock.inferred.items.store import Items, Within, items_of
from specdouble.mock.pipeline.call import Call
from specdouble.mock.state.collections import Doc
from specdouble.openapi import Operation
from specdouble.openapi.model.parts import Operation as Meaning
from specdouble.openapi.shapes import text_of
from specdouble.openapi.values.context import Context

T = TypeVar("T")
P = ParamSpec("P")
_UNKNOWN: Any = object()


def of_operation(work: Callable[Concatenate[Act, P], T]) -> Callable[Concatenate[Act, P], T]:
    """Work out once for each operation what follows from its document: nothing of a request may come into it.

    Whoever is given the result must not change it.
    """

    def ask(act: Act, /, *given: P.args, **named: P.kwargs) -> T:
        facts, asked = act.api.facts, (work, act.spec.key, given, *named.values())
        found = facts.get(asked, _UNKNOWN)
        if found is _UNKNOWN:
            found = facts[asked] = work(act, *given, **named)
        answer: T = found
        return answer

    ask.__doc__ = work.__doc__
    return ask


class once(Generic[T]):  # noqa: N801 - it is written like a property
    """A property that is worked out when it is first asked for; a call has one thread, and so this has no lock."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work = work
        self.name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, act: None, owner: object = None) -> once[T]: ...

    @overload
    def __get__(self, act: Act, owner: object = None) -> T: ...

    def __get__(self, act: Act | None, owner: object = None) -> once[T] | T:
        if act is None:
            return self
        value = act.__dict__[self.name] = self.work(act)
        return value


class Act:
    """A call with what its operation means."""

    def __init__(self, api: Api, call: Call, spec: Operation, meaning: Meaning) -> None:
        self.api = api
        self.call = call
        self.spec = spec
        self.meaning = meaning
        self.world = call.world
        self.kind: Kind | None = api.kinds.get(meaning.resource)
        self.receipts: dict[str, Any] = {}  # keys of receipts that are about to be kept, by resource
        self.count: int | None = None  # how many items were written
        self.named: Doc | None = None  # the item that is read, where more than its key says which
        # Which items a list gives, None for all; and how an item is shown, None for `plain`. Both are called with this
        # act, for if they held it, it would hold itself.
        self.only: Callable[[Act, Sequence[Doc]], Sequence[Doc]] | None = None
        self.show: Callable[[Act, Doc], Any] | None = None

    @once
    def items(self) -> Items:
        """Return the items of the service."""
        return items_of(self.api, self.world)

    @once
    def within(self) -> Within:
        """Return the keys of what the path goes through; a 404 where one of them is not there."""
        if not self.meaning.within:
            return {}
        writes = self.spec.method in ("POST", "PUT", "PATCH")
        return self.items.parents(self.meaning.within, {**self.call.query, **self.call.params}, writes)

    @once
    def key(self) -> Any:
        """Return the value of the path that names the item: of the last parameter that names nothing above it."""
        if self.meaning.style == "query" and self.kind is not None and self.kind.key is not None:
            asked = self.call.query.get(self.kind.key.parameter)
            if asked is not None:
                return asked
        name = self.api.key_names.get(self.spec.key)
        if name is None:
            name = self.api.key_names[self.spec.key] = self._key_name()
        return self.call.params.get(name)

    def _key_name(self) -> str:
        paths = [one.name for one in self.spec.parameters if one.location == "path"]
        found = [one for one in paths if one not in self.meaning.within]
        own = self.kind.key.parameter if self.kind is not None and self.kind.key is not None else ""
        return own if own in found else (found or paths or [""])[-1]

    @once
    def inside(self) -> Within:
        """Return the keys of what the path goes through, with the item that something of one thing is about.

        Raises:
            Problem: 404, one of them is not there.

        """
        kind, within = self.kind, self.within
        if kind is None or kind.name in within:
            return within
        name = kind.parameter_in(self.spec.path)
        if not name or name in self.meaning.within:
            return within
        writes = self.spec.method in ("POST", "PUT", "PATCH")
        return {**within, kind.name: self.items.above(kind, self.call.params.get(name), within, writes)["key"]}

    def within_of(self, kind: Kind) -> Within:
        """Return the keys of what items of a kind belong to, as far as the path goes through that."""
        names = {parent.resource for parent in kind.resource.parents}
        return {name: key for name, key in self.within.items() if name in names}

    def shown(self, record: Doc) -> Any:
        """Return an item as the operation shows it."""
        return self.plain(record) if self.show is None else self.show(self, record)

    def plain(self, record: Doc) -> Any:
        """Return an item without the members that are never shown."""
        value = record["value"]
        hidden = self.kind.resource.hidden if self.kind is not None else ()
        if not hidden or not isinstance(value, dict):
            return value
        return {name: one for name, one in value.items() if name not in hidden}

    @property
    def names_item(self) -> bool:
        """Whether the path has a parameter that is the key of the item itself."""
        return any(one.location == "path" and one.name not in self.meaning.within for one in self.spec.parameters)

    @once
    def context(self) -> Context:
        """Return the context of values that the response needs: the same for the same request, dated now."""
        parts = map(str, self.call.params.values())
        return self.items.context(self.spec.key, *parts, rich=False, now=self.world.clock.now())

    def fresh(self, noun: str = "") -> Context:
        """Return the context of something new."""
        number = self.world.serial("inferred#")
        return self.items.context("new", number, rich=False, now=self.world.clock.now(), noun=noun)

    @property
    def within_names(self) -> set[str]:
        """The resources that the path goes through."""
        return set(self.meaning.within.values())

    @once
    def query(self) -> dict[str, Any]:
        """Return the query parameters that were sent: a default says what an operation shows, and is nobody's wish."""
        text = self.call.text_query
        if not text:
            return {}
        named = {name for name, _ in parse_qsl(text, keep_blank_values=True)}
        named |= {name.partition("[")[0] for name in named}
        return {name: one for name, one in self.call.query.items() if one is not None and name in named}

    @property
    def sent(self) -> dict[str, Any]:
        """The members of the body, {} where it is no object."""
        return self.call.body if isinstance(self.call.body, dict) else {}

    def written(self, kind: Kind, body: Any) -> Any:
        """Return the item of a request without what only the server writes: members of the item that no request has."""
        if not isinstance(body, dict):
            return body
        declared, kept_back = _written(self, kind.name)
        if kept_back.isdisjoint(body) or declared.isdisjoint(body):
            return body
        return {name: one for name, one in body.items() if name not in kept_back}

    @property
    def place(self) -> str:
        """The path of the request as its template and the values of its parameters."""
        path = self.spec.path
        for name, value in self.call.params.items():
            path = path.replace(f"{{{name}}}", _text(value))
        return path

    def of(self, within: Within) -> str:
        """Return a mark of what something belongs to, by which it goes when that is deleted."""
        return "".join(f"{name}={key}|" for name, key in within.items())


@of_operation
def _written(act: Act, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the members that a request has for an item, and those of the item that no request has."""
    kind, body = act.api.kinds[name], act.spec.body
    schema = json_schema(body.content) if body is not None else None
    if schema is None:
        return frozenset(), frozenset()
    declared = act.api.flats.members(act.api.below(schema, kind.resource.envelope.request)).keys()
    shown = act.api.flats.members(kind.schema).keys()
    return frozenset(declared), frozenset(shown - declared - act.api.sent_in_examples(act.spec))


def _text(value: Any) -> str:
    try:
        return text_of(value)
    except ValueError:
        return str(value)
