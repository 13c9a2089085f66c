"""Bounds: the last value inside is taken, the first outside is refused, and what is refused changes nothing."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.media_types import is_json
from specdouble.openapi.model.evidence.words import words
from specdouble.openapi.values.flat import Flat
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known, Request
from specdouble.verify.generated.filling import Filler
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import body_members, by_model, hidden, state_refuses, still, workshop
from specdouble.verify.suites.model.bounds._probes import LEFT_OUT, Probe, Probes

Place = tuple[str | int, ...]


_DEEPEST = 3


_OPAQUE = frozenset(
    {
        "cursor",
        "token",
        "id",
        "ids",
        "filter",
        "query",
        "expand",
        "fields",
        "where",
        "expression",
        "select",
        "starting",
        "ending",
        "marker",
        "continuation",
        "code",
        "state",
        "signature",
    }
)


_TOO_MANY = 40  # members of a body that are probed


REFUSED = (400, 401, 403, 404, 406, 409, 411, 412, 413, 415, 422, 428)


def _with_query(op: Op, _known: Known) -> bool:
    return any(one.location == "query" for one in op.spec.parameters)


def takes_json(op: Op, _known: Known) -> bool:
    """Whether an operation takes a JSON body that is no list of steps."""
    content = Filler.content(op)
    return content is not None and is_json(content.media_type) and "json-patch" not in content.media_type


def spelled(value: Any) -> Any:
    """Write a value as a query has it."""
    return str(value).lower() if isinstance(value, bool) else value


@rule("BOUND-41")
@by_model(_with_query)
def test_the_query_keeps_its_bounds(op: Op, session: Session, check: Check) -> None:
    """A parameter of the query outside its type, list or bounds is refused; at its bounds it is taken."""
    shop = workshop(session)
    request = shop.request(op)
    probes = Probes(shop.filler(op).flats)
    for one in op.spec.parameters:
        if one.location != "query":
            continue
        for probe in session.some(
            probes.outside(one.schema, request.query.get(one.name, one.example), as_text=True), 4, 2
        ):
            if probe.value is None:
                continue
            reply = shop.send(request, query={**request.query, one.name: spelled(probe.value)})
            _refused(check, reply, one.name, probe)
            if reply.ok and not op.reads:
                request = shop.request(op)
        opaque = one.name in _opaque(shop.known, op) or not _OPAQUE.isdisjoint(words(one.name))
        for probe in () if opaque else session.some(probes.inside(one.schema, request.query.get(one.name)), 3, 2):
            if probe.value is None or isinstance(probe.value, list | dict):
                continue
            reply = shop.send(request, query={**request.query, one.name: spelled(probe.value)})
            check.that(
                reply.status not in (400, 422),
                f"{one.name}, {probe.why}, is answered with {reply.status}",
                reply,
                rule=probe.rule,
                expected="2xx",
                about=f"{one.name} {probe.why}",
            )
            if reply.ok and not op.reads:
                request = shop.request(op)
        if one.required and not (one.has_default or shop.filler(op).flats.of(one.schema).has_default):
            reply = shop.send(request, query={name: value for name, value in request.query.items() if name != one.name})
            _refused(check, reply, one.name, Probe("BOUND-49", "which is required, left out", LEFT_OUT))
    if not any(count for one, count in session.record.judged[op.id].items() if one.startswith("BOUND")):
        check.does_not_apply("no parameter has a bound that a text could break")


def _opaque(known: Known, op: Op) -> set[str]:
    """Return the parameters whose values only the server makes."""
    paging = known.about(op).paging
    return {paging.parameters[one] for one in ("cursor", "back") if one in paging.parameters} if paging else set()


def _refused(check: Check, reply: Any, name: str, probe: Probe) -> bool:
    """Say that a value outside is refused; return whether it was taken."""
    check.that(
        reply.status in REFUSED,
        f"{name}, {probe.why}, is answered with {reply.status}",
        reply,
        rule=probe.rule,
        expected="a refusal (400, 422)",
        about=f"{name} {probe.why}",
    )
    return bool(reply.ok)


def refusals(session: Session, reason: str) -> dict[str, Counter[int]]:
    """Return with which statuses each operation refuses for a reason."""
    found: dict[str, Counter[int]] = session.shared(f"refusals {reason}", lambda: defaultdict(Counter))
    return found


def places(flat: Flat, shop: Any, op: Op, value: Any, at: Place = ()) -> Iterator[tuple[Place, Any, bool, Any]]:
    """Yield the members of a body that can be probed: place, schema, whether it is required, its value."""
    flats = shop.filler(op).flats
    for name, schema in flat.properties.items():
        inner = flats.of(schema)
        if inner.read_only:
            continue
        here = value.get(name) if isinstance(value, dict) else None
        yield (*at, name), schema, name in flat.required, here
        if len(at) + 1 < _DEEPEST and inner.type == "object" and isinstance(here, dict) and inner.properties:
            yield from places(inner, shop, op, here, (*at, name))
        if (
            len(at) + 1 < _DEEPEST
            and inner.type == "array"
            and isinstance(here, list)
            and here
            and isinstance(here[0], dict)
        ):
            element = flats.of(inner.items)
            if element.properties:
                yield from places(element, shop, op, here[0], (*at, name, 0))


def put(body: Any, place: Place, value: Any) -> Any:
    """Return a body with another value in one place, or without it."""
    made = copy.deepcopy(body)
    here = made
    for part in place[:-1]:
        here = here[part]
    if value is LEFT_OUT:
        here.pop(place[-1], None)
    else:
        here[place[-1]] = value
    return made


def named(place: Place) -> str:
    """Return a place as people read it."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in place).removeprefix(".")


@rule("BOUND-42")
@by_model(lambda op, known: takes_json(op, known))
def test_every_member_of_a_body_keeps_its_bounds(op: Op, session: Session, check: Check) -> None:
    """A missing required member, null, another type, a value that is not listed or out of bounds is refused.

    What was refused has changed nothing, and made nothing.
    """
    shop = workshop(session)
    request = _full(session, op)
    content = Filler.content(op)
    assert content is not None
    flats = shop.filler(op).flats
    flat = flats.of(content.schema)
    validator = shop.filler(op).schemas.validator(content.schema, "request")
    probes = Probes(flats)
    before = look(session, request)
    taken = False
    for place, schema, required, value in list(places(flat, shop, op, request.body))[:_TOO_MANY]:
        tries = [Probe("BOUND-49", "which is required, left out", LEFT_OUT)] if required else []
        tries += session.some(probes.outside(schema, value), 6, 2)
        for probe in tries:
            body = put(request.body, place, probe.value)
            if validator.is_valid(body):
                continue
            reply = shop.send(request, body=body)
            refusals(session, "a body that is not valid")[op.id][reply.status] += 1
            if _refused(check, reply, named(place), probe):
                taken = True
                shop.take(request, reply)
                request = _full(session, op)
                before = look(session, request)
    others: tuple[Any, ...] = ([], "text", 17) if flat.type == "object" else ()
    for extra in others:
        reply = shop.send(request, body=extra)
        taken |= _refused(
            check, reply, "the body", Probe("BOUND-43", f"of another type ({type(extra).__name__})", extra)
        )
    if flat.rules.get("additionalProperties") is False or flat.additional is False:
        reply = shop.send(
            request, body={**request.body, "specdouble_unknown": 1} if isinstance(request.body, dict) else request.body
        )
        taken |= _refused(
            check, reply, "a member that is not declared,", Probe("BOUND-50", "where none are allowed", 1)
        )
    if not any(count for one, count in session.record.judged[op.id].items() if one.startswith("BOUND")):
        check.does_not_apply("every body is a valid one")
    if not taken and before is not None:
        after = look(session, request)
        check.that(
            after is None or after == before,
            "a refused request changes something",
            op=op,
            rule="LIFE-55",
            expected=before,
            got=after,
            about="refused body",
        )


def _full(session: Session, op: Op) -> Request:
    request = workshop(session).request(op)
    if request.body is None:
        raise Unmet(f"{op.id} is sent without a JSON body")
    return request


def look(session: Session, request: Request) -> Any:
    """Return what shows whether a write happened: its thing, else how many items the list beside it has."""
    shop = workshop(session)
    if request.thing is not None:
        found = shop.reading.item(request.thing)
        return still(found) if found is not None else None
    resource = shop.known.resource(request.operation)
    if resource is None or request.identity is None:
        return None
    for listing in shop.known.lists(request.operation.service, resource.name):
        if listing.spec.path == request.operation.spec.path:
            beside = shop.build(listing, request.identity, request.how).but(params=request.params)
            rows = shop.reading.all_rows(listing, beside)
            return len(rows) if rows is not None else None
    return None


@rule("BOUND-55")
@by_model(lambda op, known: takes_json(op, known))
def test_what_is_inside_the_bounds_is_taken(op: Op, session: Session, check: Check) -> None:
    """Each member at its bounds, each listed value, null where it is allowed, and a body of required members only."""
    shop = workshop(session)
    request = _full(session, op)
    flats = shop.filler(op).flats
    probes = Probes(flats)
    content = Filler.content(op)
    assert content is not None
    validator = shop.filler(op).schemas.validator(content.schema, "request")
    chosen = {name for name, _ in request.how.chosen} | request.how.without
    if not isinstance(request.body, dict):
        check.does_not_apply("the body is no object")
        return
    for name, schema in list(body_members(session, op).items())[:_TOO_MANY]:
        if name in chosen or flats.of(schema).read_only or _refers(session, op, name):
            continue
        for probe in session.some(probes.inside(schema, request.body.get(name)), 4, 2):
            if not validator.is_valid({**request.body, name: probe.value}):
                continue
            fresh = shop.request(op)
            before = look(session, fresh) if probe.rule == "BOUND-54" else None
            reply = shop.send(fresh, body={**fresh.body, name: probe.value})
            if before is not None and not reply.ok:
                after = look(session, fresh)
                check.that(
                    after == before,
                    f"a request that is refused ({reply.status}) for {name} has written something",
                    reply,
                    rule="LIFE-55",
                    expected=before,
                    got=after,
                    about=f"refused {name}",
                )
            check.that(
                reply.status not in (400, 422) or state_refuses(session, fresh, reply),
                f"{name}, {probe.why}, is answered with {reply.status}",
                reply,
                rule=probe.rule,
                expected="2xx",
                about=f"{name} {probe.why}",
            )
            if reply.ok:
                shop.take(fresh, reply)
    for name in sorted(request.how.without & body_members(session, op).keys()):
        schema = body_members(session, op)[name]
        value = shop.filler(op).usual(schema, name)
        timed = flats.of(schema).rules.get("format") in ("date", "date-time")
        if timed or _refers(session, op, name) or not validator.is_valid({**request.body, name: value}):
            continue
        fresh = shop.request(op)
        reply = shop.send(fresh, body={**(fresh.body or {}), name: value})
        check.that(
            reply.status not in (400, 422),
            f"{name}, {value!r}, which is valid, is answered with {reply.status}",
            reply,
            rule="BOUND-52",
            expected="2xx",
            about=f"{name} valid",
        )
        if reply.ok:
            shop.take(fresh, reply)
    flat = flats.of(content.schema)
    fewer = {name: value for name, value in request.body.items() if name in flat.required}
    if fewer != request.body and fewer and validator.is_valid(fewer):
        fresh = shop.request(op)
        reply = shop.send(fresh, body={name: value for name, value in fresh.body.items() if name in flat.required})
        check.that(
            reply.status not in (400, 422),
            f"a body with its required members only is answered with {reply.status}",
            reply,
            rule="BOUND-55",
            expected="2xx",
            about="required only",
        )
        if reply.ok:
            shop.take(fresh, reply)
    if not any(count for one, count in session.record.judged[op.id].items() if one.startswith("BOUND")):
        check.does_not_apply("no member has a bound or a list")


def _refers(session: Session, op: Op, name: str) -> bool:
    """Whether a member names another thing or somebody: then not every valid value is one."""
    shop = workshop(session)
    known = shop.known.meant(op.service, name)
    return known is not None or hidden(name) or name.lower().endswith(("_id", "id", "_by", "token"))
