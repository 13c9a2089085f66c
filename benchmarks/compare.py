"""Run specdouble beside Prism and Scalar's mock server on the same document and the same work.

    python -m benchmarks.compare                     # installs the peers from npm into a temporary folder
    python -m benchmarks.compare --only specdouble   # needs wrk only
    python -m benchmarks.compare --plain             # a plain document, beside Mockoon too

All servers run at once and take turns, so that what disturbs the machine disturbs each of them alike.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if not __package__:  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import plain, report
from benchmarks.measure import (
    BenchmarkError,
    Load,
    Process,
    Work,
    ask,
    end_on_signals,
    loaded,
    middle,
    require,
    running,
)
from benchmarks.peers import SERVERS, Server, servers
from benchmarks.streams import heard, held

USER = "imp_u_abc123"
LOGIN = Work("POST /v1/auth/login", body='{"email": "user@example.com", "password": "s3cure!"}', signed=True)
ME = Work("GET /v1/auth/me")
READS = (
    ME,
    Work("GET /v1/keys"),
    Work("GET /v1/marketplace/apps"),
    Work("POST /v1/auth/login (invalid)", status=422, body='{"email": "not-an-address"}'),
)
WRITES = (
    Work("PATCH /v1/me/settings", body='{"confirmation_enabled": true, "confirmation_ttl": 120}'),
    Work(
        "POST /v1/extensions/billing/call",
        body=json.dumps({"user_id": USER, "function": "get_balance", "params": {}}),
    ),
    LOGIN,
)
FIRST = Work("GET /v1/marketplace/apps")
JSON = {"content-type": "application/json"}
WARM_SECONDS = 1
STREAMS = 500


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=positive, default=3, help="of each run of wrk (default 3)")
    parser.add_argument("--connections", type=positive, default=16, help="of wrk (default 16)")
    parser.add_argument("--rounds", type=positive, default=3, help="how often each run is repeated (default 3)")
    parser.add_argument("--only", action="append", choices=SERVERS, help="measure only this server; repeatable")
    parser.add_argument("--plain", action="store_true", help="serve a plain document instead of the bundled gateway")
    parser.add_argument("--node-modules", type=Path, metavar="DIR", help="use the peers installed here")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    given = parser.parse_args(arguments)
    if given.plain and given.only:
        parser.error("--plain compares all of them; leave --only out")
    return given


def positive(text: str) -> int:
    """Read a whole number above 0; raises ``ArgumentTypeError``."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


# -- start-up ------------------------------------------------------------------------------------------------------


def measure_start(chosen: dict[str, Server], rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Start every server several times, in turn, up to its first 200; returns the medians."""
    seen: dict[str, list[tuple[float, float, float]]] = {}
    first_ever = "specdouble, no cache"
    for number in range(rounds):
        say(f"start-up, round {number + 1} of {rounds}")
        for name, server in chosen.items():
            seen.setdefault(name, []).append(_start_once(server, {}))
        if "specdouble" in chosen:
            seen.setdefault(first_ever, []).append(_start_once(chosen["specdouble"], {"SPECDOUBLE_CACHE": "off"}))
    names = ("wall_ms", "cpu_ms", "rss_mb")
    return {
        server: dict(zip(names, map(statistics.median, zip(*rows, strict=True)), strict=True))
        for server, rows in seen.items()
    }


def _start_once(server: Server, env: dict[str, str]) -> tuple[float, float, float]:
    with _started(server, env) as process:
        wall = process.first_answer(FIRST, {"authorization": "Bearer x"})
        return wall * 1000, process.cpu_us() / 1000, process.rss_mb()


def _started(server: Server, env: dict[str, str] | None = None) -> contextlib.AbstractContextManager[Process]:
    from benchmarks.measure import free_port

    port = free_port()
    return running(server.name, server.command(port), port, env)


# -- work ----------------------------------------------------------------------------------------------------------


def token_of(process: Process) -> str:
    """Log in at our server; what it answers is the bearer that every server is sent."""
    status, body = ask(process.port, LOGIN, JSON)
    if status != 200:
        raise BenchmarkError(f"specdouble refused the login with {status}: {body[:200]!r}")
    return str(json.loads(body)["access_token"])


def measure_work(
    works: tuple[Work, ...],
    processes: dict[str, Process],
    headers: dict[str, str],
    given: argparse.Namespace,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Give every server the same work in turn; returns the medians by work."""
    answers = {work.name: {name: probe(one, work, headers, name) for name, one in processes.items()} for work in works}
    runs: dict[str, dict[str, list[Load]]] = {work.name: {name: [] for name in processes} for work in works}
    for number in range(given.rounds + 1):
        label = f"round {number} of {given.rounds}" if number else "warming up"
        for work in works:
            say(f"{work.name}, {label}")
            for name, process in processes.items():
                load = loaded(process, work, headers, given.seconds if number else WARM_SECONDS, given.connections)
                _require_clean(load, answers[work.name][name][0], work, name)
                if number:
                    runs[work.name][name].append(load)
    return {
        work.name: {
            name: {
                **{key: getattr(middle(loads), key) for key in ("rps", "p99_ms", "cpu_us", "requests")},
                "status": answers[work.name][name][0],
                "bytes": answers[work.name][name][1],
            }
            for name, loads in runs[work.name].items()
        }
        for work in works
    }


def probe(process: Process, work: Work, headers: dict[str, str], name: str) -> tuple[int, int]:
    """Return the status and size of a server's answer; ours must be as the document says."""
    status, body = ask(process.port, work, headers)
    if name == "specdouble" and status != work.status:
        raise BenchmarkError(f"specdouble answered {work.name} with {status}, not {work.status}: {body[:200]!r}")
    return status, len(body)


def _require_clean(load: Load, status: int, work: Work, name: str) -> None:
    """Refuse to quote a rate of answers other than the one that was looked at."""
    expected = 0 if 200 <= status < 400 else load.requests
    if abs(load.refused - expected) > load.requests * 0.001 or load.broken > load.requests * 0.001:
        raise BenchmarkError(
            f"{name} gave {load.refused} refusals and {load.broken} broken connections in {load.requests} answers "
            f"to {work.name}, against {expected} refusals expected"
        )


# -- streams -------------------------------------------------------------------------------------------------------


def measure_streams(
    process: Process, headers: dict[str, str], given: argparse.Namespace, say: Callable[[str], None]
) -> dict[str, Any]:
    """Hold streams open and measure how much of its rate the server keeps, in turn with and without them."""
    without: list[Load] = []
    beside: list[Load] = []
    delivered, deliver_ms, rss = 0, 0.0, 0.0
    for number in range(given.rounds):
        say(f"{STREAMS} streams held, round {number + 1} of {given.rounds}")
        without.append(loaded(process, ME, headers, given.seconds, given.connections))
        with held(process.port, headers, STREAMS) as streams:
            beside.append(loaded(process, ME, headers, given.seconds, given.connections))
            rss = process.rss_mb()
            event = json.dumps({"user_id": USER, "type": "notification", "payload": {"n": f"round-{number}"}})
            started = time.perf_counter()
            ask(process.port, Work("POST /__mock__/events", body=event), JSON)
            delivered = heard(streams, f"round-{number}".encode(), 10)
            deliver_ms = (time.perf_counter() - started) * 1000
    ratios = [b.rps / a.rps for a, b in zip(without, beside, strict=True)]
    return {
        "held": STREAMS,
        "ratio": statistics.median(ratios),
        "rps_without": middle(without).rps,
        "rps_with": middle(beside).rps,
        "delivered": delivered,
        "deliver_ms": deliver_ms,
        "rss_mb": rss,
    }


# -- the whole -----------------------------------------------------------------------------------------------------


def measure(given: argparse.Namespace, say: Callable[[str], None]) -> report.Results:
    """Measure everything that was asked for."""
    names = [name for name in SERVERS if name in (given.only or SERVERS)]
    results: report.Results = {"signed": [work.name for work in WRITES if work.signed]}
    if "prism" in names or "scalar" in names:
        say("finding the peers" if given.node_modules else "installing the peers from npm")
    with servers(names, given.node_modules) as documents:
        chosen = documents["gateway"]
        results["versions"] = {name: server.version for name, server in chosen.items()}
        results["start"] = measure_start(chosen, max(given.rounds, 3), say)
        with contextlib.ExitStack() as stack:
            processes = {name: stack.enter_context(_started(server)) for name, server in chosen.items()}
            for process in processes.values():
                process.first_answer(FIRST, {"authorization": "Bearer x"})
            ours = processes.get("specdouble")
            token = token_of(ours) if ours else "any.bearer.token"
            headers = {"authorization": f"Bearer {token}", **JSON}
            if ours:
                ask(ours.port, Work("POST /v1/keys", body='{"name": "benchmark"}'), headers)  # so that the list has one
            results["work"] = measure_work(READS, processes, headers, given, say)
            after_reads = memory(processes)
            before = documents(ours) if ours else 0  # the first call of the control plane, which takes memory too
            results["work"] |= measure_work(WRITES, processes, headers, given, say)
            after_all = memory(processes)
            results["rss_mb"] = {name: {"reads": after_reads[name], "all": after_all[name]} for name in processes}
            if ours:
                results["written"] = documents(ours) - before
                results["streams"] = measure_streams(ours, headers, given, say)
    return results


def under_conditions(
    given: argparse.Namespace, measure: Callable[..., report.Results], say: Callable[[str], None]
) -> report.Results:
    """Measure, and note how and where."""
    require("wrk", "install it (Debian and Ubuntu: apt-get install wrk)")
    machine = {"cores": os.cpu_count(), "cpu": cpu_name(), "load": f"{os.getloadavg()[0]:.1f}"}
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    results = measure(given, say)
    machine["load_after"] = f"{os.getloadavg()[0]:.1f}"
    return {"command": command(given), "date": date, "machine": machine, **results}


def memory(processes: dict[str, Process]) -> dict[str, float]:
    """Return the resident memory of each server in MB."""
    return {name: process.rss_mb() for name, process in processes.items()}


def documents(process: Process) -> int:
    """Count the documents in the state of our server."""
    _status, body = ask(process.port, Work("GET /__mock__/collections"))
    return sum(json.loads(body).values())


def command(given: argparse.Namespace) -> str:
    """Return the command line that repeats this run."""
    words = ["python -m benchmarks.compare", *(["--plain"] if given.plain else []), f"--seconds {given.seconds}"]
    words += [f"--connections {given.connections}", f"--rounds {given.rounds}"]
    words += [f"--only {name}" for name in given.only or ()]
    return " ".join(words)


def cpu_name() -> str:
    """Return what the machine calls its processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return os.uname().machine


def main() -> None:
    """Measure, print, and write what was asked for."""
    given = options()
    end_on_signals()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    try:
        results = under_conditions(given, plain.measure if given.plain else measure, say)
        text = plain.render(results) if given.plain else report.render(results)
        if given.write:
            kind = report.PLAIN if given.plain else ""
            report.README.write_text(report.rewritten(report.README.read_text(), text, kind))
    except (BenchmarkError, OSError) as error:
        sys.exit(f"compare: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    print(json.dumps(results, indent=2) if given.json else text)


if __name__ == "__main__":
    main()
