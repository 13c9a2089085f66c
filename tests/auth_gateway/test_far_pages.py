"""Whatever whole number a client sends as an offset, a page or a limit, nothing lies there."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("limit", [FURTHEST, 2**63, 10**30])
def test_a_function_lists_what_there_is_with_any_limit(admin: Client, limit: int) -> None:
    call = {"function": "list_notes", "params": {"limit": limit}}
    who = admin.get("/v1/auth/me").json["imperal_id"]
    made = admin.post("/v1/extensions/notes/batch", {"user_id": who, "calls": [call]})
    assert made.status == 200, made
