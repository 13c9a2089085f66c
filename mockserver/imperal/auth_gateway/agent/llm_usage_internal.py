"""Counting the use of language models."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..kernel import _kernel
from . import _llm, _llm_usage


@op("POST /v1/internal/llm-usage/track")
def track(call: Call) -> Doc:
    """Add one call to the day's usage of a user and of the platform.

    A provider that the platform does not have is the user's own, and the one to fail over to has stepped in.
    """
    user = _kernel.named_person(call)
    _kernel.require_tenant(call, user["tenant_id"])
    counts = {name: call.body.get(name, 0) for name in ("input_tokens", "output_tokens", "latency_ms")}
    whose = _llm.whose(call.world, call.body.get("provider", ""))
    _llm_usage.track(call.world, user["imperal_id"], whose=whose, **counts)
    return {"status": "ok"}
