"""Whether the server lives and takes requests, for a container, a cluster or a load balancer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specdouble.mock.control.actions import PREFIX, Action, Params, Told, direct
from specdouble.mock.state.world import World

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform

DRAINING = "The server is stopping: what was asked is still answered."
LOST = "The state cannot be written or reached; the server's log says why."
AGAIN_SECONDS = "1"


def health(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return the probes of a platform."""

    @direct
    def live(_world: World, _params: Params, _body: dict[str, Any]) -> Any:
        return {"status": "live"}

    @direct
    def ready(_world: World, _params: Params, _body: dict[str, Any]) -> Any:
        reason = DRAINING if platform.draining else LOST if platform.state is not None and platform.state.lost else ""
        if reason:
            return Told({"status": "unready", "reason": reason}, {"retry-after": AGAIN_SECONDS}, 503)
        return {"status": "ready"}

    return {
        f"GET {PREFIX}/health/live": ("Tell that the server lives: 200 as long as it answers at all", live),
        f"GET {PREFIX}/health/ready": (
            "Tell whether it takes requests: 503 while it stops, or its state cannot be written or reached", ready,
        ),
    }  # fmt: skip
