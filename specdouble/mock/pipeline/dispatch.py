"""The order of everything: one request from its bytes to its response, on one page.

match (in the transports) -> limits, where they are on -> a fault that comes in the place of all that follows -> admit
-> check the request -> handle in a transaction -> check the response -> a fault that spoils it -> journal -> bytes
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from time import perf_counter
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import orjson

from specdouble.mock.pipeline.call import Call, Request, Response
from specdouble.mock.pipeline.limits import Limits
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import ErrorShape, LimitError, Problem, WishError, problem_details, traceless
from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import SLICE_SECONDS, World
from specdouble.mock.telemetry.counting import BOUNDS, DROPPED, Tally, count, empty
from specdouble.openapi import Document

if TYPE_CHECKING:
    from specdouble.mock.journal.entry import Entry
    from specdouble.mock.journal.journal import Journal
    from specdouble.mock.pipeline.faulting import Struck
    from specdouble.mock.pipeline.streams import Streams

log = logging.getLogger("specdouble")
MOST_SAID = 8000  # characters of a log line that the journal keeps


@dataclass(slots=True)
class Policy:
    """What holds for every operation of a service.

    ``admit`` recognises the caller of a protected operation and refuses who may not call it; ``errors`` writes
    refusals; ``limits`` are calls a minute by operation, for servers that are started with rate limits; ``aliases`` are
    paths that the document leaves out, each with the declared one that it stands for; ``spans`` are, by operation, path
    parameters whose values may have slashes in them; ``document_path`` is where the published document is served;
    ``slashes`` sends who asks with a slash too many to the path without it, as FastAPI does, where others say 404.
    """

    admit: Callable[[Call], None]
    errors: ErrorShape = problem_details
    limits: Mapping[str, int] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    spans: Mapping[str, Iterable[str]] = field(default_factory=dict)
    document_path: str = "/openapi.json"
    slashes: bool = False


class Service:
    """One service: its operations by key, ready to be called from any transport in any world of the server.

    `tally` counts; `observers` are told of each response, as the journal has it, while its world is held.
    """

    def __init__(
        self, name: str, title: str, document: Document, operations: Mapping[str, Bound], policy: Policy, world: World,
        streams: Streams | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.title = title
        self.document = document
        self.policy = policy
        self.world = world
        self.operations = operations
        self._streams = streams
        self.tally = Tally()
        self.observers: list[Callable[[Entry], object]] = []
        self._prints = log.isEnabledFor(logging.INFO) and world.options.log_format == "text"
        self._limits = Limits(policy.limits, operations) if world.options.rate_limits else None

    def handle(self, op: Bound, request: Request, params: dict[str, Any], world: World | None = None) -> Reply:
        """Answer one request in a world, by default the one that the server starts with; never raises."""
        started = perf_counter()
        if world is None:
            world = self.world
        world.used = started
        world.requests += 1
        world.run_due(SLICE_SECONDS)
        with world.lock:
            call = Call(op, world, request, params)
            reply: Reply
            struck: Struck | None = None
            refused: Problem | None = None
            said = ""
            try:
                if self._limits is not None:
                    self._limits.check(call)
                if world.faults.rules:
                    world.writing()  # they count
                if world.faults.rules or "__" in request.query or request.headers.get("prefer") is not None:
                    struck = _faulting().strike(self, op, call, request)
                if struck is not None and struck.instead is not None:
                    reply = struck.instead
                else:
                    reply = self._reply(op, self._handled(op, call))
                    if world.options.strict:
                        said = self._check_response(op, reply, world)
                if reply.stream is not None:
                    self._open(reply.stream, call, request, params)
                world.commit()
            except Problem as problem:
                world.rollback()
                refused = traceless(problem)
                reply = self.refuse(problem, op, request)
                if world.options.strict and self._is_promised(problem, op, reply.status):
                    said = self._check_response(op, reply, world)
            except Exception as error:
                world.rollback()
                said = self._failed(op, error)
                where = op.source or op.key  # what no function of a pack answers has no place in a file
                refused = Problem(500, f"The mock server failed in {where}; its log says why. Please report it.")
                reply = self.refuse(refused, op, request)
            if struck is not None:
                reply = _faulting().apply(self, op, request, struck, reply, world)
                if struck.did:
                    self.tally.strikes[struck.kind] += 1
            journal = world.journal
            spent = journal.add(started, self, op, request, reply, call.caller, refused, said, struck)
            status = reply.status
            if struck is not None:
                status, spent = _struck(reply), spent + reply.wait
            try:  # as `count` does it; a call would cost as much again
                numbers = op.answered[status]
            except KeyError:
                numbers = op.answered[status] = empty()
            numbers[bisect_left(BOUNDS, spent)] += 1
            numbers[-1] += spent
            if self.observers:
                self._tell(journal)
            if journal.watched:
                journal.watched = journal.tell(world.watchers)
            if self._prints:
                log.info("%s %s %d %s %.1f ms", request.method, request.path, reply.status, op.source, spent * 1000)
        return reply

    def turn_away(
        self, problem: Problem, request: Request, op: Bound | None = None, world: World | None = None
    ) -> Reply:
        """Refuse a request that comes to no operation, or whose body does not come, and keep it in the journal."""
        started = perf_counter()
        if world is None:
            world = self.world
        with world.lock:
            reply = self.refuse(problem, op, request)
            spent = world.journal.add(started, self, op, request, reply, None, problem, "", None)
            count(self.tally.unmatched if op is None else op.answered, reply.status, spent)
            self._tell(world.journal)
            world.journal.watched = world.journal.tell(world.watchers)
        return reply

    def _open(self, stream: Listener, call: Call, request: Request, params: dict[str, Any]) -> None:
        """Let an event stream stay as long as who opened it may have it; raises the refusal of one too many."""
        if self._streams is not None:
            caller = call.caller
            person = caller.user is not None
            who = f"{caller.kind} {call.user_id}" if person else request.client
            self._streams.admit(stream, call.world, who, person=person)
        if not call.op.public:
            stream.admitted = partial(self._admits, call.op, call.world, request, params)

    def _tell(self, journal: Journal) -> None:
        """Tell of the newest request; an observer that fails must not keep it from being answered."""
        for tell in self.observers:
            try:
                tell(journal[-1])
            except Exception:
                log.exception("a response could not be told of")

    def withhold(
        self, problem: Problem, op: Bound | None = None, request: Request | None = None, world: World | None = None
    ) -> Reply:
        """Refuse in the place of a response that must not leave, because what it rests on could not be kept.

        The journal of the world has the refusal, whether or not there was a response.
        """
        self.tally.withheld += 1
        if request is None or world is None:
            return self.refuse(problem, op, request)
        with world.lock:
            reply = self.refuse(problem, op, request)
            kept = world.journal.put_right(request, reply, problem)
        return reply if kept else self.turn_away(problem, request, op, world)

    def _admits(self, op: Bound, world: World, request: Request, params: dict[str, Any]) -> bool:
        """Tell whether the caller of a request would still be let in."""
        with world.lock:
            try:
                self.policy.admit(Call(op, world, request, params))
            except Problem:
                return False
            finally:
                world.rollback()
        return True

    def _failed(self, op: Bound, error: Exception) -> str:
        """Log that a handler failed; returns what the log says."""
        place = op.source or f"what is {op.fidelity}"
        log.exception("%s failed in %s", op.key, place)
        return f"{op.key} failed in {place}\n{''.join(format_exception(error))}"[-MOST_SAID:]

    def _handled(self, op: Bound, call: Call) -> Any:
        """Admit, check and handle a call."""
        if not op.public:
            self.policy.admit(call)
        if not op.lenient:
            op.checker.request(call)
        return op.handler(call)

    def _reply(self, op: Bound, result: Any) -> Reply:
        if not isinstance(result, Response):
            return Reply(op.status, op.headers, orjson.dumps(result))
        headers: list[tuple[str, str]] = list(op.headers)
        if result.content_type:
            headers[0] = ("content-type", result.content_type)
        elif result.body == b"" and result.stream is None and not _has_content(op, result.status or op.status):
            del headers[0]  # nothing has no media type, but an empty file has one
        headers.extend(result.headers)
        body = result.body if isinstance(result.body, bytes) else orjson.dumps(result.body)
        return Reply(result.status or op.status, headers, b"" if result.stream else body, result.stream, result.foreign)

    @staticmethod
    def _is_promised(problem: Problem, op: Bound, status: int) -> bool:
        """Tell whether a refusal has to be one of the document's: those of handlers, and those that it declares."""
        if isinstance(problem, WishError | LimitError):
            return False
        return op.fidelity == "handler" or op.spec.response(status) is not None

    def _check_response(self, op: Bound, reply: Reply, world: World) -> str:
        """Turn a response that breaks the document into a 500 that names the JSON pointer (strict mode).

        Returns what the log says of it, "" for a response that is as declared.
        """
        if reply.stream is not None or reply.foreign:
            return ""
        broken = list(op.checker.response(reply.status, _media_type(reply), reply.body))
        if not broken:
            return ""
        world.rollback()
        said = f"{op.key} broke its promise: {'; '.join(broken)}"
        log.error("%s", said)
        refused = self.refuse(Problem(500, said), op)
        reply.status, reply.headers, reply.body = refused.status, refused.headers, refused.body
        return said

    def refuse(self, problem: Problem, op: Bound | None = None, request: Request | None = None) -> Reply:
        """Write a refusal in the service's own shape."""
        extra: Sequence[tuple[str, str]] = op.headers[1:] if op else ()
        status, media_type, body = self.error(problem, op, request)
        return Reply(status, [("content-type", media_type), *extra, *problem.headers], body)

    def error(
        self, problem: Problem, op: Bound | None = None, request: Request | None = None
    ) -> tuple[int, str, bytes]:
        """Return the status, the media type and the body of a refusal."""
        if problem.raw is not None:
            return problem.status, "application/json", orjson.dumps(problem.raw)
        status, media_type, body = self.policy.errors(problem, op, request)
        return status, media_type, body if isinstance(body, bytes) else orjson.dumps(body)


def _has_content(op: Bound, status: int) -> bool:
    declared = op.spec.response(status)
    return declared is not None and declared.media_type != ""


def _struck(reply: Reply) -> int:
    """Return the status that a client saw of what a fault struck."""
    return DROPPED if reply.broken is not None and reply.broken.kind == "drop" else reply.status


def _media_type(reply: Reply) -> str:
    return next((value for name, value in reply.headers if name == "content-type"), "")


@cache
def _faulting() -> Any:
    from specdouble.mock.pipeline import faulting  # most servers never need it

    return faulting
