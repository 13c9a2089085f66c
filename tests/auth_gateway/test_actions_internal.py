"""The ledger of actions, read by the kernel."""

from __future__ import annotations

import pytest

from tests.conftest import Client

ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"


@pytest.fixture
def service(gateway: Client) -> Client:
    return gateway.service()


@pytest.mark.rule("E05")
@pytest.mark.parametrize(
    "query", ["", "page=2&per_page=3", "app_id=notes", "status=failed&per_page=200", "search=note"]
)
def test_it_lists_what_the_user_sees(service: Client, user: Client, query: str) -> None:
    mine = user.get(f"/v1/actions?{query}").json
    assert mine["total"] > 0
    assert service.get(f"/v1/internal/actions?user_id={ADA}&{query}").json == mine
    assert service.get(f"/v1/internal/actions?user_id={MARGARET}&{query}").json["items"] != mine["items"]


def test_it_sums_up_what_the_user_sees(service: Client, user: Client) -> None:
    assert service.get(f"/v1/internal/actions/stats?user_id={ADA}").json == user.get("/v1/actions/stats").json


def test_it_sums_up_any_app(service: Client, developer: Client) -> None:
    mine = developer.get("/v1/actions/stats/extension/notes").json
    assert mine["total_actions"] > 0
    assert service.get("/v1/internal/actions/stats/extension/notes").json == mine
    assert service.get("/v1/internal/actions/stats/extension/crm-sync").status == 200


def test_it_refuses(service: Client) -> None:
    assert service.get("/v1/internal/actions?user_id=imp_u_nobody").status == 404
    assert service.get("/v1/internal/actions").status == 422
    assert service.get(f"/v1/internal/actions?user_id={ADA}&per_page=201").status == 422
    assert service.get("/v1/internal/actions/stats?user_id=imp_u_nobody").status == 404
    assert service.get("/v1/internal/actions/stats/extension/none").status == 404
