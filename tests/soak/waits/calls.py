"""The calls that may take long."""

from __future__ import annotations

import json
from typing import Any

from tests.soak.waits.measuring import Server

_LARGE = {f"field {number}": f"value {number} " + "x" * 60 for number in range(600)}  # about 64 KiB as JSON
_BACKTRACKING = "a" * 40 + "!"


class Calls:
    """Makes them."""

    def __init__(self, server: Server, items: int) -> None:
        self.server = server
        self.items = items
        self._world = b""

    def make(self, name: str) -> str:
        """Make a call by name; returns what it answered in a few words."""
        made: str = CALLS[name](self)
        return made

    def ask(self, method: str, path: str, body: Any = None, data: bytes | None = None) -> str:
        """Ask once; returns the status, and how much was answered."""
        status, content = self.server.ask(method, path, body, data)
        told = content[:100].decode(errors="replace") if status >= 400 else ""
        return f"{status}, {len(content):,} bytes {told}".rstrip()

    def get(self, path: str) -> str:
        """Ask for something."""
        return self.ask("GET", path)

    def fill_journal(self) -> str:
        """Ask 500 times with the largest body that a journal keeps."""
        data = json.dumps({"label": "large", "inside": _LARGE}).encode()
        for _ in range(500):
            self.server.ask("PATCH", "/rooms/1/parcels/1", data=data)
        return ""

    def export(self) -> str:
        """Export the world, and keep it."""
        status, self._world = self.server.ask("GET", "/__mock__/world")
        return f"{status}, {len(self._world):,} bytes"

    def import_(self) -> str:
        """Import what was exported."""
        return self.ask("PUT", "/__mock__/world", data=self._world)

    def deep(self) -> str:
        """Change an item to one that is as deep and as large as may be."""
        part: Any = list(range(200))
        for _ in range(150):
            part = [part]
        return self.ask("PATCH", "/rooms/1/parcels/3", {"inside": [part] * 3000})


CALLS: dict[str, Any] = {
    "nothing": lambda by: by.get("/pings/two"),
    "list all": lambda by: by.get("/rooms/1/parcels?limit=1000000"),
    "list, deep offset": lambda by: by.get(f"/rooms/1/parcels?offset={by.items // 2 - 50}"),
    "list, sorted by text": lambda by: by.get("/rooms/1/parcels?sort=label"),
    "list, sorted by time": lambda by: by.get("/rooms/1/parcels?sort=-made_at,weight"),
    "list, search": lambda by: by.get("/rooms/1/parcels?q=nowhere"),
    "list, filter": lambda by: by.get("/rooms/1/parcels?state=sent&label=nowhere"),
    "list, search, filter and sort": lambda by: by.get("/rooms/1/parcels?q=parcel&state=sent&sort=label"),
    "pattern that backtracks": lambda by: by.ask("POST", "/codes", {"text": _BACKTRACKING}),
    "large and deep item": Calls.deep,
    "data by hand: page": lambda by: by.get("/__mock__/collections/parcel?limit=20&order=newest"),
    "data by hand: search": lambda by: by.get("/__mock__/collections/parcel?q=nowhere"),
    "data by hand: filter": lambda by: by.get("/__mock__/collections/parcel?label=nowhere"),
    "data by hand: all": lambda by: by.get("/__mock__/collections/parcel"),
    "data by hand: shape": lambda by: by.get("/__mock__/shapes/parcel"),
    "data by hand: change": lambda by: by.ask("PATCH", "/__mock__/collections/parcel/7", {"label": "by hand"}),
    "data by hand: remove": lambda by: by.ask("DELETE", "/__mock__/collections/parcel/9"),
    "save as a folder": lambda by: by.get("/__mock__/files"),
    "save as a folder, all": lambda by: by.get("/__mock__/files?all=true"),
    "fill the journal": Calls.fill_journal,
    "journal: list all": lambda by: by.get("/__mock__/requests?limit=1000"),
    "journal: plain list": lambda by: by.get("/__mock__/journal"),
    "journal: search": lambda by: by.get("/__mock__/requests?q=nowhere"),
    "journal: HAR": lambda by: by.get("/__mock__/requests.har"),
    "export": Calls.export,
    "import": Calls.import_,
    "fork": lambda by: by.ask("POST", "/__mock__/worlds", {"fork": "main", "name": "f1"}),
    "fork again": lambda by: by.ask("POST", "/__mock__/worlds", {"fork": "main", "name": "f2"}),
    "make": lambda by: by.ask("POST", "/__mock__/worlds", {"name": "m1"}),
    "list worlds": lambda by: by.get("/__mock__/worlds"),
    "drop a fork": lambda by: by.ask("DELETE", "/__mock__/worlds/f1"),
    "drop a made one": lambda by: by.ask("DELETE", "/__mock__/worlds/m1"),
    "metrics": lambda by: by.get("/__mock__/metrics"),
    "cascading delete": lambda by: by.ask("DELETE", "/rooms/2"),
    "reset": lambda by: by.ask("POST", "/__mock__/reset", {}),
    "reset again": lambda by: by.ask("POST", "/__mock__/reset", {}),
}
