"""Saved cards: how they come, which one is the default, and when one may go."""

from __future__ import annotations

from typing import Any

import pytest
from billing_helpers import ADA, DECLINED, add_card, days, everything, newcomer

from specdouble.mock.state.world import World

CARDS = "/v1/billing/payment-methods"


def defaults(client: Any) -> list[str]:
    return [card["id"] for card in client.get(CARDS).json if card["is_default"]]


def test_ada_has_three_cards(user: Any) -> None:
    shown = [(card["id"], card["brand"], card["last4"], card["is_default"]) for card in user.get(CARDS).json]
    assert shown == [
        ("pm_visa4242", "visa", "4242", True),
        ("pm_mc5454", "mastercard", "5454", False),
        ("pm_amex0005", "amex", "0005", False),
    ]


@pytest.mark.rule("B09")
def test_exactly_one_card_is_the_default(gateway: Any, user: Any) -> None:
    assert defaults(user) == ["pm_visa4242"]
    assert user.put(f"{CARDS}/pm_mc5454/default").json == {"status": "ok"}
    assert user.put(f"{CARDS}/pm_mc5454/default").json == {"status": "ok"}
    assert defaults(user) == ["pm_mc5454"]
    assert user.delete(f"{CARDS}/pm_mc5454").json == {"status": "ok"}
    assert defaults(user) == ["pm_visa4242"]
    nina = newcomer(gateway)
    assert defaults(nina) == []
    first = add_card(gateway, nina)
    add_card(gateway, nina, event_id="evt_second")
    assert defaults(nina) == [first]


def test_a_setup_intent_alone_adds_no_card(gateway: Any) -> None:
    nina = newcomer(gateway)
    made = nina.post(f"{CARDS}/setup").json
    assert made["client_secret"].startswith("seti_")
    assert made["publishable_key"].startswith("pk_")
    assert nina.get(CARDS).json == []


def test_an_attached_card_is_what_stripe_says(gateway: Any) -> None:
    nina = newcomer(gateway)
    printed = {"brand": "mastercard", "last4": "4444", "exp_month": 2, "exp_year": 2031}
    assert add_card(gateway, nina, {"id": "pm_nina1", "type": "card", "card": printed}) == "pm_nina1"
    assert nina.get(CARDS).json == [{"id": "pm_nina1", "type": "card", **printed, "is_default": True}]


def test_the_card_of_somebody_else_is_never_taken(gateway: Any, user: Any) -> None:
    nina = newcomer(gateway)
    assert add_card(gateway, nina, "pm_visa4242") != "pm_visa4242"
    assert len(user.get(CARDS).json) == 3


@pytest.mark.rule("B08")
def test_the_only_card_of_a_running_plan_stays(gateway: Any, user: Any, world: World) -> None:
    for card in ("pm_mc5454", "pm_amex0005"):
        assert user.delete(f"{CARDS}/{card}").status == 200
    before = everything(world)
    assert user.delete(f"{CARDS}/pm_visa4242").status == 409
    assert everything(world) == before
    assert defaults(user) == ["pm_visa4242"]
    user.post("/v1/billing/cancel")
    assert user.delete(f"{CARDS}/pm_visa4242").status == 200
    assert user.get(CARDS).json == []


def test_without_a_paid_plan_the_only_card_may_go(gateway: Any) -> None:
    nina = newcomer(gateway)
    card = add_card(gateway, nina, DECLINED)
    assert nina.delete(f"{CARDS}/{card}").status == 200
    assert nina.get(CARDS).json == []


def test_an_unknown_card_is_a_404(user: Any, world: World) -> None:
    before = everything(world)
    assert user.delete(f"{CARDS}/pm_nothing").status == 404
    assert user.put(f"{CARDS}/pm_nothing/default").status == 404
    assert everything(world) == before


def test_auto_topup_forgets_a_removed_card(user: Any) -> None:
    settings = {"enabled": True, "threshold_pct": 10, "recharge_tokens": 5000, "payment_method_id": "pm_mc5454"}
    assert user.put("/v1/billing/auto-topup", settings).status == 200
    assert user.delete(f"{CARDS}/pm_mc5454").status == 200
    assert user.get("/v1/billing/auto-topup").json["payment_method_id"] == ""


def test_a_change_of_cards_reaches_the_user_s_panel(user: Any, world: World) -> None:
    user.put(f"{CARDS}/pm_mc5454/default")
    event = next(world.state["events"].newest(user_id=ADA))
    assert (event["type"], event["payload"]) == ("panel_refresh", {"panel": "payment_methods"})


def test_cards_outlive_time(gateway: Any, world: World) -> None:
    days(world, 10)
    assert len(gateway.service(ADA).get(CARDS).json) == 3
