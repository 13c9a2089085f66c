"""Counting the use of language models."""

from __future__ import annotations

from mockserver.auth_gateway import _kernel, _llm_usage
from mockserver.kit import Call, Doc, op


@op("POST /v1/internal/llm-usage/track")
def track(call: Call) -> Doc:
    """Add one call to the day's usage of a user and of the platform."""
    user_id = _kernel.named_person(call)["imperal_id"]
    counts = {name: call.body.get(name, 0) for name in ("input_tokens", "output_tokens", "latency_ms")}
    _llm_usage.track(call.world, user_id, **counts)
    return {"status": "ok"}
