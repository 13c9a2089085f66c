"""The order of everything: one request from its bytes to its answer, on one page.

match (in the doors) -> limits, where they are on -> admit -> check the request -> handle in a transaction
-> check the answer -> bytes
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from specdouble.mock.binding.bind import Pack, bind
from specdouble.mock.pipeline.call import Answer, Call, Request
from specdouble.mock.pipeline.limits import Limits
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.events import Listener
from specdouble.mock.state.world import World
from specdouble.openapi import Document

log = logging.getLogger("specdouble")

JSON = ("content-type", "application/json")


@dataclass(slots=True)
class Reply:
    """What goes back through the door: a status, headers, and either bytes or an event stream."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    stream: Listener | None = None
    foreign: bool = False


class Service:
    """One API of a world: its operations by key, ready to be called from any door."""

    def __init__(self, pack: Pack, documents: Sequence[Document], world: World) -> None:
        self.pack = pack
        self.document = documents[0]
        self.world = world
        bound = bind(pack, documents)
        world.remember[pack.name] = bound
        shown = {self.document.name} if not world.options.internal else {document.name for document in documents}
        self.operations: dict[str, Bound] = {key: op for key, op in bound.items() if op.document in shown}
        self._prints = log.isEnabledFor(logging.INFO)
        self._limits = Limits(pack.limits, self.operations) if world.options.rate_limits else None

    def handle(self, op: Bound, request: Request, params: dict[str, Any]) -> Reply:
        """Answer one request; never raises."""
        started = perf_counter()
        world = self.world
        world.run_due()
        with world.lock:
            call = Call(op, world, request, params)
            try:
                if self._limits is not None:
                    self._limits.check(call)
                if not op.public:
                    self.pack.admit(call)
                if not op.lenient:
                    op.checker.request(call)
                reply = self._reply(op, op.handler(call))
                if world.options.strict:
                    self._check_answer(op, reply)
                world.commit()
            except Problem as problem:
                world.rollback()
                reply = refuse(problem, op)
                if world.options.strict:
                    self._check_answer(op, reply)
            except Exception:
                world.rollback()
                log.exception("%s failed in %s", op.key, op.room)
                detail = f"The mock server failed in {op.room}; its log says why. Please report it."
                reply = refuse(Problem(500, detail), op)
            user = call.caller.user
            # The path only: a query may carry an access token (gotcha A18).
            world.journal.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "operation": op.key,
                    "status": reply.status,
                    "caller": call.caller.kind,
                    "user_id": user["imperal_id"] if user else None,
                    "seconds": perf_counter() - started,
                }
            )
            if self._prints:
                spent = (perf_counter() - started) * 1000
                log.info("%s %s %d %s %.1f ms", request.method, request.path, reply.status, op.room, spent)
        return reply

    def _reply(self, op: Bound, result: Any) -> Reply:
        if not isinstance(result, Answer):
            return Reply(op.status, op.headers, orjson.dumps(result))
        headers: list[tuple[str, str]] = list(op.headers)
        if result.content_type:
            headers[0] = ("content-type", result.content_type)
        headers.extend(result.headers)
        body = result.body if isinstance(result.body, bytes) else orjson.dumps(result.body)
        return Reply(result.status or op.status, headers, b"" if result.stream else body, result.stream, result.foreign)

    def _check_answer(self, op: Bound, reply: Reply) -> None:
        """Turn an answer that breaks the document into a 500 that names the JSON pointer (strict mode)."""
        if reply.stream is not None or reply.foreign:
            return
        broken = list(op.checker.answer(reply.status, reply.headers[0][1], reply.body))
        if broken:
            self.world.rollback()
            log.error("%s broke its promise: %s", op.key, "; ".join(broken))
            reply.status = 500
            reply.headers = [JSON, *op.headers[1:]]
            reply.body = Problem(500, f"{op.key} broke its promise: {'; '.join(broken)}").body()


def refuse(problem: Problem, op: Bound | None = None) -> Reply:
    """Write a refusal."""
    extra: Sequence[tuple[str, str]] = op.headers[1:] if op else ()
    return Reply(problem.status, [JSON, *extra, *problem.headers], problem.body())
