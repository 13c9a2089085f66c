"""What `diff` calls harmless is refuted by no value: a validator that shares no code with it looks for one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, assume, given, settings

from specdouble.openapi.diff import diff
from tests.openapi.diff_cases import request, response
from tests.openapi.test_subset import DEFS, VALUES, fits, schemas

# Values without members: what a request may carry beyond the declared members is a matter of reading, not of proof.
PLAIN = [one for one in VALUES if not isinstance(one, dict) and not (isinstance(one, list) and {} in one)]
COMPONENTS = json.loads(json.dumps(DEFS).replace("#/$defs/", "#/components/schemas/"))


def moved(schema: Any) -> Any:
    return json.loads(json.dumps(schema).replace("#/$defs/", "#/components/schemas/"))


def breaks(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return any(change.breaking for change in diff(old, new))


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(schemas(), schemas())
def test_what_breaks_nobody_is_accepted_as_before(old: Any, new: Any) -> None:
    assume("oneOf" not in json.dumps([old, new]))  # whose variants are read as a union
    left, right = moved(old), moved(new)

    if not breaks(request(left, comp=COMPONENTS), request(right, comp=COMPONENTS)):
        for value in PLAIN:
            assert not fits(old, value, DEFS) or fits(new, value, DEFS), value
    if not breaks(response(left, comp=COMPONENTS), response(right, comp=COMPONENTS)):
        for value in PLAIN:
            assert not fits(new, value, DEFS) or fits(old, value, DEFS), value


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(schemas(), schemas())
def test_what_is_equal_in_both_directions_is_told_of_nobody(old: Any, new: Any) -> None:
    """A pair without any change accepts the same values."""
    assume("oneOf" not in json.dumps([old, new]))
    if not diff(request(moved(old), comp=COMPONENTS), request(moved(new), comp=COMPONENTS)):
        for value in PLAIN:
            assert fits(old, value, DEFS) == fits(new, value, DEFS), value
