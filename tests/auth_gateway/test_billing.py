"""The wallet, its history, usage and profile, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest
from billing_helpers import ADA, add_card, balance, everything, newcomer

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money, _usage

PER_USER = (
    ("POST", "/v1/billing/change-plan", {"plan_id": "business"}),
    ("POST", "/v1/billing/resume", None),
    ("POST", "/v1/billing/renew", None),
    ("POST", "/v1/billing/portal", None),
    ("PUT", "/v1/billing/profile", {"name": "Ada"}),
    ("GET", "/v1/billing/payments", None),
    ("POST", "/v1/billing/topup", {"tokens": 5000, "price_cents": 500}),
    ("GET", "/v1/billing/payment-methods", None),
    ("POST", "/v1/billing/payment-methods/setup", None),
    ("DELETE", "/v1/billing/payment-methods/pm_mc5454", None),
    ("PUT", "/v1/billing/payment-methods/pm_mc5454/default", None),
    ("GET", "/v1/billing/auto-topup", None),
    ("PUT", "/v1/billing/auto-topup", {"enabled": True, "threshold_pct": 10, "recharge_tokens": 5000}),
)
OWN = ("subscription", "usage", "wallet", "balance", "wallet/history", "topup-config")


def test_anybody_may_read_the_plans(gateway: Any) -> None:
    plans = {plan["id"]: plan for plan in gateway.get("/v1/billing/plans").json}
    assert list(plans) == ["free", "pro", "business", "enterprise"]
    assert (plans["pro"]["price"], plans["pro"]["interval"]) == (19.0, "month")
    assert isinstance(plans["pro"]["features"], dict)
    assert isinstance(plans["pro"]["limits"], dict)


@pytest.mark.rule("B01")
def test_balance_and_wallet_say_the_same(user: Any) -> None:
    wallet = user.get("/v1/billing/wallet").json
    assert user.get("/v1/billing/balance").json == wallet
    assert wallet.pop("updated_at").endswith("Z")
    assert wallet == {
        "balance": 4200,
        "currency": "token",
        "plan": "pro",
        "status": "active",
        "cap": 50000,
        "included_tokens": 20000,
    }


@pytest.mark.rule("B02")
def test_a_balance_is_the_sum_of_the_ledger(user: Any, world: World) -> None:
    def ledger() -> int:
        return sum(entry["amount"] for entry in user.get("/v1/billing/wallet/history?limit=200").json)

    assert ledger() == balance(user) == 4200
    _money.debit(world, ADA, 700, "deduct", app_id="notes")
    user.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500, "off_session": True})
    assert ledger() == balance(user) == 8500


@pytest.mark.rule("B02")
def test_the_cast_s_ledgers_add_up(world: World) -> None:
    credited = {}
    held: dict[str, int] = {}
    for entry in world.state["ledger"]:
        held[entry["user_id"]] = held.get(entry["user_id"], 0) + entry["amount"]
        assert held[entry["user_id"]] >= 0, f"{entry['user_id']} was in debt after entry {entry['id']}"
        if entry["amount"] > 0:
            assert entry["transaction_id"] not in credited
            credited[entry["transaction_id"]] = entry["amount"]
    assert held == {wallet["user_id"]: _money.balance(world, wallet["user_id"]) for wallet in world.state["wallets"]}
    paid = {one["payment_intent_id"]: one["tokens"] for one in world.state["payments"] if one["status"] == "completed"}
    assert {intent: credited.get(intent) for intent in paid} == paid


def test_history_is_newest_first_and_pages(user: Any) -> None:
    whole = user.get("/v1/billing/wallet/history?limit=200").json
    assert [entry["created_at"] for entry in whole] == sorted((entry["created_at"] for entry in whole), reverse=True)
    assert len(whole) == 29
    assert user.get("/v1/billing/wallet/history").json == whole[:50]
    assert user.get("/v1/billing/wallet/history?limit=10&offset=15").json == whole[15:25]
    assert user.get("/v1/billing/wallet/history?offset=500").json == []


@pytest.mark.rule("E06")
@pytest.mark.parametrize("path", ["wallet/history", "payments"])
@pytest.mark.parametrize("query", ["limit=201", "limit=0", "limit=-1", "limit=ten", "offset=-1"])
def test_bounds_of_a_page_are_enforced(user: Any, path: str, query: str) -> None:
    reply = user.get(f"/v1/billing/{path}?{query}")
    assert reply.status == 422
    assert reply.detail[0]["loc"] == ["query", query.partition("=")[0]]
    assert user.get(f"/v1/billing/{path}?limit=200").status == 200


@pytest.mark.rule("E12")
def test_money_has_its_units(user: Any, gateway: Any) -> None:
    assert type(balance(user)) is int
    price = next(plan["price"] for plan in gateway.get("/v1/billing/plans").json if plan["id"] == "pro")
    paid = next(one for one in user.get("/v1/billing/payments").json if one["type"] == "renewal")
    assert (price, paid["amount_cents"], paid["currency"]) == (19.0, 1900, "usd")
    config = user.get("/v1/billing/topup-config").json
    assert config["token_rate"] == 1000
    assert all(tier["tokens"] * 100 == tier["price_cents"] * config["token_rate"] for tier in config["tiers"])


def test_usage_counts_this_month_against_the_plan(user: Any, world: World) -> None:
    before = user.get("/v1/billing/usage").json
    assert before["plan"] == "pro"
    assert before["usage"] | {"automations": 0} == {"tokens": 15800, "actions": 214, "automations": 0}
    assert before["limits"] == {"tokens": 50000, "actions": 10000, "automations": 25}
    assert before["exceeded"] == []
    _usage.count(world, ADA, "tokens", 34200)
    assert user.get("/v1/billing/usage").json["exceeded"] == []
    _usage.count(world, ADA, "tokens")
    assert user.get("/v1/billing/usage").json["exceeded"] == ["tokens"]


@pytest.mark.parametrize("limit", [None, "x", [1]])
def test_a_limit_that_is_no_number_is_none(user: Any, world: World, limit: Any) -> None:
    plan = world.state["plans"].get("pro")
    world.state["plans"].update("pro", limits={**plan["limits"], "stamps": limit})
    world.commit()
    shown = user.get("/v1/billing/usage")
    assert (shown.status, shown.json["exceeded"]) == (200, [])


def test_usage_starts_again_with_the_month(gateway: Any, world: World) -> None:
    world.clock.move(31 * 86400)
    assert gateway.login().get("/v1/billing/usage").json["usage"]["tokens"] == 0
    _usage.count(world, ADA, "tokens", 7)
    assert gateway.login().get("/v1/billing/usage").json["usage"]["tokens"] == 7


def test_a_reset_brings_real_time_back(user: Any, gateway: Any, world: World) -> None:
    world.clock.move(400 * 86400)
    future = gateway.login().get("/v1/billing/subscription").json["expires_at"]
    _money.credit(world, ADA, 1, "refund")
    world.reset()
    assert gateway.login().get("/v1/billing/usage").json["usage"]["tokens"] == 15800
    _money.credit(world, ADA, 1, "refund")
    assert gateway.login().get("/v1/billing/wallet").json["updated_at"] < future


def test_a_newcomer_is_on_the_free_plan(gateway: Any) -> None:
    nina = newcomer(gateway)
    shown = nina.get("/v1/billing/subscription").json
    assert (shown["plan"], shown["status"], shown["expires_at"]) == ("free", "active", None)
    assert [entry["reason"] for entry in nina.get("/v1/billing/wallet/history").json] == ["grant"]
    assert balance(nina) == 1000
    assert nina.get("/v1/billing/payments").json == []
    assert nina.get("/v1/billing/usage").json["limits"] == {"tokens": 5000, "actions": 500, "automations": 3}


def test_payments_are_the_caller_s_newest_first(user: Any) -> None:
    paid = user.get("/v1/billing/payments").json
    assert [one["payment_intent_id"] for one in paid] == [
        "pi_ada_topup_3",
        "pi_ada_pro_3",
        "pi_ada_topup_2",
        "pi_ada_topup_1",
        "pi_ada_pro_2",
        "pi_ada_pro_1",
    ]
    assert {one["status"] for one in paid} == {"pending", "completed", "failed"}
    assert user.get("/v1/billing/payments?limit=2&offset=1").json == paid[1:3]


def test_each_portal_link_is_fresh(user: Any) -> None:
    links = {user.post("/v1/billing/portal").json["url"] for _ in range(3)}
    assert len(links) == 3
    assert all(link.startswith("https://") for link in links)


def test_the_profile_stands_in_the_attributes(user: Any) -> None:
    profile = {"name": "A. Lovelace", "company": "Difference Works", "vat": "FR00000000000", "country": "FR"}
    assert user.put("/v1/billing/profile", {**profile, "colour": "green"}).json == {"status": "ok"}
    assert user.get("/v1/auth/me").json["attributes"]["billing"] == profile
    assert user.put("/v1/billing/profile", {"name": 7}).status == 422
    assert user.get("/v1/auth/me").json["attributes"]["billing"] == profile


@pytest.mark.rule("I01")
def test_nobody_sees_somebody_else_s_money(user: Any, gateway: Any, world: World) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina)
    hers, _before = balance(nina), everything(world)
    for path in ("wallet/history", "payments", "payment-methods"):
        mine = {str(sorted(one.items())) for one in user.get(f"/v1/billing/{path}").json}
        assert not mine & {str(sorted(one.items())) for one in nina.get(f"/v1/billing/{path}").json}
    before = everything(world)
    assert nina.delete("/v1/billing/payment-methods/pm_visa4242").status == 404
    assert nina.put("/v1/billing/payment-methods/pm_visa4242/default").status == 404
    settings = {"enabled": True, "threshold_pct": 10, "recharge_tokens": 5000, "payment_method_id": "pm_visa4242"}
    assert nina.put("/v1/billing/auto-topup", settings).status == 404
    assert everything(world) == before
    assert user.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500, "off_session": True}).json["succeeded"]
    assert balance(nina) == hers


@pytest.mark.parametrize("path", OWN)
def test_reading_needs_a_credential(gateway: Any, path: str) -> None:
    assert gateway.get(f"/v1/billing/{path}").status == 401


@pytest.mark.rule("S12")
@pytest.mark.parametrize(("method", "path", "body"), PER_USER)
def test_a_service_acts_for_nobody_alone(gateway: Any, world: World, method: str, path: str, body: Any) -> None:
    before = everything(world)
    assert gateway.service().call(method, path, body).status == 401
    assert gateway.service("imp_u_nobody").call(method, path, body).status == 401
    assert gateway.call(method, path, body).status == 401
    assert everything(world) == before


@pytest.mark.rule("S13")
def test_a_service_acts_for_the_user_it_names(user: Any, gateway: Any) -> None:
    service = gateway.service(ADA)
    for path in ("payments", "payment-methods", "auto-topup"):
        assert service.get(f"/v1/billing/{path}").json == user.get(f"/v1/billing/{path}").json
    assert service.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500, "off_session": True}).json[
        "succeeded"
    ]
    assert balance(user) == 9200
    assert service.put("/v1/billing/payment-methods/pm_amex0005/default").status == 200
    default = [card["id"] for card in user.get("/v1/billing/payment-methods").json if card["is_default"]]
    assert default == ["pm_amex0005"]


@pytest.mark.rule("S14")
def test_naming_another_user_changes_nothing_for_a_person(gateway: Any, user: Any) -> None:
    nina, ada = newcomer(gateway), user.get("/v1/auth/me").json["attributes"]
    headers = {"X-Acting-User": ADA}
    assert nina.get("/v1/billing/payment-methods", headers=headers).json == []
    assert nina.get("/v1/billing/balance", headers=headers).json["balance"] == 1000
    assert nina.put("/v1/billing/profile", {"name": "Nina"}, headers=headers).status == 200
    assert nina.get("/v1/auth/me").json["attributes"]["billing"] == {"name": "Nina"}
    assert user.get("/v1/auth/me").json["attributes"] == ada
    bought = {"tokens": 5000, "price_cents": 500, "off_session": True}
    assert nina.post("/v1/billing/topup", bought, headers=headers).status == 402
    assert balance(user) == 4200
