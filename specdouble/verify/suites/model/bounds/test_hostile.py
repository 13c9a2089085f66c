"""Hostile values: whatever stands in a text or a number of a request, the server does not fail."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known
from specdouble.verify.generated.filling import Filler
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, hidden, same, workshop
from specdouble.verify.suites.model.bounds.test_bounds import named, places, put, takes_json

_numbers = itertools.count(1)
TEXTS: dict[str, Callable[[], str]] = {
    "signs, quotes and letters beyond ASCII": lambda: (
        f"\N{COLLISION SYMBOL} \u00dcn\u00ef\u4e2d %{next(_numbers)} 'q\" %s %00 {{0}} ${{x}} <b> %_ \\"
    ),
    "a NUL": lambda: f"a\x00b{next(_numbers)}",
    "300 characters": lambda: f"\u00e4{next(_numbers)}".ljust(300, "\u00e4"),
    "blanks only": lambda: "   ",
}
NUMBERS = (2**31, 2**53, 2**63, 10**30, -1, -(2**63) - 1)
BODIES = {
    "2,000 levels of nesting": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    "a number beyond all bounds": b'{"a": 1' + b"0" * 400 + b"}",
    "a prototype": b'{"__proto__": {"role": "admin"}, "constructor": 1}',
}

# What JSON does not have, though some readers take it; frameworks are known to fail when they repeat it in a refusal.
NO_JSON = {
    "a lone surrogate": b'{"name": "\\ud800", "title": "\\ud800"}',
    "NaN": b'{"name": NaN, "amount": NaN}',
}


@rule("FUZZ-41")
@by_model(takes_json)
def test_hostile_members_break_nothing(op: Op, session: Session, check: Check) -> None:
    """Letters beyond ASCII, quotes, a NUL and huge numbers are taken or refused; what is taken comes back."""
    shop = workshop(session)
    request = shop.request(op)
    content = Filler.content(op)
    assert content is not None
    flats = shop.filler(op).flats
    flat = flats.of(content.schema)
    validator = shop.filler(op).schemas.validator(content.schema, "request")
    found = [(place, flats.of(schema)) for place, schema, _required, _value in places(flat, shop, op, request.body)]
    texts = [place for place, one in found if one.type == "string" and not one.enum][:12]
    numbers = [place for place, one in found if one.type in ("integer", "number")][:12]
    writes = shop.known.about(op).role in ("create", "upsert", "update", "replace", "singleton-write")
    tries: list[tuple[str, Any, Any]] = [
        (said, place, make()) for said, make in TEXTS.items() for place in session.some(texts, 2, 1)
    ]
    tries += [(f"{value:.3g}", place, value) for value in NUMBERS for place in session.some(numbers, 2, 1)]
    for said, place, value in tries:
        fresh = (
            request
            if not request.body
            else shop.request(op)
            if session.record.judged[op.id]["FUZZ-41"] % 20 == 19
            else request
        )
        body = put(copy.deepcopy(fresh.body), place, value)
        reply = shop.send(fresh, body=body)
        check.that(
            reply.status < 500,
            f"{named(place)}: {said} is answered with {reply.status}",
            reply,
            expected="a success or a refusal",
            about=f"{named(place)} {said}",
        )
        if (
            reply.ok
            and writes
            and len(place) == 1
            and isinstance(value, str)
            and said.startswith("signs")
            and validator.is_valid(body)
        ):
            thing = shop.take(fresh, reply) if shop.known.about(op).role in ("create", "upsert") else fresh.thing
            view = shop.reading.item(thing) if thing is not None else shop.known.item(op, reply.json)
            name = str(place[0])
            if view and name in view and not hidden(name):
                check.that(
                    same(value, view[name], name),
                    f"{name} comes back as something else",
                    reply,
                    expected=value,
                    got=view[name],
                    about=f"{name} back",
                )
        elif reply.ok:
            shop.take(fresh, reply)
        if reply.ok:
            request = shop.request(op)
    if not tries:
        check.does_not_apply("no text and no number is declared")


@rule("FUZZ-42")
@by_model(takes_json)
def test_hostile_bodies_break_nothing(op: Op, session: Session, check: Check) -> None:
    """Absurd nesting, numbers and bytes are a clear refusal, never a failure; the next request works."""
    shop = workshop(session)
    request = shop.request(op)
    bodies = {**BODIES, **(NO_JSON if session.settings.profile == "nightly" else {})}
    for said, data in session.some(bodies.items(), 2, 1):
        reply = shop.send(
            request, body=None, content=data, headers={"Content-Type": "application/json", **request.headers}
        )
        check.that(
            reply.status < 500, f"{said} is answered with {reply.status}", reply, expected="a refusal", about=said
        )
        if reply.ok:
            shop.take(request, reply)


def _asks(op: Op, _known: Known) -> bool:
    return any(one.location in ("query", "path") for one in op.spec.parameters)


@rule("FUZZ-43")
@by_model(_asks)
def test_hostile_parameters_break_nothing(op: Op, session: Session, check: Check) -> None:
    """Whatever stands in the path or the query, the server does not fail."""
    shop = workshop(session)
    request = shop.request(op)
    for one in op.spec.parameters:
        if one.location not in ("query", "path"):
            continue
        where = "params" if one.location == "path" else "query"
        flat = shop.filler(op).flats.of(one.schema)
        numeric = flat.type in ("integer", "number") or str(getattr(request, where).get(one.name, "")).isdigit()
        values: list[tuple[str, Any]] = [
            (said, make()) for said, make in list(TEXTS.items())[: 3 if flat.type == "string" else 2]
        ]
        values += [(f"{value:.3g}", value) for value in NUMBERS if numeric]
        for said, value in session.some(values, 3, 2):
            sent = {**getattr(request, where), one.name: value}
            session.client.own(str(value))
            changes: dict[str, Any] = {where: sent}
            reply = shop.send(request, None, **changes)
            check.that(
                reply.status < 500,
                f"{one.name}: {said} is answered with {reply.status}",
                reply,
                expected="a success or a refusal",
                about=f"{one.name} {said}",
            )
            if reply.ok and not op.reads:
                request = shop.request(op)
