"""A service that acts for somebody has that person's rights, no more and no less (rule S13), on every operation.

The operations come from the documents. Each request is sent twice into the same world, with a person's own bearer and
with the service token that names them: both are answered alike and change the same things.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from specdouble.openapi import Operation
from specdouble.packs.documents import bundled
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _tokens
from specdouble.packs.imperal.mockserver.auth_gateway.policy import PERSONAL
from tests.conftest import Client, Reply
from tests.fuzz.prepared import JSON, Prepared, prepare
from tests.fuzz.target import Headers, target

ADA, KATHERINE, MARGARET, GRACE = "imp_u_abc123", "imp_u_view01", "imp_u_dev001", "imp_u_admin01"
ALAN, JOAN, HEDY, NOBODY = "imp_u_acme01", "imp_u_acme02", "imp_u_gone01", "imp_u_nobody"
PEOPLE = {
    "user": ADA, "another user": KATHERINE, "developer": MARGARET, "admin": GRACE,
    "user of another tenant": ALAN, "admin of another tenant": JOAN, "inactive": HEDY, "unknown": NOBODY,
}  # fmt: skip
SERVICE = {"X-Service-Token": "dev-service-token"}
ACTING = frozenset({"serviceToken", "actingUser"})

OPERATIONS = [(name, one) for name in ("auth-gateway", "auth-gateway-internal") for one in bundled(name).operations]
BOTH = [(name, one) for name, one in OPERATIONS if ACTING in one.security and frozenset({"bearerAuth"}) in one.security]
SERVICE_ONLY = [
    (name, one)
    for name, one in OPERATIONS
    if any("serviceToken" in way for way in one.security)
    and not PERSONAL & frozenset().union(*one.security)
    and frozenset({"serviceToken"}) in one.security
    and (one.body is None or JSON in one.body.content)  # a form names nobody
]
# What a service is given for an app that acts for a person, and the person themselves is not (K02).
FOR_APPS = {"GET /v1/secrets/{ext_id}/{name}"}
# Whose these are depends on the scope in the path: test_config_internal has them.
BY_SCOPE = {"GET /v1/internal/config/{scope}/{scope_id}", "PUT /v1/internal/config/{scope}/{scope_id}"}
# What differs between two requests that do the same: who is written down as the caller, and when.
TRACES = {"audit", "sessions", "counters"}


def label(value: Any) -> str:
    return value.key if isinstance(value, Operation) else str(value)


@cache
def bearers() -> dict[str, Headers]:
    """Log everybody in, the inactive person before they were deactivated, into the world of every scene."""
    aim = target(strict=True)
    world = aim.platform.world
    world.restore(aim.pristine)
    world.state["users"].update(HEDY, is_active=True)
    found = {}
    for person in PEOPLE.values():
        user = world.state["users"].get(person)
        token = _tokens.open_session(world, user, "web", "")["access_token"] if user else "unknown"
        found[person] = {"Authorization": f"Bearer {token}"}
    world.state["users"].update(HEDY, is_active=False)
    world.commit()
    aim.pristine = world.state.snapshot()
    return found


def prepared(document: str, operation: Operation) -> Prepared:
    bearers()
    ready = prepare(document, operation)
    ready.query.pop("user_id", None) if operation.required_role == "developer" else None
    return ready


def changed(ready: Prepared) -> list[str]:
    return sorted(ready.changes().keys() - TRACES)


@pytest.mark.rule("S13")
@pytest.mark.parametrize(("document", "operation"), BOTH, ids=label)
def test_acting_for_somebody_is_being_them(document: str, operation: Operation) -> None:
    ready = prepared(document, operation)
    opened = 0
    for who, person in {**PEOPLE, "its person": ready.live.person or ADA}.items():
        own = ready.send(bearers().get(person) or ready.aim.people[person].headers)
        mine = changed(ready)
        acted = ready.send({**SERVICE, "X-Acting-User": person})
        opened += own.status < 300
        if operation.key in FOR_APPS and own.status == 403:
            assert acted.status in (200, 404), who
            continue
        assert acted.status == own.status, (
            f"{who}: {acted.content[:200]!r}, and with their bearer {own.content[:200]!r}"
        )
        assert changed(ready) == mine, who
        if operation.method == "GET" or own.status >= 400:
            assert who in ("inactive", "unknown") or acted.content == own.content, who
    assert opened or operation.key in FOR_APPS, "the request is taken from nobody, so that nothing was compared"


@pytest.mark.rule("S12", "S16")
@pytest.mark.parametrize(("document", "operation"), BOTH, ids=label)
def test_a_service_alone_does_what_an_administrator_may_or_nothing(document: str, operation: Operation) -> None:
    ready = prepared(document, operation)
    alone = ready.send(SERVICE)
    named = operation.path.startswith("/v1/developer/") or operation.required_role == "developer"  # in user_id
    if named or frozenset({"serviceToken"}) not in operation.security:
        assert alone.status == 401, alone.content
        assert not ready.changes()
    else:
        assert alone.status == ready.send(bearers()[GRACE]).status < 300, alone.content


@pytest.mark.rule("S13")
@pytest.mark.parametrize(("document", "operation"), SERVICE_ONLY, ids=label)
def test_where_only_services_call_an_acting_user_asks_about_themselves(document: str, operation: Operation) -> None:
    """Or is an administrator of the person's tenant, and of the platform where it is about what all tenants share."""
    ready = prepared(document, operation)
    alone = ready.send(SERVICE)
    done = changed(ready)
    assert alone.status < 300, alone.content
    named = named_in(ready)
    for who, person in PEOPLE.items():
        acted = ready.send({**SERVICE, "X-Acting-User": person})
        if person in (HEDY, NOBODY):
            expected = 401
        elif operation.required_role == "admin":
            expected = alone.status if person == GRACE else 403
        elif named is None or operation.key in BY_SCOPE:
            continue
        else:
            expected = alone.status if person in (named, GRACE) else 403
        if operation.key == "POST /v1/internal/chat/inject" and person != named:
            expected = expected if expected == 401 else 403  # an app speaks to its own user, whoever they are
        assert acted.status == expected, f"{who}: {acted.content[:200]!r}"
        assert changed(ready) == (done if expected < 300 else []), who


def named_in(ready: Prepared) -> str | None:
    """The person whom a request names; everybody of the seed data's documents is Ada."""
    found = [one["user_id"] for one in (ready.path, ready.query, ready.body) if one.get("user_id")]
    return str(found[0]) if found else None


@pytest.mark.rule("S13")
def test_nobody_makes_themselves_an_administrator(gateway: Client, admin: Client) -> None:
    """The fault that this table is for: the service token and an acting explorer gave the explorer the role admin."""
    acting = gateway.service("imp_u_expl01")
    for body in ({"role": "admin"}, {"is_active": True}, {"scopes": ["*"]}):
        assert refusal(acting.patch("/v1/users/imp_u_expl01", body)) == "This operation needs the role admin."
    assert refusal(acting.patch(f"/v1/users/{ADA}", {"role": "viewer"})) == "This operation needs the role admin."
    assert admin.get("/v1/users/imp_u_expl01").json["role"] == "developer"


def refusal(reply: Reply) -> str:
    assert reply.status == 403
    return str(reply.detail)
