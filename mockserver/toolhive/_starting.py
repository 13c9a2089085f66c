"""What creating and upgrading a workload share: it starts, and runs a while later."""

from __future__ import annotations

from specdouble.mock.kit import Call, Problem, kept

STARTED = "toolhive.started"
SETTLES = 1.0  # seconds of the world until a workload runs


def start(call: Call, name: str) -> None:
    """Let a workload run in a while."""
    call.world.later(SETTLES, STARTED, name=name)


def check_secrets(call: Call, names: list[str], status: int) -> None:
    """Refuse secrets that are not stored."""
    stored = kept(call, "secret")
    for name in names:
        if name not in stored:
            raise Problem(status, f"secret {name} not found")
