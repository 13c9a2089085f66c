"""Every bundled world is sound: it boots in strict mode, adds up, and answers as its documents say."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from specdouble.cli.serve import panel, serve
from specdouble.mock.boot import Platform
from specdouble.mock.state.seeds import read
from specdouble.mock.transports.app import create_app
from specdouble.moments import parse_stamp
from tests.conftest import Client
from tests.pack import Options, boot, fixtures
from tests.test_fixtures import claims
from tests.world.answers import hidden_fields
from tests.world.invariants import broken, indexes

ADA, GRACE = "imp_u_abc123", "imp_u_admin01"
NAMES = [name for name in fixtures.worlds() if name != "default"]


@pytest.fixture(scope="module", params=fixtures.worlds())
def any_world(request: pytest.FixtureRequest) -> Platform:
    """Each world in turn."""
    return boot(Options(world=request.param, strict=True, seed=7))


def visit(name: str) -> tuple[Platform, Client]:
    """Boot a world for one test; returns it with its gateway."""
    platform = boot(Options(world=name, strict=True, seed=7))
    return platform, Client(create_app(platform, "auth_gateway"))


# -- all of them ---------------------------------------------------------------------------------------------------


def test_it_adds_up(any_world: Platform) -> None:
    assert broken(any_world.world) == []
    assert list(indexes(any_world.world)) == []


def test_its_records_keep_what_the_cast_claims(any_world: Platform) -> None:
    name, state = any_world.world.options.world, any_world.world.state
    for collection, path in fixtures.files("default"):
        content = read(path)
        if "schema" in content:
            assert list(claims(path.parent.name, content, iter(state[collection]))) == [], f"{name}: {collection}"
        for field, target in content.get("refs", {}).items():
            held = (doc.get(field) for doc in state[collection])
            ids = [one for value in held for one in (value if isinstance(value, list) else [value])]
            assert [one for one in ids if one is not None and one not in state[target]] == [], f"{name}: {field}"


@pytest.mark.parametrize("service", ["auth_gateway", "registry"])
def test_every_list_and_overview_conforms(any_world: Platform, service: str) -> None:
    gateway = Client(create_app(any_world, "auth_gateway"))
    client = Client(create_app(any_world, service))
    acting = ADA if ADA in any_world.world.state["users"] else GRACE
    tokens = [gateway.login("admin@example.com").headers, *([gateway.login().headers] if acting == ADA else [])]
    tries = [*tokens, gateway.service().headers, gateway.service(acting).headers, gateway.key().headers, {}]
    seen: dict[str, set[int]] = {}
    for key, operation in any_world.services[service].operations.items():
        method, _, path = key.partition(" ")
        if method == "GET" and "{" not in path:
            replies = [Client(client.app, headers).get(path) for headers in tries]
            seen[key] = {reply.status for reply in replies}
            assert not [reply.content for reply in replies if reply.status >= 500], key
            assert list(hidden_fields([reply.json for reply in replies if reply.status == 200])) == []
            needs = [one for one in operation.spec.parameters if one.required]
            assert needs or min(seen[key]) < 400 or 404 in seen[key] or seen[key] <= {401, 403}, (key, seen[key])
    assert sum(200 in statuses for statuses in seen.values()) >= (40 if service == "auth_gateway" else 3)


@pytest.mark.parametrize("name", fixtures.worlds())
def test_the_help_names_it(name: str) -> None:
    said = " ".join(CliRunner().invoke(serve, ["--help"]).output.split())
    assert f"{name}: {fixtures.manifest(name)['description']}." in said


# -- each of them --------------------------------------------------------------------------------------------------


def test_empty_is_the_page_s_own_sign_up() -> None:
    platform, gateway = visit("empty")
    state = platform.world.state
    assert [one["imperal_id"] for one in state["users"]] == [GRACE]
    assert all(one["system"] for one in state["apps"])
    assert len(state["apps"]) == 11
    for name in ("actions", "audit", "payments", "subscriptions", "tasks", "reviews", "automations", "timers"):
        assert len(state[name]) == 0, name
    account = {"email": "user@example.com", "password": "s3cure!", "tenant_id": "default"}
    assert gateway.post("/v1/auth/signup", account).status == 201
    (mail,) = gateway.get("/__mock__/outbox?to=user@example.com").json
    tokens = gateway.post("/v1/auth/verify-email", {"token": mail["token"]}).json
    me = gateway.bearer(tokens["access_token"])
    assert me.get("/v1/auth/me").json["email"] == "user@example.com"
    assert me.get("/v1/billing/balance").json["balance"] == 1000
    assert len(me.get("/v1/me/extensions").json) == 11
    assert gateway.get("/v1/marketplace/apps").json == []
    assert gateway.login("admin@example.com").get("/v1/users").json["total"] == 2


def test_overdrawn_can_pay_for_nothing() -> None:
    platform, gateway = visit("overdrawn")
    ada = gateway.login()
    assert ada.get("/v1/billing/balance").json["balance"] == 15
    assert ada.get("/v1/billing/subscription").json["status"] == "past_due"
    assert "tokens" in ada.get("/v1/billing/usage").json["exceeded"]
    failed = [one for one in ada.get("/v1/billing/payments?limit=50").json if one["status"] == "failed"]
    assert {one["type"] for one in failed} == {"renewal", "auto_topup", "topup"}
    assert ada.get("/v1/billing/auto-topup").json["enabled"] is True
    assert ada.post("/v1/billing/renew").status == 402
    call = {"user_id": ADA, "function": "create_task", "params": {"title": "One"}}
    assert ada.post("/v1/extensions/tasks-board/call", call).status == 200  # 5 tokens, and then too few are left
    assert ada.get("/v1/billing/auto-topup").json["enabled"] is False  # the card was declined
    platform.world.clock.move(86400 + 60)
    assert gateway.login().get("/v1/billing/subscription").json["status"] == "expired"


def test_expired_is_over_but_for_what_runs_longer() -> None:
    _platform, gateway = visit("expired")
    ada = gateway.login()
    plan = ada.get("/v1/billing/subscription").json
    assert plan["status"] == "expired"
    assert parse_stamp(plan["expires_at"]) < parse_stamp(ada.get("/v1/auth/me").json["last_login"])
    assert not any(ada.get("/v1/confirmations/active").json.values())
    assert ada.post("/v1/confirmations/conf_ada_lemons/confirm").status == 410
    assert ada.get("/v1/tasks/active").json["tasks"] == []
    default = next(one for one in ada.get("/v1/billing/payment-methods").json if one["is_default"])
    assert default["exp_year"] == 2024
    late = gateway.post("/v1/auth/verify-email", {"token": "verify_too_late"})
    assert (late.status, "expired" in late.detail) == (400, True)
    assert gateway.login("partner@example.com").get("/v1/billing/subscription").json["status"] == "active"


def test_crowded_has_pages_of_everything() -> None:
    platform, gateway = visit("crowded")
    ada, grace = gateway.login(), gateway.login("admin@example.com")
    assert ada.get("/v1/billing/balance").json["balance"] == 4200
    assert grace.get("/v1/users?limit=50&offset=250").json["total"] > 250
    assert len(grace.get("/v1/users?limit=50&offset=200").json["items"]) == 50
    assert len(gateway.get("/v1/marketplace/apps?limit=50&offset=50").json) > 10
    assert len(grace.get("/v1/admin/apps/pending").json) > 10
    assert ada.get("/v1/actions?page=60&per_page=20").json["total"] > 1500
    assert len(ada.get("/v1/actions?page=60&per_page=20").json["items"]) == 20
    assert gateway.get("/v1/marketplace/apps/notes/reviews").json["total"] > 200
    assert gateway.login("person7@example.com", "s3cure!crowd").get("/v1/auth/me").status == 200
    printed = panel(platform)
    assert "user@example.com" in printed
    assert len(printed.splitlines()) < 50


def test_the_worlds_are_these() -> None:
    assert NAMES == ["crowded", "empty", "expired", "overdrawn"]
