"""Reading a request's body from granian: never more than its limit, never for ever, and only if it came whole."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

from granian._granian import RSGIProtocolClosed, RSGIProtocolError

from specdouble.digits import whole
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SMALL = 4 * 1024 * 1024  # bytes: of JSON and forms; parsing takes the rest of the world's time, some 30 times its size
_AT_ONCE = 1024 * 1024  # bytes that are waited for as one; more is read in pieces
_PARSED = ("application/json", "application/x-www-form-urlencoded", "text/")


def limit_of(op: Bound, most: int) -> int:
    """Return how many bytes the body of an operation may have: few where all that is declared is parsed whole."""
    body = op.spec.body
    if body is None:
        return min(SMALL, most)
    parsed = all(name.startswith(_PARSED) or name.partition(";")[0].endswith("+json") for name in body.content)
    return min(SMALL, most) if parsed else most


def too_large(limit: int) -> Problem:
    """Refuse a body above the limit in bytes."""
    return Problem(413, f"The request body is above the limit of {limit} bytes. Send less.")


def broken() -> Problem:
    """Refuse a body that ended before what its framing had announced."""
    return Problem(400, "The request body ended too early: its length is not the one that was announced.")


def too_slow(seconds: float) -> Problem:
    """Refuse a body that does not come."""
    return Problem(
        408, f"No more of the request body came for {seconds:g} seconds.", headers=(("connection", "close"),)
    )


def read_wsgi(environ: WSGIEnvironment, limit: int) -> bytes | Problem:
    """Return the body of a request in this process, or how it is refused, as `read_body` does.

    Args:
        environ: of the request.
        limit: bytes.

    """
    declared, body = environ.get("CONTENT_LENGTH"), environ["wsgi.input"]
    if declared:
        size = whole(declared)
        if size is None:
            return too_large(limit) if declared.isascii() and declared.isdigit() else broken()
        if size > limit:
            return too_large(limit)
        raw: bytes = body.read(size)
        return raw if len(raw) == size else broken()
    if not environ.get("HTTP_TRANSFER_ENCODING"):
        return b""  # RFC 9112, 6.3
    raw = body.read(limit + 1)
    return raw if len(raw) <= limit else too_large(limit)


class Patience:
    """Gives up senders of whom nothing comes for `seconds`, when `look` is called: a timer each would cost more."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until: dict[asyncio.Task[Any], float] = {}
        self._given_up: set[asyncio.Task[Any]] = set()

    def wait(self) -> asyncio.Task[Any] | None:
        """Begin to wait, or to wait anew; returns the task that waits."""
        task = asyncio.current_task()
        if task is not None:
            self._until[task] = monotonic() + self.seconds
        return task

    def end(self, task: asyncio.Task[Any] | None) -> bool:
        """Wait no longer; returns whether the sender was given up."""
        if task is None:
            return False
        self._until.pop(task, None)
        if task not in self._given_up:
            return False
        self._given_up.discard(task)
        task.uncancel()
        return True

    def look(self) -> None:
        """Give up who has been waited for too long."""
        now = monotonic()
        for task, until in list(self._until.items()):
            if until <= now:
                self._given_up.add(task)
                del self._until[task]
                task.cancel()


async def read_body(scope: Any, proto: Any, limit: int, patience: Patience) -> bytes | Problem:
    """Return the body of a request, or how it is refused.

    Args:
        scope: granian's scope of the request.
        proto: granian's protocol of the request.
        limit: bytes.
        patience: for how long nothing may come.

    """
    headers = scope.headers
    declared = headers.get("content-length")
    pieces = trailers = False
    if declared is not None:
        size = whole(declared)
        if size is None:
            return too_large(limit) if declared.isascii() and declared.isdigit() else broken()
        if size > limit:
            return too_large(limit)
        if size == 0:
            return b""
        pieces = size > _AT_ONCE
    elif scope.http_version.startswith("1") and headers.get("transfer-encoding") is None:
        return b""  # RFC 9112, 6.3
    else:
        pieces, trailers = True, headers.get("trailer") is not None
    task = patience.wait()
    try:
        return await _in_pieces(proto, limit, patience, trailers=trailers) if pieces else bytes(await proto())
    except asyncio.CancelledError:
        if patience.end(task):
            return too_slow(patience.seconds)
        raise
    except (RSGIProtocolClosed, RSGIProtocolError):  # it broke off
        return broken()
    finally:
        patience.end(task)


async def _in_pieces(proto: Any, limit: int, patience: Patience, *, trailers: bool) -> bytes | Problem:
    """Read in pieces; granian ends with an empty one, and with two where the body broke off or has trailers."""
    parts: list[bytes] = []
    size = empty = 0
    async for part in proto:
        patience.wait()
        empty += not part
        size += len(part)
        if size > limit:
            return too_large(limit)
        parts.append(part)
    return b"".join(parts) if empty <= 1 + trailers else broken()
