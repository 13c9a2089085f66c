"""A language model that always says the same: what it was asked."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, Doc, op

from . import _llm_usage

MODEL = "gpt-4o-mini"
MOST = 2048  # tokens of an answer
CHARACTERS = 4  # of a token


@op("POST /v1/internal/ai/complete")
def complete(call: Call) -> Doc:
    """Answer a prompt: the same one always alike, cut after ``max_tokens``. A token is four characters here."""
    body = call.body
    turns = [turn.get("content") for turn in body.get("messages") or ()]
    said = [text for text in turns if isinstance(text, str)]
    asked = body["prompt"] or (said[-1] if said else "")
    whole = f"Specdouble was asked: {asked}"
    text = whole[: max(body.get("max_tokens", MOST), 0) * CHARACTERS]
    sent, given = _tokens(body["prompt"], body.get("system", ""), *said), _tokens(text)
    who = call.user_id if call.caller.user else _llm_usage.EVERYBODY
    _llm_usage.track(call.world, who, input_tokens=sent, output_tokens=given)
    total = sent + given
    return {
        "text": text,
        "tokens_used": total,
        "model": body.get("model", MODEL),
        "usage": {"input_tokens": sent, "output_tokens": given, "total_tokens": total},
        "stop_reason": "end_turn" if text == whole else "max_tokens",
    }


def _tokens(*texts: Any) -> int:
    return -(-sum(map(len, texts)) // CHARACTERS)
