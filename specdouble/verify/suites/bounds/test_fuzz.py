"""Random and hostile requests: whatever is sent, the response is a declared one."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.bounds._fuzz import Fuzz, own_session
from specdouble.verify.suites.bounds._hostile import Hostile


def tried(op: Op, api: Api) -> bool:
    """Whether random requests go to an operation: a stream has no end, and some end whoever sends them."""
    return not api.is_stream(op) and not api.facts(op).ends_callers


def with_body(op: Op, api: Api) -> bool:
    """Whether an operation that is tried takes a JSON body."""
    return tried(op, api) and op.spec.body is not None and "application/json" in op.spec.body.content


def placed(op: Op, _api: Api) -> bool:
    """Whether an operation has parameters or a body."""
    return bool(op.spec.parameters) or op.spec.body is not None


# Bodies that are no JSON; of the others a server may take those that keep the schema of the operation.
NO_JSON = frozenset({"bytes that are no UTF-8", "NaN"})
HOSTILE = {
    "10,000 levels of nesting": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a number beyond 64 bits": b'{"a": 1' + b"0" * 400 + b"}",
    "bytes that are no UTF-8": b'{"a": "\xff\xfe"}',
    "a lone surrogate": b'{"a": "\\ud800", "name": "\\ud800", "email": "\\ud800@example.com"}',
    "NaN": b'{"a": NaN, "tokens": NaN, "rating": NaN}',
    "the same key twice": b'{"name": "a", "name": 17, "email": 1, "email": {}}',
    "a prototype": b'{"__proto__": {"role": "admin"}, "constructor": 1}',
}


@rule("FUZZ-01")
@operations(tried)
def test_random_requests_break_nothing(op: Op, session: Session, check: Check) -> None:
    """No request made from the document, valid or not, makes the server fail; what is invalid is refused.

    schemathesis makes the requests: examples, coverage of every constraint of bodies, and random ones, which --seed
    repeats. --profile nightly sends many, and coverage of parameters too.
    """
    Fuzz(session, check, op).run()


@rule("FUZZ-02")
@operations(with_body)
def test_hostile_bodies_are_refused(op: Op, session: Session, check: Check) -> None:
    """Absurd nesting, numbers, bytes and keys are a clear refusal, never a failure; the next request works."""
    twin = own_session(session)
    ready = twin.prepared(op)
    validator, schema = session.contract.of(op).validator, session.contract.body_schema(op)
    for name, data in session.some(HOSTILE.items(), 0, 1):
        fits = name not in NO_JSON and validator(schema).is_valid(like(name))
        reply = twin.client.send(op, ready.who, params=ready.params, query=ready.query, content=data)
        check.that(
            reply.status < 500 and (reply.status >= 400 or fits or session.api.facts(op).any_request),
            f"{name} is answered with {reply.status}",
            reply,
            expected="4xx",
            about=name,
        )


@rule("FUZZ-03")
@operations(placed)
def test_hostile_values_break_nothing(op: Op, session: Session, check: Check) -> None:
    """Whatever stands in a declared text or number of the path, the query or the body, the server does not fail.

    Tried are emoji and letters beyond ASCII, quotes, `%`, `_`, backslashes, `%00` and a NUL, 300 characters, and blanks
    only; and for numbers 2^31, 2^53, 2^63, 2^64, zero and negative ones. They are the same in every run. What was
    stored is read back.
    """
    found = Hostile(own_session(session), check, op)
    if not found.places:
        check.does_not_apply("no text and no number is declared")
    found.run()


def like(name: str) -> object:
    """Return what a hostile body says, with harmless values in place of its hostile ones."""
    if name == "the same key twice":
        return {"name": "a", "email": "a@example.com"}  # the first of two values, as some readers take it
    if name == "a lone surrogate":
        return {"a": "x", "name": "x", "email": "x@example.com"}
    return {"__proto__": {"role": "admin"}, "constructor": 1} if name == "a prototype" else {"a": 1}
