"""What every test may ask for: one platform in strict mode, reset before each test, and clients of its services."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from specdouble.mock.boot import Platform
from specdouble.mock.state.world import World
from specdouble.mock.transports.app import create_app
from tests.installing import ROOT, build
from tests.pack import Options, boot
from tests.postgres import Postgres, UnavailableError

# The gate asks the same every time; SPECDOUBLE_FUZZ, as for the other random tests, asks something new. hypothesis also
# draws literals of the modules that are loaded, and which are depends on the tests that ran before: none in the gate.
NIGHTLY = bool(os.environ.get("SPECDOUBLE_FUZZ"))
if not NIGHTLY:
    providers._get_local_constants = Constants
hypothesis.settings.register_profile("gate", derandomize=not NIGHTLY, deadline=None)
hypothesis.settings.load_profile("gate")
# Begun first, so that none of them is left to one process at the end: each has a test of many seconds.
LONG = (
    "test_house.py", "test_wheel.py", "toolhive/test_packs_schemathesis.py", "verify/independent/",
    "verify/test_ci_page.py", "verify/test_proof.py", "verify/test_staging_table.py", "world/test_machine.py",
)  # fmt: skip
PASSWORDS = {"user@example.com": "s3cure!"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others keep their order."""
    items.sort(key=lambda item: not any(f"tests/{one}" in item.nodeid for one in LONG))


@dataclass
class Reply:
    """An answer: its status, headers, bytes, and its JSON."""

    status: int
    headers: Any
    content: bytes
    json: Any

    @property
    def detail(self) -> Any:
        """What a refusal says."""
        return self.json["detail"]


@dataclass
class Client:
    """Calls one service in-process; ``login``, ``service`` and ``key`` return clients with that credential."""

    app: Flask
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Reply:
        """Send a request; ``body`` is sent as JSON, ``data`` as it is."""
        if body is not None:
            more["json"] = body
        answer = self.app.test_client().open(path, method=method, headers={**self.headers, **(headers or {})}, **more)
        streams = answer.mimetype == "text/event-stream"
        content = next(iter(answer.response)) if streams else answer.get_data()  # a stream never ends by itself
        answer.close()
        parsed = answer.get_json(silent=True) if "json" in (answer.content_type or "") else None
        return Reply(answer.status_code, answer.headers, content, parsed)

    def get(self, path: str, **more: Any) -> Reply:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.call("PUT", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.call("PATCH", path, body, **more)

    def delete(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.call("DELETE", path, body, **more)

    def tokens(self, email: str, password: str | None = None, tenant: str = "default") -> dict[str, Any]:
        """Log in and return the token pair."""
        word = password or PASSWORDS.get(email) or f"s3cure!{email.partition('@')[0]}"
        reply = self.post("/v1/auth/login", {"email": email, "password": word, "tenant_id": tenant})
        assert reply.status == 200, reply.content
        return dict(reply.json)

    def bearer(self, token: str) -> Client:
        """A client that sends a bearer token."""
        return Client(self.app, {"Authorization": f"Bearer {token}"})

    def login(self, email: str = "user@example.com", password: str | None = None, tenant: str = "default") -> Client:
        """A client logged in as one of the seed data."""
        return self.bearer(self.tokens(email, password, tenant)["access_token"])

    def service(self, acting: str | None = None) -> Client:
        """A client with the service token, acting for a user when one is named."""
        who = {"X-Acting-User": acting} if acting else {}
        return Client(self.app, {"X-Service-Token": "dev-service-token", **who})

    def key(self, secret: str = "imp_reg_key_dev") -> Client:
        """A client with an API key."""
        return Client(self.app, {"X-Api-Key": secret})


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own wheel, built once."""
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, one for each process of the run that asks (it starts within a second).

    Where it cannot start, tests are skipped with the reason; ``SPECDOUBLE_POSTGRES=required`` makes that a failure.
    """
    try:
        server = Postgres()
    except UnavailableError as error:
        if os.environ.get("SPECDOUBLE_POSTGRES") == "required":
            raise
        pytest.skip(f"no PostgreSQL: {error}")
    with server:
        yield server


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database of a PostgreSQL server; both are there as long as the test."""
    if not postgres.running:
        postgres.start()
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def platform() -> Platform:
    """One platform for the whole run: answers are validated, ids repeat."""
    return boot(Options(strict=True, seed=7))


@pytest.fixture(scope="session")
def apps(platform: Platform) -> dict[str, Flask]:
    return {name: create_app(platform, name) for name in platform.services}


@pytest.fixture
def world(platform: Platform) -> Iterator[World]:
    """The world, as seeded."""
    platform.worlds.restart()
    yield platform.world
    platform.worlds.restart()


@pytest.fixture
def gateway(apps: dict[str, Flask], world: World) -> Client:
    """The gateway, without a credential."""
    return Client(apps["auth_gateway"])


@pytest.fixture
def registry(apps: dict[str, Flask], world: World) -> Client:
    """The Registry, without a credential."""
    return Client(apps["registry"])


@pytest.fixture
def user(gateway: Client) -> Client:
    """Ada: user@example.com."""
    return gateway.login()


@pytest.fixture
def admin(gateway: Client) -> Client:
    """Grace: admin@example.com."""
    return gateway.login("admin@example.com")


@pytest.fixture
def developer(gateway: Client) -> Client:
    """Margaret: dev@example.com, tier studio."""
    return gateway.login("dev@example.com")
