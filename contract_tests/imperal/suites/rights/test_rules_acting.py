"""Rules of services that act for a person in billing: the service token and X-Acting-User."""

from __future__ import annotations

from specdouble.verify.kit import Api, Check, Credential, Op, operations, rule

from ...session import Session
from ...shared import money

TAGS = ("billing", "billing-stripe")


def both(op: Op, _api: Api) -> bool:
    """Whether a person or a service for them may call an operation of billing."""
    return op.spec.tag in TAGS and any("actingUser" in way for way in op.spec.security)


@rule("S13")
@operations(both)
def test_a_service_acts_as_the_person_it_names(op: Op, session: Session, check: Check) -> None:
    """The service token with X-Acting-User does for that person exactly what their own bearer would.

    Reads answer the same; writes show in the person's own books, and in nobody else's.
    """
    ready = session.ready(op)
    assert ready.person is not None
    who, other = (
        session.users.acting(ready.person),
        session.shared("somebody with a plan", lambda: money.subscriber(session)),
    )
    if op.reads:
        own, acted = session.play(ready), check.ok(session.play(ready, who), op=op)
        check.equal(acted.json, own.json, "a service reads something else than the person", acted)
        acted = check.ok(session.play(ready, session.users.acting(other)), op=op)
        check.equal(acted.json, session.play(ready, other.bearer).json, "a service reads somebody else's", acted)
        return
    books = tuple(session.some(money.books(other), 0, 1))
    foreign, before = session.look(books), session.look(ready.watch)
    reply = check.ok(session.play(ready, who), op=op)
    if ready.watch:
        check.that(session.look(ready.watch) != before, "a service's write does not show to the person", reply)
    check.equal(session.look(books), foreign, "a service's write shows to somebody else", reply)


@rule("S12")
@operations(both)
def test_a_service_alone_acts_for_nobody(op: Op, session: Session, check: Check) -> None:
    """The service token without a known X-Acting-User is refused on a person's routes; nothing is done for nobody."""
    ready = session.ready(op)
    service, before = session.users.service, session.look(ready.watch)
    tries = (
        service,
        service.plus("acting for nobody", X_Acting_User=""),
        service.plus("acting for an unknown", X_Acting_User="imp_u_nobody00"),
        Credential("X-Acting-User alone", {"X-Acting-User": ready.person.imperal_id if ready.person else "x"}),
        Credential("a wrong token", {**session.users.acting(ready.person).headers, "X-Service-Token": "wrong"})
        if ready.person
        else service,
    )
    for who in session.some(tries, 0, 2):
        check.status(session.play(ready, who), 401, 403, 422, message=f"{who.name} is not refused", about=who.name)
    check.equal(session.look(ready.watch), before, "a refused request changed something", op=op)


@rule("S14")
@operations(both)
def test_a_person_acts_for_themselves_whatever_they_say(op: Op, session: Session, check: Check) -> None:
    """X-Acting-User beside a person's own bearer does not change whose data is touched."""
    ready = session.ready(op)
    victim = session.shared("somebody with a plan", lambda: money.subscriber(session))
    books = tuple(session.some(money.books(victim), 0, 1))
    foreign = session.look(books)
    own = session.play(ready) if op.reads else None
    reply = session.play(ready, ready.who.plus("naming another", X_Acting_User=victim.imperal_id))
    check.that(reply.ok or reply.status in (400, 401, 403), f"answered {reply.status}", reply)
    if own is not None and reply.ok:
        check.equal(reply.json, own.json, "naming another reads something else", reply)
    check.equal(session.look(books), foreign, "naming another touched their data", reply)
