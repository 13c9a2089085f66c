"""Sixty-four threads on one world through the WSGI door: what may happen once happens once, and nothing gets lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from specdouble.mock.state.collections import Store
from specdouble.mock.state.world import World
from tests.conftest import Client, Reply
from tests.world.invariants import broken, indexes

THREADS = 64
ADA = "imp_u_abc123"


def giving_way(look: Callable[..., Any]) -> Callable[..., Any]:
    def patient(*args: Any, **equals: Any) -> Any:
        seen = look(*args, **equals)
        time.sleep(0.00005)
        return seen

    return patient


def at_once(*jobs: Callable[[], Reply]) -> Counter[int]:
    """Start every job at the same moment, each on a thread; returns how often each status was answered."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Reply]) -> int:
        gate.wait(20)
        return job().status

    with ThreadPoolExecutor(len(jobs)) as pool:
        return Counter(pool.map(run, jobs))


@pytest.fixture(autouse=True)
def sound(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every look into the state gives way to the other threads, and every invariant holds after the storm."""
    for name in ("get", "first", "count"):
        monkeypatch.setattr(Store, name, giving_way(getattr(Store, name)))
    yield
    monkeypatch.undo()
    assert [*broken(world), *indexes(world)] == []


def people(gateway: Client) -> list[Client]:
    """Sixty-four people with a token each."""
    made = []
    for number in range(THREADS):
        body = {"email": f"racer{number}@example.com", "password": "s3cure!racer"}
        made.append(gateway.bearer(gateway.service().post("/v1/auth/register", body).json["access_token"]))
    return made


@pytest.mark.rule("A07")
@pytest.mark.parametrize("threads", [2, THREADS])
def test_of_many_refreshes_with_one_token_exactly_one_wins(gateway: Client, world: World, threads: int) -> None:
    token = gateway.tokens("user@example.com")["refresh_token"]
    answers: list[Reply] = []

    def refresh() -> Reply:
        reply = gateway.post("/v1/auth/refresh", {"refresh_token": token})
        answers.append(reply)
        return reply

    assert at_once(*[refresh] * threads) == {200: 1, 401: threads - 1}
    (won,) = [reply.json["refresh_token"] for reply in answers if reply.status == 200]
    assert gateway.post("/v1/auth/refresh", {"refresh_token": won}).status == 200
    assert world.state["sessions"].count(user_id=ADA) == 1


def test_sixty_four_people_install_and_vote_at_once(gateway: Client, world: World) -> None:
    racers = people(gateway)
    count = gateway.get("/v1/marketplace/apps/notes").json["install_count"]
    install = [lambda who=who: who.post("/v1/marketplace/apps/notes/install", {}) for who in racers]
    assert at_once(*install) == {200: THREADS}
    assert gateway.get("/v1/marketplace/apps/notes").json["install_count"] == count + THREADS
    review = world.state["reviews"].first(app_id="notes")
    assert review is not None
    held = world.state["votes"].count(review_id=review["id"])
    path = f"/v1/marketplace/reviews/{review['id']}/vote"
    assert at_once(*[lambda who=who: who.post(path, {"helpful": True}) for who in racers]) == {200: THREADS}
    assert world.state["votes"].count(review_id=review["id"]) == held + THREADS


@pytest.mark.rule("M05")
def test_one_person_s_many_installs_count_once(gateway: Client, world: World) -> None:
    racer = gateway.login("viewer@example.com")
    before = world.state["installs"].count(app_id="meeting-minutes")
    had = racer.get("/v1/marketplace/apps/meeting-minutes").json["is_installed"]
    at_once(*[lambda: racer.post("/v1/marketplace/apps/meeting-minutes/install", {})] * THREADS)
    assert world.state["installs"].count(app_id="meeting-minutes") == before + (not had)


@pytest.mark.rule("B02")
def test_a_wallet_pays_each_call_and_no_more_than_it_holds(gateway: Client, user: Client, world: World) -> None:
    held = user.get("/v1/billing/balance").json["balance"]
    user.put("/v1/billing/auto-topup", {"enabled": False, "threshold_pct": 10, "recharge_tokens": 20_000})
    user.post("/v1/marketplace/apps/tasks-board/install", {})
    call = {"user_id": ADA, "function": "export_board", "params": {"name": "Sprint", "title": "Sprint"}}
    statuses = at_once(*[lambda: user.post("/v1/extensions/tasks-board/call", call)] * THREADS)
    paid = held // 500
    assert paid < THREADS
    assert statuses == {200: paid, 402: THREADS - paid}
    assert user.get("/v1/billing/balance").json["balance"] == held - 500 * paid


@pytest.mark.rule("B03")
def test_one_payment_confirmed_by_everybody_is_credited_once(gateway: Client, user: Client) -> None:
    before = user.get("/v1/billing/balance").json["balance"]
    intent = user.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500}).json["payment_intent_id"]
    body = {"payment_intent_id": intent}
    assert at_once(*[lambda: gateway.service().post("/v1/billing/topup/confirm", body)] * THREADS) == {200: THREADS}
    assert user.get("/v1/billing/balance").json["balance"] == before + 5000


def test_no_change_of_settings_is_lost(user: Client) -> None:
    fields = ("kav_max_retries", "routing_context", "max_tool_rounds", "max_response_tokens", "confirmation_ttl")
    jobs = [lambda name=name: user.patch("/v1/me/settings", {name: 7}) for name in fields]
    assert at_once(*jobs * 12) == {200: 60}
    settings = user.get("/v1/me/settings").json["settings"]
    assert {name: settings[name] for name in fields} == dict.fromkeys(fields, 7)


def test_a_mixed_storm_has_no_server_error(gateway: Client, user: Client, admin: Client, developer: Client) -> None:
    jobs = [
        lambda: user.get("/v1/marketplace/apps"),
        lambda: user.post("/v1/keys", {"name": "racer"}),
        lambda: user.post("/v1/extensions/notes/call", {"user_id": ADA, "function": "create_note", "params": {"a": 1}}),
        lambda: admin.get("/v1/users"),
        lambda: developer.post("/v1/developer/apps/notes/deploys", {"version": "2.0.0"}),
        lambda: gateway.post("/__mock__/clock", {"advance": "1s"}),
        lambda: user.get("/v1/actions"),
        lambda: gateway.post("/v1/auth/signup", {"email": "one@example.com", "password": "s3cure!"}),
    ]
    statuses = at_once(*jobs * (THREADS // len(jobs)))
    assert max(statuses) < 500
    assert statuses[409] == THREADS // len(jobs) - 1  # one of the sign-ups got the address
