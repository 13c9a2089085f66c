"""The order of everything: one request from its bytes to its response, on one page.

match (in the transports) -> limits, where they are on -> admit -> check the request -> handle in a transaction
-> check the response -> bytes
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import orjson

from specdouble.mock.pipeline.call import Call, Request, Response
from specdouble.mock.pipeline.limits import Limits
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import ErrorShape, Problem, problem_details
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import SLICE_SECONDS, World
from specdouble.openapi import Document

log = logging.getLogger("specdouble")


@dataclass(slots=True)
class Reply:
    """What goes back through the transport: a status, headers, and either bytes or an event stream."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    stream: Listener | None = None
    foreign: bool = False
    wait: float = 0.0  # seconds that it is held back


@dataclass(slots=True)
class Policy:
    """What holds for every operation of a service.

    ``admit`` recognises the caller of a protected operation and refuses who may not call it; ``errors`` writes
    refusals; ``intercept`` may respond before anything else is looked at; ``limits`` are calls a minute by operation,
    for servers that are started with rate limits; ``aliases`` are paths that the document leaves out, each with the
    declared one that it stands for; ``spans`` are, by operation, path parameters whose values may have slashes in
    them; ``document_path`` is where the published document is served; ``slashes`` sends who asks with a slash too many
    to the path without it, as FastAPI does, where others say 404.
    """

    admit: Callable[[Call], None]
    errors: ErrorShape = problem_details
    intercept: Callable[[Call], Response | None] | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    spans: Mapping[str, Iterable[str]] = field(default_factory=dict)
    document_path: str = "/openapi.json"
    slashes: bool = False


class Service:
    """One service: its operations by key, ready to be called from any transport in any world of the server."""

    def __init__(
        self, name: str, title: str, document: Document, operations: Mapping[str, Bound], policy: Policy, world: World
    ) -> None:
        self.name = name
        self.title = title
        self.document = document
        self.policy = policy
        self.world = world
        self.operations = operations
        self._prints = log.isEnabledFor(logging.INFO)
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
            try:
                if self._limits is not None:
                    self._limits.check(call)
                wished = self.policy.intercept(call) if self.policy.intercept is not None else None
                reply = self._reply(op, wished if wished is not None else self._handled(op, call))
                if world.options.strict:
                    self._check_response(op, reply, world)
                world.commit()
            except Problem as problem:
                world.rollback()
                reply = self.refuse(problem, op, request)
                if world.options.strict and (op.fidelity == "handler" or op.spec.response(reply.status) is not None):
                    self._check_response(op, reply, world)
            except Exception:
                world.rollback()
                log.exception("%s failed in %s", op.key, op.source)
                detail = f"The mock server failed in {op.source}; its log says why. Please report it."
                reply = self.refuse(Problem(500, detail), op, request)
            reply.wait = call.wait
            user = call.caller.user
            # The path only: a query may carry an access token.
            world.journal.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "operation": op.key,
                    "status": reply.status,
                    "caller": call.caller.kind,
                    "user_id": user[world.principals.id] if user else None,
                    "seconds": perf_counter() - started,
                }
            )
            if self._prints:
                spent = (perf_counter() - started) * 1000
                log.info("%s %s %d %s %.1f ms", request.method, request.path, reply.status, op.source, spent)
        return reply

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

    def _check_response(self, op: Bound, reply: Reply, world: World) -> None:
        """Turn a response that breaks the document into a 500 that names the JSON pointer (strict mode)."""
        if reply.stream is not None or reply.foreign:
            return
        broken = list(op.checker.response(reply.status, _media_type(reply), reply.body))
        if broken:
            world.rollback()
            log.error("%s broke its promise: %s", op.key, "; ".join(broken))
            refused = self.refuse(Problem(500, f"{op.key} broke its promise: {'; '.join(broken)}"), op)
            reply.status, reply.headers, reply.body = refused.status, refused.headers, refused.body

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


def _media_type(reply: Reply) -> str:
    return next((value for name, value in reply.headers if name == "content-type"), "")
