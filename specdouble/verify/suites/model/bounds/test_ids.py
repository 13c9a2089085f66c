"""Ids: what nobody has is not found, and a thing only where it is."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.openapi.values.flat import Flat
from specdouble.verify.api.rules import rule
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.record import VIOLATION, WARNING
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, workshop
from specdouble.verify.suites.model.access.test_isolation import _chain
from specdouble.verify.suites.model.bounds.test_bounds import refusals


@rule("BOUND-56")
@by_model(lambda op, _known: "{" in op.spec.path)
def test_an_unknown_id_is_not_found(op: Op, session: Session, check: Check) -> None:
    """An id that nobody has is not found, wherever it stands in the path; of a wrong form it is refused."""
    shop = workshop(session)
    request = shop.request(op)
    about = shop.known.about(op)
    for one in op.spec.parameters:
        if one.location != "path":
            continue
        own, resource = one.name not in about.within, shop.known.resource(op)
        if own and (about.role in ("upsert", "create") or resource is None or not resource.key.parts):
            continue
        named_by = about.resource if own else about.within[one.name]
        made_here = bool(shop.known.makers(op.service, named_by))
        if not made_here and shop.known.reader(op.service, named_by) is None:
            continue  # no operation makes or shows such things: any value may name one
        says = made_here and any(status in op.spec.responses for status in (404, 4, 0))
        made = shop.filler(op).parameter(one, None, fresh=True)
        for value in (made, _wrong_form(shop.filler(op).flats.of(one.schema))):
            if value is None or str(value) == str(request.params.get(one.name)):
                continue
            reply = shop.send(request, params={**request.params, one.name: value})
            if value is made:
                refusals(session, "an unknown id")[op.id][reply.status] += 1
            check.that(
                400 <= reply.status < 500,
                f"an unknown {one.name} is answered with {reply.status}",
                reply,
                expected="404",
                about=f"{one.name} {'unknown' if value is made else 'form'}",
                severity=VIOLATION if says else WARNING,
            )
            if value is made and 400 <= reply.status < 500 and 404 in op.spec.responses:
                check.that(
                    reply.status in (404, 410),
                    f"an unknown {one.name} is answered with {reply.status}, and 404 is declared",
                    reply,
                    rule="BOUND-58",
                    expected="404",
                    about=f"{one.name} 404",
                )
    if not session.record.judged[op.id]["BOUND-56"]:
        check.does_not_apply("the path names nothing that must be there")


def _wrong_form(flat: Flat) -> str | None:
    if flat.type in ("integer", "number"):
        return "no-number"
    if flat.rules.get("format") in ("uuid", "date", "date-time"):
        return "no-such-form"
    return None


def _lists_nothing(session: Session, op: Op, reply: Reply) -> bool:
    """Whether a response is a list without rows."""
    known = workshop(session).known
    value = reply.json
    inner = list(value.values()) if isinstance(value, dict) else [value]
    lists = known.about(op).role in ("list", "find") or any(isinstance(one, list) for one in inner)
    return lists and not known.rows(op, value)


@rule("BOUND-57")
@by_model(lambda op, known: len(_chain(op, known)) > 1)
def test_a_thing_is_not_found_below_another_parent(op: Op, session: Session, check: Check) -> None:
    """A thing is found below what it belongs to, and not below another parent of the same kind, at any depth."""
    shop = workshop(session)
    request = shop.request(op)
    names, within = _chain(op, shop.known), shop.known.about(op).within
    judged = False
    for depth in range(1, len(names)):
        inside = within.get(names[depth - 1])
        if inside is None:
            continue
        mine = (request.thing.within(inside) if request.thing else None) or request.above.get(inside)
        if mine is None or not mine.ours:
            continue
        try:
            other = shop.thing(op.service, inside, mine.who, fresh=True)
        except Unmet:
            continue
        params = dict(request.params)
        for name in names[:depth]:
            above = other if within[name] == inside else other.within(within[name])
            if above is not None:
                params[name] = next(reversed(above.keys.values()))
        if params[names[depth - 1]] == request.params[names[depth - 1]]:
            continue
        reply = shop.send(request, params=params)
        judged = True
        empty = reply.ok and op.reads and _lists_nothing(session, op, reply)
        check.that(
            400 <= reply.status < 500 or empty,
            f"what is below one {inside} is answered with {reply.status} below another",
            reply,
            expected="404",
            about=f"{names[depth - 1]}",
        )
        if reply.ok and not op.reads:
            shop.take(request, reply)
            request = shop.request(op)
    if not judged:
        check.does_not_apply("no second parent could be made")
