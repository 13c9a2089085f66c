"""JSON Patch (RFC 6902) of a stored value."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi.bodies import BodyError, PatchError, apply_patch


def patched(value: Any, steps: list[Any]) -> Any:
    """Return a value with the steps of a JSON Patch applied.

    Raises:
        Problem: it is no JSON Patch, a step names a place that is not there (422), or a test does not hold (409).

    """
    try:
        return apply_patch(value, steps)
    except PatchError as error:
        raise Problem(409 if error.failed else 422, f"{error}.") from None
    except BodyError as error:
        raise Problem(422, f"{error}.") from None
