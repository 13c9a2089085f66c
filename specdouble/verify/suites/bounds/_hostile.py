"""Where a request has texts and numbers, and the hostile values that are tried there.

Many places are tried by one request. That loses nothing as long as the request gets through: then every place was read.
Where it is refused, the places that the refusal names are done, and the others are tried again without them, at last
each alone, so that no refusal hides what another value would do.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.validation.compiled import Schemas
from specdouble.verify.api.api import Api
from specdouble.verify.api.recipes import Ready
from specdouble.verify.http.client import Reply
from specdouble.verify.responses.oracle import declared
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.bounds._bounds import variants

_numbers = itertools.count(1)
_DEEPEST = 4


SIGN = "\N{COLLISION SYMBOL} \u00dcn\u00ef\u4e2d\u200f %06d 'q\" %%s %%00 {0} ${x} <b> %%_ " + "\\"


def _signs() -> str:
    return SIGN % next(_numbers)


def _long() -> str:
    return f"\u00e4{next(_numbers):06d}".ljust(300, "\u00e4")


# Each text is another one every time: what is unique must not clash, and what is a secret here must be none elsewhere.
SIGNS, NUL, LONG, BLANKS = "signs, quotes and letters beyond ASCII", "a NUL", "300 characters", "blanks only"
TEXTS: dict[str, Callable[[], str]] = {SIGNS: _signs, NUL: lambda: "a\x00b", LONG: _long, BLANKS: lambda: "   "}
NUMBERS = (2**31, 2**53, 2**63, 2**64, 0, -1, -(2**63) - 1)


@dataclass(frozen=True)
class Place:
    """A text or a number of a request: in its path, query or body, under which names, and what its schema is."""

    where: str
    path: tuple[str | int, ...]
    schema: dict[str, Any] = field(hash=False, compare=False)

    @property
    def name(self) -> str:
        """The name as people read it, such as `items[0].name`."""
        text = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in self.path)
        return text.removeprefix(".")

    @property
    def number(self) -> bool:
        """Whether it is a number; else it is a text."""
        return self.schema.get("type") in ("integer", "number")


def places(api: Api, op: Op, ready: Ready) -> list[Place]:
    """Return every declared text and number of an operation's path, query and body."""
    schemas = api.contract.of(op)
    found = []
    for one in op.spec.parameters:
        if one.location in ("path", "query"):
            found += list(_inside(schemas, one.schema, one.location, (one.name,)))
    if isinstance(ready.body, dict) and ready.content is None:
        found += list(_inside(schemas, api.contract.body_schema(op), "body", ()))
    return found


def _inside(schemas: Schemas, schema: Any, where: str, path: tuple[str | int, ...]) -> Iterator[Place]:
    if len(path) > _DEEPEST:
        return
    kinds = set()
    for one in variants(schemas, schema)[0]:
        kind = one.get("type")
        if kind in kinds:
            continue
        kinds.add(kind)
        if kind in ("string", "integer", "number") and path:
            yield Place(where, path, one)
        elif kind == "array":
            yield from _inside(schemas, one.get("items", {}), where, (*path, 0))
        elif kind == "object":
            known = schemas.properties(one)
            for name, value in known.items():
                yield from _inside(schemas, value, where, (*path, name))
            if path and not known:
                yield Place(where, (*path, "anything"), {"type": "string"})


def text_for(place: Place, what: str) -> str:
    """Return a hostile text that has the form of an address or a URL where the place asks for one."""
    text = TEXTS[what]()
    if what == SIGNS and place.schema.get("format") == "email":
        return f"o'%s_%{{0}}{next(_numbers):06d}@example.com"
    if what == SIGNS and place.schema.get("format") in ("uri", "url"):
        return f"https://example.com/%00/{next(_numbers):06d}'?q=%s&x=\u00fc"
    longest = place.schema.get("maxLength", len(text))
    return text if len(text) <= longest else text[len(text) - longest :]


def put(body: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Set a value deep inside a body; lists and objects on the way are made where there are none."""
    here: Any = body
    for name, after in itertools.pairwise(path):
        fresh: Any = [] if isinstance(after, int) else {}
        if isinstance(name, int):
            if not here:
                here.append(fresh)
            here[name] = here[name] if isinstance(here[name], type(fresh)) else fresh
        elif not isinstance(here.get(name), type(fresh)):
            here[name] = fresh
        here = here[name]
    if isinstance(path[-1], int):
        here[:] = [value]
    else:
        here[path[-1]] = value


class Hostile:
    """Tries hostile values on one operation."""

    def __init__(self, session: Session, check: Check, op: Op) -> None:
        self.session, self.check, self.op = session, check, op
        self.ready: Ready = session.ready(op)
        self.places = places(session.api, op, self.ready)

    def run(self) -> None:
        """Try every text and every number of the path, the query and the body."""
        for place in self.places:
            if place.where == "path":
                self.in_path(place)
        for where in ("query", "body"):
            self.texts([one for one in self.places if one.where == where and not one.number])
            self.numbers([one for one in self.places if one.where == where and one.number])

    def in_path(self, place: Place) -> None:
        """Try one part of the path, alone: an unknown id ends a request before another is looked at."""
        if place.number or str(self.ready.params.get(str(place.path[0]), "")).isdigit():
            for value in NUMBERS:
                self.send({place: str(value)}, str(value))
        if place.number:
            self.send({place: TEXTS[SIGNS]()}, SIGNS)
            return
        both = TEXTS[SIGNS]() + TEXTS[LONG]()
        if self.send({place: both}, f"{SIGNS}, and {LONG}").status not in (200, 403, 404):
            self.send({place: TEXTS[SIGNS]()}, SIGNS)
        self.send({place: TEXTS[NUL]()}, NUL)
        self.send({place: TEXTS[BLANKS]()}, BLANKS)

    def texts(self, found: list[Place]) -> None:
        """Try all texts of a query or a body: those that the schema takes, apart from those that it refuses."""
        for what in TEXTS:
            values = {place: text_for(place, what) for place in found}
            fit = {place: value for place, value in values.items() if self._fits(place, value)}
            self.tried(fit, what)
            if what in (SIGNS, NUL):
                self.tried({place: value for place, value in values.items() if place not in fit}, what, once=True)

    def numbers(self, found: list[Place]) -> None:
        """Try all numbers of a query or a body, within their bounds or beyond."""
        for value in NUMBERS:
            self.tried(dict.fromkeys(found, value), str(value))

    def _fits(self, place: Place, value: Any) -> bool:
        return self.session.contract.of(self.op).validator(place.schema).is_valid(value)

    def tried(self, values: dict[Place, Any], what: str, *, once: bool = False) -> None:
        """Try places together, then without those that a refusal names, at last each alone."""
        while values:
            reply = self.send(values, what)
            named = {place for place in values if self._names(reply, place)}
            if reply.ok or once or len(values) == 1:
                return
            if not named:
                for place, value in values.items():
                    self.send({place: value}, what)
                return
            values = {place: value for place, value in values.items() if place not in named}

    def send(self, values: dict[Place, Any], what: str) -> Reply:
        """Send the request with hostile values in some places; whatever they are, the server does not fail."""
        ready = self.ready
        body = copy.deepcopy(ready.body)
        params, query = dict(ready.params), dict(ready.query)
        for place, value in values.items():
            if place.where == "body":
                put(body, place.path, value)
            else:
                (params if place.where == "path" else query)[str(place.path[0])] = value
            if place.where == "path" or place.path[-1] in self.session.api.words.owners:
                self.session.client.own(value)  # nobody has such an id
        reply = self.session.play(ready, params=params, query=query, body=body)
        names = ", ".join(place.name for place in values)
        self.check.that(
            reply.status < 500 or declared(self.op, reply.status) is not None,
            f"{names}: {what} is answered with {reply.status}",
            reply,
            expected="a success or a refusal",
            about=f"{names} {what}",
        )
        if reply.ok and not self.op.reads:
            if what == SIGNS:
                self.session.look(ready.watch)  # what was stored must not break the reads either
            self.ready = self.session.ready(self.op)
        return reply

    def _names(self, reply: Reply, place: Place) -> bool:
        """Whether a refusal names a place."""
        known = self.session.api.pack.refused_at
        return any(str(place.path[0]) in loc for loc in (known(reply) if known is not None else None) or ())
