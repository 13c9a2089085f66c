"""The one way to refuse a request: a status and a body in the API's own error shape.

Imperal answers every refusal as ``{"detail": …}`` (gotcha D09): ``detail`` is a sentence, or an object
with an ``error_code`` in SCREAMING_SNAKE (E03); a 422 carries a list of ``{loc, msg, type}`` (E01).
"""

from __future__ import annotations

from typing import Any

import orjson

from specdouble.errors import SpecdoubleError


class Problem(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the program
    """A refusal on its way to the caller.

    ``status`` is the HTTP status; ``detail`` a sentence, an object with ``error_code``, or the list of a 422.
    ``raw`` replaces the whole body where the contract prints another shape (device login, gotcha A19).
    ``headers`` are added to the answer (``Retry-After``, ``Allow`` …).
    """

    def __init__(
        self, status: int, detail: Any = None, *, raw: Any = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(status, detail if raw is None else raw)
        self.status = status
        self.detail = detail
        self.raw = raw
        self.headers = headers

    def body(self) -> bytes:
        """Render the refusal as JSON bytes."""
        return orjson.dumps({"detail": self.detail} if self.raw is None else self.raw)


class StartError(SpecdoubleError):
    """A setting or a file that keeps a server from starting; the message says which, and the next step."""


def coded(status: int, error_code: str, message: str, **more: Any) -> Problem:
    """Build a structured refusal whose ``detail`` is ``{error_code, message, …}`` (gotcha E03)."""
    return Problem(status, {"error_code": error_code, "message": message, **more})


def invalid(*errors: tuple[tuple[str | int, ...], str, str]) -> Problem:
    """Build a 422 from ``(loc, msg, type)`` triples; ``loc`` starts with body, query, path or header (E01)."""
    return Problem(422, [{"loc": list(loc), "msg": msg, "type": kind} for loc, msg, kind in errors])
