"""What probes and scrapers ask of the server itself: answered at once and to anybody.

Transports ask here before anything else of the control plane, so that no guard, no world, no transaction and no state
is waited for: whoever asks how the server is has to hear it also while one of these does not work. Nothing that a world
holds may be told here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import orjson

from specdouble.mock.control.actions import PREFIX, Action, Params, Told, direct
from specdouble.mock.control.health import health
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.world import World
from specdouble.mock.telemetry.metrics import EXTRA, Metrics

if TYPE_CHECKING:
    from specdouble.mock.boot import Platform
    from specdouble.mock.pipeline.dispatch import Service

log = logging.getLogger("specdouble")
METHODS = ("GET", "HEAD")
_UNCACHED = ("cache-control", "no-store")


def direct_actions(platform: Platform) -> dict[str, tuple[str, Action]]:
    """Return the actions that are answered so, by method and path: all of them are a GET without parameters."""
    metrics = Metrics(platform)

    @direct
    def show(_world: World, params: Params, _body: dict[str, Any]) -> Any:
        try:
            content, media_type = metrics.exposition(params.get("accept", ""))
        except ModuleNotFoundError as error:
            raise Problem(
                501, f"Metrics need {(error.name or '').partition('.')[0]}, which is not installed: {EXTRA}"
            ) from None
        return Told(content, {"content-type": media_type})

    told = "Show the metrics of the server for Prometheus, in the format that Accept asks for"
    return {**health(platform), f"GET {PREFIX}/metrics": (told, show)}


class Direct:
    """Answers them, for every service of a platform."""

    def __init__(self, platform: Platform) -> None:
        self._world = platform.world
        self._actions = {key.partition(" ")[2]: one for key, (_, one) in direct_actions(platform).items()}

    def reply(self, service: Service, method: str, path: str, accept: str | None) -> Reply | None:
        """Answer a request, None where its path is none of these; `accept` is the header of that name."""
        action = self._actions.get(path)
        if action is None:
            return None
        if method not in METHODS:
            allow = ", ".join(METHODS)
            said = f"Method Not Allowed: {path} takes {allow}, not {method}."
            return service.refuse(Problem(405, said, headers=(("allow", allow),)))
        try:
            told = action(self._world, {"accept": accept or ""}, {})
        except Problem as problem:
            return service.refuse(problem)
        except Exception:
            log.exception("%s %s failed", method, path)
            return service.refuse(Problem(500, "The server cannot tell; its log says why. Please report it."))
        if not isinstance(told, Told):
            told = Told(told, {})
        headers = {"content-type": "application/json", **told.headers}
        content = told.content if isinstance(told.content, bytes) else orjson.dumps(told.content)
        return Reply(told.status, [*headers.items(), _UNCACHED], content)
