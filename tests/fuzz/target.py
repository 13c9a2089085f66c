"""What the fuzzing suites aim at: our services in-process, a world put back after each request, credentials that fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask import Flask
from imperal_sdk.security.call_token import mint_call_token

from mockserver.app import create_app
from mockserver.boot import Platform, boot
from mockserver.options import Options
from mockserver.state import Snapshot
from specs import Operation, bundled
from tests.conftest import Client

ADA, GRACE, MARGARET = "imp_u_abc123", "imp_u_admin01", "imp_u_dev001"
SERVICES = {"auth-gateway": "auth_gateway", "auth-gateway-internal": "auth_gateway", "registry": "registry"}
OPERATIONS = [(name, operation) for name in SERVICES for operation in bundled(name).operations]

Headers = dict[str, str]


def label(name: str, operation: Operation) -> str:
    """Name an operation of a document: both gateways and the Registry have a GET /healthz or the like."""
    return f"{name}: {operation.key}"


@dataclass
class Target:
    """One world behind all services, and how each kind of caller names itself."""

    platform: Platform
    apps: dict[str, Flask]
    bearers: dict[str, Headers]
    keys: dict[str, Headers]
    kept: Snapshot = field(default_factory=dict)

    def app(self, document: str) -> Flask:
        """The service that keeps a document's promises."""
        return self.apps[SERVICES[document]]

    def restore(self) -> None:
        """Put the world back to what it was when the credentials were made, if anything has changed it."""
        world = self.platform.world
        if world.state.snapshot() != self.kept:
            world.restore(self.kept)
        world.clock.reset()

    def ways(self, operation: Operation, params: Mapping[str, Any]) -> list[Headers]:
        """Return the headers of everybody who may call an operation: one of each way that its document allows."""
        role = operation.required_role
        person = {"admin": GRACE, "developer": MARGARET}.get(role or "", ADA)
        found = [self._credential(way, person, params) for way in operation.security]
        return found or [{}]

    def _credential(self, way: frozenset[str], person: str, params: Mapping[str, Any]) -> Headers:
        options, headers = self.platform.world.options, dict[str, str]()
        for scheme in way:
            if scheme == "bearerAuth":
                headers |= self.bearers[person]
            elif scheme == "apiKey":
                headers |= self.keys[person]
            elif scheme == "registryKey":
                headers["X-Api-Key"] = options.registry_key
            elif scheme == "serviceToken":
                headers["X-Service-Token"] = options.service_token
            elif scheme == "serviceBearer":
                headers["Authorization"] = f"Bearer {options.service_token}"
            elif scheme == "actingUser":
                headers["X-Acting-User"] = person
            elif scheme == "callToken":
                secret = options.call_token_secret.encode()
                token = mint_call_token("skeleton", str(params["app_id"]), str(params["user_id"]), 60, secret)
                headers["Authorization"] = f"ImperalCallToken {token}"
            else:
                raise LookupError(f"no credential for the scheme {scheme}")
        return headers


@cache
def target(*, strict: bool) -> Target:
    """Start the platform once for all tests of a run; heartbeats come fast, so that a stream is soon read."""
    platform = boot(Options(strict=strict, seed=7, heartbeat_seconds=0.01))
    apps = {name: create_app(platform, name) for name in platform.services}
    gateway = Client(apps["auth_gateway"])
    emails = {ADA: "user@example.com", GRACE: "admin@example.com", MARGARET: "dev@example.com"}
    people = {person: gateway.login(email) for person, email in emails.items()}
    keys = {person: {"x-api-key": client.post("/v1/keys", {"name": "fuzz"}).json["key"]} for person, client in people.items()}
    made = Target(platform, apps, {person: client.headers for person, client in people.items()}, keys)
    made.kept = platform.world.state.snapshot()
    return made
