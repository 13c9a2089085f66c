"""Measuring: processes that are always ended, their CPU time and memory, and wrk."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 90.0
_TICK_MICROS = 1_000_000 / os.sysconf("SC_CLK_TCK")
_UNIT_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_PR_SET_PDEATHSIG = 1


class BenchmarkError(Exception):
    """Something that is missing or that went wrong; the message is for people and names the next step."""


@dataclass(frozen=True)
class Work:
    """One kind of request; ``status`` is what a server with state and validation answers.

    ``signed`` marks work whose answer we sign with a real key and the peers do not.
    """

    name: str
    status: int = 200
    body: str | None = None
    signed: bool = False

    @property
    def method(self) -> str:
        """The HTTP method; the first word of the name."""
        return self.name.split()[0]

    @property
    def path(self) -> str:
        """The path; the second word of the name."""
        return self.name.split()[1]


@dataclass(frozen=True)
class Load:
    """What one run of wrk showed: rate per second, 99th percentile in ms, CPU µs per request of the server."""

    requests: int
    rps: float
    p99_ms: float
    cpu_us: float = 0.0
    refused: int = 0
    broken: int = 0


# -- wrk -----------------------------------------------------------------------------------------------------------


def parse_wrk(text: str) -> Load:
    """Read what ``wrk --latency`` printed; raises ``BenchmarkError`` when it is something else."""
    total = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text)
    if not (total and rate and slow):
        raise BenchmarkError(f"wrk printed no result: {' '.join(text.split())[:300]}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return Load(
        requests=int(total[1]),
        rps=float(rate[1]),
        p99_ms=float(slow[1]) * _UNIT_MS[slow[2]],
        refused=int(refused[1]) if refused else 0,
        broken=sum(map(int, errors.groups())) if errors else 0,
    )


def lua(work: Work, headers: dict[str, str]) -> str:
    """Write the script that makes wrk send this work."""
    lines = [f'wrk.method = "{work.method}"']
    lines += [f'wrk.headers["{name}"] = [==[{value}]==]' for name, value in headers.items()]
    if work.body is not None:
        lines.append(f"wrk.body = [==[{work.body}]==]")
    return "\n".join(lines) + "\n"


def wrk(port: int, work: Work, headers: dict[str, str], seconds: int, connections: int) -> Load:
    """Send one kind of work over that many connections; the CPU time is not measured here."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(lua(work, headers))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
        command += ["-s", script.name, f"http://{HOST}:{port}{work.path}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=False)
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"wrk did not come back from {work.name}") from None
    return parse_wrk(done.stdout + done.stderr)


def loaded(process: Process, work: Work, headers: dict[str, str], seconds: int, connections: int) -> Load:
    """Run wrk against a process and charge its CPU time to the requests."""
    before = process.cpu_us()
    seen = wrk(process.port, work, headers, seconds, connections)
    spent = process.cpu_us() - before
    return Load(**{**asdict(seen), "cpu_us": spent / max(seen.requests, 1)})


def middle(loads: Iterable[Load]) -> Load:
    """Return the median of each figure over several rounds."""
    rows = [asdict(load) for load in loads]
    median = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    return Load(**{**median, "requests": int(median["requests"])})


def ask(port: int, work: Work, headers: dict[str, str] | None = None, timeout: float = 10) -> tuple[int, bytes]:
    """Send one request and return its status and body; raises ``OSError``."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(work.method, work.path, body=work.body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


# -- processes -----------------------------------------------------------------------------------------------------


class Process:
    """A running server with everything it has started."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._popen = popen
        self.started = time.perf_counter()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._popen.poll() is None

    def cpu_us(self) -> float:
        """Return the CPU time so far in µs: user and system, all threads, children living and gone."""
        ticks = 0
        for pid in family(self._popen.pid):
            with contextlib.suppress(OSError):
                ticks += sum(stat_times(Path(f"/proc/{pid}/stat").read_text()))
        return ticks * _TICK_MICROS

    def rss_mb(self) -> float:
        """Return the resident memory in MB."""
        pages = 0
        for pid in family(self._popen.pid):
            with contextlib.suppress(OSError):
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000

    def first_answer(self, work: Work, headers: dict[str, str], timeout: float = START_SECONDS) -> float:
        """Wait for the first 200 and return the seconds since the start; raises ``BenchmarkError``."""
        while True:
            with contextlib.suppress(OSError):
                status, _body = ask(self.port, work, headers, timeout=5)
                if status == 200:
                    return time.perf_counter() - self.started
            if not self.alive:
                raise BenchmarkError(f"{self.name} ended by itself. {self.last_words()}")
            if time.perf_counter() - self.started > timeout:
                raise BenchmarkError(f"{self.name} gave no 200 to {work.name} in {timeout:.0f} s. {self.last_words()}")
            time.sleep(0.004)

    def last_words(self) -> str:
        """Return the end of the log on one line."""
        return "Its log ends: " + " ".join(self.log.read_text(errors="replace").split())[-400:]

    def end(self) -> None:
        """End the process and everything it has started."""
        for sign, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(seconds)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)


@contextlib.contextmanager
def running(
    name: str, command: list[str], port: int, env: dict[str, str] | None = None, cwd: Path = ROOT
) -> Iterator[Process]:
    """Start a server, hand it over, and end it whatever happens."""
    with tempfile.TemporaryDirectory(prefix="specdouble-bench-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as out:
            started = time.perf_counter()
            popen = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        process = Process(name, popen, port, log)
        process.started = started
        try:
            yield process
        finally:
            process.end()


def _die_with_parent() -> None:
    """Have the kernel end this process when the benchmark is killed outright (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def stat_times(text: str) -> list[int]:
    """Return utime, stime, cutime and cstime in ticks from a line of ``/proc/<pid>/stat``."""
    return [int(field) for field in text.rpartition(")")[2].split()[11:15]]


def family(pid: int) -> list[int]:
    """Return a process and all its living descendants."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for tasks in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                waiting += map(int, tasks.read_text().split())
    return found


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require(tool: str, how: str) -> str:
    """Return the path of a program, or say how to get it."""
    path = shutil.which(tool)
    if path is None:
        raise BenchmarkError(f"{tool} is not installed; {how}")
    return path


def end_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into an ordinary exit, so that every server is ended."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
