"""A running server for the first-party clients, and what it saw of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
from imperal_sdk._shared_http import aclose

from specdouble.mock.boot import Platform
from specdouble.mock.state.world import World

PASSWORDS = {"user@example.com": "s3cure!"}


@dataclass
class Live:
    """A server on two ports. ``saw`` gives what it answered since the last look, oldest first."""

    gateway: str
    registry: str
    platform: Platform

    @property
    def world(self) -> World:
        return self.platform.world

    def run(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Run a coroutine of a client in a loop of its own, and close the connections it shares."""

        async def whole() -> Any:
            try:
                return await call()
            finally:
                await aclose()

        return asyncio.run(whole())

    def saw(self) -> list[tuple[str, int]]:
        journal = self.world.journal
        seen = [(one.operation, one.status) for one in journal]
        journal.clear()
        return seen

    def tokens(self, email: str = "user@example.com") -> dict[str, Any]:
        word = PASSWORDS.get(email) or f"s3cure!{email.partition('@')[0]}"
        answer = httpx.post(f"{self.gateway}/v1/auth/login", json={"email": email, "password": word})
        assert answer.status_code == 200, answer.text
        self.saw()
        return dict(answer.json())

    def token(self, email: str = "user@example.com") -> str:
        return str(self.tokens(email)["access_token"])

    def ask(
        self, method: str, path: str, email: str = "user@example.com", body: Any = None, *, service: bool = False
    ) -> Any:
        """Call the gateway as a person or as the platform and return the JSON of the answer."""
        headers = (
            {"X-Service-Token": "dev-service-token"} if service else {"Authorization": f"Bearer {self.token(email)}"}
        )
        answer = httpx.request(method, self.gateway + path, headers=headers, json=body)
        assert answer.status_code < 300, answer.text
        self.saw()
        return answer.json()

    def control(self, path: str, body: Any = None) -> Any:
        answer = httpx.post(f"{self.gateway}/__mock__{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()
