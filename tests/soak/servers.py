"""Servers as processes that are killed and started again on the same ports with the same state."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.installing import ROOT
from tests.ports import free_ports
from tests.postgres import Postgres, watching
from tests.soak.link import LostError, control

PAGE = os.sysconf("SC_PAGE_SIZE")
READY = 60.0  # seconds that a start may take


class HandNeededError(Exception):
    """A server does not start or recover by itself."""


class Replica:
    """One server of a state: ports that stay, and the process that has them now."""

    def __init__(self, state: str, log: Path, target: str = "imperal") -> None:
        self.port, self.second = free_ports(2)
        self.log = log
        self.starts = 0
        self._said_ready = False
        ports = ["--port", str(self.port)]
        if target == "imperal":
            ports += ["--registry-port", str(self.second)]
        self._command = [sys.executable, "-m", "specdouble", "serve", target, *ports, "--ready-json"]
        self._environment = {**os.environ, "SPECDOUBLE_STATE": state}  # no password in the list of processes
        self.process: subprocess.Popen[bytes] | None = None
        self._watch: contextlib.ExitStack | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def launch(self) -> None:
        """Start the process, without waiting until it is ready."""
        assert not self.running
        self.starts += 1
        self._said_ready = False
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=log
            )
        self._watch = contextlib.ExitStack()
        self._watch.enter_context(watching(self.process.pid, signal.SIGKILL))

    def wait(self, seconds: float = READY) -> None:
        """Wait until it has said that it is ready; raises `HandNeededError` when it ends or does not."""
        if self._said_ready:
            return
        assert self.process is not None
        assert self.process.stdout is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                if self.process.stdout.readline():
                    self._said_ready = True
                    return
                self.process.wait(10)
                raise HandNeededError(f"a server ended with {self.process.returncode}: {self.said()}")
        raise HandNeededError(f"a server is not ready after {seconds:g} s: {self.said()}")

    def start(self) -> None:
        """Start and wait until it is ready."""
        self.launch()
        self.wait()

    def end(self, how: signal.Signals = signal.SIGKILL, seconds: float = 30) -> int:
        """End the process; returns its exit code."""
        process = self.process
        if process is None:
            return 0
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise HandNeededError(f"a server still runs {seconds:g} s after {how.name}") from None
        finally:
            if process.stdout is not None:
                process.stdout.close()
            self.process = None
        return code

    def recovered(self, seconds: float = 30) -> float:
        """Wait until it answers what needs its state; returns how long that took, raises `HandNeededError`."""
        began = time.monotonic()
        said = "nothing"
        while time.monotonic() < began + seconds:
            if not self.running:
                raise HandNeededError(f"a server ended by itself: {self.said()}")
            try:
                answer = control(self.port, "GET", "collections", timeout=10)
            except LostError as error:
                said = str(error)
            else:
                if answer.status == 200:
                    return time.monotonic() - began
                said = answer.told
            time.sleep(0.05)
        raise HandNeededError(f"a server does not recover in {seconds:g} s; it says {said}")

    def said(self) -> str:
        """The end of what it wrote to stderr."""
        return self.log.read_bytes()[-600:].decode(errors="replace") if self.log.exists() else ""

    @property
    def memory(self) -> float:
        """MiB that the process holds now; 0 where there is none."""
        process = self.process
        if process is None:
            return 0.0
        try:
            return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * PAGE / 2**20
        except (OSError, IndexError):
            return 0.0


@contextlib.contextmanager
def replicas(kind: str, folder: Path, target: str = "imperal") -> Iterator[tuple[list[Replica], Postgres | None]]:
    """Start the servers of a kind of state: one of ``memory`` and ``sqlite``, two of ``postgresql`` with its server."""
    with contextlib.ExitStack() as held:
        database = None
        if kind == "postgresql":
            database = held.enter_context(Postgres())
            states = [database.create()] * 2
        else:
            states = ["memory" if kind == "memory" else f"sqlite:{folder / 'state.db'}"]
        made = [Replica(state, folder / f"replica-{number}.log", target) for number, state in enumerate(states)]
        for one in made:
            held.callback(one.end)
        for one in made:
            one.start()
        yield made, database
