"""Replicas as processes and a load balancer before them, wired as deploy/compose.yaml wires containers.

A container has an address of its own and the ports of its services. So has a replica here: 127.0.0.2, 127.0.0.3, and
the balancer 127.0.0.1, all on the same ports. The balancers' files are those of deploy/, filled in as their images do
it: HAProxy reads variables itself, nginx's image calls envsubst.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.ports import wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
ADDRESSES = ("127.0.0.2", "127.0.0.3")
BALANCERS = ("haproxy", "nginx")
SETTLING_SECONDS = 1.5  # until a balancer has seen that a replica is ready
REQUIRED = "SPECDOUBLE_PROXIES"  # set to "required" where their absence is a failure


def needed(*programs: str) -> None:
    """Skip a test where a program is not installed, or fail it where all must be."""
    missing = [one for one in programs if _path(one) is None]
    if missing and os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{' and '.join(missing)} must be installed here ({REQUIRED})")
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: apt-get install haproxy nginx-light gettext-base)")


def only_linux() -> None:
    """Skip a test where the loopback interface has one address alone."""
    if sys.platform != "linux":
        pytest.skip("only Linux has all of 127.0.0.0/8")


def _path(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


def state_of(database: str) -> dict[str, str]:
    """Return the variables that name a database as the compose file does: its password apart from its address."""
    parts = urlsplit(database)
    netloc = f"{parts.username}@{parts.hostname}:{parts.port}"
    return {"SPECDOUBLE_STATE": parts._replace(netloc=netloc).geturl(), "PGPASSWORD": str(parts.password)}


class Replica:
    """A server on an address of its own, with the settings that its container has."""

    def __init__(self, address: str, port: int, target: Sequence[str], settings: Mapping[str, str], log: Path) -> None:
        self.address, self.port = address, port
        self._target, self._settings, self._log = target, settings, log
        self._run: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def start(self, seconds: float = 60) -> None:
        """Start it and wait until it is ready."""
        variables = {**os.environ, **self._settings, "SPECDOUBLE_PORT": str(self.port)}
        command = [sys.executable, "-m", "specdouble", "serve", "--host", self.address, "--expose-control"]
        with self._log.open("ab") as log:
            self._run = subprocess.Popen([*command, *self._target], cwd=ROOT, env=variables, stdout=log, stderr=log)
        until = time.monotonic() + seconds
        while not self.ready():
            assert self._run.poll() is None, self._log.read_text()[-2000:]
            assert time.monotonic() < until, self._log.read_text()[-2000:]
            time.sleep(0.05)

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/__mock__/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def term(self) -> None:
        assert self._run is not None
        self._run.send_signal(signal.SIGTERM)

    def ended(self, seconds: float = 60) -> None:
        """Wait until it has ended by itself, as it should."""
        assert self._run is not None
        assert self._run.wait(seconds) == 0, self._log.read_text()[-2000:]
        self._run = None

    def restart(self) -> None:
        """Stop it as a container is stopped, start it again, and wait until balancers see it."""
        self.term()
        self.ended()
        self.start()
        time.sleep(SETTLING_SECONDS)

    def kill(self) -> None:
        if self._run is not None:
            self._run.kill()
            self._run.wait()
            self._run = None

    stop = kill


class Balancer:
    """HAProxy or nginx with its file of deploy/; HAProxy may listen on several ports, from `port` to `last`.

    With `in_turns` HAProxy gives each next request to the other replica, however busy either is.
    """

    def __init__(self, kind: str, port: int, folder: Path, last: int = 0, *, in_turns: bool = False) -> None:
        needed(kind, *(["envsubst"] if kind == "nginx" else []))
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._log = folder / f"{kind}.log"
        variables = {"BIND": f"127.0.0.1:{port}" + (f"-{last}" if last else ""), "PORT": str(port)}
        variables |= {f"REPLICA_{number + 1}": address for number, address in enumerate(ADDRESSES)}
        self._variables = {**os.environ, **variables}
        self._command = _haproxy(folder, in_turns) if kind == "haproxy" else self._nginx(folder, variables)
        self._run: subprocess.Popen[bytes] | None = None

    def _nginx(self, folder: Path, variables: Mapping[str, str]) -> list[str]:
        names = " ".join(f"${{{name}}}" for name in variables)
        filled = subprocess.run(
            ["envsubst", names], input=(DEPLOY / "nginx.conf").read_bytes(), env=self._variables, check=True,
            capture_output=True,
        ).stdout  # fmt: skip
        (folder / "default.conf").write_bytes(filled)
        places = "".join(
            f"{one}_temp_path {folder}/{one};\n" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"worker_processes 1;\ndaemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log info;\n"
            "events {worker_connections 1024;}\n"
            f"http {{\n{places}access_log off;\ninclude {folder}/default.conf;\n}}\n"
        )
        return [_path("nginx") or "nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf", "-p", str(folder)]

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._run = subprocess.Popen(self._command, env=self._variables, stdout=log, stderr=log)
        wait_for(self._port)

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> None:
        if self._run is not None:
            self._run.terminate()
            self._run.wait(20)


def _haproxy(folder: Path, in_turns: bool) -> list[str]:
    file = DEPLOY / "haproxy.cfg"
    if in_turns:
        text = file.read_text().replace("balance leastconn", "balance roundrobin")
        assert "balance roundrobin" in text
        file = folder / "haproxy.cfg"
        file.write_text(text)
    return [_path("haproxy") or "haproxy", "-db", "-f", str(file)]
