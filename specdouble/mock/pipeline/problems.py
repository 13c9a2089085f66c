"""The one way to refuse a request: a status, what is wrong, and the shape in which that is said.

`Problem` says what is wrong; an `ErrorShape` writes it. A pack gives the shape of its API. Without one, a refusal is
an object of RFC 9457.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from specdouble.errors import SpecdoubleError
from specdouble.mock.backends.changes import StateFileError, UnbegunError, UnreadError

if TYPE_CHECKING:
    from specdouble.mock.pipeline.call import Request
    from specdouble.mock.pipeline.operation import Bound

PROBLEM_JSON = "application/problem+json"
E = TypeVar("E", bound=BaseException)


class Problem(Exception):  # noqa: N818 - a refusal is a response, not a fault of the program
    """A refusal on its way to the caller.

    ``status`` is the HTTP status; ``detail`` a sentence, the ``{loc, msg, type}`` of a 422 in a list, or whatever else
    the pack's error shape understands. ``raw`` replaces the whole body where the document prints another shape.
    ``headers`` are added to the response (``Retry-After``, ``Allow`` …).
    """

    def __init__(
        self, status: int, detail: Any = None, *, raw: Any = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(status, detail if raw is None else raw)
        self.status = status
        self.detail = detail
        self.raw = raw
        self.headers = headers


class WishError(Problem):
    """A refusal of a wish that the document cannot grant: no promise of the API, so strict mode lets it pass."""


class LimitError(Problem):
    """A refusal that protects the server: no promise of the API, so strict mode lets it pass."""


# Writes a refusal, of an operation and a request where they are known: the status, the media type, and the body, which
# is sent as JSON unless it is bytes.
ErrorShape = Callable[[Problem, "Bound | None", "Request | None"], tuple[int, str, Any]]


def problem_details(
    problem: Problem, _op: Bound | None = None, _request: Request | None = None
) -> tuple[int, str, Any]:
    """Write a refusal as RFC 9457 says; what is wrong with a request is listed in ``errors``."""
    try:
        title = HTTPStatus(problem.status).phrase
    except ValueError:
        title = "Error"
    value: dict[str, Any] = {"title": title, "status": problem.status}
    if isinstance(problem.detail, list):
        value["detail"] = "The request is not what the document says."
        value["errors"] = [
            {"detail": one["msg"], "location": "/".join(map(str, one["loc"])), "type": one["type"]}
            for one in problem.detail
        ]
    elif problem.detail is not None:
        value["detail"] = problem.detail
    return problem.status, PROBLEM_JSON, value


class StartError(SpecdoubleError):
    """A setting or a file that keeps a server from starting; the message says which, and the next step."""


def traceless(error: E) -> E:
    """Return an error that no longer knows what it went through, so that it can be kept after it was caught.

    What it went through are frames. They hold the request, and where one of them keeps the error, it is a cycle.
    """
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


def not_kept(error: StateFileError) -> Problem:
    """Build the 503 of what rests on a state that cannot be read or written now; says what may become of it."""
    traceless(error)  # whoever waited raised it, and keeps it
    if isinstance(error, UnreadError):
        said = "The state cannot be read now"
    elif isinstance(error, UnbegunError):
        said = "It could not be kept, and will not be"
    else:
        said = "It could not be kept, but may yet be"
    return Problem(503, f"{said}: {error}", headers=(("retry-after", "1"),))


def invalid(*errors: tuple[tuple[str | int, ...], str, str]) -> Problem:
    """Build a 422 from ``(loc, msg, type)`` triples; ``loc`` starts with body, query, path or header."""
    return Problem(422, [{"loc": list(loc), "msg": msg, "type": kind} for loc, msg, kind in errors])
