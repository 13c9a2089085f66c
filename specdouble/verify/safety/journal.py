"""The journal: what a run creates is written down before it is sent, so that it can be removed after a crash.

One file per process of a run, one JSON line per event: `{"event": "run", "target": …}` once, then
`{"event": "creating", …}`, `{"event": "created", "id": …}`, `{"event": "removed", …}`. It holds no credentials.
"""

from __future__ import annotations

import glob
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from specdouble.files import private_file, private_folder
from specdouble.verify.problems import SettingsError


@dataclass(frozen=True)
class Made:
    """How a creation is undone: the operation that removes it, and where its id stands.

    `what` names the thing to people; `field` is the id in the create's response; `undo` the operation and `param` its
    path parameter. `claim` reads the id from a token in that field instead. What is `personal` goes with its owner,
    so it is written down only when somebody's given account made it. `hands` is the field of a credential that the
    response hands out: whoever sends it is the maker. `body` makes the body of the undoing request from the id.
    """

    what: str
    field: str
    undo: str
    param: str
    parents: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    claim: bool = False
    personal: bool = False
    hands: str = ""
    body: Callable[[str], Any] | None = None


def folder(given: str = "") -> Path:
    """Return the folder of the journals."""
    if given:
        return Path(given).expanduser()
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(base, "specdouble", "runs")


def check(where: Path) -> None:
    """Refuse a folder that cannot be written, before a run that writes begins: without a journal it creates nothing.

    Raises:
        SettingsError: the folder and why.

    """
    try:
        private_folder(where)
        tempfile.TemporaryFile(dir=where).close()
    except OSError as error:
        said = f"--journal: {where} cannot be written ({error.strerror}), and a run that writes needs its journal"
        raise SettingsError(f"{said}; name another folder.") from None


class Journal:
    """The journal of one process of a run; processes of one run write into files of their own.

    `about` is what the first line says of the run, so that `specdouble cleanup RUN` finds the target again.
    """

    def __init__(self, run: str, where: Path, worker: str = "main", about: dict[str, str] | None = None) -> None:
        self.run = run
        self.path = where / f"{run}.{worker}.jsonl"
        self.about = about
        self.heard: Callable[[], object] = lambda: None  # called for each thing that will have to be removed

    def write(self, event: str, **more: Any) -> None:
        """Add a line, on disk before anything else happens.

        Raises:
            SettingsError: the folder cannot be written, and without a journal nothing may be created.

        """
        try:
            if not self.path.exists():
                self._line("run", {"run": self.run, **(self.about or {})})
            self._line(event, more)
            if event == "created" and more.get("undo"):
                self.heard()
        except OSError as error:
            raise SettingsError(f"--journal: {self.path} cannot be written ({error.strerror}).") from None

    def _line(self, event: str, more: dict[str, Any]) -> None:
        with private_file(self.path, append=True) as file:
            file.write(orjson.dumps({"event": event, "at": time.time(), **more}) + b"\n")

    @staticmethod
    def read(run: str, where: Path) -> list[dict[str, Any]]:
        """Return the events of a run from all its files, in the order of time.

        A line cut off by a crash is passed over.
        """
        events = []
        for path in sorted(where.glob(f"{glob.escape(run)}.*.jsonl")):
            mine = []
            for line in path.read_bytes().splitlines():
                try:
                    event = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(event, dict) and "event" in event:
                    mine.append(event)
            if mine and mine[-1]["event"] == "creating":  # the process ended before the response came
                mine[-1]["event"] = "unanswered"
            events += mine
        return sorted(events, key=lambda one: float(one.get("at", 0)))

    @staticmethod
    def pending(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what was created and not removed, in the order of creation."""
        gone = {(one.get("what"), one.get("id")) for one in events if one["event"] == "removed"}
        return [one for one in events if one["event"] == "created" and (one["what"], one["id"]) not in gone]

    @staticmethod
    def unanswered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the creations that were sent and to which no response came: they may have happened."""
        return [one for one in events if one["event"] == "unanswered"]
