"""A request that an operation takes: its scene is set, its values are the document's examples and the scene's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from specdouble.mock.state.collections import Snapshot
from specdouble.openapi import Operation
from tests.conftest import Client, Reply
from tests.fuzz.scenes import Live
from tests.fuzz.target import Headers, Target, target

JSON = "application/json"


@dataclass
class Prepared:
    """One request to one operation, which is sent to the world of its scene every time.

    ``body`` is what stands in JSON; ``listed`` says that it stands in an array.
    """

    document: str
    operation: Operation
    aim: Target
    live: Live
    path: dict[str, Any]
    query: dict[str, Any]
    body: dict[str, Any]
    listed: bool

    def ways(self) -> list[Headers]:
        """The headers of everybody whom the document lets in."""
        return self.aim.ways(self.operation, self.live.path, self.live)

    def send(self, headers: Headers, body: dict[str, Any] | None = None, *, fresh: bool = True) -> Reply:
        """Send the request with these headers, and with another body if one is given; ``fresh`` sets the scene anew."""
        if fresh:
            self.aim.restore()
        values = {name: quote(str(value), safe="/") for name, value in self.path.items()}
        path = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self.operation.path)
        address = path + (f"?{urlencode(self.query, doseq=True)}" if self.query else "")
        sent = self.body if body is None else body
        more: dict[str, Any] = {}
        if sent or (body is not None and self.operation.body):
            more = {"data": orjson.dumps([sent] if self.listed else sent), "content_type": JSON}
        return Client(self.aim.app(self.document)).call(self.operation.method, address, headers=headers, **more)

    def changes(self) -> dict[str, Any]:
        """The collections that differ from the scene, with their documents as they are now."""
        now: Snapshot = self.aim.platform.world.state.snapshot()
        return {name: docs for name, docs in now.items() if docs != self.aim.kept.get(name)}


def prepare(document: str, operation: Operation) -> Prepared:
    """Set the scene of an operation and write a request that meets it."""
    aim = target(strict=True)
    live = aim.meet(document, operation)
    return Prepared(document, operation, aim, live, live.path, live.query, live.body, live.listed)
