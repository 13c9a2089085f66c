"""Bounds: the last value inside is taken, the first outside is refused, and what is refused changes nothing.

All of it follows from the schemas of parameters and bodies, on a request that is valid but for the one value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from specdouble.openapi import Op, Parameter
from specdouble.verify.api.api import Api
from specdouble.verify.api.recipes import Ready
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.http.client import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites._responses import without_volatile
from specdouble.verify.suites.bounds._bounds import Probe, in_query, inside, outside, textual

INVALID = (400, 413, 415, 422)
MISSING = object()  # in place of a value: the field is left out
ONCE = ("BOUND-03", "BOUND-15", "BOUND-17")  # of these a sampling run makes one probe a field
# Parameters that nobody declares; those beside the first are what other lists have.
UNKNOWN = {
    "specdouble": "1", "q": "no-such-thing", "filter": "x", "since": "2999-01-01", "hours": "1", "actor": "nobody",
    "order": "desc", "limit": "1", "offset": "3",
}  # fmt: skip
Tries = list[tuple[str, Probe]]


def with_query(op: Op, _api: Api) -> bool:
    """Whether an operation has query parameters."""
    return any(one.location == "query" for one in op.spec.parameters)


def with_body(op: Op, api: Api) -> bool:
    """Whether an operation takes a JSON body and looks at it."""
    return bool(api.contract.body_schema(op)) and not api.facts(op).any_body


def with_object(op: Op, api: Api) -> bool:
    """Whether the body of an operation is an object with known fields."""
    return with_body(op, api) and bool(api.contract.body_schema(op).get("properties"))


def named_by_path(op: Op, api: Api) -> list[Parameter]:
    """Return the path parameters that name something which must exist."""
    free = api.facts(op).free
    return [one for one in op.spec.parameters if one.location == "path" and one.name not in free]


def query_parameters(op: Op) -> list[Parameter]:
    """Return the query parameters with a schema."""
    return [one for one in op.spec.parameters if one.location == "query" and isinstance(one.schema, dict)]


def own_made_up(session: Session, tries: Tries) -> None:
    """Say that made-up values of fields which name a person are nobody's: a run may send them."""
    session.client.own(
        *(probe.value for name, probe in tries if name in session.api.words.owners and isinstance(probe.value, str))
    )


def invalid(check: Check, session: Session, ready: Ready, probe: Probe, where: str, name: str) -> bool:
    """Send a request that is wrong in one place: it is refused, and says where. Return whether it was taken."""
    reply = session.play(ready)
    check.that(
        reply.status in INVALID,
        f"{name}, {probe.why}, is answered with {reply.status}",
        reply,
        rule=probe.rule,
        expected="422",
        about=f"{name} {probe.why}",
    )
    locs = refused_at(session.api, reply)
    if locs:
        check.that(
            any(where in loc and (name in loc or not name) for loc in locs),
            f"the 422 for {name} does not point at it",
            reply,
            rule="BOUND-31",
            about=f"loc {name}",
            expected=[where, name],
            got=locs,
        )
    return reply.ok


def refuses(check: Check, session: Session, ready: Ready, where: str, tries: Tries) -> bool:
    """Send what is wrong in one place after the other; return whether something of it was taken.

    A sampling run sends several mistakes at once, each in another field. What the 422 names was refused; what it does
    not name is sent again, alone.
    """
    taken = False
    own_made_up(session, tries)
    for group in groups(session, tries):
        told = named(session.api, session.play(spelled(ready, where, group)), where) if len(group) > 1 else set()
        for name, probe in group:
            if name in told:
                check.that(True, "", rule=probe.rule)
            else:
                taken |= invalid(check, session, spelled(ready, where, [(name, probe)]), probe, where, name)
    return taken


def groups(session: Session, tries: Tries) -> list[Tries]:
    """Return the tries one by one; in a sampling run, those of different fields together."""
    if not session.sampling.on:
        return [[one] for one in tries]
    fields: dict[str, Tries] = {}
    for name, probe in tries:
        fields.setdefault(name, []).append((name, probe))
    return [[one for one in group if one] for group in zip_longest(*fields.values())]


def sampled(session: Session, probes: Iterator[Probe]) -> list[Probe]:
    """Return the probes of a field; in a sampling run one of another type, and few of a kind."""
    kinds: dict[str, list[Probe]] = {}
    for one in probes:
        kinds.setdefault("BOUND-03" if one.rule == "BOUND-04" else one.rule, []).append(one)
    return [one for rule, kind in kinds.items() for one in session.some(kind, 0, 1 if rule in ONCE else 2)]


def spelled(ready: Ready, where: str, wrong: Tries) -> Ready:
    """Return a request with other values in its query or body."""
    whole = ready.query if where == "query" else ready.body if isinstance(ready.body, dict) else {}
    left_out = {name for name, probe in wrong if probe.value is MISSING}
    changed = {**whole, **{name: probe.value for name, probe in wrong}}
    return ready.but(**{where: {name: value for name, value in changed.items() if name not in left_out}})


def refused_at(api: Api, reply: Reply) -> list[tuple[str, ...]]:
    """Return the places of a request that a refusal names, where the pack can read them."""
    return (api.pack.refused_at(reply) if api.pack.refused_at is not None else None) or []


def named(api: Api, reply: Reply, where: str) -> set[str]:
    """Return the fields that a refusal points at."""
    return {part for loc in refused_at(api, reply) if where in loc for part in loc}


@rule("BOUND-01")
@operations(with_query)
def test_the_query_keeps_its_bounds(op: Op, session: Session, check: Check) -> None:
    """A query parameter outside its type, list or bounds is 422; at its bounds it is taken.

    Parameters that nobody declares are ignored.
    """
    schemas = session.contract.of(op)
    ready = session.ready(op)
    before = session.look(ready.watch)
    tries: Tries = []
    for parameter in query_parameters(op):
        for probe in sampled(session, outside(schemas, parameter.schema, parameter.example)):
            text = in_query(probe.value)
            if text is None or (probe.rule == "BOUND-03" and textual(schemas, parameter.schema)):
                continue
            tries.append((parameter.name, replace(probe, value=text)))
    if not refuses(check, session, ready, "query", tries):
        check.that(session.look(ready.watch) == before, "a refused query changed something", op=op, rule="BOUND-30")
    ignores_unknown(check, session, ready)
    tries = []
    for parameter in query_parameters(op):
        for probe in session.some(inside(schemas, parameter.schema, parameter.example), 0, 2):
            text = in_query(probe.value)
            if text is not None:
                tries.append((parameter.name, replace(probe, value=text)))
    takes(check, session, ready, "query", tries, 422, 400)


def ignores_unknown(check: Check, session: Session, ready: Ready) -> None:
    """Send query parameters that nobody declares, the usual ones of lists among them: they change nothing."""
    op, api = ready.op, session.api
    assert op is not None
    known = {one.name for one in op.spec.parameters}
    more = {name: value for name, value in UNKNOWN.items() if name not in known}
    compared = op.reads and not ready.once and not api.facts(op).restless and not api.is_stream(op)
    for _attempt in range(4):  # somebody else may write into a shared list in between
        plain = session.play(ready) if compared else None
        unknown = session.play(ready, query={**ready.query, **more})
        same = plain is None or without_volatile(api, plain.json) == without_volatile(api, unknown.json)
        if same:
            break
    check.that(unknown.ok, "an unknown query parameter is refused", unknown, rule="BOUND-33", expected="2xx")
    check.that(same, "an unknown query parameter changes the response", unknown, rule="BOUND-33", about="changes")


def takes(check: Check, session: Session, ready: Ready, where: str, tries: Tries, *invalid: int) -> None:
    """Send what is right in one place after the other; a sampling run sends several fields at once.

    `invalid` are the statuses that say that a value was refused: when several fields are, each is sent again, alone.
    """
    op = ready.op
    assert op is not None
    facts = session.api.facts(op)
    own_made_up(session, tries)

    def play(wrong: Tries) -> Reply:
        fresh = ready if op.reads else session.ready(op)
        if isinstance(fresh.body, dict):
            twins = {facts.twins.get(name) for name, probe in wrong if probe.value is not None}
            fresh = fresh.but(body={name: one for name, one in fresh.body.items() if name not in twins})
        return session.play(spelled(fresh, where, wrong))

    for group in groups(session, tries):
        if len(group) > 1 and (reply := play(group)).status not in invalid:
            for _name, probe in group:
                check.that(True, "", reply, rule=probe.rule)
            continue
        for name, probe in group:
            reply = play([(name, probe)])
            check.that(
                reply.status not in invalid or name in facts.meaningful,
                f"{name}, {probe.why}, is refused",
                reply,
                rule=probe.rule,
                expected="2xx",
                about=f"{name} {probe.why}",
            )


@rule("BOUND-02")
@operations(with_body)
def test_a_body_that_is_none_is_refused(op: Op, session: Session, check: Check) -> None:
    """Malformed JSON, another type and a missing body are refused with 422 and change nothing."""
    ready = session.prepared(op)
    required = op.spec.body is not None and op.spec.body.required
    before = [] if session.sampling.on else session.look(ready.watch)  # there BOUND-09 looks
    kind = session.contract.body_schema(op).get("type")
    bodies = [b"{", b"", b'"text"', b"17", b"{}x", b"\xff\xfe"] + ([b"[]"] if kind == "object" else [b"{}"])
    taken = False
    for data in session.some((one for one in bodies if one or required), 1):
        reply = session.play(ready, body=None, content=data)
        taken |= reply.ok
        check.status(
            reply,
            *INVALID,
            message=f"the body {data!r} is answered with {reply.status}",
            about=f"body {data!r}",
            rule="BOUND-32" if data == b"{" else "BOUND-02",
        )
    if taken:
        session.spoilt(op)
    elif not session.sampling.on:
        check.that(session.look(ready.watch) == before, "a refused body changed something", op=op, rule="BOUND-30")


@rule("BOUND-09")
@operations(with_object)
def test_every_field_keeps_its_bounds(op: Op, session: Session, check: Check) -> None:
    """A missing required field, null, another type, an unlisted or too long value is 422 and changes nothing."""
    schemas, schema = session.contract.of(op), session.contract.body_schema(op)
    ready = session.prepared(op)
    body = ready.body if isinstance(ready.body, dict) else {}
    watch = ready.watch[:1] if session.sampling.on else ready.watch
    before = session.look(watch)
    tries: Tries = []
    for name, value in schema["properties"].items():
        if name in schema.get("required", ()):
            tries.append((name, Probe("BOUND-09", "which is required, missing", MISSING)))
        tries += [(name, probe) for probe in sampled(session, outside(schemas, value, body.get(name)))]
    if refuses(check, session, ready, "body", tries):
        session.spoilt(op)
    else:
        check.that(session.look(watch) == before, "a refused body changed something", op=op, rule="BOUND-30")


@rule("BOUND-10")
@operations(with_object)
def test_what_is_inside_the_bounds_is_taken(op: Op, session: Session, check: Check) -> None:
    """Each field at its bounds, each listed value, null where it is allowed, and a body of required fields only."""
    schemas, schema = session.contract.of(op), session.contract.body_schema(op)
    ready = session.ready(op)
    body = ready.body if isinstance(ready.body, dict) else {}
    tries = [
        (name, probe)
        for name, value in schema["properties"].items()
        for probe in session.some(inside(schemas, value, body.get(name)), 0, 1)
    ]
    takes(check, session, ready, "body", tries, 422)
    required = schema.get("required", [])
    fewer = set(required) < set(body) and not session.api.facts(op).one_of
    if not tries and not fewer:
        check.does_not_apply("no field of the body has a bound, a list or a default")
    if fewer and not (session.sampling.on and tries):
        ready = session.ready(op)
        reply = session.play(ready, body={name: ready.body[name] for name in required if name in ready.body})
        check.that(
            reply.status != 422,
            "a body with its required fields only is refused",
            reply,
            rule="BOUND-10",
            expected="2xx",
            about="required only",
        )


@rule("BOUND-20")
@operations(named_by_path)
def test_an_unknown_id_is_not_found(op: Op, session: Session, check: Check) -> None:
    """An id that nobody has is 404 (or 403, or 400 and 422 where its form is wrong), never a success or a failure."""
    ready = session.prepared(op)
    for parameter in named_by_path(op, session.api):
        made_up = session.api.made_up(parameter.name, parameter.schema)
        session.client.own(made_up)
        reply = session.play(ready, params={**ready.params, parameter.name: made_up})
        check.that(
            reply.status in (400, 403, 404, 422),
            f"an unknown {parameter.name} is answered with {reply.status}",
            reply,
            expected="404",
            about=parameter.name,
        )
