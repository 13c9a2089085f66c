"""Random sequences: creates, updates, reads and deletes in any order keep what a plain dictionary would keep."""

from __future__ import annotations

from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, stateful
from hypothesis import strategies as st

from specdouble.openapi import Op
from specdouble.verify.api.known import MISSING
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Thing
from specdouble.verify.problems import Unmet
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import body_members, by_model, hidden, moves, same, state_refuses, workshop
from specdouble.verify.suites.model.access.test_isolation import leads

EXAMPLES = {"gate": (3, 8), "staging": (1, 6), "nightly": (40, 30)}  # sequences of an operation, and their steps


class BrokenError(Exception):
    """A response that a dictionary would not have given."""


@rule("MODEL-41")
@by_model(lambda op, known: leads(op, known) and known.reader(op.service, known.about(op).resource) is not None)
def test_any_sequence_keeps_what_was_written(op: Op, session: Session, check: Check) -> None:
    """After any sequence of creates, updates and deletes, every read and list shows what was written last, no more.

    The sequences are random (`--seed` repeats them); one that fails is made as short as it can be.
    """
    shop = workshop(session)
    request = shop.request(op)
    if request.identity is None:
        raise Unmet("nobody makes it")
    log: list[str] = []
    machine = _machine(session, op, log)
    count, steps = EXAMPLES[session.settings.profile]
    settings = hypothesis.settings(
        max_examples=count,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    machine._hypothesis_internal_use_seed = session.settings.seed
    try:
        stateful.run_state_machine_as_test(machine, settings=settings)
    except BrokenError as error:
        check.that(
            False,
            f"{error}",
            op=op,
            expected="what was written last",
            got=" → ".join(log),
            about=str(error).partition(":")[0],
        )
        return
    except hypothesis.errors.Flaky as error:
        raise Unmet(f"a sequence failed once and not again ({type(error).__name__})") from None
    check.that(True, "", op=op)


def _machine(session: Session, op: Op, log: list[str]) -> Any:
    """Return the machine of a resource."""
    shop = workshop(session)
    found = shop.known.resource(op)
    assert found is not None
    kind = found.name
    writes = shop.known.uses(op.service, kind, "update", "replace")
    deleter = shop.known.deleter(op.service, kind)
    parent = shop.request(op)

    class Machine(stateful.RuleBasedStateMachine):
        """The things of one sequence and what they must show."""

        things = stateful.Bundle("things")

        def __init__(self) -> None:
            super().__init__()
            log.clear()
            self.held: dict[int, dict[str, Any]] = {}
            self.dead: set[int] = set()
            self.count = 0

        def say(self, text: str) -> None:
            log.append(text)

        def holds(self, condition: bool, message: str) -> None:
            if not condition:
                raise BrokenError(message)

        @stateful.rule(target=things)
        def create(self) -> Any:
            fresh = shop.request(op)
            request = fresh.but(
                params={
                    **parent.params,
                    **{one: fresh.params[one] for one in fresh.params if one not in shop.known.about(op).within},
                },
                above=parent.above,
            )
            reply = shop.send(request)
            if reply.status in (409, 429) or (not reply.ok and state_refuses(session, request, reply)):
                return None
            self.holds(reply.ok, f"a create is refused: {reply.status}")
            thing = shop.take(request, reply)
            if thing is None:
                return None
            self.count += 1
            self.say(f"create {thing.name}")
            self.held[id(thing)] = dict(request.body) if isinstance(request.body, dict) else {}
            return thing

        @stateful.rule(thing=things)
        def read(self, thing: Thing | None) -> None:
            if thing is None:
                return
            reply = shop.reading.get(thing)
            if reply is None:
                return
            self.say(f"read {thing.name}: {reply.status}")
            if id(thing) in self.dead:
                self.holds(not reply.ok, f"a deleted {kind} is read: {reply.status}")
                return
            self.holds(reply.ok, f"a live {kind} is not read: {reply.status}")
            shown = shop.known.item(reply.op, reply.json) or {}
            for name, value in self.held[id(thing)].items():
                if name in shown and not hidden(name) and not moves(name) and value is not None:
                    self.holds(
                        same(value, shown[name], name), f"{name} is not what was written: {shown[name]!r} for {value!r}"
                    )

        @stateful.rule(thing=things, which=st.integers(0, 50))
        def update(self, thing: Thing | None, which: int) -> None:
            if thing is None or not writes:
                return
            write = writes[which % len(writes)]
            try:
                request = shop.request(write, thing=thing)
            except Unmet:
                return
            members = [
                name
                for name in body_members(session, write)
                if name in self.held[id(thing)] and not hidden(name) and name not in request.how.without
            ]
            partial = write.spec.method == "PATCH"
            body = dict(request.body) if isinstance(request.body, dict) and not partial else {}
            if members:
                name = members[which % len(members)]
                value = shop.filler(write).another(body_members(session, write)[name], self.held[id(thing)][name], name)
                if value is not MISSING and not name.lower().endswith("id"):
                    body[name] = value
            if not body:
                return
            reply = shop.send(request, body=body)
            self.say(f"{write.spec.method} {thing.name} {sorted(body)}: {reply.status}")
            if id(thing) in self.dead:
                self.holds(not reply.ok, f"a deleted {kind} is written: {reply.status}")
            elif reply.ok:
                for name, value in body.items():
                    self.held[id(thing)][name] = value
                if not partial:
                    self.held[id(thing)] = {name: value for name, value in self.held[id(thing)].items() if name in body}

        @stateful.rule(thing=things)
        def delete(self, thing: Thing | None) -> None:
            if thing is None or deleter is None:
                return
            try:
                reply = shop.send(shop.request(deleter, thing=thing))
            except Unmet:
                return
            self.say(f"delete {thing.name}: {reply.status}")
            if id(thing) in self.dead:
                self.holds(reply.status < 500, f"a second delete fails: {reply.status}")
            elif reply.ok:
                self.dead.add(id(thing))
                thing.gone = True

        @stateful.rule(thing=things)
        def listed(self, thing: Thing | None) -> None:
            if thing is None:
                return
            for listing in shop.reading.lists(thing):
                who = shop.reading.reader(listing, thing)
                rows = shop.reading.all_rows(listing, shop.reading.list_request(listing, thing, who))
                if rows is None:
                    continue  # it is a list for others
                row = next((one for one in rows if shop.known.same(thing.resource, one, thing.keys)), None)
                self.say(f"list with {thing.name}: {row is not None}")
                gone = isinstance(row, dict) and any(
                    word in str(row).lower() for word in ("deleted", "archived", "inactive")
                )
                if id(thing) in self.dead:
                    self.holds(row is None or gone, f"a deleted {kind} is listed")
                else:
                    self.holds(row is not None, f"a live {kind} is not listed")

    return Machine
