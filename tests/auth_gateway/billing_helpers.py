"""What the tests about money share: newcomers, Stripe's signature, and time that passes."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from specdouble.mock.state.world import World

ADA = "imp_u_abc123"
SECRET = "whsec_dev"
GOOD, DECLINED, ASKS = "pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"


def newcomer(gateway: Any, email: str = "nina@example.com") -> Any:
    """A verified person on the free plan, without cards."""
    body = {"email": email, "password": "s3cure!nina", "tenant_id": "default"}
    reply = gateway.service().post("/v1/auth/register", body)
    assert reply.status == 201, reply.content
    return gateway.bearer(reply.json["access_token"])


def again(gateway: Any) -> Any:
    """The newcomer with a fresh token: time outlives the old one."""
    return gateway.login("nina@example.com", "s3cure!nina")


def balance(client: Any) -> int:
    return client.get("/v1/billing/balance").json["balance"]


def plan_of(client: Any) -> tuple[str, str]:
    shown = client.get("/v1/billing/subscription").json
    return shown["plan"], shown["status"]


def sign(raw: bytes, secret: str = SECRET, at: float | None = None) -> str:
    stamp = int(time.time() if at is None else at)
    return f"t={stamp},v1={hmac.new(secret.encode(), f'{stamp}.'.encode() + raw, hashlib.sha256).hexdigest()}"


def report(gateway: Any, kind: str, obj: dict[str, Any], event_id: str = "evt_1", **how: Any) -> Any:
    """Send a signed event, as Stripe would."""
    raw = json.dumps({"id": event_id, "type": kind, "data": {"object": obj}}).encode()
    headers = {"Stripe-Signature": sign(raw, **how), "Content-Type": "application/json"}
    return gateway.post("/v1/webhooks/stripe", data=raw, headers=headers)


def add_card(gateway: Any, client: Any, card: Any = GOOD, event_id: str = "evt_card") -> str:
    """Save a card the way a browser and Stripe do, and return its id."""
    before = {one["id"] for one in client.get("/v1/billing/payment-methods").json}
    secret = client.post("/v1/billing/payment-methods/setup").json["client_secret"]
    intent = {"id": secret.partition("_secret_")[0], "payment_method": card}
    assert report(gateway, "setup_intent.succeeded", intent, event_id).status == 200
    (made,) = {one["id"] for one in client.get("/v1/billing/payment-methods").json} - before
    return made


def days(world: World, count: float) -> None:
    """Let time pass."""
    world.clock.move(count * 86400)
    world.run_due()


def everything(world: World) -> dict[str, Any]:
    """All documents that are about money, to see that a refusal changed none."""
    names = (
        "subscriptions",
        "ledger",
        "wallets",
        "payments",
        "cards",
        "auto_topups",
        "setup_intents",
        "timers",
        "events",
    )
    return {name: list(world.state[name]) for name in names}
