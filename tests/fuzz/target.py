"""What the fuzzing suites aim at: our services in-process, a world that is put back, credentials that fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask import Flask
from imperal_sdk.security.call_token import mint_call_token

from specdouble.mock.boot import Platform
from specdouble.mock.state.collections import Snapshot
from specdouble.mock.transports.app import create_app
from specdouble.openapi import Operation
from specdouble.packs.documents import bundled
from tests.conftest import Client
from tests.fuzz.scenes import ADA, GRACE, MARGARET, SCENES, Live, Stage
from tests.pack import Options, boot

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
    people: dict[str, Client]
    keys: dict[str, Headers]
    pristine: Snapshot
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

    def meet(self, operation: Operation) -> Live:
        """Set the scene of an operation in a fresh world and keep that; returns the values that meet it.

        Where no scene is set, the examples of the path parameters are used.
        """
        world = self.platform.world
        world.restore(self.pristine)
        made = SCENES.get(operation.key)
        live = made(Stage(Client(self.apps["auth_gateway"]), world, self.people)) if made else Live()
        self.kept = world.state.snapshot()
        shown = {one.name: one.example for one in operation.parameters if one.location == "path"}
        live.path = {name: value for name, value in (shown | live.path).items() if name in shown and value is not None}
        return live

    def ways(self, operation: Operation, params: Mapping[str, Any], live: Live | None = None) -> list[Headers]:
        """Return the headers of everybody who may call an operation: one of each way that its document allows."""
        if live is not None and live.headers:
            return [live.headers]
        role = operation.required_role
        person = (live and live.person) or {"admin": GRACE, "developer": MARGARET}.get(role or "", ADA)
        found = [self._credential(way, person, params) for way in operation.security]
        if any(one.name == "X-Acting-User" for one in operation.parameters):
            found += [headers | {"X-Acting-User": GRACE} for headers in found]  # an operator, where one is named
        return found or [{}]

    def _credential(self, way: frozenset[str], person: str, params: Mapping[str, Any]) -> Headers:
        options, headers = self.platform.world.options, dict[str, str]()
        for scheme in way:
            if scheme == "bearerAuth":
                headers |= self.people[person].headers
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
    made = {person: client.post("/v1/keys", {"name": "fuzz"}).json["key"] for person, client in people.items()}
    keys = {person: {"x-api-key": secret} for person, secret in made.items()}
    pristine = platform.world.state.snapshot()
    return Target(platform, apps, people, keys, pristine, pristine)
