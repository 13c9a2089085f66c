"""Actions: moves between states are taken or refused, and a read shows which."""

from __future__ import annotations

import re
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Thing
from specdouble.verify.generated.things import How
from specdouble.verify.responses.reply import Reply
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

    That is tried from each state that can be reached. Where the document draws the moves ("open → running → done"), a
    move that skips a state is refused, and where it says that all others are, so is a move to where a thing is.
    """
    name, listed = _moves_by(session, op)
    if not listed:
        check.does_not_apply("the body lists no states")
        return
    drawn = Drawn(f"{op.spec.summary} {op.spec.description}", listed)
    ways: list[tuple[Any, ...]] = [()]  # moves from a new thing on, one way to each state
    reached: set[Any] = set()
    while ways:
        way = ways.pop(0)
        walker = Walker(session, op, name, way)
        if walker.state in reached or walker.state is None:
            if walker.state is None and not way:
                _each_value(walker, check, listed)
            continue
        reached.add(walker.state)
        moved = [value for value in listed if _move(walker, check, drawn, value)]
        ways += [(*way, value) for value in moved if value not in reached]


class Walker:
    """A thing that has gone a way through its states; one that has left the last one is made anew."""

    def __init__(self, session: Session, op: Op, name: str, way: tuple[Any, ...]) -> None:
        self.session, self.op, self.name, self.way = session, op, name, way
        self.member = ""
        self.renew()

    def renew(self) -> None:
        """Bring a new thing into the state."""
        shop = workshop(self.session)
        self.request, self.thing = thing_for(self.session, self.op)
        if self.request.how.before:
            chosen = How(chosen=self.request.how.chosen)
            self.request = shop.build(self.op, self.thing.who, chosen, self.thing)
        for value in self.way:
            self.ask(value)
        self.before = item(self.session, self.thing)
        states = set(_moves_by(self.session, self.op)[1])
        self.member = next((key for key, one in self.before.items() if isinstance(one, str) and one in states), "")
        self.state = self.before.get(self.member) if self.member else None

    def ask(self, value: Any) -> Reply:
        """Ask for a state."""
        body = self.request.body if isinstance(self.request.body, dict) else {}
        return workshop(self.session).send(self.request, body={**body, self.name: value})


def _each_value(walker: Walker, check: Check, listed: list[Any]) -> None:
    """Ask for each value where nothing shows a state."""
    for value in listed:
        _move(walker, check, Drawn("", []), value)


def _move(walker: Walker, check: Check, drawn: Drawn, value: Any) -> bool:
    """Ask for a state, judge the response and what a read shows then; return whether it is another state now."""
    before = walker.before
    reply = walker.ask(value)
    after = item(walker.session, walker.thing)
    if not reply.ok:
        check.that(
            still(after) == still(before),
            f"a refused move to {value} changes something",
            reply,
            expected=before,
            got=after,
            about=f"refused {value}",
        )
        status = drawn.status
        check.that(
            not status or reply.status in (status, 401, 403, 404) or status not in walker.op.spec.responses,
            f"a move that is refused is answered with {reply.status}, and the document says {status}",
            reply,
            expected=status,
            about="status",
        )
        return False
    if walker.member:
        check.that(
            after.get(walker.member) == value,
            f"a move to {value} is taken, and {walker.member} is something else",
            reply,
            expected=value,
            got=after.get(walker.member),
            about=f"taken {value}",
        )
        wrong = drawn.excludes(walker.state, value)
        check.that(
            not wrong,
            f"a move from {walker.state} to {value} is taken, which {wrong}",
            reply,
            expected="a refusal",
            got=value,
            about=f"{walker.state} to {value}",
        )
    moved = after.get(walker.member) != walker.state if walker.member else True
    walker.renew()
    return moved and bool(walker.member)


class Drawn:
    """The moves that a text draws with arrows, and what it says of others."""

    def __init__(self, text: str, listed: list[Any]) -> None:
        found = re.search(r"[\w-]+(?:\s*(?:→|->|=>)\s*[\w-]+)+", text)
        states = re.split(r"\s*(?:→|->|=>)\s*", found[0]) if found else []
        self.states: list[Any] = states if set(states) <= set(listed) else []
        self.refuses = bool(re.search(r"refus|not allowed|reject|invalid|409", text, re.IGNORECASE))
        others = re.search(r"\b(?:other|all others|any other|else)\b[^.]*?(?:refus|not allowed|reject|409)", text, re.I)
        self.closed = bool(others)
        said = re.search(r"\b(?:refused|rejected|not allowed)\b[^.;]{0,30}?\b(4\d\d)\b", text, re.I) if states else None
        self.status = int(said[1]) if said else 0

    def excludes(self, state: Any, value: Any) -> str:
        """Return why a move is none of those that are drawn; "" where it may be one."""
        if not self.refuses or state not in self.states or value not in self.states:
            return ""
        far = abs(self.states.index(value) - self.states.index(state))
        return "skips a state" if far > 1 else "leads nowhere" if not far and self.closed else ""


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
