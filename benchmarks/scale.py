"""What a request costs when the state is large: the same requests at 1,000 and at 100,000 documents.

    python -m benchmarks.scale

Each size lives in a process of its own; they take turns, request by request kind. CPU µs per request through the
adapter that granian calls, without a network. An answer by id and a first page may cost 1.3 times as much, no more.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

if not __package__:  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.inprocess import USER, Desk
from benchmarks.report import table, times, yes

BAR = 1.3
OWN = 5  # keys and sessions of the caller, whose lists have no pages
BATCH = 50


@dataclass(frozen=True)
class Case:
    """A request; ``of`` names the collections that grow under it, ``{…}`` in the target an id from the state.

    ``back`` is a second body, sent in turn with the first.
    """

    kind: str
    operation: str
    target: str
    of: str
    who: str = "user"
    body: Any = None
    key: bool = False
    back: Any = None
    note: str = ""


CASES = (
    Case("by id", "GET /v1/auth/me", "/v1/auth/me", "users, sessions"),
    Case("by id", "GET /v1/auth/me", "/v1/auth/me", "keys", who="", key=True),
    Case("by id", "GET /v1/actions/{trace_id}", "/v1/actions/{actions}", "actions"),
    Case("by id", "GET /v1/users/{user_id}", "/v1/users/{users}", "users", who="admin"),
    Case("by id", "POST /v1/auth/login", "/v1/auth/login", "users", who="",
         body={"email": "user@example.com", "password": "not the password"}),
    Case("by id", "GET /v1/billing/balance", "/v1/billing/balance", "ledger"),
    Case("by id", "GET /v1/marketplace/apps/{app_id}", "/v1/marketplace/apps/notes", "reviews, installs"),
    Case("page", "GET /v1/actions", "/v1/actions?per_page=20", "actions"),
    Case("page", "GET /v1/actions", "/v1/actions?per_page=20&status=success&action_type=read", "actions",
         note="filtered"),
    Case("page", "GET /v1/billing/wallet/history", "/v1/billing/wallet/history?limit=20", "ledger"),
    Case("page", "GET /v1/billing/payments", "/v1/billing/payments?limit=20", "payments"),
    Case("page", "GET /v1/users", "/v1/users?limit=20", "users", who="admin"),
    Case("page", "GET /v1/audit", "/v1/audit?per_page=20", "audit", who="admin"),
    Case("page", "GET /v1/audit", "/v1/audit?per_page=20&target_type=user", "audit", who="admin",
         note="filtered"),
    Case("page", "GET /v1/marketplace/apps/{app_id}/reviews", "/v1/marketplace/apps/notes/reviews?sort=newest",
         "reviews"),
    Case("list", "GET /v1/keys", "/v1/keys", "keys"),
    Case("list", "GET /v1/auth/sessions", "/v1/auth/sessions", "sessions"),
    Case("list", "GET /v1/marketplace/apps", "/v1/marketplace/apps", "installs, actions", who=""),
    Case("list", "GET /v1/me/extensions", "/v1/me/extensions", "installs"),
    Case("write", "PATCH /v1/users/{user_id}", "/v1/users/{users}", "users", who="admin",
         body={"attributes": {"note": "x"}}),
    Case("move", "PATCH /v1/users/{user_id}", "/v1/users/{users}", "users", who="admin",
         body={"role": "viewer"}, back={"role": "user"}),
    Case("total", "GET /v1/actions/stats", "/v1/actions/stats", "actions"),
    Case("total", "GET /v1/actions/stats/extension/{app_id}", "/v1/actions/stats/extension/notes", "actions",
         who="developer"),
    Case("total", "GET /v1/actions/stats/marketplace/{app_id}", "/v1/actions/stats/marketplace/notes", "actions",
         who="service"),
    Case("total", "GET /v1/developer/apps/{app_id}/analytics", "/v1/developer/apps/notes/analytics?days=30",
         "actions, earnings", who="developer"),
    Case("total", "GET /v1/developer/earnings", "/v1/developer/earnings", "earnings, payouts", who="developer"),
    Case("total", "GET /v1/developer/earnings/{app_id}", "/v1/developer/earnings/notes", "earnings", who="developer"),
    Case("total", "GET /v1/billing/usage", "/v1/billing/usage", "actions, ledger"),
    Case("write", "PATCH /v1/me/settings", "/v1/me/settings", "audit", body={"confirmation_ttl": 120}),
    Case("write", "POST /v1/extensions/{app_id}/call", "/v1/extensions/billing/call", "actions, ledger",
         body={"user_id": USER, "function": "get_balance", "params": {}}),
)  # fmt: skip


# -- one size in one process ---------------------------------------------------------------------------------------


def fill(desk: Desk, size: int) -> None:
    """Grow the collections to about ``size`` documents each, most of them the caller's where lists have pages."""
    from specdouble.packs.imperal.mockserver.auth_gateway.identity import _people
    from specdouble.packs.imperal.mockserver.auth_gateway.money import _money
    from specdouble.packs.imperal.mockserver.auth_gateway.rights import _trail

    world, state = desk.world, desk.world.state
    ada = state["users"].get(USER)
    assert ada is not None

    def strangers() -> None:
        for number in range(size - len(state["users"])):
            _people.create(world, email=f"u{number}@example.org", password="x", tenant_id="default", verified=False)

    def copies(collection: str, own: int | None, **changes: Callable[[int], Any]) -> None:
        template = next(iter(state[collection]), None)
        for number in range(size if template else 0):
            doc = {**(template or {}), **{name: make(number) for name, make in changes.items()}}
            doc["user_id"] = USER if own is None or number < own else f"imp_u_x{number}"
            if doc[state[collection].declared.key] not in state[collection]:
                state[collection].add(doc)

    desk.asker("POST", "/v1/keys", {"name": "first"}, "user")()
    strangers()
    notes = state["apps"].get("notes")
    assert notes is not None
    for number in range(size):
        made = _trail.record_action(world, ada, "notes", "list_notes", chain_id=None)
        _money.accrue(world, notes, made, 2)
        _money.credit(world, USER, 1, "topup")
        _trail.write_audit(
            world, tenant_id="default", actor_id=USER, actor_type="user", action="user.update", target_type="user",
            target_id=str(number), ip_address=None,
        )  # fmt: skip
    copies("keys", OWN, id=lambda n: f"key_x{n}", secret_hash=lambda n: f"hash{n}")
    copies("sessions", OWN, session_id=lambda n: f"ses_x{n}", refresh_hash=lambda n: f"hash{n}")
    copies("payments", None, payment_intent_id=lambda n: f"pi_x{n}")
    copies("installs", OWN, id=lambda n: f"inst_x{n}", app_id=lambda _n: "notes")
    copies("reviews", 0, id=lambda n: 1_000_000 + n, app_id=lambda _n: "notes")
    world.commit()


def target_of(desk: Desk, case: Case) -> str:
    """Fill an id into a target: the middle document of the collection it names."""
    before, brace, rest = case.target.partition("{")
    if not brace:
        return case.target
    name, _, after = rest.partition("}")
    docs = list(desk.world.state[name].find(user_id=USER) if name == "actions" else desk.world.state[name])
    return f"{before}{docs[len(docs) // 2][desk.world.state[name].declared.key]}{after}"


def live(size: int, line: Connection) -> None:
    """Answer the parent: fill, say which cases can be measured, then measure each when asked."""
    desk = Desk()
    fill(desk, size)
    askers: list[Callable[[], Any]] = []
    skipped: list[str] = []
    _status, made = desk.ask("POST", "/v1/keys", {"name": "benchmark"}, "user")
    import orjson

    secret = orjson.loads(made)["key"]
    for case in CASES:
        method = case.operation.split()[0]
        more = {"x-api-key": secret} if case.key else None
        target = target_of(desk, case)
        ask = desk.asker(method, target, case.body, case.who, more)
        answer = ask()
        if case.back is not None:
            ask = both(ask, desk.asker(method, target, case.back, case.who, more))
        fidelity = desk.service.operations[case.operation].fidelity
        failed = answer.status >= 400 and answer.status != 401
        skipped.append(f"{fidelity}, {answer.status}" if fidelity == "example" or failed else "")
        askers.append(ask)
    line.send(skipped)
    while (asked := line.recv()) is not None:
        number, seconds = asked
        line.send(cpu_us(askers[number], seconds))


def both(first: Callable[[], Any], second: Callable[[], Any]) -> Callable[[], None]:
    """Return a function that sends two requests."""

    def ask() -> None:
        first()
        second()

    return ask


def cpu_us(ask: Callable[[], Any], seconds: float) -> float:
    """Return the CPU µs per call, over about that many seconds."""
    calls, started = 0, time.process_time()
    while True:
        for _ in range(BATCH):
            ask()
            calls += 1
            if time.process_time() - started > 20 * seconds:
                break
        spent = time.process_time() - started
        if spent >= seconds:
            return spent / calls * 1_000_000


# -- both sizes side by side ---------------------------------------------------------------------------------------


def measure(small: int, large: int, rounds: int, seconds: float) -> tuple[list[list[str]], bool]:
    """Measure every case at both sizes; returns the rows of the table and whether all hold."""
    context = multiprocessing.get_context("spawn")
    lines, children = [], []
    for size in (small, large):
        ours, theirs = context.Pipe()
        child = context.Process(target=live, args=(size, theirs), daemon=True)
        child.start()
        theirs.close()
        lines.append(ours)
        children.append(child)
    try:
        return _measured(lines, rounds, seconds)
    finally:
        for child in children:
            child.terminate()
            child.join(5)


def _measured(lines: list[Any], rounds: int, seconds: float) -> tuple[list[list[str]], bool]:
    skipped, _same = [line.recv() for line in lines]
    best = {number: [float("inf"), float("inf")] for number, why in enumerate(skipped) if not why}
    for _ in range(rounds):
        for number, costs in best.items():
            for side, line in enumerate(lines):
                line.send((number, seconds))
                costs[side] = min(costs[side], line.recv())
    rows, fine = [], True
    for number, case in enumerate(CASES):
        name = case.operation + (" (x-api-key)" if case.key else f" ({case.note})" if case.note else "")
        if number not in best:
            rows.append([case.kind, name, case.of, "", "", "", f"not measured: {skipped[number]}"])
            continue
        low, high = best[number]
        holds = high / low <= BAR
        fine = fine and holds
        rows.append([case.kind, name, case.of, f"{low:.1f}", f"{high:.1f}", times(high / low), yes(holds)])
    return rows, fine


def main() -> None:
    """Measure and print; the exit code is 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--small", type=int, default=1_000, help="documents in the small state (default 1000)")
    parser.add_argument("--large", type=int, default=100_000, help="documents in the large state (default 100000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often; the best counts (default 5)")
    parser.add_argument("--seconds", type=float, default=0.15, help="CPU seconds of each measurement (default 0.15)")
    given = parser.parse_args()
    try:
        rows, fine = measure(given.small, given.large, given.rounds, given.seconds)
    except EOFError:
        sys.exit("scale: a measuring process ended early; what it printed above says why")
    head = ["kind", "operation", "grown", f"µs at {given.small:,}", f"µs at {given.large:,}", "ratio", f"within {BAR}x"]
    print(table(head, rows, left=3))
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
