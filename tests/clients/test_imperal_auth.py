"""The first-party client ``ImperalAuth`` of imperal-sdk, unchanged, verifies our tokens from the JWKS alone."""

from __future__ import annotations

import httpx
import pytest
from imperal_sdk.auth.client import AuthError, ImperalAuth

from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls
from tests.clients.harness import Live


@pytest.fixture
def token(specdouble_server: Urls) -> str:
    login = {"email": "user@example.com", "password": "s3cure!"}
    answer = httpx.post(f"{specdouble_server.auth_gateway}/v1/auth/login", json=login)
    assert answer.status_code == 200
    return str(answer.json()["access_token"])


@pytest.mark.rule("A10")
def test_it_verifies_a_token_and_reads_the_person(specdouble_server: Urls, token: str) -> None:
    person = ImperalAuth(specdouble_server.auth_gateway).verify(token)
    assert (person.imperal_id, person.email, person.tenant_id, person.role) == (
        "imp_u_abc123", "user@example.com", "default", "user",
    )  # fmt: skip


def test_it_refuses_a_tampered_token(specdouble_server: Urls, token: str) -> None:
    head, payload, signature = token.split(".")
    with pytest.raises(AuthError):
        ImperalAuth(specdouble_server.auth_gateway).verify(f"{head}.{payload[:-2]}AA.{signature}")


def test_it_refuses_an_expired_token(specdouble_server: Urls, specdouble_platform: Platform) -> None:
    clock = specdouble_platform.world.clock
    clock.offset = -7200.0  # a token minted two hours ago
    login = {"email": "user@example.com", "password": "s3cure!"}
    old = httpx.post(f"{specdouble_server.auth_gateway}/v1/auth/login", json=login).json()["access_token"]
    clock.offset = 0.0
    with pytest.raises(AuthError, match="expired"):
        ImperalAuth(specdouble_server.auth_gateway).verify(old)


def test_it_reads_the_profile(live: Live, token: str) -> None:
    me = live.run(lambda: ImperalAuth(live.gateway).get_user_info(token))
    assert me["imperal_id"] == "imp_u_abc123"
    assert me["is_active"] is True
