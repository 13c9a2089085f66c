"""Whatever whole number a client sends as an offset, a page or a limit, nothing lies there."""

from __future__ import annotations

import pytest

from specdouble.mock.kit import part
from tests.conftest import Client

FURTHEST = 2**63 - 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/billing/wallet/history?offset=",
        "/v1/billing/payments?offset=",
        "/v1/users?offset=",
        "/v1/users?search=example&offset=",
        "/v1/agencies?offset=",
        "/v1/audit?page=",
        "/v1/actions?page=",
        "/v1/marketplace/apps?page=",
        "/v1/marketplace/apps?offset=",
        "/v1/marketplace/apps/notes/reviews?page=",
        "/v1/marketplace/apps/notes/reviews?sort=helpful&page=",
    ],
)
def test_nothing_lies_on_the_furthest_page(admin: Client, path: str) -> None:
    found = admin.get(f"{path}{FURTHEST}")
    assert found.status == 200, found
    shown = found.json
    assert not (shown if isinstance(shown, list) else shown.get("items") or shown.get("entries") or shown.get("apps"))


@pytest.mark.parametrize(("start", "size", "left"), [
    (0, 2, [1, 2]), (1, 9, [2, 3]), (0, 10**30, [1, 2, 3]), (FURTHEST, FURTHEST, []), (-5, 1, [1]), (0, -1, []),
])  # fmt: skip
def test_a_part_is_what_there_is_of_it(start: int, size: int, left: list[int]) -> None:
    assert list(part([1, 2, 3], start, size)) == left
