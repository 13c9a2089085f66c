"""A server that holds much, and a pinger that asks it for one item, and makes one, every 20 ms."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.installing import ROOT
from tests.ports import free_ports

PING_SECONDS = 0.02
ROOMS = 2
_START_SECONDS = 300.0
DOCUMENT = Path(__file__).with_name("depot.yaml")


class Server:
    """A server of the document beside this file, with that many parcels on two rooms."""

    def __init__(self, state: str, folder: Path, items: int) -> None:
        self.folder = folder
        self.state = state
        (self.port,) = free_ports(1)
        (folder / "fixtures").mkdir()
        self.document = folder / DOCUMENT.name
        shutil.copy(DOCUMENT, self.document)
        _fixture(folder, "room", [{"id": number, "name": f"Room {number}"} for number in range(1, ROOMS + 1)])
        parcel = {"$repeat": {"times": items, "every": "1s"}, "roomId": {"$cycle": [1, 2]}, "label": "Parcel {n}",
                  "id": {"$count": 1}, "weight": {"$down": items}, "state": {"$cycle": ["waiting", "sent", "lost"]},
                  "made_at": "now-1d"}  # fmt: skip
        _fixture(folder, "parcel", [parcel])
        self.process: subprocess.Popen[bytes]
        context = multiprocessing.get_context("spawn")
        self._ours, self._theirs = context.Pipe()
        self._pinger = context.Process(target=_ping, args=(self.port, self._theirs), daemon=True)

    def start(self) -> float:
        """Start the process and wait until it is ready; returns how many seconds that took."""
        began = time.monotonic()
        command = [sys.executable, "-m", "specdouble", "serve", str(self.document), "--port", str(self.port),
                   "--ready-json", "--journal-size", "1000", "--body-limit", str(400 * 2**20)]  # fmt: skip
        environment = {**os.environ, "SPECDOUBLE_STATE": self.state}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        if not self.process.stdout.readline():
            self.process.kill()
            raise RuntimeError((self.folder / "log").read_text()[-2000:])
        return time.monotonic() - began

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> Server:
        self.start()
        self._pinger.start()
        self._theirs.close()  # so that its end is seen
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pinger.terminate()
        self._pinger.join(5)
        self.stop()

    def ask(self, method: str, path: str, body: Any = None, data: bytes | None = None) -> tuple[int, bytes]:
        """Ask once, for as long as it takes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            if body is not None:
                data = json.dumps(body).encode()
            headers = {"Content-Type": "application/json"} if data is not None else {}
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def watched(self, call: Callable[[], str]) -> tuple[float, float, float, str]:
        """Make a call; returns its seconds, the longest waits of who reads and writes meanwhile, and what it gave."""
        self._ours.send("begin")
        self._ours.recv()
        began = time.monotonic()
        told = call()
        took = time.monotonic() - began
        self._ours.send("end")
        reading, writing = self._ours.recv()
        return took, reading, writing, told


def _fixture(folder: Path, name: str, records: list[Any]) -> None:
    (folder / "fixtures" / f"{name}.json").write_text(json.dumps({"records": records}))


ASKED = (("GET", "/pings/one", None), ("POST", "/codes", b'{"text": "aaa"}'))


def _ping(port: int, line: Connection) -> None:
    """Read and write in turn; say the longest of both since the last time that was asked for."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    longest = [0.0, 0.0]
    while True:
        for place, (method, path, body) in enumerate(ASKED):
            began = time.monotonic()
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
                answer = connection.getresponse()
                answer.read()
                assert answer.status < 300, answer.status
            except (OSError, http.client.HTTPException):  # taken for idle, after a long time
                connection.close()
            longest[place] = max(longest[place], time.monotonic() - began)
            time.sleep(PING_SECONDS / 2)
        if line.poll():
            line.send(tuple(longest) if line.recv() == "end" else None)
            longest = [0.0, 0.0]
