"""The model that always says the same, and what the use of models adds up to."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.agent import _llm_usage
from tests.conftest import Client

ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"
COMPLETE, TRACK = "/v1/internal/ai/complete", "/v1/internal/llm-usage/track"


@pytest.fixture
def kernel(gateway: Client) -> Client:
    return gateway.service()


def used(world: World, user_id: str = "") -> tuple[int, int, int, int]:
    row = _llm_usage.day(world, user_id)
    return row["calls"], row["input_tokens"], row["output_tokens"], row["total_latency_ms"]


def test_the_same_prompt_has_the_same_answer(kernel: Client) -> None:
    first, again = (kernel.post(COMPLETE, {"prompt": "How many notes?", "temperature": t}).json for t in (0, 1))
    assert first == again
    assert first["text"] == "Specdouble was asked: How many notes?"
    assert (first["model"], first["stop_reason"]) == ("gpt-4o-mini", "end_turn")
    assert first["tokens_used"] == first["usage"]["total_tokens"]
    assert first["usage"]["total_tokens"] == first["usage"]["input_tokens"] + first["usage"]["output_tokens"]
    other = kernel.post(COMPLETE, {"prompt": "How many apps?", "model": "example-large"}).json
    assert (other["model"], other["text"]) == ("example-large", "Specdouble was asked: How many apps?")


def test_an_answer_is_cut_after_max_tokens(kernel: Client) -> None:
    cut = kernel.post(COMPLETE, {"prompt": "How many notes?", "max_tokens": 3}).json
    assert (cut["text"], cut["stop_reason"], cut["usage"]["output_tokens"]) == ("Specdouble w", "max_tokens", 3)


def test_without_a_prompt_the_last_message_counts(kernel: Client) -> None:
    messages = [{"role": "user", "content": "Hello"}, {"role": "user", "content": "And now?"}]
    assert kernel.post(COMPLETE, {"prompt": "", "messages": messages}).json["text"] == "Specdouble was asked: And now?"
    assert kernel.post(COMPLETE, {"prompt": "", "messages": None}).status == 200


@pytest.mark.parametrize(
    "body", [{}, {"prompt": 5}, {"prompt": "x", "messages": ["y"]}, {"prompt": "x", "max_tokens": "y"}]
)
def test_a_broken_question_is_422_and_counts_nothing(body: dict[str, Any], kernel: Client, world: World) -> None:
    assert kernel.post(COMPLETE, body).status == 422
    assert used(world) == (0, 0, 0, 0)


def test_the_use_of_models_adds_up_by_user_and_day(kernel: Client, world: World) -> None:
    row = {"user_id": ADA, "model": "example-small", "input_tokens": 41, "output_tokens": 17, "latency_ms": 320}
    assert kernel.post(TRACK, row).json == {"status": "ok"}
    kernel.post(TRACK, row)
    kernel.post(TRACK, {"user_id": MARGARET, "model": "example-small", "extension_id": "notes"})
    assert (used(world, ADA), used(world, MARGARET)) == ((2, 82, 34, 640), (1, 0, 0, 0))
    assert used(world) == (3, 82, 34, 640)
    usage = kernel.post(COMPLETE, {"prompt": "x"}).json["usage"]
    assert used(world) == (4, 82 + usage["input_tokens"], 34 + usage["output_tokens"], 640)
    kernel.post("/__mock__/clock", {"advance": "1d"})
    assert used(world) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"user_id": "imp_u_nobody"}, 404), ({"input_tokens": -1}, 422)],
)
def test_refused_use_is_not_counted(change: dict[str, Any], status: int, kernel: Client, world: World) -> None:
    assert kernel.post(TRACK, {"user_id": ADA, "model": "m", **change}).status == status
    assert used(world) == (0, 0, 0, 0)
