"""Rules of services that work for developers: whom they name, and that nobody else gains from naming."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import Check, Read, rule

from ...people import Person
from ...session import Session
from ...shared.apps import deploy
from ...shared.earnings import buyer, earn, priced_app
from .._rules import find
from ._developer import DEV, App, Doc, draft, fails, in_state

LIST, EARNINGS, PAYOUTS = "GET /v1/developer/apps", "GET /v1/developer/earnings", "GET /v1/developer/payouts"
READS: tuple[tuple[str, Doc], ...] = (
    ("GET /v1/developer/profile", {}),
    (LIST, {}),
    (f"GET {DEV}", {}),
    (f"GET {DEV}/deploys", {}),
    (f"GET {DEV}/analytics", {"days": 7}),
    (EARNINGS, {}),
    ("GET /v1/developer/earnings/{app_id}", {}),
    (PAYOUTS, {}),
)


def _seller(session: Session) -> App:
    """Return an app that has earned something, of a developer whom no other test changes."""

    def make() -> App:
        owner = session.users.new_developer("indie")
        app_id = priced_app(session, owner, {"list_dear": 50_000})
        earn(session, owner, app_id, "list_dear", buyer(session, app_id), 50_000)
        return App(session, app_id, owner)

    found: App = session.shared("the seller", make)
    return found


@rule("S16")
@pytest.mark.parametrize(("op", "query"), READS, ids=str)
def test_a_service_reads_for_the_developer_it_names(op: str, query: Doc, session: Session, check: Check) -> None:
    """A service that names a developer in user_id of the query reads what that developer reads, and alone nothing."""
    app, other = _seller(session), session.users.developer
    send = partial(session.send, op, params={"app_id": app.app_id})
    own = check.ok(send(app.owner, query=query))
    named = check.ok(send(session.users.service, query={**query, "user_id": app.owner.imperal_id}))
    check.equal(named.json, own.json, "a service that names a developer reads something else", named)
    acting = check.ok(send(session.users.acting(app.owner), query=query))
    check.equal(acting.json, own.json, "a service that acts for a developer reads something else", acting)
    fails(check, partial(send, session.users.service, query=query), 401, 403, why="a service that names nobody")
    stranger = {**query, "user_id": session.users.user.imperal_id}
    fails(check, partial(send, session.users.service, query=stranger), 401, 403, 404, why="a service for no developer")
    ghost = {**query, "user_id": "imp_u_nobody99"}
    fails(
        check, partial(send, session.users.service, query=ghost), 401, 403, 404, why="a service for an unknown person"
    )
    gains = send(other, query={**query, "user_id": app.owner.imperal_id})
    plain = send(other, query=query)
    check.equal((gains.status, gains.json), (plain.status, plain.json), "a person gains from naming another", gains)


def _writes(session: Session, owner: Person) -> list[tuple[str, App | None, Doc]]:
    """Return writes for a developer: the operation, the app, the body."""
    plain = draft(session, owner)
    ready = draft(session, owner)
    deploy(session, owner, ready.app_id)
    return [
        (f"PUT {DEV}", plain, {"description": "Written by a service."}),
        (f"POST {DEV}/deploys", plain, {"commit_sha": "1" * 40}),
        (f"POST {DEV}/submit", ready, {}),
        (f"POST {DEV}/suspend", in_state(session, "active", owner), {}),
        (f"DELETE {DEV}", plain, {"confirm_name": plain.app_id}),
        ("POST /v1/developer/apps", None, {"app_id": session.users.fresh("app"), "name": "By a service"}),
        ("PUT /v1/developer/tier", None, {"tier": "indie"}),
    ]


@rule("S16", *(f"{verb} {DEV}{more}" for verb, more in (
    ("PUT", ""), ("DELETE", ""), ("POST", "/deploys"), ("POST", "/submit"), ("POST", "/suspend"),
)), "POST /v1/developer/apps", "PUT /v1/developer/tier")  # fmt: skip
def test_a_service_writes_for_the_developer_it_names(session: Session, check: Check) -> None:
    """A service names the developer in user_id of the JSON body; without it nothing happens, for nobody."""
    owner, other = session.users.new_developer("studio"), session.users.new_developer("studio")
    session.users.fund(owner, 10_000)
    watch = (Read(LIST, owner.bearer), Read("GET /v1/developer/profile", owner.bearer), Read(LIST, other.bearer))
    for op, app, body in _writes(session, owner):
        params = {"app_id": app.app_id} if app else {}
        send = partial(session.send, op, params=params)
        nobody = partial(send, session.users.service, body=body)
        fails(check, nobody, 401, 403, why="a service that names nobody", watch=watch, op=op)
        named = {**body, "user_id": owner.imperal_id}
        if app is not None:
            thief = partial(send, other, body=named)
            fails(check, thief, 404, 403, why="a person who names another", watch=watch, op=op)
        check.ok(send(session.users.service, body=named), "a service that names a developer is refused")
        _happened(session, check, owner, op, app, body)


def _happened(session: Session, check: Check, owner: Person, op: str, app: App | None, body: Doc) -> None:
    rows = session.send(LIST, owner)
    row: Any = find(rows, "app_id", app.app_id if app else body.get("app_id", "")) or {}
    if op == f"PUT {DEV}":
        check.equal(row.get("description"), body["description"], "a service's change did not happen", op=op)
    elif op.endswith("/deploys") and app:
        check.equal(len(app.send(f"GET {DEV}/deploys").json), 1, "a service's deploy did not happen", op=op)
    elif op.endswith(("/submit", "/suspend")):
        expected = "pending_review" if op.endswith("/submit") else "suspended"
        check.equal(row.get("status"), expected, "a service's move did not happen", op=op)
    elif op.startswith("DELETE"):
        check.equal(row, {}, "a service's deletion did not happen", op=op)
    elif op == "POST /v1/developer/apps":
        check.equal(row.get("name"), body["name"], "a service's app is not the developer's", op=op)
    else:
        tier = session.send("GET /v1/developer/profile", owner)["tier"]
        check.equal(tier, body["tier"], "a service's change of tier did not happen", op=op)


@rule("S16", "POST /v1/developer/payouts/request")
def test_a_service_asks_for_the_payout_of_the_developer_it_names(session: Session, check: Check) -> None:
    """A payout that a service asks for belongs to the developer that it names; naming nobody asks for nothing."""
    owner = session.users.new_developer("indie")
    app_id = priced_app(session, owner, {"list_dear": 50_000})
    earn(session, owner, app_id, "list_dear", buyer(session, app_id), 50_000)
    op, body = "POST /v1/developer/payouts/request", {"amount_tokens": 10_500}
    watch = (Read(PAYOUTS, owner.bearer), Read(EARNINGS, owner.bearer))
    send = partial(session.send, op, session.users.service)
    fails(check, partial(send, body=body), 401, 403, why="a service that names nobody", watch=watch)
    other = session.users.new_developer("indie")
    thief = partial(session.send, op, other, body={**body, "user_id": owner.imperal_id})
    fails(check, thief, 400, 403, why="a person who names another", watch=watch)
    made = check.ok(send(body={**body, "user_id": owner.imperal_id}))
    listed = session.send(PAYOUTS, owner).need().json
    check.equal(listed, [made.json], "a service's payout is not the developer's", op=PAYOUTS)
