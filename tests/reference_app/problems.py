"""How a request is refused: one shape for every error."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class ProblemDetail(BaseModel):
    """One part of a request that was not accepted."""

    location: str = Field(description="Where, for example `body.title` or `query.limit`.")
    message: str


class Problem(BaseModel):
    """Why a request was refused."""

    code: str = Field(description="A stable code for programs.", examples=["not_found"])
    message: str = Field(description="A sentence for people.")
    details: list[ProblemDetail] = Field(description="The parts that were not accepted; empty for other refusals.")


class Refusal(Exception):  # noqa: N818 - what the client did, not an error of ours
    """A request that is refused with a status, a code and a sentence."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers

    def body(self) -> dict[str, Any]:
        """Return the problem as JSON data."""
        return {"code": self.code, "message": self.message, "details": []}


def unauthorized(message: str = "Valid credentials are needed.") -> Refusal:
    """Make the refusal of a caller who is not known."""
    return Refusal(401, "unauthorized", message, {"WWW-Authenticate": 'Bearer realm="taskboard"'})


def forbidden(message: str) -> Refusal:
    """Make the refusal of a caller who may not do this."""
    return Refusal(403, "forbidden", message)


def not_found(what: str) -> Refusal:
    """Make the refusal for a thing that does not exist, or not for the caller."""
    return Refusal(404, "not_found", f"There is no such {what}.")


def conflict(code: str, message: str) -> Refusal:
    """Make the refusal of a request that does not fit the state."""
    return Refusal(409, code, message)


def invalid(location: str, message: str) -> Refusal:
    """Make the refusal of a value that the schema cannot express."""
    refusal = Refusal(422, "invalid_request", "The request is not valid.")
    refusal.body = lambda: {  # type: ignore[method-assign]
        "code": refusal.code,
        "message": refusal.message,
        "details": [{"location": location, "message": message}],
    }
    return refusal


_TEXT = {
    401: "The credentials are missing or not valid.",
    403: "The caller may not do this.",
    404: "It does not exist, or not for the caller.",
    409: "It does not fit the present state.",
    412: "The resource has changed: `If-Match` is not its ETag.",
    413: "The file is larger than 256 KiB.",
    415: "The content type is not supported.",
    422: "The request is not valid.",
    429: "Too many failed attempts.",
}
_HEADERS = {
    401: {"WWW-Authenticate": {"description": "How to authenticate.", "required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}},
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route for these statuses."""
    return {
        status: {
            "model": Problem,
            "description": _TEXT[status],
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }


def header(name: str, description: str, *, kind: str = "string") -> dict[str, Any]:
    """Return the documentation of a response header that is always sent."""
    return {"headers": {name: {"description": description, "required": True, "schema": {"type": kind}}}}
