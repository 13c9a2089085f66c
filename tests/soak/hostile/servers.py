"""Servers of the product, each in a process of its own, and what can be seen of them from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx

from specdouble.sockets import listen, port_of

_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)$')


class Running:
    """A server of a pack or a document, from `start` to the end of a ``with``.

    Attributes:
        target: as on the command line.
        urls: where its services listen, by name.
        secrets: headers of credentials that it tells of itself.
        pid: of its process.

    """

    def __init__(self, target: str, folder: Path, words: list[str], port: int = 0) -> None:
        self.target = target
        self.log = folder / f"{self.name}.log"
        self.is_document = target.endswith((".yaml", ".json"))
        ports = ["--port", str(port or _free())]
        if target == "imperal":
            ports += ["--registry-port", str(port + 1 if port else _free())]
        command = [
            sys.executable,
            "-m",
            "specdouble",
            "serve",
            target,
            *ports,
            "--host",
            "127.0.0.1",
            "--ready-json",
            *words,
        ]
        with self.log.open("w") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{target} does not start: {self.log.read_text()[-2000:]}")
        told = json.loads(line)
        self.pid: int = self._process.pid
        self.urls: dict[str, str] = told["urls"]
        self.ports: dict[str, int] = told["ports"]
        self.http = httpx.Client(base_url=next(iter(self.urls.values())), trust_env=False, timeout=60)
        self.secrets = self._credentials()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def name(self) -> str:
        """What the table calls it."""
        return Path(self.target).stem

    @property
    def alive(self) -> bool:
        """Whether its process still runs."""
        return self._process.poll() is None

    def _credentials(self) -> list[dict[str, str]]:
        told = self.http.get("/__mock__/people").json()
        found = [
            dict([one]) for one in told["credentials"] if one[0] == "Authorization" and one[1].startswith("Bearer ")
        ]
        for one in told["people"] if told["tokens"] else ():
            made = self.http.post("/__mock__/tokens", json={"id": one["id"]})
            if made.is_success:
                found.append({"Authorization": f"Bearer {_token(made.json())}"})
        if self.target == "imperal":
            found += [{"X-Service-Token": "dev-service-token"}, {"X-Api-Key": "imp_reg_key_dev"}]
        return found

    def memory(self) -> float:
        """Return the resident memory of its process in MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 2**20

    def kept(self) -> int:
        """Return how many documents its worlds keep."""
        listed = self.http.get("/__mock__/worlds").json()
        names = [one["name"] for one in (listed["worlds"] if isinstance(listed, dict) else listed)]
        told = [self.http.get("/__mock__/collections", headers={"X-Specdouble-World": name}) for name in names]
        return sum(sum(one.json().values()) for one in told if one.is_success)

    def failures(self) -> dict[str, int]:
        """Return the tracebacks in its log: the last place in the product and the error, with how many there were."""
        found: dict[str, int] = {}
        place, inside = "", False
        for line in self.log.read_text(errors="replace").splitlines():
            if line.startswith("Traceback (most recent call last)"):
                place, inside = "", True
            elif inside and (frame := _FRAME.match(line)):
                if "site-packages" not in frame["file"] and "/lib/python" not in frame["file"]:
                    place = f"{Path(frame['file']).name}:{frame['line']} {frame['name']}"
            elif inside and line and not line.startswith(" "):
                said = f"{place}: {line[:160]}"
                found[said] = found.get(said, 0) + 1
                inside = False
        return found


def _token(told: dict[str, Any]) -> str:
    return next(str(told[name]) for name in ("access_token", "token") if name in told)


def _free() -> int:
    held = listen("127.0.0.1", 0)
    port = port_of(held)
    for one in held:
        one.close()
    return port
