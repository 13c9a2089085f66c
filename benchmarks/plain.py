"""A plain document without configuration: ours beside Prism, Scalar's mock server and Mockoon, in one run.

`python -m benchmarks.compare --plain` runs it. Two documents of our own are served: a small one
(docs/examples/library.yaml, 16 operations) and a large one that is made here (1,000 operations).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.measure import ROOT, BenchmarkError, Load, Process, Work, ask, free_port, loaded, middle, running
from benchmarks.peers import Server, bundled_server, servers

SERVERS = ("specdouble", "prism", "scalar", "mockoon")
US = "specdouble"
CACHED, BUNDLED = "specdouble, from its cache", "specdouble, bundled pack"
SMALL = ROOT / "docs" / "examples" / "library.yaml"
RESOURCES = 200  # of the large document, with five operations each
ITEMS = 50  # that our server is given before the works
FIRST = {"small": Work("GET /books"), "large": Work("GET /things0")}
JSON = {"content-type": "application/json"}
BY_ID = "GET /books/1"
WARM_SECONDS = 1


def large(resources: int = RESOURCES) -> dict[str, Any]:
    """Return a document of that many resources, each with list, create, read, change and delete."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Error": {"type": "object", "properties": {"message": {"type": "string"}}}}
    gone = {"description": "Unknown", "content": _json("Error")}
    for number in range(resources):
        name = f"Thing{number}"
        schemas[name] = {
            "type": "object",
            "required": ["id", "name", "state"],
            "properties": {
                "id": {"type": "integer", "readOnly": True},
                "name": {"type": "string", "maxLength": 80},
                "state": {"type": "string", "enum": ["new", "open", "closed"], "default": "new"},
                "email": {"type": "string", "format": "email"},
                "size": {"type": "integer", "minimum": 0, "maximum": 1000},
                "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 9},
                "created_at": {"type": "string", "format": "date-time", "readOnly": True},
                "next": {"$ref": f"#/components/schemas/Link{number % 20}"},
            },
        }
        schemas[f"New{name}"] = {
            "type": "object",
            "required": ["name"],
            "properties": {key: schemas[name]["properties"][key] for key in ("name", "state", "email", "size", "tags")},
        }
        one, body = {"description": "One", "content": _json(name)}, {"required": True, "content": _json(f"New{name}")}
        several = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
        paths[f"/things{number}"] = {
            "get": {
                "tags": [name],
                "parameters": [
                    {"name": key, "in": "query", "schema": {"type": kind}}
                    for key, kind in (("page", "integer"), ("per_page", "integer"), ("state", "string"))
                ],
                "responses": {
                    "200": {"description": "All", "content": {"application/json": {"schema": several}}},
                },
            },
            "post": {"tags": [name], "requestBody": body, "responses": {"201": one}},
        }
        paths[f"/things{number}/{{id}}"] = {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"tags": [name], "responses": {"200": one, "404": gone}},
            "patch": {"tags": [name], "requestBody": body, "responses": {"200": one, "404": gone}},
            "delete": {"tags": [name], "responses": {"204": {"description": "Gone"}, "404": gone}},
        }
    for number in range(20):
        schemas[f"Link{number}"] = {"type": "object", "properties": {"href": {"type": "string", "format": "uri"}}}
    return {"openapi": "3.0.3", "info": {"title": "Large", "version": "1"}, "paths": paths,
            "components": {"schemas": schemas}}  # fmt: skip


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


# -- start-up ----------------------------------------------------------------------------------------------------------


def measure_start(
    documents: dict[str, dict[str, Server]], rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, dict[str, float]]]:
    """Start each server with each document several times, in turn; ours without a cache and from it."""
    seen: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
    for number in range(rounds):
        for size, chosen in documents.items():
            say(f"start with the {size} document, round {number + 1} of {rounds}")
            rows = seen.setdefault(size, {})
            for name, server in chosen.items():
                with tempfile.TemporaryDirectory(prefix="specdouble-cache-") as cache:
                    env = {"XDG_CACHE_HOME": cache}
                    rows.setdefault(name, []).append(start_once(server, FIRST[size], env))
                    if name == US:
                        rows.setdefault(CACHED, []).append(start_once(server, FIRST[size], env))
    names = ("wall_ms", "cpu_ms", "rss_mb")
    return {
        size: {
            name: dict(zip(names, map(statistics.median, zip(*rows, strict=True)), strict=True))
            for name, rows in found.items()
        }
        for size, found in seen.items()
    }


def start_once(server: Server, work: Work, env: dict[str, str]) -> tuple[float, float, float]:
    """Start a server up to its first 200; returns ms, ms of CPU time, and MB."""
    port = free_port()
    with running(server.name, server.command(port), port, env) as process:
        wall = process.first_answer(work, {})
        return wall * 1000, process.cpu_us() / 1000, process.rss_mb()


# -- work --------------------------------------------------------------------------------------------------------------


def works(key: int) -> tuple[Work, ...]:
    """Return what is asked, with the key of a book that is there."""
    return (
        Work(f"GET /books/{key}"),
        Work("GET /books?per_page=10"),
        Work("POST /books", status=201, body='{"title": "Emma", "author": "Jane Austen"}'),
        Work("POST /books (invalid)", status=400, body='{"author": "nobody"}'),
    )


def measure_work(
    processes: dict[str, Process], bundled: Process, given: argparse.Namespace, say: Callable[[str], None]
) -> dict[str, Any]:
    """Give every server the same work in turn; the bundled pack answers a read by id beside them."""
    key = 0
    for _ in range(ITEMS):
        _status, body = ask(processes[US].port, works(0)[2], JSON)
        key = json.loads(body)["book"]["id"]
    found: dict[str, Any] = {}
    login = Work("POST /v1/auth/login", body='{"email": "user@example.com", "password": "s3cure!"}')
    token = json.loads(ask(bundled.port, login, JSON)[1])["access_token"]
    me, bearer = Work("GET /v1/auth/me"), {"authorization": f"Bearer {token}"}
    for work in works(key):
        name = BY_ID if work.method == "GET" and "?" not in work.path else work.name
        runs: dict[str, list[Load]] = {}
        answers = {one: ask(process.port, work, JSON) for one, process in processes.items()}
        if answers[US][0] != work.status:
            raise BenchmarkError(f"specdouble answered {work.name} with {answers[US][0]}: {answers[US][1][:200]!r}")
        for number in range(given.rounds + 1):
            say(f"{work.name}, round {number} of {given.rounds}")
            seconds = given.seconds if number else WARM_SECONDS
            for one, process in processes.items():
                load = loaded(process, work, JSON, seconds, given.connections)
                if number:
                    runs.setdefault(one, []).append(load)
            if name == BY_ID:
                load = loaded(bundled, me, bearer, seconds, given.connections)
                if number:
                    runs.setdefault(BUNDLED, []).append(load)
        found[name] = {
            one: {
                **{field: getattr(middle(loads), field) for field in ("rps", "p99_ms", "cpu_us", "requests")},
                "status": answers[one][0] if one in answers else 200,
                "bytes": len(answers[one][1]) if one in answers else 0,
            }
            for one, loads in runs.items()
        }
    return found


# -- the whole ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def documents(node_modules: Path | None) -> Iterator[dict[str, dict[str, Server]]]:
    """Write both documents and find or install the peers; all is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="specdouble-plain-") as place:
        small, big = Path(place) / "library.yaml", Path(place) / "large.json"
        shutil.copy(SMALL, small)
        big.write_text(json.dumps(large()))
        with servers(list(SERVERS), node_modules, {"small": small, "large": big}) as found:
            yield found


def measure(given: argparse.Namespace, say: Callable[[str], None]) -> report.Results:
    """Measure start-up with both documents, and the work on the small one."""
    results: report.Results = {}
    with documents(given.node_modules) as chosen, contextlib.ExitStack() as stack:
        results["versions"] = {name: one.version for name, one in chosen["small"].items()}
        results["start"] = measure_start(chosen, max(given.rounds, 3), say)
        everyone = {**chosen["small"], BUNDLED: bundled_server()}
        processes = {}
        for name, server in everyone.items():
            port = free_port()
            processes[name] = stack.enter_context(running(name, server.command(port), port))
            processes[name].first_answer(FIRST["small"] if name != BUNDLED else Work("GET /healthz"), {})
        bundled = processes.pop(BUNDLED)
        results["work"] = measure_work(processes, bundled, given, say)
        results["rss_mb"] = {name: process.rss_mb() for name, process in processes.items()}
    return results


# -- the report --------------------------------------------------------------------------------------------------------


def start_table(results: report.Results) -> str:
    """Show start-up of every server with both documents."""
    rows = [
        [size if number == 0 else "", name, *(f"{row[key]:.0f}" for key in ("wall_ms", "cpu_ms", "rss_mb"))]
        for size, found in results["start"].items()
        for number, (name, row) in enumerate(found.items())
    ]
    return report.table(["document", "server", "first 200, ms", "CPU, ms", "RSS, MB"], rows, left=2)


def ratio_table(results: report.Results) -> str:
    """Show by work how many times we are ahead of each peer: in rate, and in CPU per request."""
    peers = [name for name in results["versions"] if name != US]
    rows = []
    for work in results["work"]:
        row = [work]
        for peer in peers:
            ratios = report.ratios(results, peer)[work]
            row += [report.times(ratios["rate"]), report.times(ratios["cpu"])]
        rows.append(row)
    head = [f"{what}, {peer.capitalize()}" for peer in peers for what in ("rate", "CPU")]
    return report.table(["work", *head], rows)


def verdicts(results: report.Results) -> list[tuple[str, str, bool]]:
    """Return each bar for a plain document: what it says, what was measured, whether it holds."""
    found = []
    small, big = results["start"]["small"], results["start"]["large"]

    def starts(bar: str, row: dict[str, float], limit: float) -> None:
        found.append((bar, f"{row['wall_ms']:.0f} ms (CPU {row['cpu_ms']:.0f} ms)", row["wall_ms"] < limit))

    starts("1,000 operations, first time: under 2 s", big[US], 2000)
    found.append(("1,000 operations: under 150 MB", f"{big[US]['rss_mb']:.0f} MB", big[US]["rss_mb"] < 150))
    starts("1,000 operations, from the cache: under 0.5 s", big[CACHED], 500)
    starts("a small document, first time: under 0.3 s", small[US], 300)
    starts("a small document, from the cache: under 0.3 s", small[CACHED], 300)
    for size, rows in results["start"].items():
        if "prism" in rows:
            wall, cpu = (rows["prism"][key] / rows[US][key] for key in ("wall_ms", "cpu_ms"))
            said = f"{report.times(wall)} faster, {report.times(cpu)} less CPU"
            found.append((f"{size} document: never slower to start than Prism", said, min(wall, cpu) >= 1))
    by_id = results["work"][BY_ID]
    cost = by_id[US]["cpu_us"] / by_id[BUNDLED]["cpu_us"]
    found.append(("a read by id within 1.3x of the bundled pack's CPU", f"{cost:.2f}x", cost <= 1.3))
    return found


def render(results: report.Results) -> str:
    """Write everything as Markdown."""
    held = [[bar, text, report.yes(holds)] for bar, text, holds in verdicts(results)]
    memory = ", ".join(f"{name} {value:.0f} MB" for name, value in results["rss_mb"].items())
    return "\n\n".join(
        [
            report.conditions(results),
            start_table(results),
            report.work_table(results),
            ratio_table(results),
            f"RSS at the end: {memory}. Ours keeps what was POSTed.",
            report.table(["bar", "measured", "holds"], held, left=2),
        ]
    )
