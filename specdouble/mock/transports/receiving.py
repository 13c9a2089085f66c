"""Reading a request's body from granian: never more than its limit, never for ever, and only if it came whole."""

from __future__ import annotations

import asyncio
from typing import Any

from granian._granian import RSGIProtocolClosed, RSGIProtocolError

from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem

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


async def read_body(scope: Any, proto: Any, limit: int, patience: float) -> bytes | Problem:
    """Return the body of a request, or how it is refused.

    Args:
        scope: granian's scope of the request.
        proto: granian's protocol of the request.
        limit: bytes.
        patience: seconds without a byte after which the sender is given up.

    """
    headers = scope.headers
    declared = headers.get("content-length")
    if declared is not None:
        if not declared.isdigit():
            return broken()
        size = int(declared)
        if size > limit:
            return too_large(limit)
        if size == 0:
            return b""
        if size <= _AT_ONCE:
            return await _at_once(proto, patience)
        return await _in_pieces(proto, limit, patience, trailers=False)
    if scope.http_version.startswith("1") and headers.get("transfer-encoding") is None:
        return b""  # RFC 9112, 6.3
    return await _in_pieces(proto, limit, patience, trailers=headers.get("trailer") is not None)


async def _at_once(proto: Any, patience: float) -> bytes | Problem:
    try:
        async with asyncio.timeout(patience):
            return bytes(await proto())
    except TimeoutError:
        return too_slow(patience)
    except (RSGIProtocolClosed, RSGIProtocolError):  # it broke off
        return broken()


async def _in_pieces(proto: Any, limit: int, patience: float, *, trailers: bool) -> bytes | Problem:
    """Read in pieces; granian ends with an empty one, and with two where the body broke off or has trailers."""
    parts: list[bytes] = []
    size = empty = 0
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patience) as waiting:
            async for part in proto:
                waiting.reschedule(loop.time() + patience)
                empty += not part
                size += len(part)
                if size > limit:
                    return too_large(limit)
                parts.append(part)
    except TimeoutError:
        return too_slow(patience)
    return b"".join(parts) if empty <= 1 + trailers else broken()
