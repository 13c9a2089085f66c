"""Background tasks for the kernel: whether a user may start another one."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..kernel import _kernel
from . import _tasks


@op("GET /v1/tasks/internal/check-limit")
def check_limit(call: Call) -> Doc:
    """Compare a user's queued and running tasks with what their role allows."""
    user = _kernel.asked_person(call)
    user_id, limit = user["imperal_id"], _tasks.limit(call.world, user)
    running = sum(call.state["tasks"].count(user_id=user_id, status=status) for status in _tasks.ACTIVE)
    return {"user_id": user_id, "allowed": running < limit, "running": running, "limit": limit}
