"""Actions: moves between states are taken or refused, and a read shows which."""

from __future__ import annotations

import re
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Thing
from specdouble.verify.generated.things import How
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import (
    by_model,
    has_role,
    item,
    moves,
    still,
    thing_for,
    workshop,
)
from specdouble.verify.suites.model.writes._subject import is_fixed


@rule("LIFE-59")
@by_model(
    lambda op, known: has_role("action", "update")(op, known) and bool(known.about(op).resource) and "{" in op.spec.path
)
def test_a_refused_move_leaves_the_state(op: Op, session: Session, check: Check) -> None:
    """Each listed value that an action asks for is taken and shown, or refused, and then nothing has changed.

    Where the document draws the moves ("open → running → done"), a move that skips a state is refused.
    """
    shop = workshop(session)
    name, listed = _moves_by(session, op)
    if not listed:
        check.does_not_apply("the body lists no states")
        return
    drawn = _drawn(f"{op.spec.summary} {op.spec.description}", listed)
    refused = bool(re.search(r"refus|not allowed|reject|invalid|409", f"{op.spec.description}", re.IGNORECASE))
    for value in listed:
        request, thing = thing_for(session, op)
        fresh = request if not request.how.before else shop.build(op, thing.who, How(chosen=request.how.chosen), thing)
        before = item(session, thing)
        state = next((key for key, one in before.items() if one in listed), None)
        reply = shop.send(fresh, body={**(request.body if isinstance(request.body, dict) else {}), name: value})
        after = item(session, thing)
        if not reply.ok:
            check.that(
                still(after) == still(before),
                f"a refused move to {value} changes something",
                reply,
                expected=before,
                got=after,
                about=f"refused {value}",
            )
        elif state is not None:
            check.that(
                after.get(state) == value,
                f"a move to {value} is taken, and {state} is something else",
                reply,
                expected=value,
                got=after.get(state),
                about=f"taken {value}",
            )
            skips = drawn and before[state] in drawn and value in drawn
            far = skips and abs(drawn.index(value) - drawn.index(before[state])) > 1
            check.that(
                not (far and refused),
                f"a move from {before[state]} to {value} is taken, which skips a state",
                reply,
                expected="a refusal",
                got=value,
                about=f"skips {value}",
            )


def _moves_by(session: Session, op: Op) -> tuple[str, list[Any]]:
    """Return the required member of a body that lists states, and the states."""
    content = workshop(session).filler(op).content(op)
    flats = workshop(session).filler(op).flats
    flat = flats.of(content.schema) if content is not None else None
    if flat is None:
        return "", []
    for name in sorted(flat.required):
        listed = [one for one in flats.of(flat.properties.get(name, True)).enum or () if isinstance(one, str)]
        if len(listed) > 1:
            return name, listed
    return "", []


def _drawn(text: str, listed: list[Any]) -> list[str]:
    """Return the states of a text that draws them with arrows, in their order."""
    found = re.search(r"[\w-]+(?:\s*(?:→|->|=>)\s*[\w-]+)+", text)
    states = re.split(r"\s*(?:→|->|=>)\s*", found[0]) if found else []
    return states if set(states) <= set(listed) else []


@rule("LIFE-58")
@by_model(lambda op, known: has_role("action")(op, known) and bool(known.about(op).resource) and "{" in op.spec.path)
def test_an_action_is_shown_by_a_read(op: Op, session: Session, check: Check) -> None:
    """What the response to an action shows of its item is what a read shows afterwards."""
    request, thing = thing_for(session, op)
    shop = workshop(session)
    before = item(session, thing)
    reply = shop.send(request).need()
    view = shop.known.item(op, reply.json)
    after = item(session, thing)
    check.that(
        all(before.get(one) == after.get(one) for one in before if is_fixed(one)),
        "an action changes the identity",
        reply,
        expected=before,
        got=after,
        about="identity",
    )
    if not view or shop.known.keys(thing.resource, view) != thing.keys:
        check.that(True, "", reply)
        return
    for name in view.keys() & after.keys():
        check.that(
            moves(name) or view[name] == after[name],
            f"{name} differs between the response and a read",
            reply,
            expected=view[name],
            got=after[name],
            about=name,
        )
    wanted = request.body if isinstance(request.body, dict) else {}
    for value in wanted.values():
        if isinstance(value, str) and any(value in _listed(session, op, thing, name) for name in after):
            check.that(
                value in after.values(),
                f"the action asks for {value}, and the item does not show it",
                reply,
                expected=value,
                got=after,
                about=f"state {value}",
            )


def _listed(session: Session, op: Op, thing: Thing, name: str) -> list[Any]:
    """Return the values that are listed for a member of an item."""
    shop = workshop(session)
    reader = shop.reading.of(thing)
    flats = shop.filler(op).flats
    members = flats.members(reader.spec.success.schema) if reader is not None else {}
    return list(flats.of(members[name]).enum or ()) if name in members else []
