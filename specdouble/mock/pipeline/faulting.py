"""Faults at work: what a rule of the world, or a wish of the request itself, does to one request.

A status and an expired token come in the place of the handler, and the world stays as it is; everything else happens to
the response of an operation that has taken effect, as with a response that got lost.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from specdouble.mock.faults import spoiling
from specdouble.mock.faults.effects import Delay, Effects
from specdouble.mock.faults.places import Ask
from specdouble.mock.faults.rules import Rule
from specdouble.mock.pipeline.call import Call, Caller, Request
from specdouble.mock.pipeline.making import made
from specdouble.mock.pipeline.problems import Problem, WishError
from specdouble.mock.pipeline.reply import Broken, Reply
from specdouble.mock.pipeline.wishes import wished
from specdouble.openapi.media_types import is_json

if TYPE_CHECKING:
    from specdouble.mock.pipeline.dispatch import Service
    from specdouble.mock.pipeline.operation import Bound
    from specdouble.mock.state.world import World

_AHEAD = (3_660.0, 90_000.0, 35 * 86_400.0, 400 * 86_400.0)  # seconds after which a token may have expired
_ANY = random.Random()


@dataclass(slots=True)
class Struck:
    """What strikes one request: `instead` is its response where the handler is not asked.

    `rule` is empty where the request itself wished for it, and `applied` then says so.
    """

    effects: Effects
    rule: Rule | None = None
    delays: tuple[Rule, ...] = ()
    applied: str = ""
    instead: Reply | None = None
    missed: bool = False  # it had nothing to strike at
    waited: float = 0.0  # seconds

    @property
    def did(self) -> bool:
        """Whether anything was done."""
        return not self.missed or self.waited > 0

    @property
    def kind(self) -> str:
        """What was done in a word, of several things the one that a client sees first."""
        effects = self.effects
        if self.missed:
            return "delay"
        found = (
            effects.ending,
            "expired_token" if effects.expired_token else "",
            "status" if effects.status else "",
            "example" if effects.example else "",
            "omit" if effects.omit else "",
            "wrong_type" if effects.wrong_type else "",
            "headers" if effects.headers else "",
        )
        return next((one for one in found if one), "delay")

    def told(self) -> dict[str, Any]:
        """Return what the journal says of it."""
        rule = None if self.missed else self.rule
        names = [one.id for one in (rule, *self.delays) if one is not None]
        did = [] if self.missed else [str(self.effects)]
        did += [f"delay {self.waited:.3g} s"] if self.waited else []
        by = {"rules": names} if names else {"prefer": self.applied}
        return {**by, "did": ", ".join(one for one in did if one)}


def strike(service: Service, op: Bound, call: Call, request: Request) -> Struck | None:
    """Find what strikes a request, and respond in the place of its handler where that is what it does.

    Raises:
        WishError: 404, the request wishes for a response or an example that the document does not have.

    """
    world, who = call.world, _Recognising(service, op, call)
    wish = wished(request)
    found: Struck | None = None
    if wish is not None:
        found = Struck(wish[0], applied=wish[1])
    if world.faults.rules and (found is None or found.effects.only_delays):
        rule, delays = world.faults.strike(Ask(service.name, op, request, who))
        if rule is not None:
            waits = found.effects.delay if found is not None else None
            found = Struck(rule.effects, rule, tuple(delays), found.applied if found is not None else "")
            if waits is not None:
                found.effects = _with_delay(rule.effects, waits)
        elif delays:
            found = Struck(found.effects if found is not None else Effects(), None, tuple(delays),
                           found.applied if found is not None else "")  # fmt: skip
    if found is None:
        return None
    if found.rule is None and found.applied:
        _must_be_declared(op, found.effects)
    effects = found.effects
    if effects.expired_token:
        found.instead = service.refuse(_expired(service, call), op, request)
    elif (effects.status or effects.example) and not effects.after_handling:
        found.instead = made(service, op, request, effects)
    elif effects.ending in ("drop", "stall") and not effects.after_handling:
        found.instead = Reply(503, [("content-type", "text/plain")], b"..", broken=Broken(effects.ending))
    if found.instead is not None:
        call.caller = who() or Caller()  # for the journal
    return found


def apply(service: Service, op: Bound, request: Request, struck: Struck, reply: Reply, world: World) -> Reply:
    """Do to a response what strikes its request."""
    effects, before = struck.effects, reply
    handled = struck.instead is None
    if handled and effects.status:
        reply = made(service, op, request, effects)
    idle = set()  # what had nothing to strike at
    for key, places in (("omit", effects.omit), ("wrong_type", effects.wrong_type)):
        if places:
            whole, reply = reply, _spoiled(reply, key, places)
            idle |= {key} if reply is whole else set()
    if effects.headers:
        reply = reply.but(headers=_with_headers(reply.headers, effects.headers))
    if effects.ending:
        whole, reply = reply, _ended(reply, effects)
        idle |= {effects.ending} if reply is whole else set()
    if before.stream is not None and (
        reply.stream is None or (reply.broken is not None and reply.broken.kind == "drop")
    ):
        world.hub.leave(before.stream)
    delay = sum(rule.effects.delay.seconds(rule.chance) for rule in struck.delays if rule.effects.delay is not None)
    if effects.delay is not None:
        delay += effects.delay.seconds(struck.rule.chance if struck.rule is not None else _ANY)
    if reply is before and handled and not delay and struck.rule is not None:
        struck.rule.give_back()
        struck.missed = True
    if struck.applied and idle:
        said = struck.applied.split(", ")
        struck.applied = ", ".join(one for one in said if one.partition("=")[0].replace("-", "_") not in idle)
        struck.missed = struck.missed or (reply is before and handled)
    if struck.applied:
        reply = reply.but(headers=[*reply.headers, ("preference-applied", struck.applied)])
    if struck.rule is not None and not struck.missed:
        reply = reply.but(headers=[*reply.headers, ("x-mock-fault", struck.rule.id)])
    struck.waited = delay
    return reply.but(wait=reply.wait + delay) if delay else reply


def _must_be_declared(op: Bound, effects: Effects) -> None:
    limited = effects.status == 429 and effects.retry_after is not None  # nobody has to declare that
    if effects.status and not limited and op.spec.response(effects.status) is None:
        listed = ", ".join(str(one) for one in op.spec.responses if one >= 100) or "only ranges"
        raise WishError(404, f"{op.key} declares no {effects.status}; it declares {listed}.")


def _expired(service: Service, call: Call) -> Problem:
    """Return the refusal of an expired token, as the service itself writes it: it looks at the token a while ahead."""
    world = call.world
    for seconds in _AHEAD:
        try:
            with world.clock.ahead(seconds):
                service.policy.admit(call)
        except Problem as problem:
            if problem.status == 401:
                return problem
        finally:
            world.rollback()
            call.caller = Caller()
    said = "The token has expired. Ask for a new one."
    return Problem(401, said, headers=(("www-authenticate", 'Bearer error="invalid_token"'),))


class _Recognising:
    """Tells who calls, once: the check of credentials is made again before the handler is asked."""

    def __init__(self, service: Service, op: Bound, call: Call) -> None:
        self._service, self._op, self._call = service, op, call
        self._asked = False
        self._found: Caller | None = None

    def __call__(self) -> Caller | None:
        if not self._asked:
            self._asked = True
            call = self._call
            try:
                if not self._op.public:
                    self._service.policy.admit(call)
                self._found = call.caller
            except Problem:
                self._found = None
            finally:
                call.world.rollback()
                call.caller = Caller()
        return self._found


def _with_delay(effects: Effects, delay: Delay) -> Effects:
    return replace(effects, delay=delay) if effects.delay is None else effects


def _with_headers(headers: list[tuple[str, str]], changes: tuple[tuple[str, str | None], ...]) -> list[tuple[str, str]]:
    names = {name for name, _ in changes}
    return [*(one for one in headers if one[0].lower() not in names),
            *((name, value) for name, value in changes if value is not None)]  # fmt: skip


def _spoiled(reply: Reply, key: str, places: tuple[str, ...]) -> Reply:
    if reply.stream is not None or not _is_json(reply):
        return reply
    body = (spoiling.without if key == "omit" else spoiling.retyped)(reply.body, places)
    return reply if body is None else reply.but(body=body)


def _ended(reply: Reply, effects: Effects) -> Reply:
    """Let a response end badly, where it is one that can: only JSON becomes garbage, only streams are cut."""
    kind, streams = effects.ending, reply.stream is not None
    if kind == "garbage":
        fitting = not streams and _is_json(reply) and reply.body
        return reply.but(body=spoiling.broken(reply.body)) if fitting else reply
    if (kind == "cut" and not streams) or (kind == "truncate" and (streams or not reply.body)):
        return reply
    return reply.but(broken=Broken(kind, effects.number, effects.chunked))


def _is_json(reply: Reply) -> bool:
    return any(name == "content-type" and is_json(value) for name, value in reply.headers)
