"""The shape of a refusal: ``{"detail": …}`` (rule D09).

``detail`` is a sentence, or an object with an ``error_code`` in SCREAMING_SNAKE (E03); a 422 carries a list of
``{loc, msg, type}`` (E01).
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Bound, Problem, Request


def shape(problem: Problem, _op: Bound | None, _request: Request | None) -> tuple[int, str, Any]:
    """Write a refusal as the platform does."""
    return problem.status, "application/json", {"detail": problem.detail}


def coded(status: int, error_code: str, message: str, **more: Any) -> Problem:
    """Build a structured refusal whose ``detail`` is ``{error_code, message, …}`` (rule E03)."""
    return Problem(status, {"error_code": error_code, "message": message, **more})
