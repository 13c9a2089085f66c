"""Reach: a request that was made from the document is taken, and every operation is there."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, state_refuses, workshop


@rule("REACH-41")
@by_model(lambda _op, _known: True)
def test_a_made_request_is_taken(op: Op, session: Session, check: Check) -> None:
    """A request that is made from the document is taken: its parents are made first, its body is valid, its ids live.

    That such a request is refused proves nothing, for documents leave out much of what a server asks for: then the
    operation is unproven, with what was tried. That it is taken once and refused the next time is a fault.
    """
    shop = workshop(session)
    if op.id not in shop.how:
        first = shop.learn(op)
        check.that(first.taken, "", first)
        return
    request = shop.request(op)
    reply = shop.send(request)
    if reply.status in (409, 429) or (not op.reads and not reply.ok and state_refuses(session, request, reply)):
        raise Unmet(f"{op.id} answered {reply.status} the second time")
    check.that(reply.taken, f"the same kind of request is answered with {reply.status} now", reply, expected="2xx")


@rule("REACH-42")
@by_model(lambda op, _known: "{" not in op.spec.path)
def test_every_operation_is_served(op: Op, session: Session, check: Check) -> None:
    """A method and path that the document declares is known to the server: not 405, nor 404 where nothing is named."""
    shop = workshop(session)
    if op.id in shop.how:
        check.that(True, "")
        return
    try:
        reply = shop.learn(op)
    except Unmet:
        statuses = {int(one) for one in session.record.statuses[op.id]}
        if not statuses:
            raise
        check.that(
            not statuses <= {404, 405, 501},
            f"a declared operation is answered with {sorted(statuses)}",
            op=op,
            expected="any response of the operation itself",
            got=sorted(statuses),
        )
        return
    check.that(True, "", reply)
