"""The money of the independent server: wallet, ledger, purchases and payments."""

from __future__ import annotations

import secrets
import time
from typing import Any

from fastapi import FastAPI, Request

from tests.verify.independent.app import GRANT, LEAST, MOST, PUBLIC, Gateway, Limit, Offset
from tests.verify.independent.state import stamp
from tests.verify.independent.words import Payment, Purchase, no


def money(app: FastAPI, gate: Gateway) -> None:
    """Add the operations of `/v1/billing`."""
    state, faults = gate.state, gate.faults

    def wallet(request: Request) -> dict[str, Any]:
        who = gate.person(request)
        amount, moved = state.held(who.no)
        if "balance-is-stale" in faults:
            amount = min(amount, GRANT)
        return {
            "balance": amount, "plan": "free", "status": "none", "cap": 2 * GRANT, "included_tokens": GRANT,
            "currency": "token", "updated_at": stamp(moved),
        }  # fmt: skip

    app.get("/v1/billing/balance")(wallet)
    app.get("/v1/billing/wallet")(wallet)

    @app.get("/v1/billing/topup-config")
    def config(request: Request) -> dict[str, Any]:
        gate.person(request)
        tiers = [{"tokens": 3000, "price_cents": 300, "label": "S"}, {"tokens": 9000, "price_cents": 900, "label": "M"}]
        return {
            "publishable_key": PUBLIC, "tiers": tiers, "custom_min_cents": LEAST, "custom_max_cents": MOST,
            "token_rate": 1000,
        }  # fmt: skip

    @app.get("/v1/billing/wallet/history")
    def history(request: Request, limit: Limit = 50, offset: Offset = 0) -> list[dict[str, Any]]:
        who = gate.person(request)
        order = "ASC" if "oldest-first" in faults else "DESC"
        return [
            {
                "id": number, "transaction_id": ref, "amount": amount, "reason": why, "description": said,
                "created_at": stamp(born),
            }
            for number, ref, amount, why, said, born in state.rows(
                "SELECT no, ref, amount, why, said, born FROM book WHERE owner = ? "
                f"ORDER BY no {order} LIMIT ? OFFSET ?",
                who.no, limit, offset,
            )
        ]  # fmt: skip

    def payments(request: Request, limit: Limit = 50, offset: Offset = 0) -> list[dict[str, Any]]:
        who = gate.person(request, acting=True)
        owner = -1 if "everybody-s-payments" in faults else who.no
        return [
            {
                "payment_intent_id": pid, "amount_cents": cents, "tokens": tokens, "type": "topup",
                "status": "pending" if done is None else "completed", "created_at": stamp(born),
                "completed_at": stamp(done), "receipt_url": "" if done is None else f"https://pay.example.net/{pid}",
            }
            for pid, cents, tokens, born, done in state.rows(
                "SELECT pid, cents, tokens, born, done FROM bill WHERE ? IN (owner, -1) "
                "ORDER BY no DESC LIMIT ? OFFSET ?",
                owner, limit, offset,
            )
        ]  # fmt: skip

    def unbounded(request: Request, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
        return payments(request, min(max(limit, 0), 2**53), min(max(offset, 0), 2**53))

    app.get("/v1/billing/payments")(unbounded if "no-largest-limit" in faults else payments)

    @app.post("/v1/billing/topup")
    def topup(request: Request, body: Purchase) -> dict[str, Any]:
        who = gate.person(request, acting=True)
        cents = body.price_cents if "trusts-the-price" in faults else -(-body.tokens // 10)
        if not LEAST <= cents <= MOST:
            raise no(400, "Zu wenig oder zu viel.", "OUT_OF_RANGE")
        if body.off_session:
            raise no(402, "Hier gibt es keine Karten.", "NO_CARD")
        pid = f"pi_{secrets.token_urlsafe(18)}"
        state.rows(
            "INSERT INTO bill (pid, owner, cents, tokens, born) VALUES (?, ?, ?, ?, ?)",
            pid, who.no, cents, body.tokens, time.time(),
        )  # fmt: skip
        return {
            "payment_intent_id": pid, "client_secret": f"{pid}_secret_{secrets.token_hex(9)}",
            "publishable_key": PUBLIC,
        }  # fmt: skip

    @app.post("/v1/billing/topup/confirm")
    def confirm(request: Request, body: Payment) -> dict[str, Any]:
        if "the-payer-confirms" in faults and not request.headers.get("x-service-token"):
            gate.person(request)
        else:
            gate.service(request)
        found = state.pay(body.payment_intent_id, again="credits-twice" in faults)
        if found is None:
            raise no(404, "Diese Zahlung gibt es nicht.", "NO_SUCH_PAYMENT")
        (pid, owner, tokens, _), before = found
        return {
            "payment_intent_id": pid, "status": "completed", "tokens": tokens, "already_completed": before,
            "balance": state.held(owner)[0],
        }  # fmt: skip
