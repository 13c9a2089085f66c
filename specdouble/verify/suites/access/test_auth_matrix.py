"""The auth matrix: every protected operation against every kind of credential that must not open it.

Each request has a valid body and live ids, so that nothing but the credential can be the reason of a refusal. After
the refusals nothing has changed, and at last the same request with its good credential is taken.
"""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.credentials import Credential
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.access._matrix import opens, or_blind, refused


def protected(op: Op, api: Api) -> bool:
    """Whether people call an operation, and nobody without a credential does."""
    return api.for_people(op) and not op.spec.public


def of_role(op: Op, api: Api) -> bool:
    """Whether an operation is for people of a role."""
    return protected(op, api) and op.spec.required_role is not None


def optional(op: Op, _api: Api) -> bool:
    """Whether an operation takes a credential and needs none."""
    return frozenset() in op.spec.security and len(op.spec.security) > 1


@rule("AUTH-01")
@operations(protected)
def test_no_wrong_credential_opens_it(op: Op, session: Session, check: Check) -> None:
    """A request without a good credential is refused with 401 and changes nothing.

    Tried are: none, empty, garbage, other schemes, tampered, unsigned and foreign tokens, ended sessions, revoked
    keys, refresh tokens, and platform credentials where a person's belong. 403 counts as a refusal too.
    """
    callers = session.callers
    with or_blind(session, check, op, lambda: callers.careless(op), lambda: callers.nobodys(op)):
        ready = session.prepared(op)
        tries = session.some(callers.wrong(op, ready), 1, 1)
        refused(session, check, ready, tries, 401, 403, 422)
        opens(session, check, ready)


@rule("AUTH-18")
@operations(of_role)
def test_an_operation_of_a_role_opens_to_no_other(op: Op, session: Session, check: Check) -> None:
    """What is for people of a role is refused to everybody else with 403, whomever they name."""
    with or_blind(session, check, op, lambda: session.callers.anybody_else(op), list, 404):
        ready = session.prepared(op)
        for request, tries, allowed in session.callers.too_small(op, ready):
            refused(session, check, request, tries, *allowed)


@rule("AUTH-24")
@operations(protected)
def test_every_declared_way_to_sign_in_opens_it(op: Op, session: Session, check: Check) -> None:
    """Each way to sign in that the document declares is taken, such as a bearer, an API key, a service token."""
    tried = False
    for name, ready, who in session.callers.ways(op):  # one by one: each prepares its request just before
        tried = True
        reply = session.play(ready, who)
        check.that(reply.ok, f"{name} is answered with {reply.status}", reply, expected="2xx")
    if not tried:
        check.does_not_apply("no other way to sign in is known")


@rule("AUTH-25")
@operations(optional)
def test_a_wrong_credential_gains_nothing_where_none_is_needed(op: Op, session: Session, check: Check) -> None:
    """Where credentials are optional, a wrong one counts as none or is refused; it shows nothing of anybody."""
    ready = session.ready(op)
    check.ok(session.play(ready, Credential("nobody")), "an operation without need of a credential refuses its absence")
    for wrong in session.callers.gaining(op, ready):
        reply = session.play(ready, wrong.who)
        check.that(reply.status < 500, f"{wrong.who.name} is answered with {reply.status}", reply, about=wrong.who.name)
        for field in session.api.words.of_a_caller:
            check.that(
                field not in reply.text, f"{wrong.who.name} is told {field}", reply, about=wrong.who.name,
                rule=wrong.rule,
            )  # fmt: skip
