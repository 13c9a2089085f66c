"""Where the time of a request goes, in-process: every operation at a glance, and the stages of one.

    python -m benchmarks.profile                                  # every operation with the document's own examples
    python -m benchmarks.profile --stages "POST /v1/auth/login"   # one operation, stage by stage

Median µs of many calls of ``Service.handle``, wall time, one thread; no network and no HTTP.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

if not __package__:  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import orjson

from benchmarks.inprocess import PEOPLE, USER, Desk, Proto, finish
from benchmarks.report import table
from specdouble.mock.pipeline.call import Call, Request
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.problems import Problem
from specdouble.openapi import Parameter

CALL = "POST /v1/extensions/{app_id}/call"
STAGED = ("GET /v1/auth/me", "GET /v1/marketplace/apps", "PATCH /v1/me/settings", CALL, "POST /v1/auth/login")
BODIES: dict[str, Any] = {
    CALL: {"user_id": USER, "function": "get_balance", "params": {}},
    "POST /v1/auth/login": {"email": "user@example.com", "password": "s3cure!"},
    "PATCH /v1/me/settings": {"confirmation_enabled": True, "confirmation_ttl": 120},
}
KNOWN = {
    "app_id": "notes", "ext_id": "notes", "user_id": USER, "imperal_id": USER, "uid": USER, "tenant_id": "default",
    "agency_id": "northwind", "developer_id": "imp_dev_xyz", "path": "hook", "provider": "google",
}  # fmt: skip
PARAMS = {CALL: {"app_id": "billing"}}
# Path parameters that name a document: its collection. The first of the user's own is taken.
OF = {
    "trace_id": "actions", "key_id": "keys", "session_id": "sessions", "rule_id": "automations", "task_id": "tasks",
    "confirmation_id": "confirmations", "review_id": "reviews", "role_id": "roles", "scope_id": "scopes",
    "payout_id": "payouts", "pm_id": "cards",
}  # fmt: skip


def who_may(op: Bound) -> str:
    """Return who calls an operation here."""
    if op.public:
        return ""
    if op.required_role in ("admin", "developer"):
        return op.required_role
    return "service" if op.schemes == {"serviceToken"} else "user"


def example(desk: Desk, op: Bound) -> tuple[dict[str, Any], bytes]:
    """Return path parameters and a body for an operation, from the state and from what the document shows."""
    params = {part.name: _id(desk, part) for part in op.spec.parameters if part.location == "path"}
    content = op.spec.body.content.get("application/json") if op.spec.body else None
    body = BODIES.get(op.key, content.example if content else None)
    return params | PARAMS.get(op.key, {}), orjson.dumps(body) if body is not None else b""


def _id(desk: Desk, part: Parameter) -> str:
    if part.name in OF:
        store = desk.world.state[OF[part.name]]
        doc = next((doc for doc in store if doc.get("user_id") == USER), next(iter(store), None))
        if doc is not None:
            return str(doc[store.declared.key])
    return str(KNOWN.get(part.name) or part.example or "1")


def median_us(function: Callable[[], object], calls: int) -> float:
    """Return the median time of a call in µs."""
    seen = []
    for _ in range(calls):
        started = perf_counter_ns()
        function()
        seen.append(perf_counter_ns() - started)
    return statistics.median(seen) / 1000


def every(desk: Desk, calls: int, pattern: str) -> str:
    """Measure every operation whose key holds a pattern, dearest first."""
    rows = []
    for op in desk.service.operations.values():
        if not re.search(pattern, op.key) or op.content_type == "text/event-stream":
            continue
        params, raw = example(desk, op)
        who = who_may(op)
        request = desk.request(op, path_of(op, params), _query(op), raw, who)
        kept = desk.world.state.snapshot()
        status = desk.service.handle(op, request, dict(params)).status
        spent = median_us(
            lambda op=op, request=request, params=params: desk.service.handle(op, request, dict(params)), calls
        )
        desk.world.restore(kept)
        rows.append((spent, op, status))
    rows.sort(key=lambda row: -row[0])
    shown = [[op.key, op.fidelity, str(status), f"{spent:.1f}"] for spent, op, status in rows]
    middle = statistics.median(row[0] for row in rows) if rows else 0.0
    head = ["operation", "fidelity", "status", "median µs"]
    return f"{table(head, shown)}\n\n{len(rows)} operations, median {middle:.1f} µs"


def _handled(desk: Desk, op: Bound, request: Request, params: dict[str, Any]) -> None:
    desk.service.handle(op, request, dict(params))


def path_of(op: Bound, params: dict[str, Any]) -> str:
    """Return the path with its parameters filled in."""
    return re.sub(r"\{(\w+)\}", lambda found: params[found[1]], op.spec.path)


def _query(op: Bound) -> str:
    needed = [part for part in op.spec.parameters if part.location == "query" and part.required]
    return "&".join(f"{part.name}={KNOWN.get(part.name) or part.example or '1'}" for part in needed)


def stages(desk: Desk, op: Bound, calls: int) -> str:
    """Measure one operation stage by stage, as dispatch and the adapter run them."""
    params, raw = example(desk, op)
    who = who_may(op)
    path = path_of(op, params)
    service, world, find = desk.service, desk.world, desk.adapter._paths.find
    headers = desk.headers(who, raw)
    seen: dict[str, list[int]] = {}

    def mark(name: str, since: int) -> int:
        now = perf_counter_ns()
        seen.setdefault(name, []).append(now - since)
        return perf_counter_ns()

    for _ in range(calls):
        at = perf_counter_ns()
        find(op.spec.method, path)
        at = mark("match the path", at)
        request = Request(op.spec.method, path, _query(op), headers, raw, "127.0.0.1:50000")
        call = Call(op, world, request, dict(params))
        at = mark("Request and Call", at)
        if not op.public:
            service.policy.admit(call)
        at = mark("admit the caller", at)
        op.checker.request(call)
        at = mark("check the request", at)
        result = op.handler(call)
        at = mark("handler", at)
        service._reply(op, result)
        at = mark("write the answer", at)
        world.commit()
        mark("commit", at)
    parts = {name: statistics.median(times) / 1000 for name, times in seen.items()}
    request = desk.request(op, path, _query(op), raw, who)
    handle = median_us(lambda: service.handle(op, request, dict(params)), calls)
    scope = desk.scope(op.spec.method, path, headers)
    whole = median_us(lambda: finish(desk.adapter.__rsgi__(scope, Proto(raw))), calls)
    inside = sum(value for name, value in parts.items() if name != "match the path")
    rows = [[name, f"{value:.1f}"] for name, value in parts.items()]
    rows.append(["lock, journal, clock", f"{max(handle - inside, 0):.1f}"])
    rows.append(["Service.handle", f"{handle:.1f}"])
    rows.append(["the whole adapter", f"{whole:.1f}"])
    return table([op.key, "median µs"], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--calls", type=int, default=5000, help="calls of each operation (default 5000)")
    parser.add_argument("--only", default="", metavar="REGEX", help="only operations whose key matches")
    parser.add_argument("--stages", action="append", metavar="OPERATION", help="stage by stage; repeatable")
    given = parser.parse_args()
    desk = Desk()
    for person in PEOPLE:
        desk.token(person)  # before anything is restored, so that their sessions are kept
    unknown = [key for key in given.stages or () if key not in desk.service.operations]
    if unknown:
        sys.exit(f"profile: no operation is called {unknown[0]!r}; specdouble routes lists them")
    if not given.stages:
        print(every(desk, given.calls, given.only), end="\n\n")
    for key in given.stages or STAGED:
        kept = desk.world.state.snapshot()
        try:
            print(stages(desk, desk.service.operations[key], given.calls), end="\n\n")
        except Problem as refusal:
            print(f"{key} refuses the example: {refusal}", end="\n\n")
        desk.world.restore(kept)


if __name__ == "__main__":
    main()
