"""Broken documents: whatever stands where something else should, nothing crashes and nothing is changed."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from specdouble.openapi.diff import diff
from specdouble.openapi.lint import lint
from tests.openapi.diff_cases import CASES

JUNK: list[Any] = [
    *(None, 0, 1.5, True, "x", "", [], {}, [1], ["a", {}], {"a": 1}, [[]], -1),
    *({"$ref": "#/nope"}, {"$ref": 5}, {"x": {"$ref": "#"}}),
]


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*here, key)
        yield from places(inner, (*here, key))


def broken(document: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    made = copy.deepcopy(document)
    for _ in range(choose.randint(1, 3)):
        place = choose.choice([one for one in places(made) if one[0] not in ("openapi", "swagger") and len(one) > 1])
        inner = made
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = copy.deepcopy(choose.choice(JUNK))
    return made


@pytest.mark.parametrize("seed", range(8))
def test_broken_documents_are_compared_and_checked(seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(40):
        document = choose.choice(choose.choice(CASES)[2:])
        other = broken(document, choose)
        before = copy.deepcopy(other)

        diff(document, other)
        diff(other, document)
        lint(other)

        assert other == before
