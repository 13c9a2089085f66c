"""A server that is killed at any moment has lost nothing that it acknowledged, and did nothing by half."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from specdouble.mock.state.world import World
from specdouble.mock.testing import open_mock
from tests.world import invariants

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8
PASSWORD = "s3cure!killed"


class Round:
    """One server between its start and its end: clients register people until it is killed."""

    def __init__(self, state: Path, number: int, after: int) -> None:
        self.tokens: dict[str, str] = {}  # of people whose registration was acknowledged
        self._number = number
        self._after = after  # acknowledged registrations until the kill
        self._lock = threading.Lock()
        command = [sys.executable, "-m", "specdouble", "serve", "imperal", "--port", "0", "--registry-port", "0"]
        self._process = subprocess.Popen(
            [*command, "--ready-json", "--state", f"sqlite:{state}"], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self) -> None:
        """Write until the server is gone."""
        with self._process:
            try:
                self._written()
            finally:
                self._process.kill()
        assert self._process.returncode == -signal.SIGKILL

    def _written(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        said = self._process.stdout.readline()
        assert said, self._process.stderr.read()
        url = json.loads(said)["urls"]["auth_gateway"].replace("localhost", "127.0.0.1")
        with ThreadPoolExecutor(CLIENTS) as at:
            for one in [at.submit(self._register, url, client) for client in range(CLIENTS)]:
                one.result()
        self._process.wait(20)

    def _register(self, url: str, client: int) -> None:
        with httpx.Client(base_url=url, timeout=20, headers={"X-Service-Token": "dev-service-token"}) as http:
            for turn in range(10_000):
                email = f"r{self._number}c{client}t{turn}@example.com"
                try:
                    made = http.post("/v1/auth/register", json={"email": email, "password": PASSWORD})
                except httpx.TransportError:
                    return
                assert made.status_code == 201, made.text
                with self._lock:
                    self.tokens[email] = made.json()["access_token"]
                    if len(self.tokens) == self._after:
                        os.kill(self._process.pid, signal.SIGKILL)


def halves(world: World) -> list[str]:
    """Return who was registered by half: a registration grants tokens, installs apps and signs in, all at once."""
    found = [said for check in invariants.STATE for said in check(world)]
    state = world.state
    for user in state["users"].find():
        if user["email"].endswith("@example.com") and user["email"].startswith("r") and "password_hash" in user:
            who = user["imperal_id"]
            counts = [state[name].count(user_id=who) for name in ("ledger", "sessions")]
            if who not in state["wallets"] or counts != [1, 1] or not state["installs"].count(user_id=who):
                found.append(f"{user['email']} has {counts}")
    return found


def killed(folder: Path, rounds: int, seed: int) -> int:
    """Kill a server that many times; returns how many writes were acknowledged in all, of which none may be lost."""
    chance, state = random.Random(seed), folder / "state.db"
    tokens: dict[str, str] = {}
    for number in range(rounds):
        one = Round(state, number, chance.randint(1, 40))
        one.run()
        tokens |= one.tokens
        with open_mock("imperal", state=f"sqlite:{state}") as mock:
            known = {user["email"] for user in mock.world.state["users"]}
            assert [email for email in tokens if email not in known] == []
            assert halves(mock.world) == []
            client = mock.client()
            for token in one.tokens.values():
                found = client.get("/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
                assert found.status_code == 200
    return len(tokens)


def test_a_few_kills_lose_nothing(tmp_path: Path) -> None:
    assert killed(tmp_path, 2, seed=1) > 2


@pytest.mark.slow
def test_many_kills_lose_nothing(tmp_path: Path) -> None:
    assert killed(tmp_path, 200, seed=2) > 200
