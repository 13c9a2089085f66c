"""People who sign up and log in, and time that passes, for tests of accounts."""

from __future__ import annotations

from typing import Any

import jwt

from tests.conftest import Client, Reply

ADA, ADMIN = "imp_u_abc123", "imp_u_admin01"
NEW = {"email": "new@example.com", "password": "s3cure!"}


def sign_up(gateway: Client, **more: Any) -> Reply:
    return gateway.post("/v1/auth/signup", {**NEW, **more})


def mailed_token(gateway: Client, to: str = "new@example.com") -> str:
    return str(gateway.get(f"/__mock__/outbox?to={to}").json[0]["token"])


def verified(gateway: Client, **more: Any) -> dict[str, Any]:
    """Sign somebody up, redeem the mail and return the token pair."""
    email = more.get("email", NEW["email"])
    assert sign_up(gateway, **more).status == 201
    reply = gateway.post("/v1/auth/verify-email", {"token": mailed_token(gateway, email)})
    assert reply.status == 200
    return dict(reply.json)


def log_in(gateway: Client, **more: Any) -> Reply:
    return gateway.post("/v1/auth/login", {"email": "user@example.com", "password": "s3cure!", **more})


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def export(gateway: Client) -> Any:
    return gateway.get("/__mock__/world").json["collections"]


def advance(gateway: Client, by: str) -> None:
    assert gateway.post("/__mock__/clock", {"advance": by}).status == 200
