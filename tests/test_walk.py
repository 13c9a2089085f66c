"""A front-end developer's walk through the whole product: each step shows in the next screen and on the stream."""

from __future__ import annotations

from typing import Any

from specdouble.mock.state.world import World
from tests.conftest import Client

MANIFEST = {
    "manifest_schema_version": 3,
    "app_id": "star-charts",
    "version": "1.0.0",
    "name": "Star Charts",
    "description": "Draws the night sky above a place, for tonight or any other night.",
    "tools": [
        {"name": "draw_chart", "description": "Draw a chart.", "action_type": "write", "params_schema": {}},
        {"name": "list_charts", "description": "List charts.", "action_type": "read", "params_schema": {}},
        {"name": "delete_chart", "description": "Delete a chart.", "action_type": "destructive", "params_schema": {}},
    ],
}
PRICE = 8000


def ok(reply: Any, status: int = 200) -> Any:
    assert reply.status == status, reply.content
    return reply.json


def join(gateway: Client, world: World, email: str) -> tuple[Client, str]:
    """Sign up, read the mail, verify; returns a client and the new imperal_id."""
    ok(gateway.post("/v1/auth/signup", {"email": email, "password": "s3cure!"}), 201)
    assert gateway.post("/v1/auth/login", {"email": email, "password": "s3cure!"}).status == 403
    (mail,) = ok(gateway.get(f"/__mock__/outbox?to={email}"))
    client = gateway.bearer(ok(gateway.post("/v1/auth/verify-email", {"token": mail["token"]}))["access_token"])
    return client, ok(client.get("/v1/auth/me"))["imperal_id"]


def save_card(gateway: Client, user_id: str) -> None:
    """Attach a card the way the payment provider does: a signed webhook after a setup intent."""
    ok(gateway.service(user_id).post("/v1/billing/payment-methods/setup"))
    ok(gateway.post("/__mock__/cards", {"user_id": user_id}))


def top_up(gateway: Client, client: Client, tokens: int) -> None:
    """Buy tokens: the intent alone changes nothing, the confirmation credits it once."""
    before = ok(client.get("/v1/billing/balance"))["balance"]
    intent = ok(client.post("/v1/billing/topup", {"tokens": tokens, "price_cents": tokens // 10}))
    assert ok(client.get("/v1/billing/balance"))["balance"] == before
    ok(gateway.service().post("/v1/billing/topup/confirm", {"payment_intent_id": intent["payment_intent_id"]}))
    assert ok(client.get("/v1/billing/balance"))["balance"] == before + tokens


def kinds(world: World, user_id: str) -> set[str]:
    """The kinds of event on a user's stream so far."""
    return {event["type"] for event in world.state["events"].find(user_id=user_id)}


def test_the_whole_product(gateway: Client, admin: Client, world: World) -> None:
    author, author_id = join(gateway, world, "author@example.com")
    reader, reader_id = join(gateway, world, "reader@example.com")
    assert ok(author.get("/v1/auth/me"))["email"] == "author@example.com"
    assert {one["app_id"] for one in ok(author.get("/v1/me/extensions"))} >= {"developer", "billing", "automations"}

    # money: top up, then subscribe with a card
    top_up(gateway, author, 20_000)
    top_up(gateway, reader, 50_000)
    assert "panel_refresh" in kinds(world, reader_id)
    save_card(gateway, reader_id)
    assert [card["is_default"] for card in ok(reader.get("/v1/billing/payment-methods"))] == [True]
    ok(reader.post("/v1/billing/subscribe", {"plan_id": "pro"}))
    subscription = ok(reader.get("/v1/billing/subscription"))
    assert (subscription["plan"], subscription["status"]) == ("pro", "active")
    assert "subscription" in [one["type"] for one in ok(reader.get("/v1/billing/payments"))]

    # an app of one's own: register, create, deploy, submit; the admin approves it
    ok(author.post("/v1/developer/register", {"display_name": "Caroline Herschel"}))
    assert ok(author.get("/v1/developer/profile"))["tier"] == "explorer"
    ok(author.put("/v1/developer/tier", {"tier": "indie"}))
    assert ok(author.get("/v1/billing/wallet/history"))[0]["amount"] == -9000
    draft = {
        "app_id": "star-charts", "name": "Star Charts", "short_description": "The sky above you.",
        "category": "productivity", "pricing_model": "per_action",
        "pricing_config": {"tool_prices": {"draw_chart": PRICE}},
    }  # fmt: skip
    assert ok(author.post("/v1/developer/apps", draft), 201)["status"] == "draft"
    assert gateway.get("/v1/marketplace/apps/star-charts").status == 404
    assert ok(author.post("/v1/developer/apps/star-charts/submit"))["status"] == "failed"
    deploy = ok(author.post("/v1/developer/apps/star-charts/deploys", {"version": "1.0.0", "changelog": "First."}), 201)
    assert deploy["status"] == "pending"
    ok(gateway.post("/__mock__/clock", {"advance": "10s"}))
    assert ok(author.get("/v1/developer/apps/star-charts/deploys"))[0]["status"] == "success"
    ok(gateway.service().post("/v1/developer/apps/star-charts/_sync_manifest", {"manifest_json": MANIFEST}))
    assert ok(author.post("/v1/developer/apps/star-charts/submit"))["status"] == "pending_review"
    assert "star-charts" in [one["app_id"] for one in ok(admin.get("/v1/admin/apps/pending"))]
    ok(admin.post("/v1/admin/apps/star-charts/approve"))
    assert "star-charts" not in [one["app_id"] for one in ok(admin.get("/v1/admin/apps/pending"))]
    assert ok(gateway.get("/v1/marketplace/apps/star-charts"))["install_count"] == 0

    # the reader installs it, calls it, confirms a deletion, and reviews it
    ok(reader.post("/v1/marketplace/apps/star-charts/install", {}))
    assert ok(reader.get("/v1/marketplace/apps/star-charts"))["is_installed"] is True
    assert "marketplace.app_installed" in kinds(world, reader_id)
    call = {"user_id": reader_id, "function": "draw_chart", "params": {"place": "Bath"}}
    before = ok(reader.get("/v1/billing/balance"))["balance"]
    drawn = [ok(reader.post("/v1/extensions/star-charts/call", call))["data"]["id"] for _ in range(2)]
    assert ok(reader.get("/v1/billing/balance"))["balance"] == before - 2 * PRICE
    assert ok(reader.get("/v1/actions"))["items"][0]["tool_name"] == "draw_chart"
    ok(reader.patch("/v1/me/settings", {"confirmation_enabled": True}))
    delete = {"user_id": reader_id, "function": "delete_chart", "params": {"id": drawn[0]}}
    held = ok(reader.post("/v1/extensions/star-charts/operate", delete))
    assert held["kind"] == "confirmation"
    assert [one["confirmation_id"] for one in ok(reader.get("/v1/confirmations/active"))["confirmations"]] == [
        held["confirmation_id"]
    ]
    ok(reader.post(f"/v1/confirmations/{held['confirmation_id']}/confirm"))
    assert ok(reader.get("/v1/confirmations/active"))["confirmations"] == []
    listing = {"user_id": reader_id, "function": "list_charts"}
    assert ok(reader.post("/v1/extensions/star-charts/call", listing))["data"]["total"] == 1
    review = {"rating": 4, "title": "Clear skies", "body": "It found the comet before I did, twice in a row."}
    ok(reader.post("/v1/marketplace/apps/star-charts/reviews", review))
    page = ok(gateway.get("/v1/marketplace/apps/star-charts"))
    assert (page["rating"], page["review_count"], page["install_count"]) == (4, 1, 1)

    # the author earns and asks for a payout
    earned = ok(author.get("/v1/developer/earnings"))
    assert earned["total_earnings"] == 2 * PRICE * 80 // 100 or earned["total_earnings"] == 2 * PRICE * 70 // 100
    payout = ok(author.post("/v1/developer/payouts/request", {"amount_tokens": 10_000}))
    assert (payout["status"], payout["amount_usd"]) == ("pending", "10.00")
    after = ok(author.get("/v1/developer/earnings"))
    assert after["pending_payout"] == earned["pending_payout"] - 10_000
    assert payout["id"] in [one["id"] for one in ok(admin.get("/v1/admin/payouts/pending"))]
    ok(admin.post(f"/v1/admin/payouts/{payout['id']}/approve", {"note": "Well drawn."}))
    assert payout["id"] not in [one["id"] for one in ok(admin.get("/v1/admin/payouts/pending"))]

    # leaving: the session ends, its token is dead
    assert kinds(world, author_id) != set()
    ok(author.post("/v1/auth/sessions/revoke-others"))
    (session,) = ok(author.get("/v1/auth/sessions"))["sessions"]
    ok(author.post(f"/v1/auth/sessions/{session['session_id']}/revoke"))
    assert author.get("/v1/auth/me").status == 401
