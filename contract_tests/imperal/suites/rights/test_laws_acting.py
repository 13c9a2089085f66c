"""Laws of services that act for a person in billing: the service token and X-Acting-User."""

from __future__ import annotations

import pytest

from specdouble.verify.kit import Credential, Judge, Op, Stage, contract, law

from ... import money

TAGS = ("billing", "billing-stripe")
BOTH = [op for op in contract().ops if op.spec.tag in TAGS and any("actingUser" in way for way in op.spec.security)]


@law("S13", *(op.id for op in BOTH))
@pytest.mark.parametrize("op", BOTH, ids=str)
def test_a_service_acts_as_the_person_it_names(op: Op, stage: Stage, judge: Judge) -> None:
    """The service token with X-Acting-User does for that person exactly what their own bearer would.

    Reads answer the same; writes show in the person's own books, and in nobody else's.
    """
    ready = stage.ready(op)
    assert ready.person is not None
    who, other = stage.cast.acting(ready.person), stage.shared("somebody with a plan", lambda: money.subscriber(stage))
    if op.reads:
        own, acted = stage.play(ready), judge.ok(stage.play(ready, who), op=op)
        judge.equal(acted.json, own.json, "a service reads something else than the person", acted)
        acted = judge.ok(stage.play(ready, stage.cast.acting(other)), op=op)
        judge.equal(acted.json, stage.play(ready, other.bearer).json, "a service reads somebody else's", acted)
        return
    books = tuple(stage.some(money.books(other), 0, 1))
    foreign, before = stage.look(books), stage.look(ready.watch)
    reply = judge.ok(stage.play(ready, who), op=op)
    if ready.watch:
        judge.that(stage.look(ready.watch) != before, "a service's write does not show to the person", reply)
    judge.equal(stage.look(books), foreign, "a service's write shows to somebody else", reply)


@law("S12", *(op.id for op in BOTH))
@pytest.mark.parametrize("op", BOTH, ids=str)
def test_a_service_alone_acts_for_nobody(op: Op, stage: Stage, judge: Judge) -> None:
    """The service token without a known X-Acting-User is refused on a person's routes; nothing is done for nobody."""
    ready = stage.ready(op)
    service, before = stage.cast.service, stage.look(ready.watch)
    tries = (
        service,
        service.plus("acting for nobody", X_Acting_User=""),
        service.plus("acting for an unknown", X_Acting_User="imp_u_nobody00"),
        Credential("X-Acting-User alone", {"X-Acting-User": ready.person.imperal_id if ready.person else "x"}),
        Credential("a wrong token", {**stage.cast.acting(ready.person).headers, "X-Service-Token": "wrong"})
        if ready.person
        else service,
    )
    for who in stage.some(tries, 0, 2):
        judge.status(stage.play(ready, who), 401, 403, 422, message=f"{who.name} is not refused", about=who.name)
    judge.equal(stage.look(ready.watch), before, "a refused request changed something", op=op)


@law("S14", *(op.id for op in BOTH))
@pytest.mark.parametrize("op", BOTH, ids=str)
def test_a_person_acts_for_themselves_whatever_they_say(op: Op, stage: Stage, judge: Judge) -> None:
    """X-Acting-User beside a person's own bearer does not change whose data is touched."""
    ready = stage.ready(op)
    victim = stage.shared("somebody with a plan", lambda: money.subscriber(stage))
    books = tuple(stage.some(money.books(victim), 0, 1))
    foreign = stage.look(books)
    own = stage.play(ready) if op.reads else None
    reply = stage.play(ready, ready.who.plus("naming another", X_Acting_User=victim.imperal_id))
    judge.that(reply.ok or reply.status in (400, 401, 403), f"answered {reply.status}", reply)
    if own is not None and reply.ok:
        judge.equal(reply.json, own.json, "naming another reads something else", reply)
    judge.equal(stage.look(books), foreign, "naming another touched their data", reply)
