"""What the fuzzing suites aim at: our services in-process, a world that is put back, credentials that fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import orjson
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
from tests.recipes import Recipes

SERVICES = {"auth-gateway": "auth_gateway", "auth-gateway-internal": "auth_gateway", "registry": "registry"}
INTERNAL, JSON = "auth-gateway-internal", "application/json"
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
    recipes: Recipes
    kept: Snapshot = field(default_factory=dict)
    met: dict[tuple[int, str, str], tuple[Snapshot, Live]] = field(default_factory=dict)

    def app(self, document: str) -> Flask:
        """The service that keeps a document's promises."""
        return self.apps[SERVICES[document]]

    def restore(self) -> None:
        """Put the world back to what it was when the credentials were made, if anything has changed it."""
        world = self.platform.world
        if world.state.snapshot() != self.kept:
            world.restore(self.kept)
        world.clock.reset()

    def meet(self, document: str, operation: Operation) -> Live:
        """Set the scene of an operation in a fresh world and keep that; returns the values that meet it.

        An operation of the published documents is met by the verifier's recipe, any other one by a scene or, without
        one, by the examples of its document.
        """
        key = (id(self.pristine), document, operation.key)
        if key not in self.met:
            self.platform.world.restore(self.pristine)
            staged = document == INTERNAL or (operation.key in SCENES and document != "registry")
            live = self._scene(operation) if staged else self._recipe(document, operation)
            self.met[key] = self.platform.world.state.snapshot(), live
        self.kept, live = self.met[key]
        self.platform.world.restore(self.kept)
        return replace(live, path=dict(live.path), query=dict(live.query), body=dict(live.body))

    def _scene(self, operation: Operation) -> Live:
        made = SCENES.get(operation.key)
        stage = Stage(Client(self.apps["auth_gateway"]), self.platform.world, self.people)
        live = made(stage) if made else Live()
        shown = {one.name: one.example for one in operation.parameters if one.location == "path"}
        path = {name: value for name, value in (shown | live.path).items() if name in shown and value is not None}
        needed = [one for one in operation.parameters if one.location == "query" and one.required]
        example = operation.body.content[JSON].example if operation.body and JSON in operation.body.content else None
        body = example[0] if isinstance(example, list) else example or {}
        return replace(live, path=path, query={one.name: one.example for one in needed} | live.query,
                       body=body | live.body, listed=isinstance(example, list))  # fmt: skip

    def _recipe(self, document: str, operation: Operation) -> Live:
        self.recipes.begin()
        ready = self.recipes.ready(SERVICES[document], operation.key)
        body = ready.body if ready.content is None else orjson.loads(ready.content)
        listed = isinstance(body, list)
        who, person = ready.who.headers, ready.person
        if person is not None and person.id not in self.people:
            self.people[person.id] = Client(self.apps["auth_gateway"], person.bearer.headers)
        own = person is not None and who == person.bearer.headers
        return Live(person.id if own else None, dict(ready.params), dict(ready.query),
                    dict((body[0] if listed else body) or {}), None if own or not who else who, listed)  # fmt: skip

    def ways(self, operation: Operation, params: Mapping[str, Any], live: Live | None = None) -> list[Headers]:
        """Return the headers of everybody who may call an operation: one of each way that its document allows."""
        if live is not None and live.headers:
            return [live.headers]
        role = operation.required_role
        person = (live and live.person) or {"admin": GRACE, "developer": MARGARET}.get(role or "", ADA)
        ways = [way for way in operation.security if "apiKey" not in way or person in self.keys]
        found = [self._credential(way, person, params) for way in ways]
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
    """Start the platform once for all tests of a run."""
    return new_target(strict=strict)


def new_target(*, strict: bool) -> Target:
    """Start a platform; heartbeats come fast, so that a stream is soon read."""
    platform = boot(Options(strict=strict, seed=7, heartbeat_seconds=0.01))
    apps = {name: create_app(platform, name) for name in platform.services}
    gateway = Client(apps["auth_gateway"])
    emails = {ADA: "user@example.com", GRACE: "admin@example.com", MARGARET: "dev@example.com"}
    people = {person: gateway.login(email) for person, email in emails.items()}
    made = {person: client.post("/v1/keys", {"name": "fuzz"}).json["key"] for person, client in people.items()}
    keys = {person: {"x-api-key": secret} for person, secret in made.items()}
    recipes = Recipes(platform, apps)
    pristine = platform.world.state.snapshot()
    return Target(platform, apps, people, keys, pristine, recipes, pristine)
